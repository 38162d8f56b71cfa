"""Unified social credit codes with both check digits (GB 32100-2015, GB 11714-1997; domain.md 2.9)."""

SYMBOLS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)


def organisation_digit(body: str) -> str:
    """Check digit of the eight characters of an organisation code. Letters count from A = 10 to Z = 35."""
    rest = 11 - sum(int(c, 36) * w for c, w in zip(body, _ORGANISATION_WEIGHTS, strict=True)) % 11
    return {10: "X", 11: "0"}.get(rest, str(rest))


def check_symbol(first17: str) -> str:
    """The eighteenth symbol of a credit code, from the seventeen before it."""
    total = sum(SYMBOLS.index(c) * pow(3, i, 31) for i, c in enumerate(first17))
    return SYMBOLS[-total % 31]


def make(authority: str, body: str) -> str:
    """The code of an enterprise registered by the market office of `authority` (6 digits); `body` has 8 symbols."""
    first17 = f"91{authority}{body}{organisation_digit(body)}"
    return first17 + check_symbol(first17)


def is_valid(code: str) -> bool:
    """Whether a code has 18 legal symbols and both of its check digits are right."""
    if len(code) != 18 or set(code) - set(SYMBOLS):
        return False
    return code[16] == organisation_digit(code[8:16]) and code[17] == check_symbol(code[:17])

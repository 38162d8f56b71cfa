"""What a number format code makes of a stored number: what its reader sees, but for rounding (ECMA-376 part 1, 18.8.31).

Scaling commas, percent, drawn points, signs and units that the code prints, and blanks are seen; colours, padding and the
number of decimals change nothing. What two readers may see differently is marked as doubtful, never guessed.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache
from operator import eq, ge, gt, le, lt, ne

from ingest.reading.sheet import Raw, doubtful
from vocabulary.label import DASHES

# Codes that files name by number alone (18.8.30); those of 5 to 8 are the currency of the reader's country.
BUILTIN = {
    0: "General", 1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 9: "0%", 10: "0.00%", 11: "0.00E+00", 12: "# ?/?", 13: "# ??/??",
    37: "#,##0_);(#,##0)", 38: "#,##0_);[Red](#,##0)", 39: "#,##0.00_);(#,##0.00)", 40: "#,##0.00_);[Red](#,##0.00)",
    **dict.fromkeys((41, 42), '_ * #,##0_ ;_ * -#,##0_ ;_ * "-"_ ;_ @_ '),
    **dict.fromkeys((43, 44), '_ * #,##0.00_ ;_ * -#,##0.00_ ;_ * "-"??_ ;_ @_ '), 48: "##0.0E+0", 49: "@",
}  # fmt: skip
GENERAL = re.compile(r"(?i)general|G/[^\W\d_]+")
MERIDIEM = re.compile(r"(?i)am/pm|a/p|上午/下午")
CONDITION = re.compile(r"(<=|>=|<>|<|>|=)\s*(-?[\d.]+(?:[eE][+-]?\d+)?)$")
ELAPSED = re.compile(r"(?i)(h+|m+|s+)$")
OPERATORS: dict[str, Callable[[float, float], bool]] = {"<": lt, "<=": le, ">": gt, ">=": ge, "=": eq, "<>": ne}
PLAIN = re.compile(r"(?P<whole>[0#?]+(?:,+[0#?]+)*)?(?P<early>,*)(?:(?P<point>\.)(?P<part>[0#?]*)(?P<late>,*))?")
SCIENTIFIC = re.compile(r"[0#?,]*\.?[0#?]*E[0#?]+")
FRACTION = re.compile(r"[0#?]*/[0#?]*")
SEEN_NUMBER = re.compile(r"(\()?([-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?)(?(1)\))", re.I)
# Signs of the currency that every value of the papers is in: they say nothing of its size.
YUAN = re.compile(r"[¥￥\s]|CNY|RMB")
EPOCH, EPOCH_1904 = datetime.fromisoformat("1899-12-30"), datetime.fromisoformat("1904-01-01")
# Letters by which calamine knows a date; one without any comes as a number.
READ_AS_DATES = set("dmhys")
PROBES = (0.0, 0.3, -0.3, 1.0, -1.0, 1.5, -1.5, 12345678.0, -12345678.0)


class Unclear(ValueError):
    """A code that readers may show in different ways."""


@dataclass
class _Section:
    """One of the up to four parts of a code. `tokens`: pairs of a kind (`literal` or a sign of the grammar) and its text."""

    tokens: list[tuple[str, str]] = field(default_factory=list)
    condition: tuple[Callable[[float, float], bool], float] | None = None
    is_general: bool = False
    is_date: bool = False
    fills: bool = False
    letters: str = ""

    @property
    def takes_text(self) -> bool:
        return any(kind == "@" for kind, _ in self.tokens)


class NumberFormat:
    """How cells of one style are seen. Raises nothing: an unclear code makes its numbers doubtful."""

    def __init__(self, code: str) -> None:
        self.code = code
        parts = _parse(code)
        self._text = parts.pop() if len(parts) > 3 or (len(parts) > 1 and parts[-1].takes_text) else None
        if self._text is None and len(parts) == 1 and parts[0].takes_text:
            self._text = parts[0]
        self._parts = parts[:3]
        self._conditional = any(p.condition for p in self._parts)
        self.is_date = self._parts[0].is_date and not self._conditional

    def is_neutral(self) -> bool:
        """Whether every number and text is seen as it is stored, but for rounding."""
        if self._conditional:
            return False
        if self.is_date and len(self._parts) == 1:
            return self._names_a_month() and not READ_AS_DATES.isdisjoint(self._parts[0].letters)
        return all(self.seen(value) is value for value in (*PROBES, "字"))

    def seen(self, value: Raw, since_1904: bool = False) -> Raw:
        """What is seen of a stored value: itself where they differ in rounding only; None where the cell looks blank."""
        if isinstance(value, str):
            return self._seen_text(value)
        if isinstance(value, bool) or not isinstance(value, int | float | date | timedelta):
            return value
        number = _serial(value, since_1904) if isinstance(value, date | timedelta) else value
        try:
            section = self._section(number)
            if section.is_date:
                return self._seen_date(value, since_1904)
            shown = self._shown(section, number)
        except Unclear:
            return self._doubtful(_plain(number), number, "的显示不能确定")
        return value if shown is number and value is number else shown

    def _section(self, number: float) -> _Section:
        parts = self._parts
        if self._conditional:
            for i, part in enumerate(parts):
                usual = ((gt if len(parts) > 2 else ge), 0.0) if i == 0 else (lt, 0.0) if len(parts) > 2 else None
                test = part.condition or (usual if i < 2 else None)
                if test is None or test[0](number, test[1]):
                    return part
            raise Unclear
        if len(parts) == 1 or number > 0:
            return parts[0]
        return parts[1] if number < 0 else parts[2] if len(parts) > 2 else parts[0]

    def _drops_sign(self, section: _Section) -> bool:
        """Whether a section holds negative numbers only, which are then shown without a sign of their own."""
        if len(self._parts) < 2:
            return False
        first, second = self._parts[0].condition, self._parts[1].condition
        at_zero = all(c is None or c[1] == 0 for c in (first, second))
        if section is self._parts[1]:
            return at_zero and (first is None or first[0] in (gt, ge)) and (second is None or second[0] in (lt, le))
        return section is self._parts[0] and first is not None and first[0] in (lt, le) and first[1] <= 0

    def _shown(self, section: _Section, number: float) -> Raw:
        drops = number < 0 and self._drops_sign(section)
        if section.is_general and not section.tokens and not drops:
            return number
        text = _compose(section, abs(number) if drops else number).strip()
        if not text:
            return None
        draws = _draws_a_point(section)
        if draws and number and _power(section) % 4:
            return self._doubtful(text, number, "移动小数点的位数既非万也非亿")
        meant = _as_number(text)
        if meant is None:
            return text
        if not draws and any(re.search(r"[\d.]", said) for kind, said in section.tokens if kind == "literal"):
            raise Unclear
        if meant == number:
            return text if re.match(r"0\d", text) else number
        return self._doubtful(text, number, "不显示负号") if number < 0 < meant else meant

    def _doubtful(self, shown: str, number: float, why: str) -> str:
        return doubtful(shown, f"存储值{_plain(number)}，格式“{self.code}”{why}")

    def _seen_text(self, text: str) -> Raw:
        if self._text is None:
            return text
        shown = "".join(text if kind == "@" else said for kind, said in self._text.tokens)
        return text if shown.strip() == text.strip() else shown if shown.strip() else None

    def _names_a_month(self) -> bool:
        letters = self._parts[0].letters
        return "m" in letters or not set(letters) <= set("yebg")

    def _seen_date(self, value: Raw, since_1904: bool) -> Raw:
        """A day, or the year alone where the code shows no more: 2018年 is not its January."""
        try:
            if isinstance(value, int | float):
                value = (EPOCH_1904 if since_1904 else EPOCH) + timedelta(value)
        except OverflowError:
            raise Unclear from None
        return value if self._names_a_month() or not isinstance(value, date) else f"{value.year}年"


@lru_cache(4096)
def number_format(code: str) -> NumberFormat | None:
    """A code's format; None where it shows every value as it is stored, but for rounding."""
    form = NumberFormat(code)
    return None if form.is_neutral() else form


def _parse(code: str) -> list[_Section]:
    sections = [_Section()]
    at = 0
    while at < len(code):
        section, sign = sections[-1], code[at]
        add = section.tokens.append
        if sign == ";":
            sections.append(_Section())
        elif sign == '"':
            end = code.find('"', at + 1)
            end = len(code) if end < 0 else end
            add(("literal", code[at + 1 : end]))
            at = end
        elif sign in "\\!":
            add(("literal", code[at + 1 : at + 2]))
            at += 1
        elif sign == "_":
            at += 1
        elif sign == "*":
            section.fills |= bool(code[at + 1 : at + 2].strip())
            at += 1
        elif sign == "[":
            end = code.find("]", at)
            end = len(code) if end < 0 else end
            _bracket(section, code[at + 1 : end])
            at = end
        elif match := GENERAL.match(code, at):
            section.is_general = True
            add(("general", ""))
            at = match.end() - 1
        elif match := MERIDIEM.match(code, at):
            section.is_date = True
            at = match.end() - 1
        elif sign in "eE" and code[at + 1 : at + 2] in ("+", "-"):
            add(("E", "E"))
            at += 1
        elif sign.lower() in "ymdhsegba":
            section.is_date = True
            section.letters += sign.lower()
        elif sign.isdigit() and ("/", "/") in section.tokens:
            add(("?", sign))  # a denominator
        else:
            add((sign if sign in "0#?.,%/@" else "literal", sign))
        at += 1
    for section in sections:
        if [kind for kind, _ in section.tokens] == ["general"]:
            section.tokens = []
    return sections


def _bracket(section: _Section, inside: str) -> None:
    """A condition, a currency and language, an elapsed time; colours and the writing of digits change no number."""
    if match := CONDITION.match(inside):
        section.condition = OPERATORS[match[1]], float(match[2])
    elif inside.startswith("$"):
        section.tokens.append(("literal", inside[1:].partition("-")[0]))
    elif ELAPSED.match(inside):
        section.is_date = True


def _compose(section: _Section, number: float) -> str:
    """The text that a section shows, with all digits of the number."""
    if section.fills:
        raise Unclear
    tokens = section.tokens
    sign, size = ("-" if number < 0 else ""), abs(number)
    if section.is_general or section.takes_text:
        body = _plain(size)
        shown = [body if kind in ("general", "@") else said for kind, said in tokens] if tokens else [body]
        return sign + "".join(shown)
    at = [i for i, (kind, _) in enumerate(tokens) if kind in "0#?.E/"]
    if not at:
        return sign * (number != 0) + "".join(said for _, said in tokens)
    last = at[-1]
    while last + 1 < len(tokens) and tokens[last + 1][0] == ",":
        last += 1
    before, inner, after = tokens[: at[0]], tokens[at[0] : last + 1], tokens[last + 1 :]
    if any(kind == "," for kind, _ in (*before, *after)):
        raise Unclear
    digits = _digits(section, inner, after, size)
    return sign + "".join(said for _, said in before) + digits[0] + "".join(said for _, said in digits[1])


def _digits(
    section: _Section, inner: list[tuple[str, str]], after: list[tuple[str, str]], size: float
) -> tuple[str, list[tuple[str, str]]]:
    """The digits of a number, and what the section prints after them."""
    shape = "".join(kind for kind, _ in inner if kind not in ("literal", "%"))
    between = [said for kind, said in inner if kind == "literal"]
    if "/" in shape:
        if not FRACTION.fullmatch(shape) or "".join(between).strip():
            raise Unclear
        return _plain(size), after
    if SCIENTIFIC.fullmatch(shape):
        if between:
            raise Unclear
        return _plain(size), after
    match = PLAIN.fullmatch(shape)
    if match is None:
        raise Unclear
    scaled = _scaled(size, _power(section))
    whole, part = (match["whole"] or "").replace(",", ""), match["part"] or ""
    if "".join(between).strip() and not _draws_a_point(section):
        return _placed(inner, scaled), after
    if _draws_a_point(section):
        return _plain(scaled), after
    least = whole.count("0")
    if not least and not match["point"] and scaled < 0.5:
        return "", after
    if not least and scaled < 0.5 * 10.0 ** -len(part) and "0" not in part:
        return ".", after
    text = _plain(scaled)
    return (text.zfill(least) if least > 1 and text.isdigit() and not part else text), after


def _draws_a_point(section: _Section) -> bool:
    """Whether the code has no decimal point and prints one among its digits: `0!.0,` shows 12345 as 1.2."""
    kinds = [kind for kind, _ in section.tokens]
    if "." in kinds or "0" not in kinds:
        return False
    first = kinds.index("0")
    last = len(kinds) - kinds[::-1].index("0")
    inside = [said for kind, said in section.tokens[first:last] if kind == "literal"]
    outside = [said for kind, said in (*section.tokens[:first], *section.tokens[last:]) if kind == "literal"]
    return inside == ["."] and not any(re.search(r"[\d.]", said) for said in outside)


def _power(section: _Section) -> int:
    """By which power of ten what is seen differs from what is stored."""
    kinds = [kind for kind, _ in section.tokens]
    shape = "".join(kind for kind in kinds if kind in "0#?,.")
    match = PLAIN.fullmatch(shape)
    commas = len(match["early"] or "") + len(match["late"] or "") if match else 0
    drawn = 0
    if _draws_a_point(section):
        drawn = sum(kind in "0#?" for kind in kinds[section.tokens.index(("literal", ".")) :])
    return 2 * kinds.count("%") - 3 * commas - drawn


def _placed(inner: list[tuple[str, str]], scaled: float) -> str:
    """Digits in their places among literals, as `0000"年"00"月"` shows 201806."""
    places = [i for i, (kind, _) in enumerate(inner) if kind in "0#?"]
    if any(kind in ".%," for kind, _ in inner) or len(digits := str(round(scaled))) > len(places):
        raise Unclear
    padded = digits.rjust(len(places))
    said = [text for _, text in inner]
    for place, digit in zip(places, padded, strict=True):
        said[place] = digit if digit != " " else "0" if inner[place][0] == "0" else ""
    return "".join(said)


def _scaled(size: float, power: int) -> float:
    return float(f"{Decimal(repr(size)).scaleb(power):.15g}") if power else size


def _plain(number: float) -> str:
    return repr(int(number)) if float(number).is_integer() and abs(number) < 1e15 else repr(number)


def _as_number(text: str) -> float | None:
    match = SEEN_NUMBER.fullmatch(YUAN.sub("", text).translate(DASHES))
    if match is None:
        return None
    return (-float(match[2]) if match[1] else float(match[2])) + 0.0


def _serial(value: date | timedelta, since_1904: bool) -> float:
    if isinstance(value, timedelta):
        return value / timedelta(1)
    at = value if isinstance(value, datetime) else datetime.combine(value, time())
    return (at - (EPOCH_1904 if since_1904 else EPOCH)) / timedelta(1)

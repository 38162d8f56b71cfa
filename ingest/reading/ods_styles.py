"""The styles of an OpenDocument book: how its cells show numbers, and which letters are struck out, raised or hidden.

Its number styles are rewritten as number format codes, which one module reads for all formats (ODF 1.3 part 3, 16.29).
"""

from lxml import etree

from ingest.reading.number_format import NumberFormat, number_format
from ingest.reading.seen import Run, Shift, Style

NS = "{urn:oasis:names:tc:opendocument:xmlns:%s:1.0}"
STYLE, NUMBER, TEXT, TABLE = (NS % n for n in ("style", "datastyle", "text", "table"))
DATA_STYLES = [
    f"{NUMBER}{kind}-style" for kind in ("number", "percentage", "currency", "date", "time", "boolean", "text")
]
DATE_LETTERS = {
    "year": "yyyy", "month": "m", "day": "d", "hours": "h", "minutes": "h", "seconds": "s", "am-pm": "AM/PM", "era": "e",
    "day-of-week": "aaa", "week-of-year": "aaa", "quarter": "aaa",
}  # fmt: skip


class Styles:
    """Styles by name, collected as their elements are read."""

    TAGS = (*DATA_STYLES, f"{STYLE}style", f"{STYLE}default-style")

    def __init__(self) -> None:
        self.hidden_tables: set[str] = set()
        self._codes: dict[str, str] = {}
        self._maps: dict[str, list[tuple[str, str]]] = {}
        self._own: dict[tuple[str, str], dict[str, str]] = {}
        self._made: dict[str, Style] = {}

    def add(self, element: etree._Element) -> None:
        name, family = element.get(f"{STYLE}name") or "", element.get(f"{STYLE}family") or ""
        if element.tag in DATA_STYLES:
            percent = element.tag == f"{NUMBER}percentage-style"
            self._codes[name] = "".join(_part(child, percent) for child in element if isinstance(child.tag, str))
            self._maps[name] = [
                (m.get(f"{STYLE}condition") or "", m.get(f"{STYLE}apply-style-name") or "")
                for m in element.iterchildren(f"{STYLE}map")
            ]
            return
        said = {"parent": element.get(f"{STYLE}parent-style-name"), "form": element.get(f"{STYLE}data-style-name")}
        for properties in element.iterchildren(f"{STYLE}text-properties"):
            said |= {
                "struck": properties.get(f"{STYLE}text-line-through-style")
                or properties.get(f"{STYLE}text-line-through-type"),
                "position": properties.get(f"{STYLE}text-position"),
                "hidden": properties.get(f"{TEXT}display"),
            }
        shown = element.find(f"{STYLE}table-properties")
        if shown is not None and shown.get(f"{TABLE}display") == "false":
            self.hidden_tables.add(name)
        self._own[family, name] = {key: value for key, value in said.items() if value}

    def of_cell(self, name: str) -> Style:
        """What a cell's style changes of what is seen."""
        if name not in self._made:
            said = self._inherited("table-cell", name)
            self._made[name] = Style(self._form(said.get("form", "")), _is_struck(said), _shift(said))
        return self._made[name]

    def run(self, text: str, name: str, around: Run) -> Run:
        """Letters in a span of a style, within the letters around them."""
        said = self._inherited("text", name)
        return Run(
            text,
            _is_struck(said) if "struck" in said else around.struck,
            _shift(said) if "position" in said else around.shift,
            around.hidden or said.get("hidden") == "none",
        )

    def _inherited(self, family: str, name: str) -> dict[str, str]:
        """The properties of a style and of those it builds on, down to the default of its family."""
        said: dict[str, str] = {}
        for _ in range(20):
            own = self._own.get((family, name), {})
            said = own | said
            if not own.get("parent"):
                break
            name = own["parent"]
        return self._own.get((family, ""), {}) | said

    def _form(self, name: str) -> NumberFormat | None:
        """The format of a data style: those it maps to under a condition, then its own."""
        mapped = [f"[{c.removeprefix('value()')}]{self._codes.get(n, 'General')}" for c, n in self._maps.get(name, ())]
        return number_format(";".join([*mapped, self._codes.get(name, "General")]))


def _part(child: etree._Element, percent: bool) -> str:
    """What one element of a data style is in a number format code."""
    name = child.tag.removeprefix(NUMBER)
    said = child.text or ""
    if name == "text":
        before, sign, after = said.partition("%") if percent else (said, "", "")
        return _quoted(before) + sign + _quoted(after)
    if name == "number":
        return _digits(child)
    if name == "currency-symbol":
        return f"[${said}]"
    if name == "fill-character":
        return f"*{said or ' '}"
    if name == "boolean":
        return _quoted("TRUE")
    return {"scientific-number": "0.00E+00", "fraction": "# ?/?", "text-content": "@"}.get(
        name, DATE_LETTERS.get(name, "")
    )


def _quoted(text: str) -> str:
    return "".join(f"\\{sign}" for sign in text) if '"' in text else f'"{text}"' if text else ""


def _digits(number: etree._Element) -> str:
    decimals = number.get(f"{NUMBER}decimal-places")
    factor = float(number.get(f"{NUMBER}display-factor") or 1)
    commas = 0
    while factor >= 1000 and commas < 5:
        factor, commas = factor / 1000, commas + 1
    if factor != 1:
        return '"?"*?0'  # a factor that no code can say: readers will differ
    embedded = {
        int(e.get(f"{NUMBER}position") or 0): e.text or "" for e in number.iterchildren(f"{NUMBER}embedded-text")
    }
    if decimals is None and not (commas or embedded or number.get(f"{NUMBER}min-integer-digits")):
        return "General"
    least = min(int(number.get(f"{NUMBER}min-integer-digits") or 0), 30)
    whole = "0" * least or "#"
    if number.get(f"{NUMBER}grouping") == "true":
        whole = f"#,##{whole}" if least < 2 else whole
    if embedded:
        whole = whole.rjust(max(embedded) + 1, "#") if max(embedded) < 30 else whole
        whole = "".join((_quoted(embedded.get(len(whole) - i, "")) if i else "") + sign for i, sign in enumerate(whole))
    some = min(int(decimals or 0), 30)
    return whole + ("." + "0" * some if some else "") + "," * commas


def _is_struck(said: dict[str, str]) -> bool:
    return said.get("struck", "none") != "none"


def _shift(said: dict[str, str]) -> Shift:
    where = said.get("position", "0%").split()[0]
    if where in ("super", "sub"):
        return "raised" if where == "super" else "lowered"
    return "" if where.strip("0%-+.") == "" else "lowered" if where.startswith("-") else "raised"

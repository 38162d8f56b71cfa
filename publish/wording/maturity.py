"""How settled a figure is: marks in tables, words in sentences."""

from collections.abc import Iterable, Sequence

from publish.wording import Row
from vocabulary.maturity import MATURITIES

# Printed small behind a figure that is not settled yet (domain.md 2.6).
MATURITY_MARKS = {"flash": "快", "prelim": "初"}


def maturity_mark(maturity: str | None) -> str:
    """`快` behind a flash, `初` behind a preliminary figure, nothing behind others."""
    return MATURITY_MARKS.get(maturity or "", "")


def maturity_zh(maturity: str | None) -> str:
    """`（快报数）` of a flash, `（初步数）` of a preliminary figure; empty for others."""
    return f"（{MATURITIES[maturity]}）" if maturity in MATURITY_MARKS else ""


def common_maturity(rows: Iterable[Row]) -> str | None:
    """The maturity that all figures of a line share, which is marked once; None where they differ."""
    said = {r["maturity"] for r in rows if r["maturity"]}
    return said.pop() if len(said) == 1 else None


def maturity_note(rows: Iterable[Row]) -> str:
    """What the marks of a table mean; empty where it has none."""
    marked = {r["maturity"] for r in rows}
    told = [
        "注“快”的为快报数，尚未核定，不作为约谈依据" if "flash" in marked else "",
        "注“初”的为初步数，以年报数为准" if "prelim" in marked else "",
    ]
    return "；".join(filter(None, told)) + "。" if any(told) else ""


def maturities_sentence(coverage: Sequence[Row]) -> str:
    """How many of the month's deliveries hold a flash or preliminary figures, and which are a flash."""
    used = [r for r in coverage if r["maturity"]]
    flash = [f"{r['department_zh']}《{r['title']}》" for r in used if r["maturity"] == "flash"]
    prelim = sum(r["maturity"] == "prelim" for r in used)
    if not flash and not prelim:
        return ""
    named = f"（{'、'.join(flash)}）" if flash else ""
    return f"已采用的统计数据资料{len(used)}项中，快报数{len(flash)}项{named}，初步数{prelim}项；快报数尚未核定，正式数据报送后予以更新。"

"""Why a county is proposed for an interview: what each test found, and what has to be said of the figures."""

from collections.abc import Iterable, Mapping
from typing import Any

from publish.wording import Row
from publish.wording.dates import span_zh
from publish.wording.figures import WITHHELD, parameter
from publish.wording.growth import TWO_YEAR_CAVEATS, growth_zh
from vocabulary.figure import number

Finding = Mapping[str, Any]
UNTOLD = f"（数据{WITHHELD}）"


def _listed(parts: Iterable[str], by: str) -> str | None:
    told = by.join(filter(None, parts))
    return told or None


def findings_zh(row: Row) -> str | None:
    """What each test found of every figure that fired; None where none did."""
    return _listed((_finding(f, row) for f in row["findings"] or ()), "；")


def _finding(finding: Finding, row: Row) -> str:
    if finding.get("confidential"):
        return f"{finding['name_zh']}{UNTOLD}"
    error = finding.get("growth_error_pp")
    within = f"（误差±{number(error)}个百分点）" if error else ""
    said = (
        f"{finding['name_zh']}{span_zh(finding['period_type'], row['month'])}{growth_zh(finding['growth_pct'])}{within}"
    )
    return f"{said}（{'、'.join(_tests(finding, row['whole']))}）"


def _tests(finding: Finding, whole: str) -> Iterable[str]:
    """The tests that a figure met."""
    if "below_top_pp" in finding:
        yield f"低于{whole}{number(finding['below_top_pp'])}个百分点"
    if "fell_pp" in finding:
        yield f"较上期回落{number(finding['fell_pp'])}个百分点"
    if finding.get("negative_again"):
        yield "连续两期下降"
    if finding.get("last_twice"):
        yield "连续两期居同组末位"
    if "below_floor_pp" in finding:
        yield f"低于{parameter(finding['floor_pct'])}%的年度底线{number(finding['below_floor_pp'])}个百分点"


def flash_zh(row: Row) -> str | None:
    """Declines that are seen in a flash only; None where there is none."""
    flashes = row["flashes"] or ()
    return _listed(
        (f["name_zh"] + (growth_zh(f["growth_pct"]) if "growth_pct" in f else UNTOLD) for f in flashes), "、"
    )


def two_year_caveats_zh(row: Row) -> str | None:
    """What sets the two years apart in the figures that fired, or in the city's; None where nothing does."""
    return _listed((_two_years(f, row["whole"]) for f in row["findings"] or ()), "；")


def _two_years(finding: Finding, area: str) -> str:
    own, whole = (TWO_YEAR_CAVEATS.get(finding.get(k, "")) for k in ("two_year_caveat", "top_two_year_caveat"))
    told = "，".join(filter(None, (own, f"{area}{whole}" if whole else "")))
    return f"{finding['name_zh']}{told}" if told else ""


def since_march_caveats_zh(row: Row) -> str | None:
    """Which of the figures that fired, or the city's, have no growth from March on; None where all have."""
    unknown = [f for f in row["findings"] or () if "unknown_since_march" in f]
    own = [f["name_zh"] for f in unknown if f["unknown_since_march"] == "region"]
    whole = [f"{row['whole']}{f['name_zh']}" for f in unknown if f["unknown_since_march"] == "top"]
    return f"{'、'.join(own + whole)}既无同一次报送的累计水平数，也无3月以来逐月水平数，不能剔除" if unknown else None

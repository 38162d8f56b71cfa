"""The month that a paper states of itself: its title, its sheet's name, its file's name and its headings must agree."""

import re
from dataclasses import dataclass

from ingest import rules
from ingest.grammar.months import month_digits, months_in, own_years, years_in
from vocabulary.finding import Finding
from vocabulary.month import Month

# A month in a heading, mostly without its year: 5月, 1-5月份, 前5个月, 上年1-5月, 2018年5月.
IN_HEADING = re.compile(
    r"(?:(?P<year>(?<!\d)(?:19|20)\d{2})年|(?P<last>上年|去年))?"
    r"(?:(?P<range>0?1(?:月份?)?[-~至到]|前)|(?<![\d.\-~至到前]))(?P<month>0?[1-9]|1[0-2])个?月份?"
)


@dataclass(frozen=True)
class Said:
    """A month in a heading: as printed, its number, its year where it has one, and whether it says 上年."""

    text: str
    month: int
    year: int | None
    last: bool

    def agrees(self, month: Month) -> bool:
        """Whether it speaks of the table's month or of the same one a year before."""
        return self.month == month.month and (self.year is None or month.year - self.year in (0, 1))


def relative(text: str, month: Month | None) -> tuple[str, tuple[Said, ...]]:
    """A heading with its months named from the table's: in 2018-05, `1-5月累计` -> `1-本月累计`, `2017年5月` -> `上年本月`.

    So one declared heading holds for all months. What was said is returned, to be checked against the title.
    """
    found: list[Said] = []

    def name(match: re.Match[str]) -> str:
        year = int(match["year"]) if match["year"] else None
        said = Said(match[0], int(match["month"]), year, bool(match["last"]))
        found.append(said)
        last = said.last or bool(month and year == month.year - 1)
        return ("上年" if last else "") + ("1-本月" if match["range"] else "本月")

    return IN_HEADING.sub(name, month_digits(text)), tuple(found)


def stated_month(
    lines: list[str], sheet: str | None, file_name: str, whole: bool
) -> tuple[Month | None, list[Finding]]:
    """The month in the lines above a table, else in the name of its sheet; and what disagrees with it.

    `whole`: the feed speaks for one month, so the names of sheet and file must say the same.
    """
    in_sheet = months_in(sheet) if sheet else []
    named = next((m for line in lines if (m := months_in(line))), in_sheet)
    if len(named) != 1:
        return None, [_unclear(named, lines, sheet)]
    month, in_file = named[0], months_in(file_name)
    findings = []
    if whole and in_file and month not in in_file:
        findings.append(_disagrees(month, in_file, "文件名", sheet))
    if whole and in_sheet and month not in in_sheet:
        findings.append(_disagrees(month, in_sheet, "工作表名", sheet))
    return month, findings


def stated_year(lines: list[str], sheet: str | None) -> int | None:
    """The one year in the lines above a table, else in the name of its sheet; None where there is none or another."""
    named = {year for line in lines for year in own_years(line)} or {*years_in(sheet or "")}
    return named.pop() if len(named) == 1 else None


def _unclear(named: list[Month], lines: list[str], sheet: str | None) -> Finding:
    return rules.finding(
        "month_ambiguous" if named else "month_missing.title",
        sheet,
        found="、".join(str(m) for m in named) or (lines[0][:80] if lines else None),
    )


def _disagrees(month: Month, named: list[Month], where: str, sheet: str | None) -> Finding:
    return rules.finding(
        "month_disagrees.name",
        sheet,
        where=where,
        month=str(month),
        named="、".join(str(m) for m in named),
    )


def heading_disagrees(said: Said, month: Month, heading: str, sheet: str, cell: str) -> Finding:
    """A heading such as `1-4月` under a title of May."""
    return rules.finding("month_disagrees.heading", sheet, cell, found=said.text, heading=heading, month=str(month))

"""Where a feed's table lies on a sheet, what each of its columns means, and which month and units the paper states.

What the feed does not know stops the file, with what was added and what is missing.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from pathlib import PurePath

from ingest.cells import DASHES
from ingest.feed import Column, Feed
from ingest.months import months_in, read_month
from ingest.read import Raw, Sheet, address, letter
from warehouse.ledger import Problem, month_date, month_text
from warehouse.units import CANONICAL

# A table's headings stand near the top of its sheet.
SEARCHED_ROWS = 60
BRACKETED = re.compile(r"\((?:(?:计量)?单位:)?([^()]*)\)")
# 填报单位, 单位负责人 are offices and not units.
STATED_UNIT = re.compile(r"(?<![报表位送制管责编印])(?:计量)?单位:([^\s()]+)")
UNIT_ROW = re.compile(r"(?:计量)?单位")
LIST_SIGNS = re.compile(r"[,、;/和及]")
LOOKS_LIKE_A_UNIT = re.compile(r".*[元时吨%户人米里瓦]")
FOOTER = re.compile(
    r"(?:注|备注|说明|附注|数据来源|资料来源|来源|单位负责人|负责人|审核人?|填表人|制表人?|填报人|填报单位|联系人|联系电话|"
    r"填报日期|报送日期|报出日期|制表日期)(?:[:\d].*)?|\*.+|※.+"
)


@dataclass(frozen=True)
class Meaning:
    """What a heading means: its declared column and what a pattern read out of the heading itself."""

    column: Column
    region: str | None = None
    industry: str | None = None
    month: date | None = None


@dataclass(frozen=True)
class Place:
    """One column of the file that carries something declared, or a month where series lie in rows."""

    index: int
    heading: str
    meaning: Meaning | None
    month: date | None = None

    @property
    def letter(self) -> str:
        return letter(self.index)


@dataclass(frozen=True)
class Located:
    """The table on its sheet: first row of data (from 0), its columns, the month and the units stated above it."""

    sheet: Sheet
    body: int
    places: tuple[Place, ...]
    month: date | None
    units: tuple[str, ...] = ()


class Unreadable(Exception):
    """The layout does not hold. Carries every problem found on the way."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("; ".join(p.message for p in problems))
        self.problems = problems


def critical(rule: str, message: str, sheet: str | None = None, **more: str | None) -> Problem:
    """A critical problem of the parse stage."""
    return Problem("parse", rule, "critical", message, sheet=sheet, **more)


def text_of(raw: Raw) -> str:
    """A cell as people see it, without the blanks around it; never None, never with control characters."""
    if raw is None:
        return ""
    if isinstance(raw, float) and raw.is_integer() and abs(raw) < 1e15:
        return str(int(raw))
    text = str(raw).strip()
    return text if text.isprintable() else re.sub(r"[\x00-\x08\x0b-\x1f]", "", text)


@lru_cache(10_000)
def plain(text: str) -> str:
    """A label or heading for comparing: NFKC, one kind of dash, no blanks."""
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", text).translate(DASHES))


def split_units(text: str) -> tuple[str, tuple[str, ...]]:
    """A heading without its units, and the units: `出口额(万美元)` -> `出口额`, (`万美元`,)."""
    units: list[str] = []

    def take(match: re.Match[str]) -> str:
        named = _units_named(match[1])
        units.extend(named)
        return "" if named else match[0]

    return BRACKETED.sub(take, text), tuple(units)


def _units_named(text: str) -> list[str]:
    """The units of a list such as `万元、%`; empty unless every word of it is a known unit."""
    words = [w for w in LIST_SIGNS.split(text) if w]
    return words if words and all(w in CANONICAL for w in words) else []


@cache
def _declared(
    feed: Feed,
) -> tuple[dict[str, Column], tuple[tuple[re.Pattern[str], Column], ...], tuple[re.Pattern[str], ...]]:
    exact = {_path(h): c for c in feed.columns for h in (() if c.pattern else (c.heading,)) + c.aliases}
    patterns = tuple((re.compile(c.heading), c) for c in feed.columns if c.pattern)
    return exact, patterns, tuple(re.compile(i) for i in feed.ignore)


def _path(heading: str) -> str:
    return "|".join(split_units(plain(level))[0] for level in heading.split("|"))


def understand(feed: Feed, heading: str) -> Meaning | None:
    """What a heading path means to the feed: as written first, then by pattern. None when unknown."""
    exact, patterns, _ = _declared(feed)
    if heading in exact:
        return Meaning(exact[heading])
    for pattern, column in patterns:
        if match := pattern.fullmatch(heading):
            said = match.groupdict()
            month = read_month(said["month"]) if said.get("month") else None
            return Meaning(column, said.get("region"), said.get("industry"), month)
    return None


def is_ignored(feed: Feed, heading: str) -> bool:
    return any(p.fullmatch(heading) for p in _declared(feed)[2])


def choose_sheets(feed: Feed, sheets: list[Sheet], file_name: str) -> list[Sheet]:
    """The sheets that the layout names; the first one where it names none or the file is text. Raises Unreadable."""
    wanted = feed.layout.sheet
    if wanted is None or is_text(sheets[0], file_name):
        return sheets[:1]
    chosen = [s for s in sheets if re.search(wanted, s.name)]
    if not chosen:
        found = "、".join(s.name for s in sheets)
        raise Unreadable([
            critical("unknown_layout", "未找到约定的工作表", found=found, expected=wanted, hint="请按模板保留工作表名称")
        ])  # fmt: skip
    return chosen


def is_text(sheet: Sheet, file_name: str) -> bool:
    """Whether the sheet is a text file, whose name says nothing that the file's does not."""
    return sheet.name == PurePath(file_name).stem


def locate(feed: Feed, sheet: Sheet, file_name: str) -> Located:
    """Find the table, its columns, month and units. Raises Unreadable with all that does not hold."""
    top = _find_headings(feed, sheet)
    problems: list[Problem] = []
    places: list[Place] = []
    added: list[str] = []
    stated: dict[int, tuple[str, ...]] = {}
    width = sheet.width
    headings = list(_headings(feed, sheet, top, width))
    body = top + feed.layout.header_rows
    unit_row = _unit_row(feed, sheet, body)
    for index, (heading, units) in enumerate(headings):
        place = _place(feed, index, heading, first=not places)
        if unit_row is not None:
            units += tuple(_units_named(plain(text_of(sheet.spread(unit_row, index)))))
        if place:
            places.append(place)
            stated[index] = units
        elif not is_ignored(feed, heading) and (heading or _holds_anything(sheet, body, index)):
            added.append(f"{letter(index)}列“{heading}”" if heading else f"{letter(index)}列（无表头而有内容）")
    missing = _missing(feed, places)
    if added or missing:
        problems.append(_unknown_layout(sheet, added, missing))
    problems += _named_twice(sheet, top, places)
    above = _lines_above(sheet, top)
    units = tuple(u for line in above for u in _table_units(line, sheet, problems))
    problems += _unit_conflicts(feed, sheet, body - 1, places, stated, units)
    month = _title_month(feed, sheet, above, file_name, problems)
    if problems:
        raise Unreadable(problems)
    return Located(sheet, body, tuple(places), month, units)


def _find_headings(feed: Feed, sheet: Sheet) -> int:
    """First row of the headings: where most declared columns (or, with series in rows, months) are recognised."""
    best, best_row = 0, -1
    for row in range(min(len(sheet.rows), SEARCHED_ROWS)):
        known = sum(
            _place(feed, i, heading, first=False) is not None
            for i, (heading, _) in enumerate(_headings(feed, sheet, row, len(sheet.rows[row])))
            if heading
        )
        if known > best:
            best, best_row = known, row
    if best_row < 0:
        first = next((text_of(v) for r in sheet.rows for v in r if text_of(v)), "")
        raise Unreadable([
            critical(
                "unknown_layout", "未找到约定的表头，该表可能不是本项报送的表", sheet.name, found=first[:80],
                expected="、".join(c.heading for c in feed.columns[:8]), hint="请下载最新模板填报",
            )
        ])  # fmt: skip
    return best_row


def _headings(feed: Feed, sheet: Sheet, top: int, width: int) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Heading path and stated units of every column. Levels of merged or left-out cells are filled in."""
    levels = feed.layout.header_rows
    rows = range(top, top + levels)
    merged = any(anchor[0] in rows for anchor in sheet.covered.values()) if sheet.covered else False
    last = [""] * levels
    for index in range(width):
        texts = [plain(text_of(sheet.spread(r, index))) for r in rows]
        if not merged:
            for i in range(levels - 1):
                below = any(texts[i + 1 :])
                texts[i] = texts[i] or (last[i] if below and texts[:i] == last[:i] else "")
        last = texts
        path: list[str] = []
        units: tuple[str, ...] = ()
        for i, text in enumerate(texts):
            if i and (named := _units_named(text.removeprefix("(").removesuffix(")"))) and path:
                units += tuple(named)
                continue
            text, named_here = split_units(text)
            units += named_here
            if text and (not path or path[-1] != text):
                path.append(text)
        yield "|".join(path), units


def _place(feed: Feed, index: int, heading: str, first: bool) -> Place | None:
    if feed.layout.series == "rows":
        if month := read_month(heading):
            return Place(index, heading, None, month)
        # The column that names the series: the first with a heading.
        return Place(index, heading, None) if first and heading else None
    meaning = understand(feed, heading)
    return Place(index, heading, meaning) if meaning else None


def _holds_anything(sheet: Sheet, body: int, index: int) -> bool:
    return any(text_of(sheet.at(r, index)) for r in range(body, len(sheet.rows)))


def _unit_row(feed: Feed, sheet: Sheet, body: int) -> int | None:
    """The row under the headings that names units, if the layout skips one."""
    for row in range(body, min(body + 6, len(sheet.rows))):
        label = first_text(sheet, row)
        if not any(re.fullmatch(p, label) for p in feed.layout.skip_labels):
            return None
        if UNIT_ROW.fullmatch(label):
            return row
    return None


def first_text(sheet: Sheet, row: int) -> str:
    """First cell of a row that is not blank, for comparing with labels and footers."""
    return next((plain(t) for v in sheet.rows[row] if (t := text_of(v))), "")


def _missing(feed: Feed, places: list[Place]) -> list[str]:
    if feed.layout.series == "rows":
        return [] if any(p.month for p in places) else ["各月列"]
    found = {p.meaning.column.heading for p in places if p.meaning}
    return [c.heading for c in feed.columns if not c.optional and c.heading not in found]


def _unknown_layout(sheet: Sheet, added: list[str], missing: list[str]) -> Problem:
    said = [f"多出：{'、'.join(added)}"] * bool(added) + [f"缺少：{'、'.join(missing)}"] * bool(missing)
    return critical(
        "unknown_layout", f"表头与约定不符。{'；'.join(said)}", sheet.name,
        found="、".join(added) or None, expected="、".join(missing) or None,
        hint="请按模板表头填报；确需增减指标的，请先与市经信委商定",
    )  # fmt: skip


def _named_twice(sheet: Sheet, top: int, places: list[Place]) -> Iterator[Problem]:
    seen: dict[tuple[object, ...], Place] = {}
    for place in places:
        key = (place.meaning or place.month,)
        if key == (None,):
            continue
        if key in seen:
            yield critical(
                "heading_twice", f"表头“{place.heading}”出现两次，无法判断以何者为准", sheet.name,
                cell=address(top, place.index), found=f"{seen[key].letter}列、{place.letter}列", hint="请保留一列",
            )  # fmt: skip
        seen[key] = place


def _lines_above(sheet: Sheet, top: int) -> list[str]:
    """The texts above the headings, one a row, each cell once."""
    lines = []
    for row in range(top):
        texts = dict.fromkeys(unicodedata.normalize("NFKC", t) for v in sheet.rows[row] if (t := text_of(v)))
        if texts:
            lines.append(" ".join(texts))
    return lines


def _table_units(line: str, sheet: Sheet, problems: list[Problem]) -> Iterator[str]:
    for match in STATED_UNIT.finditer(line):
        for word in LIST_SIGNS.split(match[1]):
            if word in CANONICAL:
                yield word
            elif LOOKS_LIKE_A_UNIT.fullmatch(word):
                problems.append(
                    critical(
                        "unknown_unit",
                        f"计量单位“{word}”不能识别",
                        sheet.name,
                        found=word,
                        hint="请使用模板中的计量单位",
                    )
                )


def check_unit(column: Column, stated: tuple[str, ...], whole_table: bool) -> str | None:
    """The first stated unit that contradicts a column's declared one, else None.

    A unit beside the heading must mean the same; one above the table need only not differ in scale from it,
    since it speaks for several columns (domain.md 2.4).
    """
    assert column.unit is not None
    own = CANONICAL[column.unit]
    meant = {CANONICAL[u]: u for u in stated}
    if own in meant or not meant:
        return None
    if not whole_table:
        return next(iter(meant.values()))
    return next((u for (canonical, _), u in meant.items() if canonical == own[0]), None)


def unit_problem(sheet: Sheet, cell: str | None, column: Column, heading: str, found: str) -> Problem:
    return critical(
        "unit_disagrees", f"“{heading}”的计量单位与约定不符", sheet.name, cell=cell, found=found,
        expected=column.unit, hint=f"请换算为{column.unit}后重新报送",
    )  # fmt: skip


def _unit_conflicts(
    feed: Feed, sheet: Sheet, row: int, places: list[Place], stated: dict[int, tuple[str, ...]], above: tuple[str, ...]
) -> Iterator[Problem]:
    measured = [p for p in places if p.meaning and p.meaning.column.unit]
    for place in measured:
        assert place.meaning
        column = place.meaning.column
        found = check_unit(column, stated[place.index], False) or check_unit(column, above, True)
        if found:
            yield unit_problem(sheet, address(row, place.index), column, place.heading, found)
    kinds = {CANONICAL[c.unit][0] for c in feed.measured if c.unit}
    if above and not {CANONICAL[u][0] for u in above} & kinds:
        yield critical(
            "unit_disagrees", "表上所注计量单位与本表各项指标均不相符", sheet.name, found="、".join(above),
            expected="、".join(dict.fromkeys(c.unit for c in feed.measured if c.unit)), hint="请核对是否误报他表",
        )  # fmt: skip


def _title_month(feed: Feed, sheet: Sheet, above: list[str], file_name: str, problems: list[Problem]) -> date | None:
    """The month in the title (else in the sheet's name), checked against the file's name."""
    if feed.layout.month:
        return month_date(feed.layout.month)
    if feed.layout.month_from != "title":
        return None
    lines = above if is_text(sheet, file_name) else [*above, sheet.name]
    named = next((m for line in lines if (m := months_in(line))), [])
    if len(named) != 1:
        problems.append(
            critical(
                "month_missing" if not named else "month_ambiguous",
                "标题中未写明统计月份" if not named else "标题中出现两个以上月份，无法判断所属期", sheet.name,
                found="、".join(month_text(m) for m in named) or (above[0][:80] if above else None),
                expected="如“2018年6月”或“2018年1-6月”", hint="请在表格标题中写明统计月份",
            )
        )  # fmt: skip
        return None
    in_name = months_in(file_name)
    if feed.scope == "month" and in_name and named[0] not in in_name:
        problems.append(
            critical(
                "month_disagrees", "表格标题所属月份与文件名不一致", sheet.name,
                found=f"标题为{month_text(named[0])}", expected=f"文件名为{'、'.join(month_text(m) for m in in_name)}",
                hint="请核对所属期，更正标题或文件名后重新报送",
            )
        )  # fmt: skip
    return named[0]


def is_skipped(feed: Feed, label: str) -> bool:
    """Whether a row beginning with `label` carries no data by declaration."""
    patterns = feed.layout.skip_labels
    return bool(patterns) and any(re.fullmatch(p, label) for p in patterns)


def is_footer(label: str) -> bool:
    """Whether a row beginning with `label` is a note, a source line or a signature under the table."""
    return FOOTER.fullmatch(label) is not None


def row_meaning(feed: Feed, heading: str) -> tuple[Meaning | None, tuple[str, ...], str]:
    """For series in rows: what a row's first cell means, the units in it, and its path."""
    path, units = split_units(plain(heading))
    meaning = understand(feed, path)
    return meaning, units, path

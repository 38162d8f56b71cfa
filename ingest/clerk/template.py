"""The workbook a clerk fills in for a feed and a month: a locked frame, coloured cells that take what the feed can read.

Filled in, it reads back as the feed promises. What the last total was stands beside the table, and is not read.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import xlsxwriter
from sqlalchemy import text
from xlsxwriter.utility import xl_rowcol_to_cell

from ingest.clerk.printed import as_printed, known_texts
from ingest.feed import POSTPONED, Column, Feed
from ingest.grammar import labels
from ingest.grammar.labels import listed_industries, never_negative, reporting_regions
from ingest.grammar.paperwork import REFERENCE
from ingest.layout.drift import SheetLayout
from ingest.layout.fingerprint import fingerprint
from ingest.parsing.contents import examine
from ingest.parsing.united import united
from vocabulary.month import Month, day_words
from vocabulary.unit import canonical
from warehouse.area import contact, departments
from warehouse.book import working_days
from warehouse.database import engine, reachable

# Indicator and row as printed.
LastTotals = Mapping[tuple[str | None, str], float]

BLANK_ROWS = 200
ASKED = "#FFF8DC"
GUIDE = "填报说明"
# Under the table, each with room beside it: what receipts ask for.
SIGNED = ("修订说明：", "核实说明：", "注：", "填表人：", "审核人：", "联系电话：", "填报日期：")
# What may be locked without being in the way: columns can be widened, firms' rows inserted, sorted and deleted.
FREEDOMS = {"format_columns": True, "format_rows": True, "sort": True, "autofilter": True}
LABELS = {
    "region": "地区名称",
    "industry": "行业名称或两位代码",
    "entity_id": "单位编号，以文本填写",
    "entity_name": "单位名称",
    "credit_code": "18位统一社会信用代码，以文本填写",
    "month": "月份，如2018年6月",
    "year": "年份，如2018年",
    "series": "指标名称",
    "unit": "计量单位",
    "maturity": "数据性质，如快报、初步、年报",
}


def write_template(feed: Feed, month: Month, path: Path) -> None:
    """Write the workbook: title with the month, headings with units, the rows that are known beforehand, and a guide.

    Raises ValueError for a feed whose headings are patterns without a printed alias: nobody fills those in by hand.
    """
    feed = as_printed(feed, month)
    headings = [_printed(feed, c) for c in feed.columns]
    before = last_totals(feed, month)
    due = f"请于{due_words(feed, month)}前报送；联系：{contact()}。"
    with xlsxwriter.Workbook(str(path)) as book:
        style = _styles(book)
        sheets = [book.add_worksheet(name) for name in _sheet_names(feed, month)]
        lists = _write_guide(book, feed, headings, month) if feed.layout.sheet_says is None else {}
        for sheet in sheets:
            _write_sheet(sheet, feed, month, headings, style, lists)
            beside = _write_references(sheet, feed, month, len(headings), style, before)
            _write_signed(sheet, _bottom(feed, month), max(len(headings) + beside, 2) - 1, due, style)


def _bottom(feed: Feed, month: Month) -> int:
    """The first row under the table."""
    if feed.layout.series == "rows":
        return 2 + len(feed.columns)
    return 1 + feed.layout.header_rows + max(map(len, known_texts(feed, month, BLANK_ROWS).values()))


def _names(feed: Feed, month: Month) -> list[str]:
    """The regions or industries that are the rows of a plain table of them; of any other form none."""
    kinds = [c.label for c in feed.columns]
    plain = feed.layout.series == "columns" and feed.layout.side_by_side == 1 and feed.layout.sheet_says != "region"
    at = next((c for c, kind in enumerate(kinds) if kind == feed.grain), None)
    return known_texts(feed, month, BLANK_ROWS).get(at, []) if plain and at is not None else []


def _totals(feed: Feed, month: Month) -> list[Column]:
    """The columns that are sums to date, of a table whose rows are known beforehand."""
    totals = [c for c in feed.numbers if c.period_type == "YTD" and c.measure == "value" and c.unit]
    return totals if _names(feed, month) else []


def _write_references(
    sheet: Any, feed: Feed, month: Month, first: int, style: dict[str, Any], before: LastTotals
) -> int:
    """Last month's sums to date to the right of the table, blank where none is known; returns how many columns."""
    totals = _totals(feed, month)
    sheet.set_column(first, first + max(len(totals), 1) - 1, 18)
    levels, top = feed.layout.header_rows, 1 + feed.layout.header_rows
    for c, column in enumerate(totals, first):
        named = f"上月止累计 {_printed(feed, column).replace('|', ' ')}".split("(")[0]
        if levels > 1:
            _merge(sheet, (2, c, levels, c), named, style["head"])
        else:
            sheet.write_string(1, c, f"{REFERENCE} {named}", style["head"])
        for r, name in enumerate(_names(feed, month), top):
            known = before.get((column.indicator, name))
            write = sheet.write_blank if known is None else sheet.write_number
            write(r, c, known, style["reference"](_number_format(column)))
    if totals and levels > 1:
        _merge(sheet, (1, first, 1, first + len(totals) - 1), REFERENCE, style["head"])
    return len(totals)


def _write_signed(sheet: Any, top: int, last: int, due: str, style: dict[str, Any]) -> None:
    """The lines under the table: when it is due, and open ones for notes, reason and signatures."""
    _merge(sheet, (top, 0, top, last), f"说明：{due}", style["note"])
    for r, name in enumerate(SIGNED, top + 1):
        sheet.write_string(r, 0, name, style["note"])
        _merge(sheet, (r, 1, r, last), "", style["asked"]("@"))


def _write_sheet(
    sheet: Any, feed: Feed, month: Month, headings: Sequence[str], style: dict[str, Any], lists: dict[str, str]
) -> None:
    across = 1 if feed.layout.series == "rows" else len(headings) - 1
    _merge(sheet, (0, 0, 0, max(across, 1)), f"{_period(feed, month)}{feed.title}", style["title"])
    sheet.set_column(0, max(across, 1), 18)
    if feed.layout.series == "rows":
        sheet.write_row(1, 0, ["指标", month.words], style["head"])
        for r, (heading, column) in enumerate(zip(headings, feed.columns, strict=True), 2):
            sheet.write_string(r, 0, heading, style["label"])
            _ask(sheet, r, 1, 1, column, style, lists)
    else:
        _write_headings(sheet, feed.layout.header_rows, headings, style["head"])
        _write_rows(sheet, feed, month, style, lists)
    sheet.freeze_panes(1 + feed.layout.header_rows, 1)
    _print_on_a4(sheet)
    listing = {"insert_rows": True, "delete_rows": True} if feed.grain in ("enterprise", "register") else {}
    sheet.protect("", FREEDOMS | listing)


def _print_on_a4(sheet: Any) -> None:
    """One page wide, since what is printed is signed and stamped."""
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)


def _styles(book: Any) -> dict[str, Any]:
    box = {"font_name": "宋体", "border": 1}
    return {
        "title": book.add_format({"align": "center", "bold": True, "font_size": 16, "font_name": "宋体"}),
        "head": book.add_format(
            box | {"align": "center", "valign": "vcenter", "text_wrap": True, "bold": True, "bg_color": "#F2F2F2"}
        ),
        "label": book.add_format(box | {"num_format": "@"}),
        "note": book.add_format({"font_name": "宋体"}),
        "asked": lambda form: book.add_format(box | {"num_format": form, "locked": False, "bg_color": ASKED}),
        "reference": lambda form: book.add_format(box | {"num_format": form, "font_color": "#7F7F7F", "italic": True}),
    }


def _period(feed: Feed, month: Month) -> str:
    """`2018年6月`; `2018年1-2月` where January is never reported by itself."""
    return f"{month.year}年{'1-2' if month.month == 2 and not feed.reports_january else month.month}月"


def _sheet_names(feed: Feed, month: Month) -> list[str]:
    """The sheets that the layout asks for: one a region or month where their names say so, else one."""
    if feed.layout.sheet_says == "region":
        return [name.removeprefix("其中:") for name in reporting_regions(month)]
    if feed.layout.sheet_says == "month":
        return [month.words]
    name = (feed.layout.sheet or "").strip("^$")
    return [name if name.isalnum() else "报表"]


def _printed(feed: Feed, column: Column) -> str:
    if column.pattern and not column.aliases:
        raise ValueError(f"{feed.feed}: heading {column.heading!r} is a pattern; give it an alias to print a template")
    text = column.aliases[0] if column.pattern else column.heading
    return f"{text}({column.unit})" if column.unit else text


def _number_format(column: Column) -> str:
    if not column.unit and not column.counts:
        return "yyyy-mm-dd" if column.type == "date" else "@"
    return "0." + "0" * column.decimals if column.decimals else "0" if column.decimals == 0 else "General"


def _merge(sheet: Any, area: tuple[int, int, int, int], text: str, style: Any) -> None:
    top, left, bottom, right = area
    if (top, left) == (bottom, right):
        sheet.write_string(top, left, text, style)
    else:
        sheet.merge_range(top, left, bottom, right, text, style)


def _write_headings(sheet: Any, levels: int, headings: Sequence[str], style: Any) -> None:
    """Heading paths as merged cells: equal ancestors side by side, short paths down to the last row."""
    paths = [tuple(h.split("|")) for h in headings]
    for level in range(levels):
        for key, group in groupby(range(len(paths)), key=lambda i: (paths[i][: level + 1], len(paths[i]) == level + 1)):
            columns = list(group)
            ancestors, is_leaf = key
            if len(ancestors) <= level:
                continue
            for run in [[c] for c in columns] if is_leaf else [columns]:
                bottom = levels if is_leaf else level + 1
                _merge(sheet, (1 + level, run[0], bottom, run[-1]), ancestors[level], style)


def _write_rows(sheet: Any, feed: Feed, month: Month, style: dict[str, Any], lists: dict[str, str]) -> None:
    """One row for each region, industry or series known beforehand, else blank rows for what is listed."""
    texts = known_texts(feed, month, BLANK_ROWS)
    height, top = max(map(len, texts.values())), 1 + feed.layout.header_rows
    lines = {line.heading: line for line in feed.rows}
    said = [lines.get(name) for name in next(iter(texts.values()))]
    for c, column in enumerate(feed.columns):
        if any(texts.get(c, ())):
            for r, name in enumerate(texts[c], top):
                sheet.write_string(r, c, name, style["label"])
        elif column.counts and any(said):
            for r, line in enumerate(said, top):
                _ask(sheet, r, r, c, united([line, column]) if line else column, style, lists)
        else:
            _ask(sheet, top, top + height - 1, c, column, style, lists)


def _ask(
    sheet: Any, top: int, bottom: int, c: int, column: Column, style: dict[str, Any], lists: dict[str, str]
) -> None:
    """Open cells for a column, which take only what the feed can read."""
    asked = style["asked"](_number_format(column))
    for r in range(top, bottom + 1):
        sheet.write_blank(r, c, None, asked)
    if rule := _rule(column, xl_rowcol_to_cell(top, c), lists):
        sheet.data_validation(top, c, bottom, c, rule | {"error_title": "不能识别"})


def _rule(column: Column, first: str, lists: dict[str, str]) -> dict[str, Any] | None:
    """What a cell of the column may hold; `first` is the column's first cell, to which a formula is relative."""
    if column.choices or column.type == "flag":
        words = [choice.printed for choice in column.choices] or ["是", "否"]
        return {"validate": "list", "source": words, "error_message": f"请从下拉列表中选择：{'、'.join(words)}"[:255]}
    if column.type == "date":
        return {
            "validate": "date",
            "criteria": ">=",
            "value": date(1949, 10, 1),
            "error_message": "请填写日期，如2018-06-30",
        }
    if column.label in lists:
        said = {"error_message": f"请从下拉列表中选择；确需新增的，请与{contact()}联系", "error_type": "warning"}
        return {"validate": "list", "source": lists[column.label], **said}
    if not column.unit:
        return None
    bound = f",{first}>={_least(column)}" if _least(column) is not None else ""
    return {
        "validate": "custom",
        "value": f'=OR(AND(ISNUMBER({first}){bound}),{first}="—")',
        "input_title": column.unit,
        "input_message": _asked_for(column),
        "error_message": f"请填写{_asked_for(column)}",
    }


def _least(column: Column) -> int | None:
    """The least value that is possible: nothing falls by more than 100 %."""
    if column.measure == "growth":
        return -100
    return 0 if column.indicator and never_negative(column.indicator) else None


def _asked_for(column: Column) -> str:
    bound = {0: "，不为负", -100: "，不低于-100", None: ""}[_least(column)]
    return f"以{column.unit}计的数值{bound}；确无数据的填“—”"


def _write_guide(book: Any, feed: Feed, headings: Sequence[str], month: Month) -> dict[str, str]:
    """The guide after the table, with the lists that the drop-downs take; returns the lists' ranges by label."""
    guide = book.add_worksheet(GUIDE)
    bold, wrap = book.add_format({"bold": True}), book.add_format({"text_wrap": True, "valign": "top"})
    guide.set_column(0, 0, 32)
    guide.set_column(1, 1, 60, wrap)
    guide.set_column(3, 4, 28)
    told = [
        ("报表", feed.title),
        ("报送单位", departments()[feed.department]),
        ("所属月份", month.words),
        ("报送期限", f"{due_words(feed, month)}前（次月{feed.due_day}日，{POSTPONED}）"),
        (
            "填报要求",
            "只填写着色的单元格；表头、标题和行名请勿改动，不得合并单元格；数值按表头计量单位填写，不带单位和注码。",
        ),
        ("供核对", f"表右“{REFERENCE}”各列为上月已报的累计数，仅供比对，不必填写。") if _totals(feed, month) else None,
        (
            "表下各行",
            "修订以前月份数据的，在“修订说明：”后写明原因；变动较大而经核实无误的，在“核实说明：”后写明单元格和原因；"
            "填表人、审核人、联系电话请填全。",
        ),
        ("没有数据", "确无数据的填“—”；不得以0代替。"),
        ("退回的文件", "按回执意见在标注副本中更正后，可直接重新报送。"),
    ]
    lines = [line for line in told if line]
    for r, (name, said) in enumerate(lines):
        guide.write_string(r, 0, name, bold)
        guide.write_string(r, 1, said, wrap)
        guide.set_row(r, 15 * (1 + len(said) // 34))
    guide.write_row(len(lines) + 1, 0, ["表头", "填写内容"], bold)
    for r, (heading, column) in enumerate(zip(headings, feed.columns, strict=True), len(lines) + 2):
        guide.write_string(r, 0, heading.replace("|", " "))
        guide.write_string(r, 1, _described(column), wrap)
    ranges = {}
    wanted = {"region": reporting_regions(month), "industry": listed_industries(month)}
    for c, label in enumerate((x for x in wanted if any(k.label == x for k in feed.columns)), 3):
        guide.write_string(0, c, LABELS[label], bold)
        names = [name.removeprefix("其中:") for name in wanted[label]]
        guide.write_column(1, c, names)
        first, last = (xl_rowcol_to_cell(r, c, row_abs=True, col_abs=True) for r in (1, len(names)))
        ranges[label] = f"='{GUIDE}'!{first}:{last}"
    _print_on_a4(guide)
    guide.protect("", FREEDOMS)
    return ranges


def due_words(feed: Feed, month: Month) -> str:
    """The day by which a feed's file of a month is due; where no calendar can be asked, its due day as it falls."""
    after = month.after()
    day = min(after.date.replace(day=1) + timedelta(days=feed.due_day - 1), after.end)
    return day_words(working_days.first_from(day) if reachable() else day)


def last_totals(feed: Feed, month: Month) -> LastTotals:
    """What the feed said of the sums to date of the month before, in the units of its columns, by indicator and row.

    Empty where no warehouse can be asked, and in January, when a year begins.
    """
    totals = {c.indicator: c for c in _totals(feed, month)}
    if not totals or month.month == 1 or not reachable():
        return {}
    identity = labels.region_key if feed.grain == "region" else labels.industry_code
    names = {identity(name): name for name in _names(feed, month)}
    with engine().connect() as c:
        said = c.execute(
            text("""
                select o.indicator, coalesce(o.region_label, '') as region, coalesce(o.industry_label, '_T') as industry, o.value
                from raw.observation as o
                where o.delivery_id = (
                    select m.delivery_id
                    from ops.delivery_month as m
                    inner join ops.delivery as d using (delivery_id)
                    where d.feed = :feed and d.status = 'accepted' and m.month = :month
                    order by d.delivery_id desc limit 1
                )
                and o.month = :month and o.period_type = 'YTD' and o.measure = 'value' and o.value is not null
            """),
            {"feed": feed.feed, "month": month.before()},
        ).all()
    found = {}
    for row in said:
        name = names.get(identity(row.region if feed.grain == "region" else row.industry))
        if row.indicator in totals and name:
            found[row.indicator, name] = row.value / canonical(totals[row.indicator].unit or "")[1]
    return found


def of_template(feed: Feed, month: Month | None, layout: Sequence[SheetLayout]) -> bool:
    """Whether a file is laid out as its feed's own template of the month."""
    if month is None:
        return False
    with TemporaryDirectory() as folder:
        path = Path(folder, f"{month.words}.xlsx")
        try:
            write_template(feed, month, path)
        except ValueError:
            return False
        return fingerprint(examine(feed, path, path.name).layout) == fingerprint(layout)


def _described(column: Column) -> str:
    if column.choices:
        return "、".join(choice.printed for choice in column.choices)
    if column.label:
        return LABELS[column.label]
    if column.unit:
        return _asked_for(column)
    return {"date": "日期，如2018-06-30", "flag": "是或否"}.get(column.type, "文字") + (
        "，可不填" if column.optional else ""
    )

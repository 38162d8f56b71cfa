"""A located table -> typed cells with their addresses, labels as the department writes them, and every problem found."""

import json
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from typing import Any

import polars as pl

from ingest import labels
from ingest.attributes import read_attribute
from ingest.cells import PLAIN, Cell, Numbers, read_numbers
from ingest.drift import SheetLayout
from ingest.feed import Column, Feed, Label
from ingest.headings import Meaning, Place, first_text, is_ignored, row_meaning, text_of
from ingest.layout import Located, choose_sheets, is_footer, is_skipped, locate
from ingest.months import months_in, read_month
from ingest.read import CannotRead, Raw, Sheet, address, read_sheets, remarks
from ingest.refusal import Unreadable, critical
from ingest.stated_units import check_unit, unit_problem
from warehouse.ledger import Problem, month_text
from warehouse.units import canonical

# More than this many of one kind teach the sender nothing; the rest is counted.
SHOWN_PER_RULE = 200

HINTS = {
    "unreadable_cell": "请改填数值；确无数据的请留空或填“—”",
    "unit_in_cell": "请按表头计量单位换算后只填数字",
    "excel_error": "请修正公式后重新报送",
    "formula_without_value": "请用表格软件打开计算并保存，或粘贴为数值后重新报送",
    "date_for_number": "请将单元格格式改为数值",
    "not_a_number": "请改填数值",
    "unreadable_date": "请填写完整的年月日",
    "unreadable_flag": "请填“是”或“否”",
    "unknown_choice": "请从规定的选项中选填",
}

MESSAGES = {
    "unreadable_date": "单元格内容不能识别为日期",
    "unreadable_flag": "单元格内容不能识别为是或否",
    "unknown_choice": "单元格内容不在规定的选项之中",
}

# What makes a row one of a kind within its sheet.
KEYS = ("region", "industry", "entity_id", "month")


@dataclass
class Table:
    """One sheet's numbers, ready for raw.

    columns: rows of raw.delivered_column without the delivery's id. rows: the frame of raw.delivered_row likewise,
    `values` a list of float and `absent` a JSON text. register: the frame of raw.register or None. cells: numbers and marks by month.
    """

    sheet: str
    columns: list[dict[str, Any]]
    rows: pl.DataFrame
    register: pl.DataFrame | None = None
    cells: Counter[date] = field(default_factory=Counter)


@dataclass
class Parsed:
    """What a file says, or why it says nothing: loadable unless a problem is critical. `named`: month of the file's name."""

    tables: list[Table]
    problems: list[Problem]
    named: date | None = None
    layout: tuple[SheetLayout, ...] = ()

    @property
    def loadable(self) -> bool:
        return not any(p.severity == "critical" for p in self.problems)

    @property
    def month(self) -> date | None:
        """The latest month with data, else the one that the file's name gives."""
        return max(self.cells, default=self.named)

    @property
    def cells(self) -> Counter[date]:
        return sum((t.cells for t in self.tables), Counter[date]())


ROW_SCHEMA: dict[str, Any] = {
    "row": pl.Int32, "region": pl.String, "industry": pl.String, "entity_id": pl.String, "entity_name": pl.String,
    "month": pl.Date, "indicator": pl.String, "measure": pl.String, "period_type": pl.String, "basis": pl.String,
    "unit": pl.String, "factor": pl.Float64, "absent": pl.String, "values": pl.List(pl.Float64),
}  # fmt: skip

REGISTER_SCHEMA: dict[str, Any] = {
    "row": pl.Int32, "month": pl.Date, "entity_id": pl.String, "entity_name": pl.String, "credit_code": pl.String,
    "region": pl.String, "industry": pl.String, "attributes": pl.String,
}  # fmt: skip


def parse(feed: Feed, data: bytes, file_name: str) -> Parsed:
    """Read a file as its feed promises. Never raises for what a sender can do wrong."""
    problems: list[Problem] = []
    tables: list[Table] = []
    named = next(iter(months_in(file_name)), None)
    try:
        book = read_sheets(data, file_name)
        sheets = choose_sheets(feed, book, file_name, problems)
    except CannotRead as e:
        return Parsed([], [e.problem], named)
    except Unreadable as e:
        return Parsed([], e.problems, named)
    problems += remarks(data, book, sheets)
    layout: list[SheetLayout] = []
    for sheet in sheets:
        try:
            found = locate(feed, sheet, file_name)
        except Unreadable as e:
            problems += e.problems
            layout += [e.layout] if e.layout else []
            continue
        layout.append(found.layout)
        problems += found.notes
        tables += _side_by_side([_reader(feed)(feed, located, problems) for located in found.tables])
    parsed = Parsed(tables, problems, named, tuple(layout))
    problems += _whole_file_problems(feed, parsed)
    parsed.problems = _shortened(problems)
    return parsed


def _reader(feed: Feed) -> Callable[[Feed, Located, list[Problem]], Table]:
    if feed.grain == "register":
        return _read_register
    return _read_series_rows if feed.layout.series == "rows" else _read_columns


def _side_by_side(tables: list[Table]) -> list[Table]:
    """Several tables of one sheet, the columns of each counted on from those of the one before."""
    before = 0
    for table in tables:
        if before:
            for column in table.columns:
                column["position"] += before
            table.rows = table.rows.with_columns(
                values=pl.concat_list(pl.lit([None] * before, dtype=pl.List(pl.Float64)), "values"),
                absent=pl.col("absent").map_elements(partial(_moved, by=before), return_dtype=pl.String),
            )
        before += len(table.columns)
    return tables


def _moved(absent: str, by: int) -> str:
    """Marks by column position, `by` positions on."""
    return json.dumps({str(int(position) + by): why for position, why in json.loads(absent).items()})


def _whole_file_problems(feed: Feed, parsed: Parsed) -> list[Problem]:
    months = sorted(parsed.cells)
    if not months and parsed.loadable:
        return [critical("no_data", "表中没有任何数据", expected="至少一个数值", hint="请核对是否误报空表")]
    if feed.scope == "month" and len(months) > 1:
        found = "、".join(month_text(m) for m in months[:12])
        return [critical("several_months", "一份报表只应包含一个统计月份", found=found, hint="请按月分别报送")]
    return []


def _shortened(problems: list[Problem]) -> list[Problem]:
    kept: list[Problem] = []
    count: Counter[tuple[str, str]] = Counter()
    for p in problems:
        count[p.rule, p.severity] += 1
        if count[p.rule, p.severity] <= SHOWN_PER_RULE:
            kept.append(p)
    for (rule, severity), n in count.items():
        if n > SHOWN_PER_RULE:
            kept.append(Problem("parse", rule, severity, f"同类问题另有{n - SHOWN_PER_RULE}处，未逐一列出"))
    return kept


def _read_columns(feed: Feed, located: Located, problems: list[Problem]) -> Table:
    """A table whose columns are declared: each row is a region, an industry, a firm or a month."""
    sheet = located.sheet
    numbered = [p for p in located.places if p.meaning and p.meaning.column.indicator]
    labelled = {p.meaning.column.label: p for p in located.places if p.meaning and p.meaning.column.label}
    at = [r for r in range(located.body, len(sheet.rows)) if _carries_data(feed, sheet, r, numbered)]
    series = [_numbers(sheet, at, place, problems) for place in numbered]
    said = [i for i in range(len(at)) if any(n.values[i] is not None or i in n.reasons for n in series)]
    columns = [
        _delivered_column(feed, located, position, place, numbers, labelled, problems)
        for position, (place, numbers) in enumerate(zip(numbered, series, strict=True), 1)
    ]
    rows: dict[str, list[Any]] = {"row": [at[i] + 1 for i in said]}
    for label, place in labelled.items():
        rows[label] = _read_labels(feed, sheet, [at[i] for i in said], label, place, problems)
    if "credit_code" in rows and "entity_id" not in rows:
        rows["entity_id"] = rows["credit_code"]
    rows["absent"] = _absent_marks(series, said)
    _note_rows_twice(sheet, rows, problems)
    register = _firms(rows) if feed.grain == "enterprise" else None
    rows.pop("credit_code", None)
    values = [pl.Series([n.values[i] for i in said], dtype=pl.Float64) for n in series]
    months = rows.get("month") or [None] * len(said)
    cells: Counter[date] = Counter()
    for column, numbers in zip(columns, series, strict=True):
        for i, month in zip(said, months, strict=True):
            when = column["month"] or month
            if when and (numbers.values[i] is not None or i in numbers.reasons):
                cells[when] += 1
    frame = _frame(rows).with_columns(values=pl.concat_list(values))
    return Table(sheet.name, columns, frame, register, cells)


def _read_series_rows(feed: Feed, located: Located, problems: list[Problem]) -> Table:
    """A table whose rows are declared series and whose columns are months."""
    sheet = located.sheet
    name_at = next(p.index for p in located.places if not p.month)
    months = [p for p in located.places if p.month]
    lines: list[tuple[int, Meaning]] = []
    unknown: list[str] = []
    for r in range(located.body, len(sheet.rows)):
        label = first_text(sheet, r)
        if not label or is_skipped(feed, label) or is_footer(label):
            continue
        heading = text_of(sheet.spread(r, name_at))
        meaning, units, path = row_meaning(feed, heading)
        if meaning and meaning.column.indicator:
            lines.append((r, meaning))
            if found := check_unit(meaning.column, units):
                problems.append(unit_problem(sheet, address(r, name_at), meaning.column, heading, found))
        elif not is_ignored(feed, path):
            unknown.append(f"{address(r, name_at)}“{heading}”")
    _note_series(feed, sheet, name_at, lines, unknown, problems)
    series = [_numbers_across(sheet, r, m.column, months, problems) for r, m in lines]
    decimals = max((n.decimals for n in series), default=0)
    columns = [
        _column(p, None) | {"position": i, "month": p.month, "decimals": decimals} for i, p in enumerate(months, 1)
    ]
    rows: dict[str, list[Any]] = {
        "row": [r + 1 for r, _ in lines],
        "region": [m.region or feed.region for _, m in lines],
        "industry": [m.industry for _, m in lines],
        "factor": [canonical(m.column.unit or "")[1] for _, m in lines],
        "values": [n.values for n in series],
        "absent": [json.dumps({p + 1: why for p, why in n.reasons.items()}) if n.reasons else None for n in series],
    }
    for key in ("indicator", "measure", "period_type", "basis", "unit"):
        rows[key] = [getattr(m.column, key) for _, m in lines]
    cells = Counter(
        place.month
        for n in series
        for i, (place, value) in enumerate(zip(months, n.values, strict=True))
        if place.month and (value is not None or i in n.reasons)
    )
    return Table(sheet.name, columns, _frame(rows), None, cells)


def _read_register(feed: Feed, located: Located, problems: list[Problem]) -> Table:
    """A table that lists things: each row has what names it, and attributes that describe it."""
    sheet = located.sheet
    labelled = {p.meaning.column.label: p for p in located.places if p.meaning and p.meaning.column.label}
    described = [p for p in located.places if p.meaning and p.meaning.column.attribute]
    at = [r for r in range(located.body, len(sheet.rows)) if _lists_something(feed, sheet, r, located.places)]
    rows: dict[str, list[Any]] = {"row": [r + 1 for r in at]}
    for label, place in labelled.items():
        rows[label] = _read_labels(feed, sheet, at, label, place, problems)
    rows.setdefault("entity_id", rows.get("credit_code", []))
    rows.setdefault("month", [located.month] * len(at))
    if feed.region and "region" not in rows:
        rows["region"] = [feed.region] * len(at)
    _note_rows_twice(sheet, rows, problems, ("entity_id", "month"))
    said: list[dict[str, Any]] = [{} for _ in at]
    for place in described:
        assert place.meaning
        values, faults = read_attribute([sheet.at(r, place.index) for r in at], place.meaning.column)
        problems += (_cell_problem(sheet, at[i], place.index, cell) for i, cell in faults.items())
        for attributes, value in zip(said, values, strict=True):
            if value is not None:
                attributes[place.meaning.column.attribute or ""] = value
    rows["attributes"] = [json.dumps(a, ensure_ascii=False) for a in said]
    cells = Counter({m: 0 for m in rows["month"] if m})
    for month, attributes in zip(rows["month"], said, strict=True):
        if month:
            cells[month] += 1 + len(attributes)
    frame = _listed(rows).with_columns(kind=pl.lit(feed.lists))
    return Table(sheet.name, [], _frame({"row": [], "values": []}), frame, cells)


def _lists_something(feed: Feed, sheet: Sheet, row: int, places: Sequence[Place]) -> bool:
    label = first_text(sheet, row)
    if is_footer(label) or is_skipped(feed, label):
        return False
    return any(p.meaning and text_of(sheet.at(row, p.index)) for p in places)


def _carries_data(feed: Feed, sheet: Sheet, row: int, numbered: list[Place]) -> bool:
    """Whether a row is neither blank, skipped by declaration, a heading without numbers nor a footer."""
    held = [v for p in numbered if (v := sheet.at(row, p.index)) is not None]
    if not held:
        return False
    label = first_text(sheet, row)
    if is_footer(label):
        return any(re.fullmatch(PLAIN, text_of(v)) for v in held)
    return not is_skipped(feed, label) and any(text_of(v) for v in held)


def _numbers(sheet: Sheet, at: list[int], place: Place, problems: list[Problem]) -> Numbers:
    assert place.meaning
    column = place.meaning.column
    numbers = read_numbers([sheet.at(r, place.index) for r in at], column.unit or "", column.measure)
    for i, cell in numbers.faults.items():
        problems.append(_cell_problem(sheet, at[i], place.index, cell))
    if sheet.covered:
        for r in at:
            anchor = sheet.covered.get((r, place.index))
            if anchor and isinstance(sheet.at(*anchor), int | float):
                problems.append(
                    critical(
                        "merged_number", "数值单元格被合并，无法判断属于哪一行", sheet.name, cell=address(r, place.index),
                        found=text_of(sheet.at(*anchor)), expected="每个单元格一个数值", hint="请取消合并后逐格填写",
                    )
                )  # fmt: skip
    return numbers


def _numbers_across(sheet: Sheet, row: int, column: Column, months: list[Place], problems: list[Problem]) -> Numbers:
    numbers = read_numbers([sheet.at(row, p.index) for p in months], column.unit or "", column.measure)
    for i, cell in numbers.faults.items():
        problems.append(_cell_problem(sheet, row, months[i].index, cell))
    return numbers


def _cell_problem(sheet: Sheet, row: int, column: int, cell: Cell) -> Problem:
    assert cell.fault
    return critical(
        cell.fault, MESSAGES.get(cell.fault, "单元格内容不能识别为数值"), sheet.name, cell=address(row, column),
        found=text_of(sheet.at(row, column))[:80], expected=cell.expected, hint=HINTS[cell.fault],
    )  # fmt: skip


def _column(place: Place, column: Column | None) -> dict[str, Any]:
    """The row of raw.delivered_column that a column of the file makes, before its dimensions."""
    described = {
        key: getattr(column, key) if column else None
        for key in ("indicator", "measure", "period_type", "basis", "unit", "decimals")
    }
    factor = canonical(column.unit)[1] if column and column.unit else 1.0
    blank = {"region": None, "industry": None, "month": None}
    return {"letter": place.letter, "heading": place.heading, "factor": factor} | blank | described


def _delivered_column(
    feed: Feed, located: Located, position: int, place: Place, numbers: Numbers,
    labelled: dict[Label, Place], problems: list[Problem],
) -> dict[str, Any]:  # fmt: skip
    assert place.meaning
    meaning, column = place.meaning, place.meaning.column
    month = meaning.month or (None if "month" in labelled else located.month)
    region = meaning.region or (None if "region" in labelled else feed.region)
    sheet, cell = located.sheet, address(located.body - 1, place.index)
    if not month and "month" not in labelled:
        problems.append(critical("month_missing", f"表头“{place.heading}”未写明统计月份", sheet.name, cell=cell))
    for problem in (_region_problem(sheet, cell, region), _industry_problem(sheet, cell, meaning.industry)):
        if problem:
            problems.append(problem)
    decimals = numbers.decimals if column.decimals is None else column.decimals
    said = {"month": month, "region": region, "industry": meaning.industry, "decimals": decimals}
    return _column(place, column) | {"position": position} | said


def _read_labels(
    feed: Feed, sheet: Sheet, at: list[int], label: Label, place: Place, problems: list[Problem]
) -> list[Any]:
    """A column of labels as the department writes them, without the blanks around; each bad one is a problem."""
    raws = [sheet.spread(r, place.index) for r in at]
    if label == "month":
        values: list[Any] = [read_month(raw) for raw in raws]
        for r, raw, value in zip(at, raws, values, strict=True):
            if value is None:
                problems.append(_month_problem(sheet, address(r, place.index), raw))
        return values
    texts = [text_of(raw) or None for raw in raws]
    check = _LABEL_CHECKS[label]
    lists_things = feed.grain in ("enterprise", "register")
    may_be_blank = label == "entity_name" or (lists_things and label in ("industry", "credit_code"))
    if "entity_id" not in {c.label for c in feed.columns}:
        may_be_blank = may_be_blank and label != "credit_code"
    known: dict[str, bool] = {}
    for r, raw, text in zip(at, raws, texts, strict=True):
        if text is None:
            if not may_be_blank:
                problems.append(_blank_label(sheet, address(r, place.index), label))
        elif not known.get(text) and (problem := check(sheet, address(r, place.index), text)):
            problems.append(problem)
        else:
            known[text] = True
        if isinstance(raw, float) and (not raw.is_integer() or abs(raw) >= 1e15):
            problems.append(_truncated_code(sheet, address(r, place.index), raw))
    if label == "credit_code":
        return [labels.clean_credit_code(t) if t else None for t in texts]
    return texts


def _region_problem(sheet: Sheet, cell: str, text: str | None) -> Problem | None:
    if text is None or labels.region_is_known(text):
        return None
    return critical(
        "unknown_region", f"地区名称“{text}”不在区划目录中", sheet.name, cell=cell, found=text[:80],
        expected="区划目录所列县市区及功能区名称", hint="请使用规范的地区名称；新增名称请与市经信委联系",
    )  # fmt: skip


def _industry_problem(sheet: Sheet, cell: str, text: str | None) -> Problem | None:
    if text is None or labels.industry_is_known(text):
        return None
    return critical(
        "unknown_industry", f"行业“{text}”不在国民经济行业分类目录中", sheet.name, cell=cell, found=text[:80],
        expected="GB/T 4754 行业大类名称或两位代码", hint="请使用规范的行业名称或代码",
    )  # fmt: skip


def _credit_code_problem(sheet: Sheet, cell: str, text: str) -> Problem | None:
    """A warning and not a refusal: some genuine early codes fail the check (domain.md 2.9)."""
    if rounded := _code_problem(sheet, cell, text):
        return rounded
    fault = labels.credit_code_fault(labels.clean_credit_code(text))
    if fault is None:
        return None
    return Problem(
        "parse", "credit_code", "warning", f"统一社会信用代码有误：{fault}", sheet=sheet.name, cell=cell, found=text[:80],
        expected="18位统一社会信用代码", hint="请与营业执照核对；确属早期试点代码的请说明",
    )  # fmt: skip


def _code_problem(sheet: Sheet, cell: str, text: str) -> Problem | None:
    """A long code that a spreadsheet has turned into a rounded number."""
    return _truncated_code(sheet, cell, text) if re.fullmatch(r"\d(\.\d+)?[eE]\+\d+", text) else None


_LABEL_CHECKS: dict[str, Callable[[Sheet, str, str], Problem | None]] = {
    "region": _region_problem,
    "industry": _industry_problem,
    "credit_code": _credit_code_problem,
    "entity_id": _code_problem,
    "entity_name": lambda sheet, cell, text: None,
}


def _month_problem(sheet: Sheet, cell: str, raw: Raw) -> Problem:
    return critical(
        "unreadable_month", "所属月份不能识别", sheet.name, cell=cell, found=text_of(raw)[:80],
        expected="如“2018年6月”或“2018-06”，以文本填写", hint="请按规定格式填写月份；数字格式的2010.1与2010.10无法区分",
    )  # fmt: skip


def _blank_label(sheet: Sheet, cell: str, label: str) -> Problem:
    name = {"region": "地区", "industry": "行业", "entity_id": "单位编号", "credit_code": "统一社会信用代码"}[label]
    return critical(
        "label_missing", f"该行有数据而{name}为空", sheet.name, cell=cell, expected=name, hint=f"请补填{name}"
    )


def _truncated_code(sheet: Sheet, cell: str, raw: Raw) -> Problem:
    return critical(
        "code_truncated", "编号已被表格软件转为数字，末位丢失", sheet.name, cell=cell, found=str(raw)[:80],
        expected="文本格式的完整编号", hint="请将该列设为文本格式后重新填写",
    )  # fmt: skip


def _note_series(
    feed: Feed,
    sheet: Sheet,
    name_at: int,
    lines: list[tuple[int, Meaning]],
    unknown: list[str],
    problems: list[Problem],
) -> None:
    """Series in rows: unknown, missing and repeated ones, and labels that the seeds do not know."""
    found = [m.column.heading for _, m in lines]
    missing = [c.heading for c in feed.numbers if not c.optional and c.heading not in found]
    if unknown or missing:
        problems.append(
            critical(
                "unknown_layout", "指标行与约定不符", sheet.name, found="、".join(unknown[:20]) or None,
                expected="、".join(missing[:20]) or None, hint="请按模板指标名称填报",
            )
        )  # fmt: skip
    seen: set[Meaning] = set()
    for r, meaning in lines:
        cell = address(r, name_at)
        if meaning in seen:
            heading = text_of(sheet.spread(r, name_at))
            problems.append(
                critical(
                    "row_twice", f"指标“{heading}”出现两次", sheet.name, cell=cell, found=heading, hint="请保留一行"
                )
            )
        seen.add(meaning)
        for problem in (
            _region_problem(sheet, cell, meaning.region or feed.region),
            _industry_problem(sheet, cell, meaning.industry),
        ):
            if problem:
                problems.append(problem)


def _note_rows_twice(
    sheet: Sheet, rows: dict[str, list[Any]], problems: list[Problem], among: Sequence[str] = KEYS
) -> None:
    keys = [k for k in among if k in rows]
    if not keys or not rows["row"]:
        return
    frame = pl.DataFrame({k: rows[k] for k in ("row", *keys)}, schema={k: ROW_SCHEMA[k] for k in ("row", *keys)})
    again = frame.filter(~pl.struct(keys).is_first_distinct())
    for row, *values in again.iter_rows():
        if all(v is None for v in values):
            continue
        found = "、".join(f"{v:%Y-%m}" if isinstance(v, date) else str(v) for v in values if v is not None)
        problems.append(
            critical(
                "row_twice", "同一对象出现两行", sheet.name, cell=f"第{row}行", found=found[:80], hint="请保留一行"
            )
        )


def _firms(rows: dict[str, list[Any]]) -> pl.DataFrame:
    """The firms that a table of numbers lists, for raw.register."""
    return _listed(rows).filter(pl.col("entity_id").is_not_null()).with_columns(kind=pl.lit("enterprise"))


def _listed(rows: dict[str, list[Any]]) -> pl.DataFrame:
    kept = {k: rows[k] for k in REGISTER_SCHEMA if k in rows}
    return pl.DataFrame(kept, schema={k: REGISTER_SCHEMA[k] for k in kept})


def _absent_marks(series: list[Numbers], said: list[int]) -> list[str | None]:
    """For each row kept, its marks by column position as JSON."""
    marks: dict[int, dict[int, str]] = {}
    for position, numbers in enumerate(series, 1):
        for i, reason in numbers.reasons.items():
            marks.setdefault(i, {})[position] = reason
    return [json.dumps(marks[i]) if i in marks else None for i in said]


def _frame(rows: dict[str, list[Any]]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema={k: ROW_SCHEMA[k] for k in rows})

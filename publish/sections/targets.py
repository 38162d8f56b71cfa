"""What the area's plan asks, how far it has come, and what the rest of the time has to bring."""

from collections.abc import Sequence

from publish.sections.comparisons import COLOUR
from publish.sections.declared import Cell, Column, Note, Printer, Row, level, section, table, told, words
from publish.wording.colours import COLOURS
from publish.wording.dates import month_zh
from publish.wording.figures import CONFIDENTIAL, amount
from publish.wording.targets import progress_zh, target_zh
from vocabulary.figure import ABSENT, number


def _amount(name: str) -> Printer:
    """A level of a target, its unit told by the target."""
    return lambda r: CONFIDENTIAL if r["confidential"] else amount(r[name], r["unit"])[0]


def _of_target(name: str, heading: str, say: Printer, printed: Printer) -> Column:
    return Column(name, heading, printed, said=lambda r: CONFIDENTIAL if r["confidential"] else say(r), style="num")


def _until(row: Row) -> str:
    """The last month that a figure reaches, where that is not the edition's."""
    if row["measured_month"] in (None, row["month"]):
        return ""
    return f"截至{month_zh(row['measured_month'])}"


def _reached(row: Row) -> str:
    until = _until(row)
    return level(row["actual"], row["unit"]) + (f"（{until}）" if until else "")


ASKED = Column("target_value", "目标值", target_zh, style="num nowrap")
ACTUAL = Column(
    "actual",
    "完成",
    _amount("actual"),
    said=lambda r: CONFIDENTIAL if r["confidential"] else _reached(r),
    style="num",
    traced="完成",
)
EXPECTED = _of_target("expected", "序时\n应达", lambda r: level(r["expected"], r["unit"]), _amount("expected"))
COMPLETION = Column(
    "completion_pct",
    "完成比\n（%）",
    lambda r: CONFIDENTIAL if r["confidential"] else number(r["completion_pct"]),
    style="num",
)
PROGRESS = Column("state", "进度与余期要求", progress_zh, clauses=True)
TARGETS = section(
    "targets",
    "目标进度",
    "rpt_target_progress",
    "target region_key",
    ASKED,
    ACTUAL,
    EXPECTED,
    COMPLETION,
    COLOUR,
    PROGRESS,
    also="region_name name_zh kind comparison unit target_value_to tolerance before_plan measured_month pace required_pct "
    "best_past_pct best_past_years_n remaining years_n is_stricter clause clause_text_zh evidence_zh note_zh confidential "
    "display_order",
    order="display_order",
)


def _note(rows: Sequence[Row]) -> str:
    hidden = any(r["confidential"] for r in rows)
    return (
        "完成比=完成数÷序时应达数，100%以上为绿、90%以上为黄、50%以上为橙、以下为红；“左右”类目标不低于区间下限即为100%，高于区间上限的注明“高于预期区间”，不计超额。"
        "序时应达：有近三年月度水平数的按季节进度，其余按月数均摊；按年度名单计数的不分月，全年数即应达数。余期所需增速高于近5年（不足5年的按有数年份）同期最好水平的，列为“难以实现”；"
        "年均目标在最后一年以前不作此认定，当年不足部分可由以后年度弥补。限期目标到期未完成的继续列示，注明“逾期未完成”，期后方完成的注明“逾期完成”；"
        "年度、年均目标期满未达到的，注明“未完成”。快报数不作定论。“暂无数据”的目标不估计、不按零计，括注应由何报表提供。"
        + ("“***”表示可推算单个企业情况，依照《统计法》不予公布，仍作评定。" if hidden else "")
    )


TARGETS_TABLE = table(
    words("target", "编号"),
    Cell(
        words("name_zh", "目标"),
        head=True,
        notes=(Note(words("region_name", "地区"), when=lambda r: r["kind"] == "count_per_county"),),
    ),
    words("clause", "条款", style="nowrap"),
    ASKED,
    Cell(ACTUAL, notes=(Note(Column("measured_month", "截至", _until)),)),
    EXPECTED,
    COMPLETION,
    Cell(
        told("colour", "标识", lambda c: " ".join(COLOURS[c][:2]) if c else ABSENT),
        tag=lambda r: r["colour"] or "",
    ),
    PROGRESS,
    caption="{whole}目标进度",
    notes=(_note,),
    marks={"target": "target"},
)

"""What the month's figures rest on: deliveries, their punctuality, and revisions of this month and of those before."""

from collections.abc import Sequence

from publish.sections.declared import Cell, Column, Note, Row, figure, section, table, told, words
from publish.sections.overview import PERIOD
from publish.wording.dates import day_zh, moment_zh, period_zh
from publish.wording.sources import BACKFILLED_AFTER_DAYS, COVERAGE_STATUS, late_zh, restated_zh, revision_zh
from vocabulary.figure import ABSENT, number
from vocabulary.maturity import MATURITIES

REQUIRED = Column("required", "性质", lambda r: "必报" if r["required"] else "选报", style="mid")
DUE = told("due_on", "应报日期", day_zh, style="nowrap")
ACCEPTED = told("accepted_at", "采用时间", moment_zh)
LATE = Column("days_late", "时效", lambda r: late_zh(r["days_late"], r["accepted_at"]), style="nowrap")
STATUS = told("status", "状态", lambda s: COVERAGE_STATUS.get(s, s), style="mid")
MATURITY = told("maturity", "数据性质", lambda m: MATURITIES.get(m, ABSENT), style="mid")
CELLS = figure("cells", "数据格数", 0, traced="数据格数")
COVERAGE = section(
    "coverage",
    "各部门资料报送情况",
    "rpt_coverage",
    "feed",
    REQUIRED,
    DUE,
    ACCEPTED,
    LATE,
    STATUS,
    MATURITY,
    CELLS,
    also="department department_zh title",
)


def _backfilled(rows: Sequence[Row]) -> str:
    late = any((r["days_late"] or 0) > BACKFILLED_AFTER_DAYS for r in rows)
    return f"逾期{BACKFILLED_AFTER_DAYS}天以上接收的资料按“历史补录”列示，不评价报送时效。" if late else ""


def _unjudged(rows: Sequence[Row]) -> str:
    some = any(r["days_late"] is None and r["accepted_at"] is not None for r in rows)
    return "模拟资料和一次报送多期历史数据的资料，接收时间不反映报送是否及时，时效列“—”。" if some else ""


COVERAGE_TABLE = table(
    Column("department", "报送单位", lambda r: r["department_zh"] or r["department"]),
    Cell(words("title", "资料名称"), head=True),
    *COVERAGE.columns,
    caption="各部门资料报送情况",
    notes=(_backfilled, _unjudged),
)

TIMELINESS = section(
    "timeliness",
    "报送时效通报",
    "rpt_timeliness",
    "department",
    figure("owed_n", "应报（期）", 0),
    figure("on_time_n", "按时（期）", 0),
    figure("late_n", "逾期（期）", 0),
    figure("mean_days_late", "平均逾期\n（天）"),
    figure("absent_n", "缺报（期）", 0),
    figure("rejected_n", "退回次数", 0),
    figure("redelivered_n", "重报次数", 0),
    figure("not_judged_n", "不评价（期）", 0),
    also="department_zh first_month last_month",
)
TIMELINESS_TABLE = table(
    Cell(words("department_zh", "报送单位"), head=True),
    *TIMELINESS.columns,
    caption="各部门近12个月报送时效通报",
    notes=(
        lambda _: (
            "以首次采用时间与应报日期比较，应报日期遇法定节假日和休息日顺延；模拟资料和一次报送多期历史数据的资料不评价时效。"
        ),
    ),
)


def _size_unit(row: Row) -> str:
    return "个百分点" if row["size_unit"] == "pp" else "%"


def _size(row: Row) -> str:
    """By how much a figure was revised in the mean."""
    return ABSENT if row["mean_abs_size"] is None else number(row["mean_abs_size"], 2) + _size_unit(row)


def _usual(row: Row) -> str:
    return ABSENT if row["mean_abs_size"] is None else f"{_size(row)}（n={row['revised_n']}）"


FIGURE = Cell(words("name_zh", "指标"), head=True)
MEASURE = Column("measure", "项目", lambda r: "增速（%）" if r["measure"] == "growth" else f"数值（{r['unit']}）")
REVISIONS = section(
    "revisions",
    "本期主要指标的修订",
    "rpt_revisions",
    "indicator period_type measure",
    figure("first_value", "首次发布"),
    figure("current_value", "现为"),
    figure("revisions_n", "修订次数", 0),
    Column("last_kind", "最近变动", revision_zh),
    Column("mean_abs_size", "历次平均\n修订幅度", _size, said=_usual, style="num"),
    also="name_zh unit display_order last_cause revised_n size_unit",
)
REVISIONS_TABLE = table(
    FIGURE,
    PERIOD,
    MEASURE,
    *REVISIONS.columns[:-1],
    Cell(
        REVISIONS.columns[-1],
        notes=(Note(figure("revised_n", "修订期数", 0), "n={}", when=lambda r: r["mean_abs_size"] is not None),),
    ),
    caption="本期主要指标的修订",
)

RESTATED = section(
    "restated",
    "以前月份数据的变动",
    "rpt_restated",
    "indicator period_type measure restated_month",
    figure("old_value", "此前报告"),
    figure("new_value", "现为"),
    Column("cause", "原因", restated_zh),
    also="name_zh unit display_order",
)
RESTATED_TABLE = table(
    FIGURE,
    Column(
        "restated_month",
        "时期",
        lambda r: f"{r['restated_month'][:4]}年{period_zh(r['period_type'], r['restated_month'])}",
        style="nowrap",
    ),
    MEASURE,
    *RESTATED.columns,
    caption="此前报告刊出以来以前月份数据的变动",
    notes=(lambda _: "仅列主要指标全域数；以前各期报告不作改动，引用以前月份数据时以本表“现为”为准。",),
)

"""Whom to talk to, and the problems put to counties and suppliers, of this month and of those before."""

from collections.abc import Sequence
from functools import partial

from publish.sections.comparisons import COLOUR, tag
from publish.sections.declared import Cell, Column, Note, Row, figure, section, table, text, told, words
from publish.wording import interviews, raised
from publish.wording.colours import COLOURS, colour_zh
from publish.wording.dates import day_zh, month_zh
from publish.wording.problems import holds_zh, kept_statement_zh, standing_zh
from vocabulary.figure import ABSENT


def _holds(column: str, row: Row) -> str:
    """Whether a candidacy stands under another look, and by how many figures, in running text."""
    counted = row.get(column.replace("holds", "looked") + "_n")
    return holds_zh(row[column]) + (f"（可算{counted}项）" if counted else "")


def _look(column: str, heading: str) -> Column:
    return told(column, heading, holds_zh, said=partial(_holds, column), style="mid")


def _counted(column: str) -> Note:
    """How many figures another look could reckon."""
    return Note(figure(column, "可算指标", 0), "可算{}项", when=lambda r: bool(r[column]))


FIRED = Column("fired_n", "触发\n指标", lambda r: f"{r['fired_n']}/{r['looked_n']}", style="num")
FINDINGS = text("findings_zh", "依据")
VERIFIED = words("under_verification_zh", "由数据报送单位核实的指标", clauses=True)
FLASH = words("flash_zh", "只见于快报数的降幅", clauses=True)
SPRING_CAVEATS = words("without_january_february_caveats_zh", "剔除1—2月的说明", clauses=True)
YEARS_CAVEATS = words("two_year_caveats_zh", "两年平均的说明", clauses=True)
FIRST_RELEASE = _look("holds_first_release", "按首次\n发布数")
WITHOUT_SPRING = _look("holds_without_january_february", "剔除\n1—2月")
TWO_YEARS = _look("holds_two_year_average", "按两年\n平均")
SHOCK = Column("shock", "特殊时期", lambda r: "只按与总体水平的差距列入" if r["shock"] else ABSENT)
INTERVIEWS = section(
    "interviews",
    "约谈建议",
    "rpt_interview_candidates",
    "region_key",
    *(
        column.where("is_candidate")
        for column in (
            COLOUR,
            FIRED,
            FINDINGS,
            VERIFIED,
            SPRING_CAVEATS,
            YEARS_CAVEATS,
            FIRST_RELEASE,
            WITHOUT_SPRING,
            TWO_YEARS,
            SHOCK,
        )
    ),
    FLASH,
    also="region_name is_candidate looked_n indicators looked_without_january_february_n looked_two_year_average_n",
    facts="findings flashes",
    sentences={
        "findings_zh": interviews.findings_zh,
        "flash_zh": interviews.flash_zh,
        "two_year_caveats_zh": interviews.two_year_caveats_zh,
        "without_january_february_caveats_zh": interviews.since_march_caveats_zh,
    },
)


def _interviews_note(rows: Sequence[Row]) -> str:
    shock = "本期处于特殊冲击时期，只按与总体水平的差距列入。" if any(r["shock"] for r in rows) else ""
    return (
        "后三列为换一种看法是否仍会列入：成立表示结论不依赖该因素。1月及2月单月数不作依据，推算增速须超出误差范围；"
        "两年增速须均为同一口径的可比增速方作两年平均，统计范围变动、基数调整和快报数在依据栏注明；数据待核实的指标和快报数不计入。"
        + shock
    )


INTERVIEWS_TABLE = table(
    Cell(words("region_name", "地区", style="nowrap"), head=True),
    Cell(COLOUR, tag=tag),
    FIRED,
    Cell(
        FINDINGS,
        notes=(
            Note(VERIFIED, "{}由数据报送单位核实，未计入"),
            Note(FLASH, "{}，系快报数，未计入"),
            Note(SPRING_CAVEATS, "剔除1—2月：{}"),
            Note(YEARS_CAVEATS, "两年平均：{}"),
        ),
    ),
    FIRST_RELEASE,
    Cell(WITHOUT_SPRING, notes=(_counted("looked_without_january_february_n"),)),
    Cell(TWO_YEARS, notes=(_counted("looked_two_year_average_n"),)),
    caption="建议约谈的地区（主要运行指标降幅较大）",
    notes=(_interviews_note,),
)

SUBJECT = words("subject_zh", "事项名称", clauses=True)
STATEMENT = words("statement_zh", "事项", clauses=True)
EVIDENCE = text("evidence_zh", "依据")
OWNER = Column("owner_department", "责任单位", lambda r: r["owner_zh"] or ABSENT, clauses=True)
DUE = told("due_on", "时限", day_zh)
ADDRESSEE = Column(
    "route",
    "转办对象",
    lambda r: r["region_name"] if r["route"] == "county" else "数据报送单位核实",
    said=lambda r: "所在地区" if r["route"] == "county" else "数据报送单位核实",
)
PROBLEMS = section(
    "problems",
    "问题清单",
    "rpt_county_problems",
    "problem_key",
    COLOUR,
    SUBJECT,
    STATEMENT,
    EVIDENCE,
    OWNER,
    DUE,
    ADDRESSEE,
    also="region_key region_name rule rule_version evidence entity_id",
    facts="facts on_flash owner_department owner_office",
    sentences={
        "subject_zh": raised.subject_zh,
        "statement_zh": raised.statement_zh,
        "evidence_zh": raised.evidence_zh,
        "owner_department": raised.owner_zh,
    },
)
# Its rows say under `standing` where each stands in the ledger.
PROBLEMS_TABLE = table(
    Cell(told("colour", "标识", lambda c: " ".join(COLOURS[c][:2]) if c else colour_zh(c)), tag=tag),
    Cell(Column("statement_zh", "事项", lambda r: f"\n{r['statement_zh']}"), strong=lambda r: r["subject_zh"]),
    EVIDENCE,
    OWNER,
    DUE,
    ADDRESSEE,
    told("standing", "办理状态", standing_zh),
    style="items",
    numbered=True,
    widths=("5%", "7%", "26%", "", "9%", "9%", "9%", "9%"),
    marks={"problem": "problem_key", "rule": "rule", "region": "region_key", "month": "month"},
)

FIRST_MONTH = told("first_month", "首次列入", month_zh, style="nowrap")
LAST_MONTH = told("last_month", "最近列入", month_zh, style="nowrap")
LEDGER = section(
    "ledger",
    "问题台账",
    "rpt_problem_ledger",
    "problem_key",
    OWNER,
    FIRST_MONTH,
    LAST_MONTH,
    DUE,
    also="region_key region_name rule rule_version entity_id colour subject_zh statement_zh route age_months state "
    "state_since by_whom note quiet reappears overdue",
    facts="confidential statement_zh",
    sentences={"statement_zh": kept_statement_zh},
)
CARRIED_TABLE = table(
    Cell(words("region_name", "地区"), head=True),
    Cell(
        words("subject_zh", "事项"),
        notes=(Note(Column("note", "办理说明", lambda r: f"{r['by_whom']}：{r['note']}" if r["note"] else "")),),
    ),
    OWNER,
    FIRST_MONTH,
    LAST_MONTH,
    told("due_on", "时限", day_zh, style="nowrap"),
    Cell(
        Column("state", "办理状态", standing_zh),
        notes=(Note(Column("quiet", "销号", lambda r: "本期未再触发，待销号" if r["quiet"] else "")),),
    ),
    marks={"problem": "problem_key"},
)

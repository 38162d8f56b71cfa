"""What a successor edition changes against its predecessor, cell by cell, and which deliveries came in between."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from publish import wording
from publish.reports import REPORTS, TOP_TYPES, Row
from publish.wording import CONFIDENTIAL, WITHHELD
from vocabulary.figure import ABSENT, number, rounded
from warehouse.book import MATURITIES

UNLISTED = "未列"
JUDGED_BY = {"limit": "限值", "ratio": "水平比偏离"}
Printer = Callable[[Row], str]


@dataclass(frozen=True)
class Cell:
    """One printed cell of a row: its column, the page's word for it, how the page prints it, whether in sentences."""

    column: str
    label: str
    printed: Printer
    text: bool = False


@dataclass(frozen=True)
class Section:
    """What the pages print of one report: under which title, what tells its rows apart, and their cells."""

    title: str
    report: str
    key: tuple[str, ...]
    cells: tuple[Cell, ...]


def _figure(column: str, label: str, digits: int = 1, sign: bool = False) -> Cell:
    return Cell(column, label, lambda r: number(r[column], digits, sign))


def _words(column: str, label: str) -> Cell:
    return Cell(column, label, lambda r: r[column] or ABSENT, text=True)


def _as(column: str, label: str, say: Callable[[Any], str]) -> Cell:
    return Cell(column, label, lambda r: say(r[column]))


def _level(value: float | None, unit: str | None) -> str:
    return ABSENT if value is None else "".join(wording.amount(value, unit))


def _growth(r: Row) -> str:
    computed = r.get("growth_source") == "computed" and r["growth_pct"] is not None
    growth = CONFIDENTIAL if r.get("confidential") else number(r["growth_pct"])
    return f"{growth}{'*' if computed else ''}{wording.maturity_mark(r['maturity'])}"


def _explained(r: Row) -> str:
    rest = (
        ""
        if r["explained_pp"] is None
        else f" {number(r['explained_pp'], 1, True)}，余{number(r['unexplained_pp'], 1, True)}"
    )
    return f"{r['explained_by_zh'] or ABSENT}{rest}"


def _route(r: Row) -> str:
    """Whom a comparison asks, and why."""
    if not r["route"]:
        return ABSENT
    asked = f"{r['region_name']}说明" if r["route"] == "county" else f"{r['route_department_zh']}核实"
    return "；".join(filter(None, (asked, r["route_reason_zh"])))


def _place(r: Row) -> str:
    """A place as the table of places prints it."""
    if r["rank"] is None:
        return ABSENT
    gained = r["places_gained"]
    moved = f"，{'升' if gained > 0 else '降'}{abs(gained)}位" if gained else ""
    within = "，误差内" if r["rank_within_band"] else ""
    return f"{wording.rank_zh(r)}{wording.maturity_mark(r['maturity'])}{moved}{within}"


def _holds(column: str, r: Row) -> str:
    counted = r.get(column.replace("holds", "looked") + "_n")
    return wording.holds_zh(r[column]) + (f"（可算{counted}项）" if counted else "")


def _where(flag: str, cell: Cell) -> Cell:
    """A cell that is printed only of rows with a flag."""
    return Cell(cell.column, cell.label, lambda r: cell.printed(r) if r[flag] else ABSENT, cell.text)


def _of_target(column: str, label: str, say: Printer) -> Cell:
    return Cell(column, label, lambda r: CONFIDENTIAL if r["confidential"] else say(r))


def _reached(r: Row) -> str:
    until = f"（截至{wording.month_zh(r['measured_month'])}）" if r["measured_month"] not in (None, r["month"]) else ""
    return _level(r["actual"], r["unit"]) + until


def _usual(r: Row) -> str:
    if r["mean_abs_size"] is None:
        return ABSENT
    return f"{number(r['mean_abs_size'], 2)}{'个百分点' if r['size_unit'] == 'pp' else '%'}（n={r['revised_n']}）"


def _section(title: str, report: str, *cells: Cell, key: str = "") -> Section:
    return Section(title, report, tuple(key.split()) or REPORTS[report].key, cells)


COLOUR = _as("colour", "标识", wording.colour_zh)
DUE = _as("due_on", "时限", wording.day_zh)
OWNER = _words("owner_zh", "责任单位")
# What a reader would call a change: every cell that the pages print, as they print it (publish.page.printed_rows). How far
# a problem has been handled is not among them: that says what persons did since, not what was corrected.
SECTIONS: tuple[Section, ...] = (
    _section(
        "总体情况", "headline",
        Cell("value", "数值", lambda r: _level(r["value"], r["unit"])),
        Cell("growth_pct", "同比增速（%）", _growth),
        _figure("previous_growth_pct", "上期增速（%）"),
        _figure("change_pp", "比上期变化（百分点）", sign=True),
    ),
    _section("主要指标增速走势", "series", Cell("growth_pct", "同比增速（%）", _growth)),
    _section(
        "分地区情况", "regions",
        Cell("growth_pct", "同比增速（%）", _growth),
        Cell("rank", "位次", lambda r: wording.rank_zh(r) or ABSENT),
    ),
    _section(
        "综合信号灯", "composite",
        _as("light", "信号灯", wording.light_zh),
        _figure("total_score", "综合分", 0),
        _figure("previous_total_score", "上期综合分", 0),
        Cell("scored_n", "评分指标数", lambda r: str(r["scored_n"])),
        Cell("shock", "特殊时期提示", lambda r: wording.shock_zh(r) or ABSENT, text=True),
        key="region_key",
    ),
    _section(
        "综合信号灯", "composite",
        _figure("score", "评分", 0),
        _figure("history_n", "历史数据期数", 0),
        Cell("contribution_points", "对综合分变动的贡献",
             lambda r: number(r["contribution_points"], 1, True) if r["contribution_points"] else ABSENT),
    ),
    _section("排位", "rankings", Cell("rank", "位次", _place)),
    _section(
        "匹配指标比对", "matched",
        _figure("growth_a_pct", "前者增速（%）"),
        _figure("growth_b_pct", "后者增速（%）"),
        _figure("gap_pp", "增速差（百分点）", sign=True),
        _figure("robust_z", "稳健z", 2, True),
        _figure("history_n", "历史点数n", 0),
        _figure("limit_pp", "限值（百分点）", 0),
        _figure("ratio_deviation_pct", "水平比偏离（%）", sign=True),
        _figure("elasticity", "弹性系数", 2),
        _figure("run_length", "连续期数", 0),
        COLOUR,
        _where("flagged", _as("judged_by", "评定依据", lambda by: JUDGED_BY.get(by, "稳健z"))),
        Cell("explained_by", "解释最多的原因（百分点）", _explained),
        _where("flagged", _figure("mix_adjusted_power_pct", "按产值结构加权的用电增速（%）")),
        _where("flagged", _words("causes_zh", "正常原因检查")),
        _where("flagged", _words("benign_causes_zh", "尚可能的原因")),
        _where("flagged", Cell("route", "去向", _route, text=True)),
    ),
    _section(
        "关联指标分析", "correlated",
        _as("expected_sign", "预期方向", lambda sign: "正相关" if sign == 1 else "负相关"),
        _figure("best_lag_months", "最佳时滞（月）", 0),
        _figure("pearson", "相关系数r", 2),
        Cell("pearson_low", "95%区间", wording.interval_zh),
        _figure("n", "样本n", 0),
        _figure("n_eff", "有效样本", 0),
        _as("q_value", "校正后显著性q", wording.significance_zh),
        _as("stability", "前后期", lambda s: wording.STABILITIES.get(s, ABSENT)),
        Cell("pearson_without_shocks", "剔除疫情冲击月份及次年同期", wording.without_shocks_zh),
        Cell("surprise_pp", "最新偏离预期（百分点）", wording.surprise_zh),
        Cell("state", "认定", wording.correlation_zh),
        Cell("first_month", "样本起止", lambda r: f"{r['first_month']}至{r['last_month']}" if r["first_month"] else ABSENT),
    ),
    _section(
        "约谈建议", "interviews",
        *(
            _where("is_candidate", cell)
            for cell in (
                COLOUR,
                Cell("fired_n", "触发指标", lambda r: f"{r['fired_n']}/{r['looked_n']}"),
                _words("findings_zh", "依据"),
                _words("under_verification_zh", "由数据报送单位核实的指标"),
                _words("without_january_february_caveats_zh", "剔除1—2月的说明"),
                _words("two_year_caveats_zh", "两年平均的说明"),
                *(
                    Cell(column, label, partial(_holds, column))
                    for column, label in (
                        ("holds_first_release", "按首次发布数"),
                        ("holds_without_january_february", "剔除1—2月"),
                        ("holds_two_year_average", "按两年平均"),
                    )
                ),
                Cell("shock", "特殊时期", lambda r: "只按低于全市的幅度列入" if r["shock"] else ABSENT),
            )
        ),
        _words("flash_zh", "只见于快报数的降幅"),
    ),
    _section(
        "问题清单", "problems",
        COLOUR,
        _words("subject_zh", "事项名称"),
        _words("statement_zh", "事项"),
        _words("evidence_zh", "依据"),
        OWNER,
        DUE,
        _as("route", "转办对象", lambda route: "所在地区" if route == "county" else "数据报送单位核实"),
    ),
    _section(
        "问题台账", "ledger",
        OWNER,
        _as("first_month", "首次列入", wording.month_zh),
        _as("last_month", "最近列入", wording.month_zh),
        DUE,
    ),
    _section(
        "目标进度", "targets",
        Cell("target_value", "目标值", wording.target_zh),
        _of_target("actual", "完成", _reached),
        _of_target("expected", "序时应达", lambda r: _level(r["expected"], r["unit"])),
        _of_target("completion_pct", "完成比（%）", lambda r: number(r["completion_pct"])),
        COLOUR,
        Cell("state", "进度与余期要求", wording.progress_zh, text=True),
        key="target region_key",
    ),
    _section(
        "各部门资料报送情况", "coverage",
        Cell("required", "性质", lambda r: "必报" if r["required"] else "选报"),
        _as("due_on", "应报日期", wording.day_zh),
        _as("accepted_at", "采用时间", wording.moment_zh),
        Cell("days_late", "时效", lambda r: wording.late_zh(r["days_late"], r["accepted_at"])),
        _as("status", "状态", lambda s: wording.COVERAGE_STATUS.get(s, s)),
        _as("maturity", "数据性质", lambda m: MATURITIES.get(m, ABSENT)),
        _figure("cells", "数据格数", 0),
    ),
    _section(
        "报送时效通报", "timeliness",
        _figure("owed_n", "应报（期）", 0),
        _figure("on_time_n", "按时（期）", 0),
        _figure("late_n", "逾期（期）", 0),
        _figure("mean_days_late", "平均逾期（天）"),
        _figure("absent_n", "缺报（期）", 0),
        _figure("rejected_n", "退回次数", 0),
        _figure("redelivered_n", "重报次数", 0),
        _figure("not_judged_n", "不评价（期）", 0),
    ),
    _section(
        "本期主要指标的修订", "revisions",
        _figure("first_value", "首次发布"),
        _figure("current_value", "现为"),
        _figure("revisions_n", "修订次数", 0),
        Cell("last_kind", "最近变动", wording.revision_zh),
        Cell("mean_abs_size", "历次平均修订幅度", _usual),
    ),
    _section(
        "以前月份数据的变动", "restated",
        _figure("old_value", "此前报告"),
        _figure("new_value", "现为"),
        Cell("cause", "原因", wording.restated_zh),
    ),
)  # fmt: skip


@dataclass(frozen=True)
class Change:
    """One published cell that differs: `old` and `new` as printed, the address by section, key and column."""

    section: str
    title: str
    key: str
    subject: str
    column: str
    label: str
    old: str
    new: str


@dataclass(frozen=True)
class Corrections:
    """A successor's account of itself. `unseen` counts changes too small to alter a printed digit."""

    predecessor: int
    changes: list[Change]
    unseen: int
    redelivered: list[Row]
    arrived: list[Row]
    withdrawn: list[Row]
    code_changed: tuple[str, str] | None

    @property
    def by_section(self) -> dict[str, list[Change]]:
        titles = dict.fromkeys(s.title for s in SECTIONS)
        by_title = {title: [c for c in self.changes if c.title == title] for title in titles}
        return {title: found for title, found in by_title.items() if found}


def _subject(row: Row, key: Sequence[str]) -> str:
    """A row by the names under which a reader finds it on the page."""
    name = "" if key == ("region_key",) else row.get("name_zh") or row.get("subject_zh") or row.get("title") or ""
    if row.get("target"):
        name = f"{row['target']} {name}"
    if row.get("period_type"):
        month = row.get("restated_month") or row["month"]
        name += f"（{month[:4]}年{wording.period_zh(row['period_type'], month)}）"
    if row.get("measure"):
        name += "增速（%）" if row["measure"] == "growth" else f"数值（{row['unit']}）"
    whose = row.get("region_name") or row.get("department_zh")
    return "·".join(filter(None, (whose, name)))


def _same(old: Any, new: Any) -> bool:
    if isinstance(old, float | int) and isinstance(new, float | int):
        return rounded(old, 6) == rounded(new, 6)
    return bool(old == new)


def _withheld(cell: Cell, a: Row | None, b: Row | None, hidden: Sequence[Row]) -> bool:
    """Whether a cell would give back one that is no longer shown: what an edition said of it is not said again."""
    row = b or a or {}
    indicator, region = row.get("indicator"), row.get("region_key")
    if region in {h["region_key"] for h in hidden} and (b is None or cell.text):
        return True
    if indicator and region is None:  # headline and revisions are of the whole area
        return indicator in {h["indicator"] for h in hidden if h["region_type"] in TOP_TYPES}
    if (indicator, region) in {(h["indicator"], h["region_key"]) for h in hidden}:
        return True
    return bool(row.get("confidential")) or WITHHELD in (row.get("statement_zh") or "")


def _parts(one: str, other: str) -> str:
    """Of a text its clauses that the other one lacks."""
    return "；".join(part for part in one.split("；") if part not in other.split("；")) or ABSENT


def _compare(
    section: Section, old: Sequence[Row], new: Sequence[Row], hidden: Sequence[Row]
) -> tuple[list[Change], int]:
    before, after = ({tuple(str(r[k]) for k in section.key): r for r in rows} for rows in (old, new))
    changes, unseen = [], 0
    for k in sorted(before | after):
        a, b = before.get(k), after.get(k)
        for cell in section.cells:
            was, now = (UNLISTED if r is None else cell.printed(r) for r in (a, b))
            if was == now or {was, now} == {UNLISTED, ABSENT}:
                if a is not None and b is not None and was not in (ABSENT, CONFIDENTIAL):
                    unseen += isinstance(a[cell.column], float) and not _same(a[cell.column], b[cell.column])
                continue
            label = cell.label
            if cell.text and UNLISTED not in (was, now):
                label, was, now = f"{label}（内容有调整）", _parts(was, now), _parts(now, was)
            if _withheld(cell, a, b, hidden):
                was = CONFIDENTIAL
            subject = _subject(b or a or {}, section.key)
            changes.append(Change(section.report, section.title, "|".join(k), subject, cell.column, label, was, now))
    return changes, unseen


def _overlap(a: Row, b: Row) -> bool:
    return bool(a["feed"] == b["feed"] and a["first_month"] <= b["last_month"] and b["first_month"] <= a["last_month"])


def compare(
    predecessor: Mapping[str, Any],
    old: Mapping[str, list[Row]],
    new: Mapping[str, list[Row]],
    manifest: Mapping[str, Any],
    hidden: Sequence[Row],
) -> Corrections:
    """Compare two editions of a month: the predecessor's manifest and printed rows with those about to be drafted;
    hidden: the cells of regions that are confidential now.

    A delivery is a re-delivery (`redelivered`, with the files it `replaces`) when its feed had already spoken of
    one of its months; otherwise it is newly `arrived`. What is no longer used and not replaced is `withdrawn`.
    """
    compared = [_compare(s, old[s.report], new[s.report], hidden) for s in SECTIONS]
    before = {d["delivery_id"]: d for d in predecessor["deliveries"]}
    after = {d["delivery_id"]: d for d in manifest["deliveries"]}
    redelivered: list[Row] = []
    arrived: list[Row] = []
    replaced: set[int] = set()
    for d in (d for i, d in after.items() if i not in before):
        earlier = [b for b in before.values() if _overlap(b, d)]
        replaced.update(b["delivery_id"] for b in earlier)
        if earlier:
            redelivered.append(
                {**d, "replaces": [{"file_name": b["file_name"], "sha256": b["sha256"]} for b in earlier]}
            )
        else:
            arrived.append(d)
    codes = predecessor["build"]["code_version"], manifest["build"]["code_version"]
    return Corrections(
        predecessor=predecessor["number"],
        changes=[c for changes, _ in compared for c in changes],
        unseen=sum(unseen for _, unseen in compared),
        redelivered=redelivered,
        arrived=arrived,
        withdrawn=[d for i, d in before.items() if i not in after and i not in replaced],
        code_changed=codes if codes[0] != codes[1] else None,
    )

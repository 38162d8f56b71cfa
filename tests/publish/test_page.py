"""What the edition's pages say, read from the HTML that a draft writes."""

import html
import json
import re
from collections.abc import Callable
from datetime import date
from html.parser import HTMLParser

import pytest
import sqlalchemy as sa
from markdown_it import MarkdownIt

from publish.edition import edition_directory
from scheduling.approval import approval_text
from tests.publish.conftest import JUNE, BookedMonth, insert

Draft = Callable[[], int]
VOID = {"meta", "br", "col"}


def draft_again_page(draft_again: Draft) -> str:
    """report.html of a new draft."""
    return (edition_directory(draft_again()) / "report.html").read_text(encoding="utf-8")


class Page(HTMLParser):
    """Text, table cells by their address, and every tag and attribute of a page; unbalanced tags are an error."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.cells: dict[tuple[str, str, str], str] = {}
        self._cell: tuple[str, str, str] | None = None
        self.feed(html)
        assert self.open == [], f"unclosed: {self.open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        a = dict(attrs)
        self.tags.append((tag, a))
        if tag not in VOID:
            self.open.append(tag)
        if tag == "td":
            self._cell = (
                (a["data-subject"] or "", a["data-region"] or "", a["data-measure"] or "")
                if "data-measure" in a
                else None
            )
            if self._cell and "data-subject" in a:
                self.cells[self._cell] = ""

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert (self.open or [""]).pop() == tag, f"unbalanced </{tag}>"
        if tag == "td":
            self._cell = None

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] not in {"style", "script"}:
            self.text += data
        if self._cell:
            self.cells[self._cell] += data


def page(edition_id: int, name: str = "report.html") -> Page:
    return Page((edition_directory(edition_id) / name).read_text(encoding="utf-8"))


def test_growth_rates_are_printed_with_one_decimal_and_a_true_minus(june: BookedMonth, draft_again: Draft) -> None:
    cells = page(draft_again()).cells
    assert cells["ST01", "", "growth_pct"] == "8.1"
    assert cells["PW02", "", "growth_pct"] == "−3.2"
    assert cells["PW02", "", "change_pp"] == "+0.8"
    assert cells["ST02", "", "value"] == "1,580.34"
    assert cells["PW02", "", "value"] == "41.23"
    assert cells["TX01", "", "value"] == "9.5"


def test_what_is_absent_is_a_dash_and_never_zero(june: BookedMonth, draft_again: Draft) -> None:
    p = page(draft_again())
    assert p.cells["ST01", "", "value"] == "—"
    assert p.cells["ST07", "", "growth_pct"] == "—"
    assert p.cells["TX03", "JM-QJL", "growth_pct"] == "—"
    assert "规模以上工业企业利润总额与上年同期持平" not in p.text


def test_a_growth_that_was_computed_is_marked(june: BookedMonth, draft_again: Draft) -> None:
    p = page(draft_again())
    assert p.cells["TX01", "", "growth_pct"] == "0.0*"
    assert "带*的增速由本期数与上年同期数计算得出" in p.text


def test_the_sentences_say_what_the_table_says(june: BookedMonth, draft_again: Draft) -> None:
    text = page(draft_again()).text
    assert "1—6月，全市规模以上工业增加值同比增长8.1%，增速比上期提高0.2个百分点；" in text
    assert "工业用电量同比下降3.2%，降幅比上期收窄0.8个百分点" in text
    assert "工业增值税入库与上年同期持平" not in text, "a computed growth is told only in the table, with its mark"


def test_every_figure_in_a_table_can_be_traced(june: BookedMonth, draft_again: Draft) -> None:
    for tag, a in page(draft_again()).tags:
        if tag == "td" and "data-subject" in a:
            assert a["data-month"] == "2018-06"
            assert a["title"]
            assert a["data-subject"]


def test_every_section_states_the_month_it_is_of(june: BookedMonth, draft_again: Draft) -> None:
    p = page(draft_again())
    headings = sum(tag == "h2" for tag, _ in p.tags)
    assert headings >= 6
    assert p.text.count("所属期：2018年6月") == headings


def test_the_page_needs_no_network_and_no_script(june: BookedMonth, draft_again: Draft) -> None:
    html = (edition_directory(draft_again()) / "report.html").read_text(encoding="utf-8")
    assert not re.search(r"(src|href)\s*=\s*[\"'](https?:)?//", html)
    assert "@import" not in html
    assert "url(" not in html
    assert "<script" not in html
    assert set(re.findall(r"https?://[^\"\s<]+", html)) <= {"http://www.w3.org/2000/svg"}


def test_the_page_can_be_read_by_those_who_do_not_see_it(june: BookedMonth, draft_again: Draft) -> None:
    p = page(draft_again())
    assert dict(p.tags)["html"]["lang"] == "zh-CN"
    assert all(a.get("scope") for tag, a in p.tags if tag == "th")
    drawings = [a for tag, a in p.tags if tag == "svg"]
    assert len(drawings) == 4
    assert all(a["role"] == "img" for a in drawings)
    assert [t for t, _ in p.tags].count("desc") == 4
    assert "◆ 橙·预警" in p.text


def test_hostile_text_is_printed_and_never_run(june: BookedMonth, draft_again: Draft) -> None:
    hostile = "</title></svg><script>alert(1)</script>\"' onload=x &amp;"
    for table, column in (
        ("rpt_matched", "region_name"), ("rpt_matched", "name_zh"), ("rpt_matched", "benign_causes_zh"),
        ("rpt_series", "name_zh"), ("rpt_headline", "unit"), ("rpt_county_problems", "region_name"),
        ("rpt_region_indicators", "region_name"), ("rpt_correlated", "name_zh"), ("rpt_coverage", "title"),
    ):  # fmt: skip
        june.execute(f"update reports.{table} set {column} = :h", h=hostile)
    june.execute("update ops.gate_result set message = :h, rule = :h", h=hostile)
    june.execute("update ops.delivery set file_name = :h", h=hostile)
    edition = draft_again()
    for path in edition_directory(edition).glob("*.html"):
        p = page(edition, path.name)
        assert not [tag for tag, a in p.tags if tag == "script" or any(k.startswith("on") for k in a)], path.name
    assert "<script>alert(1)</script>" in page(edition).text


def test_firms_are_counted_in_the_report_and_named_only_in_the_countys_internal_list(
    june: BookedMonth, draft_again: Draft
) -> None:
    edition = draft_again()
    directory = edition_directory(edition)
    for public in ("report.html", "data.json"):
        content = (directory / public).read_text(encoding="utf-8")
        assert not re.search("某化工|某粮油|91420800MA4878XX1A|1.25万千瓦时", content), public
    assert "另有企业层面事项2项" in page(edition).text
    dongbao, shayang = page(edition, "problems-420802.html").text, page(edition, "problems-420822.html").text
    assert "荆门某化工有限公司本月用电量1.25万千瓦时" in dongbao
    assert "内部" in dongbao
    assert "沙洋某粮油" not in dongbao
    assert "沙洋某粮油有限公司本月用电量1.25万千瓦时" in shayang
    files = json.loads((directory / "manifest.json").read_bytes())["files"]
    assert {f["audience"] for n, f in files.items() if n.startswith("problems-")} == {"内部"}
    assert {files[n]["audience"] for n in ("report.html", "data.json")} == {"公开"}


def test_a_firm_that_a_supplier_is_to_verify_is_not_named_to_the_county(june: BookedMonth, draft_again: Draft) -> None:
    june.execute("update reports.rpt_county_problems set route = 'supplier' where problem_key = 'p3'")
    text = page(draft_again(), "problems-420802.html").text
    assert "某化工" not in text
    assert "另有企业层面数据核实事项1项" in text


def test_each_county_has_its_list_and_the_supplier_what_it_verifies(june: BookedMonth, draft_again: Draft) -> None:
    edition = draft_again()
    lists = {p.name for p in edition_directory(edition).glob("problems-*.html")}
    assert {f"problems-{k}.html" for k in ("420802", "420881", "JM-GXDD", "JM-ZH", "JM-DCH")} <= lists
    assert "problems-420800.html" not in lists
    text = page(edition, "problems-420802.html").text
    own, verify = text.index("主要运行指标降幅较大"), text.index("请核实产值数据")
    assert own < text.index("二、转数据报送单位核实的事项") < verify
    assert "本月没有需要钟祥市办理的区域层面事项" in page(edition, "problems-420881.html").text


def test_a_missing_feed_is_declared_with_its_department(june: BookedMonth, draft_again: Draft) -> None:
    text = page(draft_again()).text
    assert "缺报1项（其中必报0项）。缺报资料：交通运输局《公路水路货运量》" in text
    assert "逾期2天" in text
    assert "分地区合计与全市相差超过1%" in text


def test_a_comparison_says_what_each_cause_explains_and_who_is_asked(june: BookedMonth, draft_again: Draft) -> None:
    edition = draft_again()
    text = page(edition).text
    assert "抄表周期 +2.0，余+9.5" in text
    assert "抄表周期解释+2.0、余+9.5；统计范围变动不能解释" in text
    assert "税务局核实" in text
    assert "唯税务局数据与之背离" in text
    assert "水平比偏离+31.4%" in text
    assert "按产值结构加权，用电增速4.4%" in text
    assert "经检查正常原因仍不能解释的1组，转数据报送单位核实1组" in text
    red = june.execute("select region_key from reports.rpt_matched where colour = 'red'")
    assert "抄表周期 +2.0，余+9.5" in page(edition, f"problems-{red}.html").text


def test_a_waiver_that_let_in_a_delivery_in_use_is_printed_after_it_lapsed(
    june: BookedMonth, draft_again: Draft
) -> None:
    june.execute(
        """
        with waiver as (
            insert into ops.waiver (rule, granted_by, reason, granted_at, valid_until)
            values ('negative_value', '王敏', '退费冲销', '2018-07-01', '2018-07-10') returning waiver_id
        ),
        run as (
            insert into ops.gate_run (subject, month, passed) values ('delivery', :m, true) returning gate_run_id
        )
        insert into ops.gate_result (gate_run_id, delivery_id, suite, rule, severity, state, waiver_id)
        select run.gate_run_id, d.delivery_id, 'delivery', 'negative_value', 'critical', 'waived', waiver.waiver_id
        from ops.delivery as d cross join waiver cross join run
        where d.feed = 'powr__consumption' and d.month = :m
        """,
        m=JUNE,
    )
    june.rebuild()
    waiver = page(draft_again()).text.partition("适用的放行决定")[2]
    assert "王敏" in waiver
    assert "退费冲销2018年7月10日" in waiver


def test_waivers_in_force_are_printed(june: BookedMonth, draft_again: Draft) -> None:
    assert "本期没有适用的放行决定" in page(draft_again()).text
    june.execute(
        "insert into ops.waiver (rule, feed, month, granted_by, reason, valid_until) "
        "values ('required_feed', 'tran__freight', :m, '李强', '系统检修，下月补报', '2999-01-01')",
        m=JUNE,
    )
    june.rebuild()
    text = page(draft_again()).text
    assert "系统检修，下月补报" in text
    assert "李强" in text
    waiver = text[text.index("适用的放行决定") :]
    assert "必报报表缺报" in waiver
    assert "公路水路货运量" in waiver
    assert "required_feed" not in text


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ("rpt_headline", "本节无内容：本期缺报资料：公路水路货运量。"),
        ("rpt_matched", "没有一对匹配指标两侧数据俱全"),
        ("rpt_correlated", "共同样本尚不足以计算"),
        ("rpt_county_problems", "本月没有形成区域层面问题事项的地区"),
        ("rpt_region_indicators", "分地区表无内容"),
        ("rpt_coverage", "本期没有登记应报资料"),
    ],
)
def test_an_empty_section_says_that_it_is_and_why(june: BookedMonth, draft_again: Draft, table: str, told: str) -> None:
    june.execute(f"delete from reports.{table}")
    assert told in page(draft_again()).text


def test_an_edition_without_any_row_still_says_so_in_every_section(june: BookedMonth, draft_again: Draft) -> None:
    for table in ("headline", "region_indicators", "matched", "correlated", "county_problems", "coverage", "series"):
        june.execute(f"delete from reports.rpt_{table}")
    assert page(draft_again()).text.count("本节无内容") == 4


def test_the_national_edition_has_no_counties_and_its_own_masthead(
    june: BookedMonth, draft_again: Draft, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GONGYUN_AREA", "china")
    for table in ("region_indicators", "county_problems"):
        june.execute(f"delete from reports.rpt_{table}")
    for table in ("matched", "correlated"):
        june.execute(f"delete from reports.rpt_{table} where region_key <> '420800'")
        june.execute(f"update reports.rpt_{table} set region_key = '000000', region_name = '全国'")
    june.execute("update reports.rpt_series set region_key = '000000'")
    edition = draft_again()
    text = page(edition).text
    assert "全国工业经济运行大数据对比分析月报" in text
    assert "非政府部门发布" in text
    assert "荆门" not in text
    assert "大柴湖" not in text
    assert "没有县（市、区）数据，不形成问题清单" in text
    assert not list(edition_directory(edition).glob("problems-*.html"))


def test_simulated_data_is_announced_at_the_top_of_every_page(june: BookedMonth, draft_again: Draft) -> None:
    assert "仅供演示" not in page(draft_again()).text
    june.execute("update ops.delivery set simulated = true where feed = 'powr__consumption' and month = :m", m=JUNE)
    edition = draft_again()
    for path in edition_directory(edition).glob("*.html"):
        assert page(edition, path.name).text.index("本期含模拟数据，仅供演示") < 400
    assert json.loads((edition_directory(edition) / "manifest.json").read_bytes())["simulated"] is True


def test_a_cell_that_gives_a_firm_away_is_stars_with_the_reason(june: BookedMonth, draft_again: Draft) -> None:
    assert "依照《统计法》不予公布" not in draft_again_page(draft_again)
    with june.engine.begin() as c:
        c.execute(
            sa.text(
                "update reports.rpt_region_indicators set confidential = true, growth_pct = null, value = null, rank = null, "
                "rank_ties = null where indicator = 'TX03' and region_key = 'JM-QJL'"
            )
        )
    page = draft_again_page(draft_again)
    assert Page(page).cells["TX03", "JM-QJL", "growth_pct"] == "***"
    assert "依照《统计法》不予公布" in Page(page).text


def test_data_json_keeps_chinese_readable_and_absent_null(june: BookedMonth, draft_again: Draft) -> None:
    content = (edition_directory(draft_again()) / "data.json").read_text(encoding="utf-8")
    assert "规模以上工业增加值" in content
    row = next(r for r in json.loads(content)["reports"]["headline"] if r["indicator"] == "ST01")
    assert row["value"] is None
    assert row["growth_pct"] == 8.1
    assert row["month"] == "2018-06"


def test_many_findings_of_one_file_and_rule_are_told_once_with_their_count(
    june: BookedMonth, draft_again: Draft
) -> None:
    june.execute(
        "insert into ops.finding (delivery_id, stage, rule, severity, state, sheet, cell, message) "
        "select delivery_id, 'gate', 'implausible_growth', 'warning', 'told', '表1', 'C' || n, '增速' || n || '0%，明显异常' "
        "from ops.delivery, generate_series(4, 9) as n where feed = 'powr__consumption' and month = :m",
        m=JUNE,
    )
    edition = draft_again()
    text = page(edition).text
    assert "首处：工作表“表1”单元格C4，增速40%，明显异常" in text
    assert "增速异常" in text
    assert "implausible_growth" not in text
    assert "增速50%" not in text
    assert len(json.loads((edition_directory(edition) / "manifest.json").read_bytes())["delivery_findings"]) == 6
    assert len(re.findall(r"^<li>《.*（共\d处）</li>$", asked(edition), re.MULTILINE)) >= 1


def test_what_was_waived_is_printed_as_grave_and_passed_by_decision_and_the_approver_reads_it(
    june: BookedMonth, draft_again: Draft
) -> None:
    june.rebuild()
    june.execute(
        """
        with waiver as (
            insert into ops.waiver (rule, granted_by, reason, valid_until)
            values ('required_feed', '李强', '系统检修', '2999-01-01') returning waiver_id
        )
        update ops.gate_result set (rule, severity, state, message, waiver_id)
            = (select 'required_feed', 'critical', 'waived', '必报报表未报送', waiver_id from waiver)
        where gate_run_id = :g and state = 'told'
        """,
        g=june.gate_run_id,
    )
    june.execute(
        "insert into ops.finding (delivery_id, stage, rule, severity, state, sheet, cell, message) "
        "select delivery_id, 'gate', 'negative_value', 'critical', 'waived', '表1', 'C4', '数值为负' "
        "from ops.delivery where feed = 'powr__consumption' and month = :m",
        m=JUNE,
    )
    edition = draft_again()
    text = page(edition).text
    assert "没有提示" not in text
    assert re.search(r"月度检验必报报表缺报严重（经批准放行）\d+必报报表未报送", text)
    assert re.search(r"来件检验[^\n]*严重（经批准放行）1《powr__consumption", text)
    told = asked(edition)
    assert "<li>严重（经批准放行）：必报报表未报送</li>" in told
    assert re.search(r"<li>严重（经批准放行）：《powr__consumption.*C4.*数值为负", told)


def asked(edition: int) -> str:
    """The approver's question as a browser gets it."""
    return MarkdownIt().render(approval_text(edition))


@pytest.mark.parametrize(
    "reason",
    ["[系统](http://127.0.0.1/x)检修", "![](http://127.0.0.1/x.png)", "<b>检修</b>", "- 系统", "1. 系统", "# 系统", "*检修*", "`检修`",
     "检修\n\n第二段", "http://127.0.0.1", "检\u202e修"],
)  # fmt: skip
def test_what_a_person_wrote_is_read_by_the_approver_as_it_was_written(
    reason: str, june: BookedMonth, draft_again: Draft
) -> None:
    waiver = {
        "waiver_id": 1,
        "rule": "required_feed",
        "granted_by": "李强",
        "reason": reason,
        "valid_until": "2999-01-01",
    }
    edition = draft_again()
    manifest = edition_directory(edition) / "manifest.json"
    told = json.loads(manifest.read_bytes())
    manifest.chmod(0o600)
    manifest.write_text(json.dumps(told | {"waivers": [waiver]}), encoding="utf-8")
    written = html.escape(" ".join(reason.split()).replace("\u202e", "[U+202E]"), quote=False)
    assert f"<li>必报报表缺报：李强，{written}</li>" in asked(edition)


def test_a_warning_of_statistics_names_the_cell_and_not_its_figure(june: BookedMonth, draft_again: Draft) -> None:
    june.execute(
        "insert into ops.finding (delivery_id, stage, rule, severity, state, sheet, cell, found, message) "
        "select delivery_id, 'gate', 'level_gap', 'warning', 'told', '表1', 'C4', '73519万元', '钟祥市产值为73519万元' "
        "from ops.delivery inner join ops.feed using (feed) where department = 'stat' and delivery.month = :m",
        m=JUNE,
    )
    edition = draft_again()
    assert "工作表“表1”单元格C4，涉及统计调查资料，具体数据见该报表回执。" in page(edition).text
    files = [path for path in edition_directory(edition).rglob("*") if path.is_file()]
    assert not [path.name for path in files if "73519" in path.read_text(encoding="utf-8", errors="ignore")]


def test_lights_places_and_candidates_are_printed_with_what_they_rest_on(june: BookedMonth, draft_again: Draft) -> None:
    signal = {
        "month": JUNE, "region_key": "420802", "region_name": "东宝区", "ranking_group": "county", "display_order": 1,
        "growth_pct": 3.0, "history_n": 33, "scored_n": 4, "total_score": 18, "previous_total_score": 16,
        "light": "yellow_blue",
    }  # fmt: skip
    insert(
        june.engine,
        "reports.rpt_composite_signal",
        dict(signal, indicator="ST01", name_zh="规模以上工业增加值", score=2, previous_score=1, contribution_points=2.25),
        dict(signal, indicator="ST07", name_zh="规模以上工业企业利润总额", score=None, previous_score=None, contribution_points=0),
    )  # fmt: skip
    place = {"month": JUNE, "indicator": "_T", "name_zh": "主要指标综合", "display_order": 0, "ranking_group": "county",
             "growth_pct": None, "is_year_end": False, "rank_of": 4, "rank_within_band": False, "previous_rank": 3}  # fmt: skip
    insert(
        june.engine,
        "reports.rpt_rankings",
        dict(place, region_key="420802", region_name="东宝区", score=80.0, rank=2, rank_ties=2, places_gained=1),
        dict(
            place, region_key="420822", region_name="沙洋县", score=None, rank=None, rank_ties=None, places_gained=None
        ),
    )
    insert(
        june.engine,
        "reports.rpt_interview_candidates",
        {"month": JUNE, "region_key": "420802", "region_name": "东宝区", "is_candidate": True, "colour": "orange", "fired_n": 2,
             "looked_n": 6, "indicators": "PW02;TX03", "findings": json.dumps([
                 {"indicator": "PW02", "name_zh": "工业用电量", "period_type": "YTD", "growth_pct": -9.0, "negative_again": True,
                  "two_year_caveat": "panel_change"},
                 {"indicator": "ST16", "name_zh": "工业投资", "period_type": "YTD", "growth_pct": -9.0, "fell_pp": 1.0,
                  "unknown_since_march": "region"}]),
             "holds_first_release": True, "holds_without_january_february": False, "holds_two_year_average": None,
             "looked_without_january_february_n": 2, "looked_two_year_average_n": None, "under_verification_zh": None,
             "shock": None},
    )  # fmt: skip
    page = draft_again_page(draft_again)
    assert "◤ 黄蓝灯·趋冷" in page
    assert "+2.3" in page
    assert "此前5年的五分位数比较，得1—5分（现有历史数据33期）" in page
    assert "并列2/4" in page
    assert "升1位" in page
    row = page[page.index("建议约谈的地区") :]
    assert [
        w
        for w in (
            "不成立",
            "无法计算",
            "可算2项",
            "剔除1—2月：工业投资既无同一次报送的累计水平数",
            "两年平均：工业用电量两年统计范围有变动",
        )
        if w not in row
    ] == []
    assert "特殊时期提示" not in page, "June 2018 lies in no shock, nor does June 2017"


def test_a_usual_gap_that_only_its_limit_lights_says_so(june: BookedMonth, draft_again: Draft) -> None:
    assert "超过限值" not in draft_again_page(draft_again)
    with june.engine.begin() as c:
        c.execute(
            sa.text("update reports.rpt_matched set judged_by = 'limit' where colour = 'yellow' and limit_pp = 10")
        )
    assert "超过限值±10" in draft_again_page(draft_again)


@pytest.mark.parametrize(
    ("label", "told", "untold"),
    [
        ("shock", "本期处于特殊冲击时期（新冠肺炎疫情停工停产）", "上年同期处于"),
        ("shock_year_ago", "上年同期处于特殊冲击时期（新冠肺炎疫情停工停产）", "本期处于"),
    ],
)
def test_lights_of_a_shock_or_a_year_after_one_are_labelled_on_the_page_and_in_the_data(
    june: BookedMonth, draft_again: Draft, label: str, told: str, untold: str
) -> None:
    insert(
        june.engine,
        "reports.rpt_composite_signal",
        {"month": JUNE, "region_key": "420802", "region_name": "东宝区", "ranking_group": "county", "display_order": 1,
             "indicator": "ST01", "name_zh": "规模以上工业增加值", "score": 2, "scored_n": 4, "total_score": 18, "light": "blue",
             label: "covid", f"{label}_zh": "新冠肺炎疫情停工停产"},
    )  # fmt: skip
    edition = draft_again()
    text = page(edition).text
    lights = text[text.index("工业运行综合信号灯") :]
    assert told in lights
    assert untold not in lights
    data = json.loads((edition_directory(edition) / "data.json").read_bytes())
    assert data["reports"]["composite"][0][label] == "covid"


def test_a_flash_is_marked_counted_and_no_reason_for_an_interview(june: BookedMonth, draft_again: Draft) -> None:
    june.execute("update reports.rpt_headline set maturity = case indicator when 'TX03' then 'flash' else 'final' end")
    june.execute(
        "update reports.rpt_region_indicators set maturity = case indicator when 'TX03' then 'flash' when 'ST01' then 'prelim' end",
    )
    june.execute(
        "update reports.rpt_coverage set maturity = case department when 'tax' then 'flash' when 'stat' then 'prelim' end "
        "where status = 'accepted'",
    )
    insert(
        june.engine,
        "reports.rpt_interview_candidates",
        {"month": JUNE, "region_key": "420802", "region_name": "东宝区", "is_candidate": False, "fired_n": 0, "looked_n": 6,
             "flashes": json.dumps([{"name_zh": "工业开票销售收入", "growth_pct": -9.0}])},
    )  # fmt: skip
    page = draft_again_page(draft_again)
    marked = '<sup class="maturity" data-maturity="flash" title="快报数">快</sup>'
    headline, regions = page[page.index("表1 ") : page.index("表2 ")], page[page.index("表2 ") :]
    assert headline.count(marked) == headline.count('<th scope="row">工业开票销售收入</th>') > 0
    assert f"工业开票销售收入{marked}</th>" in regions, "a line that is a flash throughout is marked once"
    assert "初</sup></th>" in regions
    assert "注“快”的为快报数，尚未核定，不作为约谈依据" in page
    assert "工业开票销售收入（快报数）" in page[: page.index("表1 ")]
    assert "本期没有达到约谈条件的地区" in page
    assert "尚未核定，不据此提出约谈建议：东宝区（工业开票销售收入同比下降9.0%）" in page
    coverage = page[page.index('aria-labelledby="coverage"') :]
    flash, prelim = (coverage.count(f'<td class="mid">{name}</td>') for name in ("快报数", "初步数"))
    assert flash > 0
    assert prelim > 0
    assert f"快报数{flash}项（税务局《" in coverage
    assert f"，初步数{prelim}项" in coverage


def test_a_target_without_data_is_said_to_have_none_and_contradicting_clauses_are_both_cited(
    june: BookedMonth, draft_again: Draft
) -> None:
    target = {"month": JUNE, "region_key": "420800", "region_name": "荆门市", "kind": "ratio", "comparison": "at_least", "unit": "%",
              "measured_month": JUNE, "pace": "none", "required_pct": None, "best_past_pct": None, "best_past_years_n": None,
              "clause_text_zh": "…", "evidence_zh": "统计局《固定资产投资完成额》"}  # fmt: skip
    insert(
        june.engine,
        "reports.rpt_target_progress",
        dict(target, target="T06", name_zh="工业投资占比", target_value=40, actual=42.3, expected=40, completion_pct=105.7, colour="green",
             state="on_pace", is_stricter=False, clause="一（一）", note_zh="与T07目标不一致", display_order=1),
        dict(target, target="T07", name_zh="工业投资占比", target_value=50, actual=42.3, expected=50, completion_pct=84.6, colour="orange",
             state="behind", is_stricter=True, clause="一（二）", note_zh="与T06目标不一致", display_order=2),
        dict(target, target="T21", name_zh="企业利润率", comparison="around", target_value=8, actual=9.5, expected=8, completion_pct=100,
             colour="green", state="above_band", is_stricter=None, clause="一（三）", note_zh=None, display_order=4),
        dict(target, target="T43", name_zh="危化品企业启动搬迁", target_value=100, actual=95, expected=100, completion_pct=95,
             colour="yellow", state="overdue", is_stricter=None, clause="二（八）", note_zh=None, display_order=5),
        dict(target, target="T45", name_zh="质量比对", target_value=100, actual=100, expected=100, completion_pct=100,
             colour="green", state="met_late", is_stricter=None, clause="二（十）", note_zh=None, display_order=6),
        dict(target, target="T17", name_zh="示范企业", kind="count", unit="家", target_value=10, actual=5, expected=5.42, completion_pct=92.3,
             colour="yellow", state="behind", is_stricter=None, clause="一（三）", note_zh=None, display_order=7),
        dict(target, target="T05", name_zh="工业投资年均增长", target_value=10, actual=2, expected=10, completion_pct=20, colour="red",
             state="behind", is_stricter=None, required_pct=60.0, best_past_pct=30.0, best_past_years_n=2, clause="一（一）",
             note_zh=None, display_order=8),
        dict(target, target="T20", name_zh="高企比重", target_value=20, actual=None, expected=None, completion_pct=None, colour=None,
             state="no_data", is_stricter=None, clause="一（三）", note_zh=None, display_order=3),
    )  # fmt: skip
    page = draft_again_page(draft_again)
    section = page[page.index('aria-labelledby="targets"') : page.index('aria-labelledby="coverage"')]
    assert "落后于进度；同一事实以本条为准；与T06目标不一致" in section
    assert "符合进度；与T07目标不一致" in section
    assert "暂无数据（统计局《固定资产投资完成额》）" in section
    assert "暂无数据1项" in section
    assert "<td>高于预期区间</td>" in section
    assert '<td class="num">5.4</td><td class="num">92.3</td>' in section
    assert "余期需增长60.0%（近5年有数的2年同期最好30.0%）" in section
    assert "年均目标在最后一年以前不作此认定" in section
    assert "<td>逾期未完成</td>" in section
    assert "<td>逾期完成</td>" in section


def test_timeliness_and_revisions_are_told_by_department_and_figure(june: BookedMonth, draft_again: Draft) -> None:
    insert(
        june.engine,
        "reports.rpt_timeliness",
        {"month": JUNE, "department": "tax", "department_zh": "税务局", "first_month": date(2017, 7, 1), "last_month": JUNE,
             "owed_n": 12, "on_time_n": 9, "late_n": 2, "absent_n": 1, "not_judged_n": 0, "rejected_n": 4, "redelivered_n": 1,
             "mean_days_late": 2.5},
    )  # fmt: skip
    insert(
        june.engine,
        "reports.rpt_revisions",
        {"month": JUNE, "indicator": "PW02", "name_zh": "工业用电量", "unit": "万千瓦时", "display_order": 3, "period_type": "YTD",
             "measure": "growth", "first_value": -4.0, "current_value": -3.2, "revisions_n": 1, "last_kind": "revision",
             "last_cause": "correction", "mean_abs_size": 0.65, "revised_n": 4, "size_unit": "pp"},
    )  # fmt: skip
    insert(
        june.engine,
        "reports.rpt_restated",
        {"month": JUNE, "restated_month": date(2018, 5, 1), "indicator": "PW02", "name_zh": "工业用电量", "unit": "万千瓦时",
             "display_order": 3, "period_type": "YTD", "measure": "growth", "old_value": 5.5, "new_value": 5.1,
             "cause": "reclass"},
    )  # fmt: skip
    page = draft_again_page(draft_again)
    punctual = page[page.index('id="timeliness"') : page.index('id="revisions"')]
    assert "税务局" in punctual
    assert "2.5" in punctual
    revised = page[page.index('id="revisions"') :]
    assert [w for w in ("−4.0", "−3.2", "修订（更正）", "0.65个百分点", "n=4") if w not in revised] == []
    restated = revised[revised.index("此前报告刊出以来以前月份数据的变动") :]
    assert [w for w in ("2018年1—5月", "5.5", "5.1", "重新分类") if w not in restated] == []

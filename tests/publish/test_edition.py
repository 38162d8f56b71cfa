"""An edition's life in a real warehouse: drafted, released, succeeded, refused."""

import hashlib
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from publish.corrections import goes_back
from publish.edition import GoingBack, decline, draft, edition_directory, release
from publish.reports import ReportsNotOfMonth
from publish.sources import EditionRefused
from tests.publish.conftest import AS_OF, JUNE, BookedMonth, insert
from vocabulary.month import Month
from warehouse.book import clock, locks
from warehouse.book.problems import ledger_events, ledger_items, step

Draft = Callable[[], int]


def read(edition_id: int, name: str = "report.html") -> str:
    return (edition_directory(edition_id) / name).read_text(encoding="utf-8")


def status(june: BookedMonth, edition_id: int) -> str:
    return str(june.execute("select status from ops.edition where edition_id = :e", e=edition_id))


def test_drafting_twice_from_the_same_state_gives_the_same_bytes(june: BookedMonth, draft_again: Draft) -> None:
    first, second = draft_again(), draft_again()
    a, b = edition_directory(first), edition_directory(second)
    assert a != b
    assert {p.name: p.read_bytes() for p in a.iterdir()} == {p.name: p.read_bytes() for p in b.iterdir()}


def test_a_rebuild_as_of_the_same_moment_gives_the_same_report(june: BookedMonth, draft_again: Draft) -> None:
    first = draft_again()
    june.rebuild()
    second = draft_again()
    assert read(first) == read(second)
    assert read(first, "data.json") == read(second, "data.json")


def test_a_changed_number_changes_the_report(june: BookedMonth, draft_again: Draft) -> None:
    first = draft_again()
    june.execute("update reports.rpt_headline set growth_pct = 8.2 where indicator = 'ST01'")
    assert read(first) != read(draft_again())


def test_the_manifest_says_how_settled_each_headline_figure_is_and_counts_the_others(
    june: BookedMonth, draft_again: Draft
) -> None:
    june.execute(
        "update reports.rpt_headline set maturity = case indicator when 'TX03' then 'flash' when 'ST01' then 'prelim' end"
    )
    june.execute("update reports.rpt_headline set value = null, growth_pct = null where indicator = 'ST07'")
    june.execute("update reports.rpt_region_indicators set maturity = 'prelim'")
    shown = june.execute("select count(*) from reports.rpt_region_indicators where growth_pct is not null")
    maturity = json.loads(read(draft_again(), "manifest.json"))["maturity"]
    assert [r for r in maturity["headline"] if r["indicator"] in ("ST01", "TX03")] == [
        {"indicator": "ST01", "period_type": "YTD", "maturity": "prelim"},
        {"indicator": "TX03", "period_type": "YTD", "maturity": "flash"},
    ]
    assert not [r for r in maturity["headline"] if r["indicator"] == "ST07"], "it is withheld"
    assert maturity["figures"]["headline"] == {"flash": 1, "prelim": 1, "not_stated": 4}
    assert maturity["figures"]["regions"] == {"prelim": shown}


def test_a_newer_draft_makes_the_older_one_outdated_and_unreleasable(june: BookedMonth, draft_again: Draft) -> None:
    older, newer = draft_again(), draft_again()
    assert (status(june, older), status(june, newer)) == ("outdated", "draft")
    with pytest.raises(EditionRefused, match=f"draft {newer} of 2018-06 is newer"):
        release(older, "王敏")
    assert release(newer, "王敏").name == "v1"


def test_a_released_edition_is_numbered_moved_read_only_and_matches_its_manifest(
    june: BookedMonth, draft_again: Draft
) -> None:
    edition = draft_again()
    drafted = edition_directory(edition)
    directory = release(edition, "王敏", "同意发布")
    assert directory.parts[-2:] == ("2018-06", "v1")
    assert not drafted.exists()
    assert directory == edition_directory(edition)
    assert all(p.stat().st_mode & 0o222 == 0 for p in directory.iterdir())
    manifest = json.loads((directory / "manifest.json").read_bytes())
    assert set(manifest["files"]) == {p.name for p in directory.iterdir()} - {"manifest.json"}
    for name, about in manifest["files"].items():
        assert hashlib.sha256((directory / name).read_bytes()).hexdigest() == about["sha256"]
    row = june.execute(
        "select number || decided_by || decision_note || sha256 from ops.edition where edition_id = :e", e=edition
    )
    assert row == f"1王敏同意发布{hashlib.sha256((directory / 'manifest.json').read_bytes()).hexdigest()}"


def test_the_manifest_names_every_delivery_in_use_the_gate_the_waivers_and_the_code(
    june: BookedMonth, draft_again: Draft
) -> None:
    superseded = june.deliver("tax__invoices", JUNE, "b", AS_OF - timedelta(hours=1))
    latest = june.deliver("tax__invoices", JUNE, "c", AS_OF - timedelta(minutes=1))
    after = june.deliver("tax__invoices", JUNE, "d", AS_OF + timedelta(minutes=1))
    june.execute(
        "insert into ops.waiver (rule, month, granted_by, reason, valid_until) "
        "values ('required_feed', :m, '李强', '系统检修', '2999-01-01'), ('old', :m, '李强', '过期', '2018-01-01')",
        m=JUNE,
    )
    june.rebuild()
    manifest = json.loads(read(draft_again(), "manifest.json"))
    used = {d["delivery_id"]: d for d in manifest["deliveries"]}
    assert latest in used
    assert superseded not in used
    assert after not in used
    assert used[latest] == {
        "delivery_id": latest,
        "feed": "tax__invoices",
        "department": "tax",
        "title": "工业企业开票销售收入",
        "file_name": "tax__invoices_201806_c.xlsx",
        "sha256": hashlib.sha256(f"tax__invoices{JUNE}c".encode()).hexdigest(),
        "size_bytes": 1,
        "simulated": False,
        "accepted_at": "2018-07-25T01:29:00+00:00",
        "first_month": "2018-06",
        "last_month": "2018-06",
        "for_month": True,
    }
    assert sum(d["for_month"] for d in used.values()) == 3
    assert [w["granted_by"] + w["rule"] for w in manifest["waivers"]] == ["李强required_feed"]
    assert [r["rule"] for r in manifest["gate"]["results"] if r["state"] != "passed"] == ["sum_of_regions"]
    assert manifest["build"]["code_version"] == "v0.1.0-test"
    assert (manifest["number"], manifest["previous"], manifest["as_of"]) == (1, None, "2018-07-25T01:30:00+00:00")


def test_a_file_altered_after_drafting_stops_the_release(june: BookedMonth, draft_again: Draft) -> None:
    edition = draft_again()
    path = edition_directory(edition) / "data.json"
    path.write_text(path.read_text(encoding="utf-8").replace("8.1", "9.1"), encoding="utf-8")
    with pytest.raises(EditionRefused, match=r"data\.json no longer matches"):
        release(edition, "王敏")
    assert status(june, edition) == "draft"
    assert path.exists()


@pytest.mark.parametrize("change", ["manifest altered", "file added", "file removed"])
def test_a_draft_that_is_not_whole_is_not_released(june: BookedMonth, draft_again: Draft, change: str) -> None:
    edition = draft_again()
    directory = edition_directory(edition)
    if change == "manifest altered":
        path = directory / "manifest.json"
        path.write_text(path.read_text(encoding="utf-8").replace('"number": 1', '"number": 7'), encoding="utf-8")
    elif change == "file added":
        (directory / "extra.html").write_text("", encoding="utf-8")
    else:
        (directory / "report.html").unlink()
    with pytest.raises(EditionRefused, match=r"not the manifest|was not drafted|no longer matches"):
        release(edition, "王敏")
    assert status(june, edition) == "draft"


def test_a_release_cut_off_after_the_move_goes_on(june: BookedMonth, draft_again: Draft) -> None:
    edition = draft_again()
    target = edition_directory(edition).parents[1] / "2018-06" / "v1"
    target.parent.mkdir()
    edition_directory(edition).rename(target)
    assert release(edition, "王敏") == target
    assert status(june, edition) == "published"


def cut_off(edition: int) -> tuple[Path, Path]:
    """A release killed between the move of its files and the commit; where they lie, and where they lay."""
    drafted = edition_directory(edition)
    target = drafted.parents[1] / "2018-06" / "v1"
    target.parent.mkdir(exist_ok=True)
    drafted.rename(target)
    return target, drafted


def test_a_draft_declined_after_its_release_was_cut_off_lies_in_no_public_place(
    june: BookedMonth, draft_again: Draft
) -> None:
    edition = draft_again()
    target, drafted = cut_off(edition)
    decline(edition, "王敏", "用电量待核")
    assert (target.exists(), drafted.exists(), status(june, edition)) == (False, True, "declined")


def test_a_newer_draft_takes_the_number_of_a_release_that_was_cut_off(june: BookedMonth, draft_again: Draft) -> None:
    first = draft_again()
    target, drafted = cut_off(first)
    june.rebuild()
    assert release(draft_again(), "王敏") == target
    assert (drafted.exists(), status(june, first)) == (True, "outdated")


def test_what_nobody_knows_leaves_the_place_of_editions_and_is_kept(june: BookedMonth, draft_again: Draft) -> None:
    edition = draft_again()
    stray = edition_directory(edition).parents[1] / "2018-06" / "v1"
    stray.mkdir(parents=True)
    (stray / "report.html").write_text("by hand")
    assert release(edition, "王敏") == stray
    assert (stray.parents[1] / ".drafts" / "unknown-2018-06-v1" / "report.html").read_text() == "by hand"


def test_what_a_killed_draft_left_is_gone_with_the_next(june: BookedMonth, draft_again: Draft) -> None:
    edition = draft_again()
    drafts = edition_directory(edition).parent
    (drafts / ".writing-2018-05").mkdir()
    (drafts / "77").mkdir()
    (drafts / "77" / "manifest.json").write_text('{"month": "2018-05"}')
    again = draft_again()
    assert sorted(p.name for p in drafts.iterdir()) == sorted([str(edition), str(again)])


def test_a_published_edition_that_was_changed_has_no_successor_told_against_it(
    june: BookedMonth, draft_again: Draft
) -> None:
    published = release(draft_again(), "王敏")
    data = published / "data.json"
    data.chmod(0o644)
    data.write_bytes(data.read_bytes().replace(b"1", b"2", 1))
    june.rebuild()
    with pytest.raises(EditionRefused, match="is not what was published as edition 1"):
        draft_again()


def test_a_number_taken_meanwhile_stops_the_release(june: BookedMonth, draft_again: Draft) -> None:
    edition = draft_again()
    june.execute(
        "insert into ops.edition (month, number, status, as_of, build_id, gate_run_id, directory, sha256, manifest) "
        "select month, 1, 'published', as_of, build_id, gate_run_id, 'x', 'x', '{}' from ops.edition where edition_id = :e",
        e=edition,
    )
    with pytest.raises(EditionRefused, match="prints number 1, which is taken"):
        release(edition, "王敏")


def test_a_decision_needs_a_name_and_is_taken_once(june: BookedMonth, draft_again: Draft) -> None:
    edition = draft_again()
    with pytest.raises(EditionRefused, match="name"):
        release(edition, " ")
    decline(edition, "王敏", "用电量待核")
    assert status(june, edition) == "declined"
    with pytest.raises(EditionRefused, match="is declined, not a draft"):
        release(edition, "王敏")
    again = draft_again()
    release(again, "王敏")
    with pytest.raises(EditionRefused, match="is published, not a draft"):
        decline(again, "王敏", None)
    with pytest.raises(EditionRefused, match="no edition 999"):
        release(999, "王敏")


def test_a_month_that_did_not_pass_its_gate_is_not_drafted(june: BookedMonth, draft_again: Draft) -> None:
    june.rebuild(passed=False)
    with pytest.raises(EditionRefused, match="did not pass"):
        draft_again()


def test_tables_that_another_build_has_written_make_no_draft(june: BookedMonth, draft_again: Draft) -> None:
    june.lies_in_tables(99)
    with pytest.raises(EditionRefused, match=f"lies in the tables is build 99 and not build {june.build_id}"):
        draft_again()


def test_a_build_or_gate_of_another_month_is_refused(june: BookedMonth) -> None:
    with pytest.raises(EditionRefused, match="not a finished build of 2018-05"):
        draft(Month(2018, 5), june.build_id, june.gate_run_id)
    first_build, first_gate = june.build_id, june.gate_run_id
    june.rebuild()
    with pytest.raises(EditionRefused, match="is not the gate"):
        draft(Month.of(JUNE), june.build_id, first_gate)
    with pytest.raises(EditionRefused, match=f"build {june.build_id} was started after"):
        draft(Month.of(JUNE), first_build, first_gate)


@pytest.mark.parametrize("table", ["rpt_headline", "rpt_matched", "rpt_coverage", "rpt_county_problems"])
def test_a_section_of_another_month_stops_the_draft(june: BookedMonth, draft_again: Draft, table: str) -> None:
    june.execute(f"update reports.{table} set month = '2018-05-01'")
    with pytest.raises(ReportsNotOfMonth, match=f"{table} holds 2018-05, not only 2018-06"):
        draft_again()
    assert june.execute("select count(*) from ops.edition") == 0


def test_a_refused_draft_leaves_no_file_behind(june: BookedMonth, draft_again: Draft) -> None:
    june.execute("update reports.rpt_headline set month = '2018-05-01'")
    with pytest.raises(ReportsNotOfMonth):
        draft_again()
    from warehouse.settings import settings

    assert not list(settings().editions.rglob("*.html"))


def test_a_corrected_month_gets_a_successor_that_says_what_changed_and_why(
    june: BookedMonth, draft_again: Draft
) -> None:
    first = draft_again()
    v1 = release(first, "王敏")
    before = {p.name: p.read_bytes() for p in v1.iterdir()}
    june.deliver("powr__consumption", JUNE, "b", AS_OF - timedelta(minutes=2))
    june.deliver("tran__freight", JUNE, "a", AS_OF - timedelta(minutes=1))
    june.execute("update reports.rpt_headline set growth_pct = -2.9, change_pp = 1.1 where indicator = 'PW02'")
    june.execute("update reports.rpt_headline set growth_pct = growth_pct + 0.00002 where indicator = 'ST02'")
    june.execute("update reports.rpt_matched set colour = 'green' where pair = 'M6' and region_key = '420882'")
    june.execute("delete from reports.rpt_county_problems where problem_key = 'p5'")
    june.rebuild()
    second = draft_again()
    page = read(second)
    assert "第2版更正第1版" in page
    told = json.loads(read(second, "data.json"))["corrections"]
    changed = {(c["section"], c["key"], c["column"]): (c["old"], c["new"]) for c in told["changes"]}
    assert changed["headline", "PW02|YTD", "growth_pct"] == ("−3.2", "−2.9")
    assert changed["headline", "PW02|YTD", "change_pp"] == ("+0.8", "+1.1")
    assert changed["matched", "M6|420882", "colour"] == ("■ 红·核查", "● 绿·基本一致")
    assert changed["problems", "p5", "statement_zh"] == (
        "沙洋县1—6月工业用电量同比下降2.0%，工业开票销售收入同比增长10.1%，两者相差12.1个百分点。",
        "未列",
    )
    assert ("headline", "ST02|YTD", "growth_pct") not in changed
    assert told["unseen"] == 1
    assert [d["file_name"] for d in told["redelivered"]] == ["powr__consumption_201806_b.xlsx"]
    assert [b["file_name"] for b in told["redelivered"][0]["replaces"]] == ["powr__consumption_201806_a.xlsx"]
    assert [d["file_name"] for d in told["arrived"]] == ["tran__freight_201806_a.xlsx"]
    v2 = release(second, "王敏", "更正用电量")
    assert v2.parts[-2:] == ("2018-06", "v2")
    assert june.execute("select succeeds from ops.edition where edition_id = :e", e=second) == first
    assert {p.name: p.read_bytes() for p in v1.iterdir()} == before


def test_older_knowledge_replaces_newer_only_where_a_person_says_so_and_why(
    june: BookedMonth, draft_again: Draft
) -> None:
    june.deliver("powr__consumption", JUNE, "b", AS_OF + timedelta(days=3))
    june.rebuild(AS_OF + timedelta(days=4))
    release(draft_again(), "王敏")
    build_id, gate_run_id = june.rebuild(AS_OF + timedelta(days=1))
    with pytest.raises(
        EditionRefused, match=r"edition 1 of 2018-06 is as of 2018-07-29.* and this draft, as of 2018-07-26"
    ):
        draft_again()
    for nobody in (GoingBack(" ", "更正有误"), GoingBack("王敏", "")):
        with pytest.raises(EditionRefused, match="name who goes back to them and why"):
            draft(Month.of(JUNE), build_id, gate_run_id, nobody)
    back = draft(Month.of(JUNE), build_id, gate_run_id, GoingBack("王敏", "更正文件有误"))
    told = json.loads(read(back, "data.json"))["corrections"]
    assert [d["file_name"] for d in told["restored"]] == ["powr__consumption_201806_a.xlsx"]
    assert told["redelivered"] == []
    page = read(back)
    assert (
        "本版数据截至2018年7月26日9时30分，所用资料早于第1版（截至2018年7月29日9时30分）。系王敏决定恢复采用此前的资料，理由：更正文件有误。"
        in page
    )
    assert "恢复采用" in page
    assert "重报" not in page.split('id="corrections"')[1].split("</section>")[0]


def test_a_draft_as_of_a_later_moment_without_the_newer_file_goes_back_too() -> None:
    old = {"delivery_id": 7, "feed": "powr__consumption", "first_month": "2018-06", "last_month": "2018-06"}
    newer = {**old, "delivery_id": 9}
    said = {"as_of": "2018-07-25T01:30:00+00:00", "deliveries": [newer]}
    assert goes_back(said, {"as_of": "2018-07-26T01:30:00+00:00", "deliveries": [old]})
    assert not goes_back({**said, "deliveries": [old]}, {**said, "deliveries": [newer]})


def test_a_correction_does_not_say_again_what_has_become_confidential(june: BookedMonth, draft_again: Draft) -> None:
    """domain.md 2.11: neither cell nor headline, nor a comparison that is no longer listed, nor a problem's sentence."""
    release(draft_again(), "王敏")
    june.execute(
        "update reports.rpt_region_indicators set confidential = true, growth_pct = null, value = null, rank = null, "
        "rank_ties = null where indicator = 'TX03' and region_key = '420822'"
    )
    whole = {
        "month": JUNE, "region_key": "420800", "region_name": "荆门市", "region_type": "city", "indicator": "TX03",
        "name_zh": "工业开票销售收入", "unit": "%", "confidential": True,
    }  # fmt: skip
    insert(june.engine, "reports.rpt_region_indicators", whole)
    june.execute("update reports.rpt_headline set growth_pct = null where indicator in ('TX03', 'PW02')")
    june.execute("delete from reports.rpt_matched where pair = 'M6' and region_key in ('420822', '420882')")
    june.execute(
        "update reports.rpt_county_problems set facts = facts || '{\"confidential\": true}' where problem_key in ('p2', 'p5')"
    )
    june.rebuild()
    told = json.loads(read(draft_again(), "data.json"))["corrections"]["changes"]
    old = {(c["section"], c["key"], c["column"]): c["old"] for c in told}
    assert old["regions", "TX03|420822", "growth_pct"] == "***"
    assert old["matched", "M6|420822", "gap_pp"] == "***"
    assert old["problems", "p2", "statement_zh"] == old["problems", "p5", "statement_zh"] == "***"
    assert old["headline", "TX03|YTD", "growth_pct"] == "***"
    assert old["headline", "PW02|YTD", "growth_pct"] == "−3.2"
    assert "." in old["matched", "M6|420882", "gap_pp"], "nothing of that region is hidden"


def test_a_first_edition_has_no_correction_page(june: BookedMonth, draft_again: Draft) -> None:
    assert "更正第" not in read(draft_again())


def test_a_successor_is_not_drafted_without_its_predecessor(june: BookedMonth, draft_again: Draft) -> None:
    v1: Path = release(draft_again(), "王敏")
    (v1 / "data.json").rename(v1 / "elsewhere.json")
    with pytest.raises(EditionRefused, match="is not where it was published"):
        draft_again()


def test_publishing_writes_the_problems_into_the_ledger_and_a_draft_alone_does_not(
    june: BookedMonth, draft_again: Draft
) -> None:
    edition = draft_again()
    assert ledger_items() == []
    release(edition, "王敏")
    items = {i.problem_key: i for i in ledger_items()}
    assert items.keys() == {"p1", "p2", "p3", "p4", "p5"}
    assert {(i.state, i.first_month, i.by_whom) for i in items.values()} == {("opened", Month.of(JUNE), "王敏")}
    assert items["p3"].entity_id == "91420800MA4878XX1A"
    assert items["p1"].problem["rule_version"] == 1
    assert ledger_events("p1")[0]["edition_id"] == edition


def test_the_moment_of_a_build_waits_for_what_is_being_released_or_answered(
    june: BookedMonth, draft_again: Draft
) -> None:
    """Stamped before that moment and committed after it, an edition or an answer would be in no build as of it."""
    edition = draft_again()
    stamping: list[tuple[Callable[[], object], str]] = [
        (lambda: release(edition, "王敏"), "max(decided_at) from ops.edition"),
        (lambda: step("p1", "acknowledge", "李某某"), "max(at) from ops.problem_event"),
    ]
    with ThreadPoolExecutor() as pool:
        for what, stamp in stamping:
            with june.engine.begin() as asking:
                locks.take(asking, clock.LOCK)
                done = pool.submit(what)
                assert wait([done], timeout=0.5).not_done
                asked = asking.execute(text("select clock_timestamp()")).scalar_one()
            done.result(timeout=10)
            with june.engine.connect() as c:
                assert c.execute(text(f"select {stamp}")).scalar_one() > asked


def test_the_list_says_where_each_problem_stands_and_what_earlier_months_left_open(
    june: BookedMonth, draft_again: Draft
) -> None:
    carried = {
        "month": JUNE, "region_key": "420802", "region_name": "东宝区", "rule": "matched", "rule_version": 1, "entity_id": None,
        "colour": "orange", "statement_zh": "…", "owner_department": "东宝区经信部门", "route": "county",
        "first_month": date(2018, 4, 1), "last_month": JUNE, "age_months": 2, "state_since": AS_OF, "by_whom": "王某某",
        "note": None, "reappears": False, "due_on": date(2018, 6, 15),
    }  # fmt: skip
    insert(
        june.engine,
        "reports.rpt_problem_ledger",
        dict(carried, problem_key="p1", subject_zh="工业用电量持续下降", state="acknowledged", quiet=False, overdue=True),
        dict(carried, problem_key="p2", subject_zh="产值与用电、开票背离", state="fixed", quiet=True, reappears=True, overdue=False),
        dict(carried, problem_key="old", subject_zh="货运与产值背离", state="fixed", quiet=True, overdue=False),
        dict(carried, problem_key="firm", subject_zh="荆门某纺织有限公司停产", state="opened", quiet=True, overdue=True,
             entity_id="91420800MA4878XX9Z"),
    )  # fmt: skip
    edition = draft_again()
    report, county = read(edition), read(edition, "problems-420802.html")
    assert "办理中（2018年4月起）·已逾期" in report
    assert "本期新增" in report
    assert "以前月份未销号1项" in report
    assert "整改后再次出现" in report
    assert report.count("已整改，待销号（2018年4月起）") == 1
    assert "荆门某纺织有限公司停产" not in report
    assert "荆门某纺织有限公司停产" not in read(edition, "data.json")
    assert "荆门某纺织有限公司停产" in county

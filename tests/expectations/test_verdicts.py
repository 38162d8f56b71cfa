"""How the delivery gate decides: nobody pays for another's fault, nothing is left out, waivers end."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
import yaml

from expectations import suite
from expectations.gate import gate_deliveries
from tests.expectations.conftest import (
    COUNTIES,
    Line,
    Number,
    Table,
    caught,
    declare,
    deliver,
    findings,
    invoices,
    months,
    power,
    promised,
    results,
    runs,
    states,
)
from vocabulary.month import Month
from warehouse.book import revisions, waivers
from warehouse.database import connect

Plant = Callable[[str, str], None]
TODAY = datetime.now(UTC).date()
YESTERDAY, TOMORROW = TODAY - timedelta(days=2), TODAY + timedelta(days=2)


@pytest.fixture
def plant_query(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Plant]:
    """Replaces a rule's query in a copy of the suite, which is used from then on."""

    def replace_query(rule: str, query: str) -> None:
        content = yaml.safe_load((suite.SUITES / "delivery.yml").read_text(encoding="utf-8"))
        next(r for r in content["expectations"] if r["rule"] == rule)["sql"] = query
        (tmp_path / "delivery.yml").write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
        monkeypatch.setattr(suite, "SUITES", tmp_path)
        suite.load_suite.cache_clear()

    yield replace_query
    suite.load_suite.cache_clear()


def shifted(month: str) -> Table:
    """A table in 千瓦时 instead of 万千瓦时."""
    return power(month).map(0, lambda v: v * 1e4).map(1, lambda v: v * 1e4)


def test_every_one_of_600_bad_cells_is_named(catalogue: sa.Engine) -> None:
    table = invoices("2018-06", 300).map(0, lambda v: -v).map(1, lambda v: -v)
    d = deliver(table)
    assert gate_deliveries([d]) == {d: False}
    assert caught(d)["negative_value"] == {table.cell(c, n) for c in (0, 1) for n in range(300)}
    (result,) = results(delivery_id=d, rule="negative_value")
    assert (result["unexpected_count"], result["state"], result["severity"]) == (600, "stopped", "critical")


def test_one_poisoned_delivery_is_rejected_and_the_others_of_the_run_are_accepted(catalogue: sa.Engine) -> None:
    good = [deliver(power("2018-06", feed=f"powr__good{n}")) for n in range(3)]
    bad = deliver(power("2018-06", feed="powr__bad").change(0, 2, -1.0))
    assert gate_deliveries([good[0], bad, *good[1:]]) == {**dict.fromkeys(good, True), bad: False}
    assert {p["delivery_id"] for d in (*good, bad) for p in findings(d)} == {bad}
    assert states([*good, bad]) == ["accepted", "accepted", "accepted", "rejected"]
    (run,) = runs()
    assert (run["subject"], run["passed"], run["month"]) == ("delivery", False, date(2018, 6, 1))
    assert run["finished_at"] is not None


def test_a_problem_says_what_was_found_what_was_expected_and_what_to_do(catalogue: sa.Engine) -> None:
    may, june = power("2018-05"), power("2018-06")
    lower = round((may.lines[4].values[1] or 0) - 5, 1)
    gate_deliveries([deliver(may), d := deliver(june.change(1, 4, lower))])
    (p,) = [p for p in findings(d) if p["rule"] == "ytd_decrease"]
    assert (p["stage"], p["sheet"], p["cell"], p["state"]) == ("gate", "表1", "D7", "stopped")
    assert p["found"] == f"{lower:,}万千瓦时"
    assert p["message"] == (
        f"屈家岭管理区工业用电量累计数为{lower:,}万千瓦时，小于2018年5月的累计数，年内累计不应减少。"
    )
    assert p["hint"].startswith("请核对")


def test_a_query_that_cannot_run_rejects_everyone_and_says_why(catalogue: sa.Engine, plant_query: Plant) -> None:
    plant_query("barely_additive", "select no_such_column from cell")
    ids = [deliver(power(m)) for m in ("2018-05", "2018-06")]
    assert gate_deliveries(ids) == dict.fromkeys(ids, False)
    found = results(rule="barely_additive")
    assert [r["delivery_id"] for r in found] == ids
    assert all("no_such_column" in r["exception"] and r["severity"] == "critical" for r in found)
    assert {p["state"] for d in ids for p in findings(d)} == {"stopped"}


def test_a_failure_whose_rows_are_gone_when_asked_for_is_no_pass(catalogue: sa.Engine, plant_query: Plant) -> None:
    """The query finds its delivery as often as it takes to fail, and nothing the last time, when rows are fetched."""
    with catalogue.begin() as c:
        c.exec_driver_sql("create sequence public.asked")
    words = "'' as place, '' as indicator_name, '' as figure, '' as found, '' as gap"
    query = f"select delivery_id, {words} from delivery where nextval('public.asked')"
    plant_query("barely_additive", query + " > 0")
    assert gate_deliveries([d := deliver(power("2018-05"))]) == {d: True}, "a warning passes"
    with catalogue.begin() as c:
        times = c.exec_driver_sql("select last_value from public.asked").scalar_one()
        c.exec_driver_sql("alter sequence public.asked restart")
    plant_query("barely_additive", f"{query} < {times}")
    assert gate_deliveries([d := deliver(power("2018-06"))]) == {d: False}
    (found,) = results(rule="barely_additive")[-1:]
    assert "gave none" in found["exception"]


def test_an_exception_in_a_query_counts_against_the_delivery_that_causes_it_alone(
    catalogue: sa.Engine, plant_query: Plant
) -> None:
    plant_query("negative_value", "select *, '' as found from cell where value < 0 or 1 / (value - 7)::int = 99")
    good = [deliver(power("2018-06", feed=f"powr__good{n}")) for n in range(4)]
    seven = deliver(power("2018-06", feed="powr__seven").without(0).change(0, 2, 7.0))
    negative = deliver(power("2018-06", feed="powr__negative").without(0).change(0, 2, -1.0))
    assert gate_deliveries([*good, seven, negative]) == {**dict.fromkeys(good, True), seven: False, negative: False}
    assert [(r["delivery_id"], "division by zero" in r["exception"]) for r in results() if r["exception"]] == [
        (seven, True)
    ]
    assert caught(negative)["negative_value"] == {"C5"}


def test_a_rejected_month_does_not_serve_as_history_for_the_months_after_it(catalogue: sa.Engine) -> None:
    bad = {"2017-12", "2018-01", "2018-03"}
    ids = {m: deliver(shifted(m) if m in bad else power(m)) for m in months("2016-12", "2018-06")}
    verdicts = gate_deliveries(reversed(ids.values()))
    assert {m for m, d in ids.items() if not verdicts[d]} == bad
    (shift,) = (r for r in suite.load_suite("delivery").expectations if r.rule == "unit_shift")
    assert {m: set(caught(ids[m], "stopped")) - set(shift.explains) for m in bad} == {m: {"unit_shift"} for m in bad}
    assert [p for m, d in ids.items() if m not in bad for p in findings(d)] == []


def test_history_may_come_out_of_order_and_in_several_runs(catalogue: sa.Engine) -> None:
    late = deliver(power("2018-04"))
    assert gate_deliveries([late]) == {late: True}
    rest = [deliver(power(m)) for m in ("2018-06", "2018-03", "2018-05")]
    assert gate_deliveries(rest) == dict.fromkeys(rest, True)
    low = deliver(power("2018-02").map(1, lambda v: v * 0.6))
    assert gate_deliveries([low]) == {low: True}, "nothing before it is known, so it cannot be judged to fall"
    again = deliver(power("2018-04").map(1, lambda v: v * 0.5))
    assert gate_deliveries([again]) == {again: False}
    assert set(caught(again, "stopped")) == {"ytd_decrease", "large_revision", "contradicted"}
    assert states([again]) == ["rejected"], "a fault sends back what a reason alone would not let pass"


def test_a_verdict_is_given_once(catalogue: sa.Engine) -> None:
    good, bad = deliver(power("2018-06")), deliver(power("2018-06", feed="powr__bad").change(0, 2, -1.0))
    with connect() as c:
        (copy,) = c.execute(
            """
            insert into ops.delivery (feed, file_name, sha256, size_bytes, status, duplicate_of)
            values ('powr__industry_power', 'f.csv', repeat('a', 64), 1, 'duplicate', %s) returning delivery_id
            """,
            [good],
        ).fetchone()  # type: ignore[misc]
    expected = {good: True, bad: False, copy: True}
    assert gate_deliveries([good, bad, copy]) == expected
    told = len(findings(bad))
    assert gate_deliveries([copy, bad, good]) == expected
    assert (len(findings(bad)), len(runs())) == (told, 1)


def test_a_delivery_that_is_not_loaded_cannot_be_judged(catalogue: sa.Engine) -> None:
    d = deliver(power("2018-06"))
    with connect() as c:
        c.execute("update ops.delivery set status = 'received' where delivery_id = %s", [d])
    with pytest.raises(ValueError, match=f"{d}, 999"):
        gate_deliveries([d, 999])


def test_a_corrected_file_is_accepted_after_a_rejected_one(catalogue: sa.Engine) -> None:
    past = [deliver(power(m)) for m in months("2017-05", "2018-05")]
    wrong, right = deliver(shifted("2018-06")), deliver(power("2018-06"))
    verdicts = gate_deliveries([*past, wrong])
    assert (verdicts[wrong], gate_deliveries([right])) == (False, {right: True})


def test_of_two_deliveries_of_a_month_the_later_one_speaks(catalogue: sa.Engine) -> None:
    june = power("2018-06")
    first, second = deliver(june), deliver(june.change(2, 3, (june.lines[3].values[2] or 0) + 0.3))
    assert gate_deliveries([second, first]) == {first: True, second: True}
    with connect() as c:
        order = c.execute("select delivery_id from ops.delivery order by accepted_at").fetchall()
    assert [d for (d,) in order] == [first, second]


def test_a_waiver_lets_a_critical_finding_pass_and_is_recorded(catalogue: sa.Engine) -> None:
    w = waivers.waive(
        "negative_value", "张建国", "冲减上年多计电量", TOMORROW, feed="powr__waived", month=Month(2018, 6)
    )
    waived = deliver(power("2018-06", feed="powr__waived").without(0).change(0, 2, -1.0))
    month = deliver(power("2018-05", feed="powr__waived").without(0).change(0, 2, -1.0))
    feed = deliver(power("2018-06", feed="powr__other").without(0).change(0, 2, -1.0))
    assert gate_deliveries([waived, month, feed]) == {waived: True, month: False, feed: False}
    (result,) = results(delivery_id=waived, rule="negative_value")
    assert (result["state"], result["waiver_id"], result["severity"]) == ("waived", w, "critical")
    (p,) = [p for p in findings(waived) if p["rule"] == "negative_value"]
    assert (p["severity"], p["state"]) == ("critical", "waived")
    assert "张建国" in p["hint"]
    assert "冲减上年多计电量" in p["hint"]


def test_a_waiver_ends_with_its_last_day(catalogue: sa.Engine) -> None:
    waivers.waive("negative_value", "张建国", "冲减", YESTERDAY)
    d = deliver(power("2018-06").change(0, 2, -1.0))
    assert gate_deliveries([d]) == {d: False}


def test_a_waiver_of_one_rule_does_not_cover_another(catalogue: sa.Engine) -> None:
    waivers.waive("negative_value", "张建国", "冲减", TOMORROW)
    d = deliver(power("2018-06").change(0, 0, -1.0))
    assert gate_deliveries([d]) == {d: False}
    assert set(caught(d, "stopped")) == {"contradicted", "not_additive"}


def test_a_county_that_became_a_city_is_not_missing(catalogue: sa.Engine) -> None:
    def renamed(month: str, name: str) -> Table:
        t = power(month)
        return replace(t, lines=tuple(replace(x, region=name if x.region == "京山市" else x.region) for x in t.lines))

    ids = [deliver(renamed("2018-01", "京山县")), deliver(renamed("2018-02", " 京 山 市 "))]
    assert gate_deliveries(ids) == dict.fromkeys(ids, True)


def test_a_row_of_dashes_is_not_missing_but_a_blank_row_is(catalogue: sa.Engine) -> None:
    past = deliver(power("2018-05").without(0))
    june = power("2018-06").without(0)
    lines = list(june.lines)
    lines[3] = Line(lines[3].region, (None, None, None), absent=dict.fromkeys(range(3), "not_applicable"))
    dashes = deliver(replace(june, lines=tuple(lines)))
    lines[3] = Line(lines[3].region, (None, None, None), absent=dict.fromkeys(range(3), "absent"))
    blank = deliver(replace(june, lines=tuple(lines)))
    assert gate_deliveries([past, dashes, blank]) == {past: True, dashes: True, blank: False}
    assert set(caught(blank)) == {"missing_row"}


def test_statistics_may_leave_the_month_blank_in_february_only(catalogue: sa.Engine) -> None:
    declare("stat__industrial_output", january=False)
    february, march = promised("stat__industrial_output", "2018-02"), promised("stat__industrial_output", "2018-03")
    (own, *_) = [n for n, number in enumerate(march.numbers) if number.period_type == "M"]
    ids = [deliver(february.change(own, 0, None)), deliver(march.change(own, 0, None))]
    assert gate_deliveries(ids) == {ids[0]: True, ids[1]: False}
    assert ["empty_column" in caught(d) for d in ids] == [False, True]


def test_another_unit_with_its_factor_is_no_shift_and_is_printed_as_delivered(catalogue: sa.Engine) -> None:
    def trade(month: str, unit: str, factor: float, value: float) -> Table:
        number = Number("CM01", period_type="YTD", unit=unit, factor=factor, decimals=2)
        return Table("comm__exports", month, (number,), (Line("沙洋县", (value,)),))

    ids = [
        deliver(trade("2018-04", "亿元", 1e4, 4.20)),
        deliver(trade("2018-05", "万元", 1.0, 52_000.0)),
        deliver(trade("2018-06", "亿元", 1e4, 5.10)),
    ]
    assert gate_deliveries(ids) == {ids[0]: True, ids[1]: True, ids[2]: False}
    (p,) = findings(ids[2])
    assert (p["rule"], p["found"], p["expected"]) == ("ytd_decrease", "5.10亿元", "不小于5.20亿元")


def test_numbers_are_told_as_an_edition_prints_them(catalogue: sa.Engine) -> None:
    may, june = (power(m).map(0, lambda v: v * 1e3).map(1, lambda v: v * 1e3) for m in ("2018-05", "2018-06"))
    month = june.lines[5].values[0] or 0.0
    told = deliver(june.change(0, 5, month + 64466.2))
    gate_deliveries([deliver(may), told])
    (p,) = [p for p in findings(told) if p["rule"] == "ytd_revision"]
    assert (p["found"], p["expected"]) == (f"{month + 64466.2:,.1f}万千瓦时", f"{month:,.1f}万千瓦时")
    assert "相差−64,466.2万千瓦时" in p["message"]


def test_what_may_be_negative_is_out_of_unit_when_a_whole_column_is_but_not_when_one_cell_is(
    catalogue: sa.Engine,
) -> None:
    def revenue(feed: str, month: str, lines: int, times: float) -> Table:
        number = Number("FI01", unit="万元")
        regions = list(COUNTIES)[:lines]
        return Table(feed, month, (number,), tuple(Line(r, (100.0 * times + n,)) for n, r in enumerate(regions)))

    past = [
        deliver(revenue(f, m, n, 1.0)) for f, n in (("fisc__many", 7), ("fisc__one", 1)) for m in ("2018-04", "2018-05")
    ]
    many, one = deliver(revenue("fisc__many", "2018-06", 7, 1e4)), deliver(revenue("fisc__one", "2018-06", 1, 1e4))
    verdicts = gate_deliveries([*past[::2], many, one])
    assert (verdicts[many], verdicts[one]) == (False, True)
    assert {r: len(c) for r, c in caught(many).items()} == {"unit_shift": 7}


def test_a_file_of_many_months_is_compared_within_itself(catalogue: sa.Engine) -> None:
    declare("powr__history", scope="history")
    numbers = (Number("PW02", period_type="YTD"),)

    def history(*ytd: float) -> Table:
        lines = (Line("荆门市", (v,), month=f"2018-{n:02}") for n, v in enumerate(ytd, 1))
        return Table("powr__history", f"2018-{len(ytd):02}", numbers, tuple(lines))

    good, bad = deliver(history(10.0, 21.0, 33.0)), deliver(history(10.0, 21.0, 20.0, 44.0))
    revised = deliver(history(5.0, 11.0, 18.0, 30.0))
    revisions.explain(revised, "panel", "统计范围调整", "统计局")
    assert gate_deliveries([good, bad, revised]) == {good: True, bad: False, revised: True}
    assert caught(bad, "stopped")["ytd_decrease"] == {"C5"}


def test_a_run_leaves_no_work_tables_behind(catalogue: sa.Engine) -> None:
    gate_deliveries([deliver(power("2018-06"))])
    with connect() as c:
        assert c.execute("select nspname from pg_namespace where nspname like 'gate%'").fetchall() == []

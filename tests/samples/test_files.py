"""The files as written: marked, repeatable, as their feeds declare, coherent within their printed digits."""

import csv
import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from ingest.feed import Column, Feed
from ingest.feeds import match_file
from samples.departments import FEEDS, region_label, report, reports
from samples.economy import CITY, PRINTED, UNITS, economy
from samples.simulate import MONTHS, SEED, table, write_month
from tests.samples.reading import File, number
from vocabulary.unit import canonical
from warehouse.settings import ROOT

Files = Callable[[str, str], File]
Written = tuple[dict[tuple[str, str], Path], float]
with (ROOT / "dbt_project" / "seeds" / "indicators.csv").open(encoding="utf-8", newline="") as seed:
    CATALOGUE = {row["indicator"]: row for row in csv.DictReader(seed)}


def before(month: str, months: int) -> str:
    at = int(month[:4]) * 12 + int(month[5:]) - 1 - months
    return f"{at // 12}-{at % 12 + 1:02d}"


def heading(feed: Feed, indicator: str, period: str, measure: str = "value") -> str:
    return one(feed, indicator, period, measure).heading


def one(feed: Feed, indicator: str, period: str, measure: str = "value") -> Column:
    found = [c for c in feed.columns if (c.indicator, c.period_type, c.measure) == (indicator, period, measure)]
    assert len(found) == 1
    return found[0]


def has(feed: Feed, indicator: str, period: str, measure: str = "value") -> bool:
    return any((c.indicator, c.period_type, c.measure) == (indicator, period, measure) for c in feed.columns)


def test_the_same_seed_gives_the_same_bytes(written: Written, tmp_path: Path) -> None:
    economy.cache_clear()
    for month in ("2018-02", "2018-06"):
        for feed, path in write_month(month, tmp_path / month).items():
            assert digest(path) == digest(written[0][feed, month]), feed


def test_another_seed_gives_another_city(written: Written, tmp_path: Path) -> None:
    other = write_month("2018-06", tmp_path, seed=7)
    same = [f for f, p in other.items() if digest(p) == digest(written[0][f, "2018-06"])]
    assert same == []


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_thirty_six_months_are_written_in_seconds(written: Written) -> None:
    paths, seconds = written
    assert (MONTHS[0], MONTHS[-1], len(MONTHS)) == ("2015-07", "2018-06", 36)
    assert set(paths) == {(f, m) for f in FEEDS for m in MONTHS if reports(f, m)}
    assert {f for f, _ in paths} == set(FEEDS)
    assert seconds < 60


def test_every_file_is_marked_as_simulated(written: Written, files: Files) -> None:
    unmarked = [
        key for key, path in written[0].items()
        if "模拟" not in path.name or "本表为模拟数据，仅供演示" not in files(*key).note
    ]  # fmt: skip
    assert unmarked == []


def test_statistics_say_nothing_of_january_and_february_speaks_for_both(
    written: Written, files: Files, city_feeds: dict[str, Feed]
) -> None:
    assert [k for k in written[0] if k[0].startswith("stat__") and k[1].endswith("-01")] == []
    with pytest.raises(ValueError, match="reports nothing of 2018-01"):
        report("stat__value_added", "2018-01", economy(SEED))
    for name in ("stat__industrial_output", "stat__value_added", "stat__value_added_by_industry"):
        file = files(name, "2018-02")
        assert "2018年1-2月" in file.above[0]
        for column in city_feeds[name].numbers:
            numbers = [number(c) for c in file.column(column.heading).values()]
            assert all(n is None for n in numbers) == (column.period_type == "M"), column.heading
    assert [n for n, f in city_feeds.items() if n.startswith("stat__") and f.numbers and f.reports_january] == []


def test_months_outside_the_simulated_ones_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="2018-07 is not simulated"):
        write_month("2018-07", tmp_path)


def test_declared_headings_are_the_headings_of_every_file(
    written: Written, files: Files, city_feeds: dict[str, Feed]
) -> None:
    for (name, month), path in written[0].items():
        declared = [c.heading for c in city_feeds[name].columns]
        assert files(name, month).headings == declared, (name, month)
        assert [f.feed for f in match_file(path.name, city_feeds.values())] == [name]


def test_numbers_are_printed_with_the_declared_digits(files: Files, city_feeds: dict[str, Feed]) -> None:
    for name, feed in city_feeds.items():
        for column in feed.numbers:
            values = [number(c) for c in files(name, "2018-06").column(column.heading).values()]
            printed = [v for v in values if v is not None]
            assert printed, (name, column.heading)
            assert all(abs(round(v, column.decimals or 0) - v) < 1e-9 for v in printed)


def test_cumulative_values_are_the_sum_of_the_months(
    written: Written, files: Files, city_feeds: dict[str, Feed]
) -> None:
    checked = 0
    for name, month in written[0]:
        feed = city_feeds[name]
        if feed.grain not in ("region", "industry") or (month[5:] == "02" and not feed.reports_january):
            continue
        for code in {c.indicator for c in feed.numbers if CATALOGUE[c.indicator or ""]["nature"] in ("flow", "count")}:
            if not (has(feed, code, "M") and has(feed, code, "YTD")):
                continue
            column = one(feed, code, "M")
            half = 0.5 * 10 ** -(column.decimals or 0)
            monthly, total = (
                files(name, month).column(column.heading),
                files(name, month).column(heading(feed, code, "YTD")),
            )
            first = month.endswith("-01") or month == MONTHS[0]
            earlier = {} if first else files(name, before(month, 1)).column(heading(feed, code, "YTD"))
            if month == MONTHS[0]:
                continue
            for label, cell in monthly.items():
                m, y = number(cell), number(total[label])
                last = (
                    0.0
                    if month.endswith("-01")
                    else number(earlier.get(label.replace("京山市", "京山县"), earlier.get(label)))
                )
                assert m is not None
                assert y is not None
                assert last is not None
                assert abs(last + m - y) <= 3 * half + 1e-6, (name, month, code, label)
                checked += 1
    assert checked > 4_000


def test_the_units_add_up_to_the_city(written: Written, files: Files, city_feeds: dict[str, Feed]) -> None:
    checked = 0
    for name, month in written[0]:
        if city_feeds[name].grain != "region":
            continue
        department = name.split("__")[0]
        parts = [region_label(department, u, month) for u in (*UNITS, "JM-SZ")]
        for column in city_feeds[name].numbers:
            if column.measure == "growth" or CATALOGUE[column.indicator or ""]["sums_over_regions"] != "true":
                continue
            cells = files(name, month).column(column.heading)
            city = number(cells[region_label(department, CITY, month)])
            numbers = [n for p in parts if p in cells and (n := number(cells[p])) is not None]
            if city is None or not numbers:
                continue
            half = 0.5 * 10 ** -(column.decimals or 0)
            assert abs(sum(numbers) - city) <= (len(numbers) + 1) * half + 1e-6, (name, month, column.heading)
            checked += 1
    assert checked > 1_000


def test_the_total_of_the_industries_is_the_citys_figure_of_the_other_table(
    written: Written, files: Files, city_feeds: dict[str, Feed]
) -> None:
    """Two feeds that contradict each other are a finding; the simulated departments make none by carelessness."""
    said: dict[tuple[str | None, str | None, str, str], list[tuple[str, float, float]]] = {}
    for name, month in written[0]:
        grain = city_feeds[name].grain
        total = {"industry": "总计", "region": region_label(name.split("__")[0], CITY, month)}.get(grain)
        for column in city_feeds[name].numbers if total else ():
            cells = files(name, month).column(column.heading)
            if total in cells and (n := number(cells[total])) is not None:
                digit = 10 ** -(column.decimals or 0) * canonical(column.unit or "")[1]
                told = (name, n * canonical(column.unit or "")[1], digit)
                said.setdefault((column.indicator, column.period_type, column.measure, month), []).append(told)
    shared = {k: v for k, v in said.items() if len(v) > 1}
    wrong = {k: v for k, v in shared.items() if abs(v[0][1] - v[1][1]) > max(v[0][2], v[1][2]) * 1.001}
    assert wrong == {}
    assert {"ST02", "ST09", "ST09A", "DR06"} <= {str(indicator) for indicator, *_ in shared}


def test_power_and_budget_keep_a_residual_that_no_county_has(files: Files, city_feeds: dict[str, Feed]) -> None:
    power = files("powr__electricity", "2018-06").column("工业用电量|当月")
    budget = files("fisc__budget_revenue", "2018-06").column("一般公共预算收入|本月")
    for cells, residual in ((power, "市直"), (budget, "市本级")):
        share = (number(cells[residual]) or 0) / (number(cells["全市"]) or 1)
        assert 0.03 < share < 0.3


def test_value_added_meets_the_figures_known_in_print(files: Files) -> None:
    assert PRINTED == {"2017-12": 7.6, "2018-05": 7.9, "2018-06": 8.1}
    for month, printed in PRINTED.items():
        assert files("stat__value_added", month).cell("全市", "增加值增速|累计") == printed
        assert files("stat__value_added_by_industry", month).cell("总计", "累计增速") == printed


def test_growth_agrees_with_value_and_base_within_their_digits(files: Files, city_feeds: dict[str, Feed]) -> None:
    checked = 0
    for name in (
        "tax__invoiced_sales",
        "tax__enterprise_invoices",
        "powr__enterprise_electricity",
        "fisc__budget_revenue",
    ):
        feed = city_feeds[name]
        for base in [c for c in feed.columns if c.measure == "base"]:
            assert base.indicator
            half = 0.5 * 10 ** -(base.decimals or 0)
            for month in MONTHS:
                file = files(name, month)
                at = [
                    file.headings.index(heading(feed, base.indicator, base.period_type, m))
                    for m in ("value", "base", "growth")
                ]
                for row in file.rows:
                    v, b = number(row[at[0]]), number(row[at[1]])
                    assert v is not None
                    assert b is not None
                    if b == 0:
                        assert row[at[2]] == "--"
                        continue
                    g = number(row[at[2]])
                    tolerance = 5 if str(row[at[2]]).endswith("倍") else 0.05
                    low, high = ((v - half) / (b + half) - 1) * 100, ((v + half) / (b - half) - 1) * 100
                    assert g is not None
                    assert low - tolerance - 1e-6 <= g <= high + tolerance + 1e-6, (name, month, row)
                    checked += 1
    assert checked > 5_000


def test_statistics_restate_last_years_base_now_and_then_and_others_do_not(files: Files) -> None:
    restated = set()
    for month in ("2016-09", "2017-09"):
        for label in ("全市", "东宝区", "钟祥市", "沙洋县", "漳河新区", "屈家岭管理区"):
            for name, value, growth, kind in (
                ("stat__industrial_output", "工业总产值|累计", "工业总产值|累计增长", "stat"),
                ("comm__foreign_trade", "出口额|累计", "出口额|累计同比", "other"),
            ):
                now, then = (number(files(name, m).cell(label, value)) for m in (month, before(month, 12)))
                g = number(files(name, month).cell(label, growth))
                assert now is not None
                assert then is not None
                assert g is not None
                gap = g - (now / then - 1) * 100
                if abs(gap) > 0.3:
                    restated.add(kind)
                    assert -0.1 < gap < 8
    assert restated == {"stat"}


def test_marks_of_missing_and_huge_growth_stand_where_they_are_true(files: Files) -> None:
    finance = files("stat__enterprise_finance", "2017-06")
    assert finance.cell("漳河新区", "利润总额|增长") == "--"
    assert (number(files("stat__enterprise_finance", "2016-06").cell("漳河新区", "利润总额|累计")) or 0) < 0
    assert str(finance.cell("屈家岭管理区", "利润总额|增长")).endswith("倍")
    traffic = files("tele__mobile_traffic", "2018-06")
    printed = traffic.cell("全市", "移动互联网流量|本月")
    last_year = files("tele__mobile_traffic", "2017-06").cell("全市", "移动互联网流量|本月")
    ratio = (number(printed) or 0) / (number(last_year) or 1)
    assert traffic.cell("全市", "移动互联网流量|比上年同月") == f"{ratio - 1:.1f}倍"


def test_numbers_of_the_budget_are_text_with_thousands_separators(files: Files) -> None:
    cell = files("fisc__budget_revenue", "2018-06").cell("全市", "一般公共预算收入|本年累计")
    assert isinstance(cell, str)
    assert "," in cell


def test_each_department_writes_jingshan_city_from_its_own_month(files: Files) -> None:
    assert "京山县" in files("powr__electricity", "2018-05").column("工业用电量|当月")
    assert "京山市" in files("powr__electricity", "2018-06").column("工业用电量|当月")
    assert "京山市" in files("stat__value_added", "2018-03").column("增加值增速|累计")


def test_energy_of_january_is_absent_and_not_zero(files: Files) -> None:
    assert files("ndrc__industrial_projects", "2018-01").cell("全市", "综合能源消费量|累计") == "—"


def test_a_table_knows_its_own_cells(files: Files) -> None:
    whole = table("powr__electricity", "2018-06")
    assert whole.cell("沙洋县", "工业用电量|当月同比(%)") == files("powr__electricity", "2018-06").cell(
        "沙洋县", "工业用电量|当月同比"
    )
    with pytest.raises(KeyError, match="is not among"):
        whole.cell("沙洋县", "售电量")


def test_the_panels_list_tells_who_came_and_went_as_the_count_does(written: Written, files: Files) -> None:
    """Firms listed less those that left are the firms counted (domain.md 2.3)."""
    seen: set[object] = set()
    for _, month in (k for k in written[0] if k[0] == "stat__panel"):
        file = files("stat__panel", month)
        states = [r[file.headings.index("调查状态")] for r in file.rows]
        seen |= set(states)
        left = sum(s in ("规上退规下", "关停注销", "兼并") for s in states)
        assert len(states) - left == number(files("stat__panel_summary", month).cell("全市", "企业单位数|月末")), month
    assert seen == {
        "在库", "投产新建", "规下转规上", "规上退规下", "关停注销", "兼并", "迁移地区", "行业调整",
    }  # fmt: skip


def test_a_project_is_listed_for_every_start_that_is_counted(files: Files) -> None:
    """DR01 of the year so far, from the table and from the list's dates."""
    file = files("ndrc__projects", "2018-06")
    started = [str(r[file.headings.index("开工日期")] or "") for r in file.rows]
    counted = files("ndrc__industrial_projects", "2018-06").cell("全市", "亿元以上工业项目新开工数|累计")
    assert sum(s.startswith("2018") for s in started) == number(counted)

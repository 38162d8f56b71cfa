"""Each planted story stands in the files as written, and the counties without a story tell none."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from ingest.feed import Feed
from ingest.feeds import get_feed
from ingest.parsing.contents import read_file
from samples import stories
from samples.departments import region_label
from samples.economy import CITY, UNITS
from samples.firms import firms, small_firms
from samples.simulate import MONTHS, SEED, table
from samples.stories import CountyStory, FirmStory, LeadStory
from tests.samples.reading import File, number
from tests.samples.test_files import before

Files = Callable[[str, str], File]
WHERE = {
    "ST01": ("stat__value_added", "增加值增速|本月"),
    "ST02": ("stat__industrial_output", "工业总产值|本月增长"),
    "PW02": ("powr__electricity", "工业用电量|当月同比"),
    "TX03": ("tax__invoiced_sales", "工业开票销售收入(不含税)|本月增幅"),
    "TX01": ("tax__invoiced_sales", "工业增值税入库|本月增幅"),
    "TX04": ("tax__invoiced_sales", "工业购进发票金额|本月增幅"),
    "EN02": ("ener__natural_gas", "工业用气量增速"),
    "TR01": ("tran__freight", "公路货运量同比"),
    "BK02": ("bank__loans", "制造业贷款|同比增长"),
}


def growth(files: Files, indicator: str, region_key: str, month: str) -> float:
    feed, heading = WHERE[indicator]
    printed = number(files(feed, month).cell(region_label(feed.split("__")[0], region_key, month), heading))
    assert printed is not None
    return printed


@pytest.mark.parametrize("story", stories.COUNTY_STORIES, ids=lambda s: s.name)
def test_a_county_story_is_in_the_files(story: CountyStory, files: Files) -> None:
    for month in story.months:
        for indicator, (low, high) in story.bounds.items():
            found = growth(files, indicator, story.region_key, month)
            assert low <= found <= high, (month, indicator, found)


def test_a_flash_says_so_in_its_file_and_the_month_before_does_not(tmp_path: Path) -> None:
    for feed in stories.FLASH.feeds:
        said = []
        for month in ("2018-05", stories.FLASH.month):
            path = table(feed, month).write(tmp_path)
            said.append(read_file(get_feed(feed), path.read_bytes(), path.name).maturity)
        assert said == ["prelim", "flash"]


def test_one_county_names_its_whole_panel_with_more_than_two_firms_of_each_part(files: Files) -> None:
    story = stories.WHOLE_PANEL
    label = region_label("stat", story.region_key, "2018-06")

    def named(feed: str, month: str, heading: str) -> dict[str, object]:
        file = files(feed, month)
        code, region, at = (file.headings.index(h) for h in ("统一社会信用代码", "地区", heading))
        return {str(r[code]): r[at] for r in file.rows if r[region] == label}

    output = {}
    for month in ("2017-06", "2018-06"):
        output[month] = named("stat__enterprise_output", month, "工业总产值|本月")
        listed = sum(number(v) or 0 for v in output[month].values())
        total = number(files("stat__industrial_output", month).cell(label, "工业总产值|本月")) or 0
        assert 0.85 * total < listed < 1.05 * total, month
        states = named("stat__panel", month, "调查状态")
        assert set(output[month]) == {c for c, s in states.items() if s != "规上退规下"}
    came, went = (set(output[a]) - set(output[b]) for a, b in (("2018-06", "2017-06"), ("2017-06", "2018-06")))
    reasons = ("投产新建", "规下转规上", "规上退规下", "关停注销", "兼并")
    lists = [named("stat__panel", m, "调查状态") for m in MONTHS if m > "2017-06" and not m.endswith("-01")]
    how = {c: s for states in lists for c, s in states.items() if s in reasons}
    parts = [how[c] for c in (*came, *went)]
    assert {p: parts.count(p) >= 3 for p in parts} == {"投产新建": True, "规下转规上": True, "规上退规下": True}


def test_output_without_power_shows_in_the_cumulative_figures_too(files: Files) -> None:
    output = files("stat__industrial_output", "2018-06").cell("沙洋县", "工业总产值|累计增长")
    power = files("powr__electricity", "2018-06").cell("沙洋县", "工业用电量|累计同比")
    invoices = files("tax__invoiced_sales", "2018-06").cell("沙洋县", "工业开票销售收入(不含税)|累计增幅")
    assert (number(output) or 0) > 10
    assert (number(power) or 0) < -10
    assert (number(invoices) or 0) < -10


def test_counties_without_a_story_agree_across_departments(files: Files) -> None:
    planted = {s.region_key for s in stories.COUNTY_STORIES}
    months = [m for m in MONTHS if m[5:] not in ("01", "02")]
    for a, b, limit in (("ST02", "PW02", 10), ("ST02", "TX03", 10), ("PW02", "TX03", 15)):
        for unit in set(UNITS) - planted:
            gaps = [growth(files, a, unit, m) - growth(files, b, unit, m) for m in months]
            assert max(map(abs, gaps)) < limit, (a, b, unit)


def test_energy_is_power_gas_and_coal_in_standard_coal(files: Files) -> None:
    parts = (
        ("powr__electricity", "工业用电量|当月", "工业用电量|当月同比", 1e4 * 1.229),
        ("ener__natural_gas", "工业用气量", "工业用气量增速", 12.143),
        ("ener__coal_and_oil", "原煤消费量|本月", "原煤消费量|同比", 0.7143),
    )
    for month in (m for m in MONTHS if m[5:] not in ("01", "02")):

        def printed(feed: str, unit: str, heading: str, month: str = month) -> float:
            found = number(files(feed, month).cell(region_label(feed.split("__")[0], unit, month), heading))
            assert found is not None
            return found

        for unit in (CITY, *UNITS):
            energy = printed("ndrc__energy_and_capacity", unit, "综合能源消费量")
            grown = printed("ndrc__energy_and_capacity", unit, "综合能源消费量增长")
            now = [factor * printed(feed, unit, value) for feed, value, _, factor in parts]
            growths = [printed(feed, unit, growth) for feed, _, growth, _ in parts]
            before = sum(v / (1 + g / 100) for v, g in zip(now, growths, strict=True))
            assert 0.97 < energy / sum(now) < 1.03, (unit, month)
            assert abs(grown - 100 * (sum(now) / before - 1)) < 5, (unit, month)


def firm_cells(files: Files, feed: str, key: str, firm: str, heading: str, month: str) -> float:
    """Sum of a firm's lines in an enterprise file, found by its credit code."""
    code = next(f.credit_code for f in firms(SEED) if f.name == firm)
    file = files(feed, month)
    at, by = file.headings.index(heading), file.headings.index(key)
    lines = [number(r[at]) for r in file.rows if r[by] == code]
    assert lines
    assert None not in lines
    return sum(x for x in lines if x is not None)


@pytest.mark.parametrize("story", stories.FIRM_STORIES, ids=lambda s: s.name)
def test_a_firm_story_is_in_the_files(story: FirmStory, files: Files) -> None:
    def power(month: str) -> float:
        return firm_cells(files, "powr__enterprise_electricity", "统一社会信用代码", story.firm, "本月用电量", month)

    def invoices(month: str) -> float:
        return firm_cells(files, "tax__enterprise_invoices", "统一社会信用代码", story.firm, "开票销售收入", month)

    baseline = np.mean([power(before(story.months[0], k)) for k in range(1, 13)])
    for month in story.months:
        assert power(month) <= story.power_share * baseline
        assert (invoices(month) == 0) != story.invoices
    running = [m for m in MONTHS if m not in story.months]
    assert all(power(m) > 0.3 * baseline and invoices(m) > 0 for m in running)


def test_no_other_firm_stops(files: Files) -> None:
    file = files("powr__enterprise_electricity", "2018-06")
    at = file.headings.index("同比")
    stopped = {r[1] for r in file.rows if (number(r[at]) or 0) < -60}
    assert stopped == {s.firm for s in stories.FIRM_STORIES}


@pytest.mark.parametrize("story", stories.LEAD_STORIES, ids=lambda s: f"{s.leader}-{s.follower}")
@pytest.mark.parametrize("region_key", ["420800", "420881"])
def test_a_leader_correlates_best_at_its_true_lag(story: LeadStory, region_key: str, files: Files) -> None:
    def series(code: str) -> dict[str, float]:
        silent = ("01", "02") if code.startswith("ST") else ()
        return {m: growth(files, code, region_key, m) for m in MONTHS if m[5:] not in silent}

    leader, follower = series(story.leader), series(story.follower)
    by_lag = {}
    for lag in range(-6, 7):
        pairs = [(leader[k], follower[m]) for m in follower if (k := before(m, lag)) in leader]
        by_lag[lag] = float(np.corrcoef(np.array(pairs).T)[0, 1])
    assert max(by_lag, key=lambda k: by_lag[k]) == story.lag_months, by_lag
    assert by_lag[story.lag_months] > 0.6


def test_a_firms_books_never_exceed_its_countys(files: Files, city_feeds: dict[str, Feed]) -> None:
    for month in MONTHS:
        file = files("tax__enterprise_invoices", month)
        region, value = file.headings.index("所属地区"), file.headings.index("开票销售收入")
        county = files("tax__invoiced_sales", month).column("工业开票销售收入(不含税)|本月")
        for unit in UNITS:
            label = region_label("tax", unit, month)
            share = sum(number(r[value]) or 0 for r in file.rows if r[region] == label) / (number(county[label]) or 1)
            assert 0.3 < share < 0.9, (month, label)


def test_invented_firms_are_not_in_the_register(shared_data: Path) -> None:
    register = (shared_data / "enterprises" / "jingmen_enterprises_1978_2019.csv").read_text(encoding="utf-8-sig")
    assert "有限公司" in register
    invented = [(f.name, f.credit_code) for f in (*firms(SEED), *small_firms(SEED))]
    assert [n for n, code in invented if n in register or code in register] == []

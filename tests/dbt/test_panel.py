"""Panel growth of generated firms that come, go, move and keep silent, against what is reckoned firm by firm."""

from datetime import UTC, date, datetime

import numpy as np
import pytest
import sqlalchemy as sa

from tests.dbt.paneled import Listed, panel_growth, year_before
from tests.dbt.paper import Column, Feed, Row, declare, deliver, list_things
from tests.dbt.reckoned import differences
from warehouse import build

KNOWN = datetime(2018, 7, 15, tzinfo=UTC)
MONTHS = [date(y, m, 1) for y in (2016, 2017, 2018) for m in range(2, 13) if (y, m) <= (2018, 6)]
REGIONS = {"420881": "钟祥市", "420882": "京山市", "420822": "沙洋县"}
INDUSTRIES = ("26", "30")
LIST = Feed("stat__panel_list", grain="register", reports_january=False)
OUTPUT = Feed(
    "stat__firm_output", grain="enterprise", reports_january=False, columns=(Column("ST02", period_type="YTD"),)
)
TOTAL = Feed("stat__total", reports_january=False, columns=(Column("ST02", period_type="YTD"),))


def _lists(rng: np.random.Generator) -> dict[date, dict[str, Listed]]:
    """Firms enter, leave, move and return; one month's list never comes."""
    found: dict[date, dict[str, Listed]] = {}
    before: dict[str, Listed] = {}
    for month in MONTHS:
        lines: dict[str, Listed] = {}
        for n in range(60):
            firm = f"914208{n:012d}"
            was = before.get(firm)
            inside = was is not None and was.status not in ("dropped", "closed", "merged")
            luck = rng.random()
            if inside and was and luck < 0.04:
                lines[firm] = Listed(was.region, was.industry, str(rng.choice(["dropped", "closed", "merged"])))
            elif inside and was and luck < 0.06:
                continue  # gone, and no list says why
            elif inside and was and luck < 0.10:
                lines[firm] = Listed(str(rng.choice(list(REGIONS))), was.industry, "moved_region")
            elif inside and was:
                lines[firm] = Listed(was.region, was.industry, "in")
            elif (month == MONTHS[0] and luck < 0.7) or luck < 0.15:
                status = "in" if month == MONTHS[0] else str(rng.choice(["new_built", "graduated", "in"]))
                lines[firm] = Listed(str(rng.choice(list(REGIONS))), str(rng.choice(INDUSTRIES)), status)
        before = lines
        found[month] = lines
    del found[date(2017, 9, 1)]
    return found


@pytest.mark.parametrize("seed", [7])
def test_the_growth_of_a_panel_is_what_its_firms_give_one_by_one(warehouse: sa.Engine, seed: int) -> None:
    rng = np.random.default_rng(seed)
    lists = _lists(rng)
    firms = sorted({f for lines in lists.values() for f in lines})
    figures = {
        (f, m): round(float(rng.lognormal(5, 1)), 1)
        for f in firms for m in MONTHS if rng.random() > 0.1
    }  # fmt: skip
    totals = {m: round(sum(v for (_, at), v in figures.items() if at == m) * 0.8, 1) for m in MONTHS}
    build.load_seeds()
    with warehouse.begin() as c:
        for feed in (LIST, OUTPUT, TOTAL):
            declare(c, feed)
        for month in MONTHS:
            if month in lists:
                list_things(
                    c, LIST, "panel", month, [(f"S{f}", f, REGIONS[x.region], {"status": x.status}) for f, x in lists[month].items()], KNOWN,
                    industries={f"S{f}": x.industry for f, x in lists[month].items()},
                )  # fmt: skip
            rows = [Row(month, (v,), "荆门市", "26", f, f, f) for (f, m), v in figures.items() if m == month]
            deliver(c, OUTPUT, rows, KNOWN)
            published = [
                Row(month, (totals[month],), name, industry)
                for name in ("荆门市", *REGIONS.values()) for industry in (None, *INDUSTRIES)
            ]  # fmt: skip
            deliver(c, TOTAL, published, KNOWN)
    build.build_marts(MONTHS[-1], KNOWN)
    with warehouse.connect() as c:
        told = {
            (r["region_key"], r["industry_code"], r["month"]): r
            for r in c.execute(
                sa.text("select * from marts.fct_panel_growth where indicator = 'ST02' and period_type = 'YTD'")
            ).mappings()
        }
    wanted = {
        (region, industry, month): expected
        for month in lists
        if year_before(month) in lists
        for region in ("420800", *REGIONS)
        for industry in ("_T", *INDUSTRIES)
        if (
            expected := panel_growth(
                lists, figures, month, None if region == "420800" else region, None if industry == "_T" else industry
            )
        )
    }
    assert {m for _, _, m in wanted} == {m for m in MONTHS if m.year > 2016} - {date(2017, 9, 1)}
    assert told.keys() == wanted.keys()
    assert {k: d for k, w in wanted.items() if (d := differences(told[k], w, *w))} == {}
    for row in told.values():
        parts = [row["matched_pp"], row["entrants_pp"], row["leavers_pp"]]
        assert row["firms_growth_pct"] == pytest.approx(sum(parts), abs=1e-9)
    for column in ("silent_n", "entered_moved_pp", "left_moved_pp", "entered_unknown_pp", "left_unknown_pp",
                   "entered_new_built_pp", "entered_graduated_pp", "left_closed_pp", "left_merged_pp"):  # fmt: skip
        assert any(row[column] for row in told.values()), column
    city = told["420800", "_T", date(2018, 6, 1)]
    assert city["covered_pct"] == pytest.approx(100 * city["firms_value"] / totals[date(2018, 6, 1)], abs=1e-9)


def test_an_analyst_sees_no_panel_growth_that_rests_on_one_firm(warehouse: sa.Engine) -> None:
    months = (date(2017, 6, 1), date(2018, 6, 1))
    firms = {f"914208{n:012d}": region for n, region in enumerate(["420881"] * 5 + ["420882"] * 5)}
    newcomer = "914208000000000099"
    build.load_seeds()
    with warehouse.begin() as c:
        for feed in (LIST, OUTPUT, TOTAL):
            declare(c, feed)
        for month in months:
            listed = firms | ({newcomer: "420882"} if month.year == 2018 else {})
            list_things(
                c, LIST, "panel", month, [(f, f, REGIONS[r], {"status": "in"}) for f, r in listed.items()], KNOWN,
                industries=dict.fromkeys(listed, "26"),
            )  # fmt: skip
            deliver(c, OUTPUT, [Row(month, (100.0,), REGIONS[r], "26", f, f, f) for f, r in listed.items()], KNOWN)
            deliver(c, TOTAL, [Row(month, (500.0,), name) for name in ("荆门市", "钟祥市", "京山市")], KNOWN)
    build.build_marts(months[1], KNOWN)
    asked = sa.text("select distinct region_key from marts.fct_panel_growth")
    with warehouse.connect() as c:
        assert set(c.scalars(asked)) == {"420800", "420881", "420882"}
        c.execute(sa.text("set local role gongyun_analyst"))
        assert set(c.scalars(asked)) == {"420881"}
        c.execute(sa.text("reset role"))
        c.execute(sa.text("insert into marts.fct_confidential_cells values ('ST02', '420881', '_T', 2018)"))
        c.execute(sa.text("set local role gongyun_analyst"))
        assert set(c.scalars(asked)) == set()

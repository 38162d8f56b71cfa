"""Panel growth of generated firms that come, go, move and keep silent, against what is reckoned firm by firm."""

import json
from collections import Counter
from datetime import UTC, date, datetime
from itertools import product
from typing import Any

import numpy as np
import pytest
import sqlalchemy as sa

from tests.dbt import paneled
from tests.dbt.paneled import PARTS, Figures, Listed, Lists, panel_growth, year_before
from tests.dbt.paper import Column, Feed, Row, declare, deliver, list_things
from tests.dbt.reckoned import differences
from vocabulary.month import Month
from warehouse import build

KNOWN = datetime(2018, 7, 15, tzinfo=UTC)
MONTHS = [date(y, m, 1) for y in (2016, 2017, 2018) for m in range(2, 13) if (y, m) <= (2018, 6)]
REGIONS = {"420881": "钟祥市", "420882": "京山市", "420822": "沙洋县"}
INDUSTRIES = ("26", "30")
LIST = Feed("stat__panel_list", grain="register", reports_january=False)
OUTPUT = Feed(
    "stat__firm_output", grain="enterprise", reports_january=False, columns=(Column("ST02", period_type="YTD"),)
)
ROUNDED = {"firms_growth_pct", "matched_growth_pct", "covered_pct", "covered_year_ago_pct", *(f"{p}_pp" for p in PARTS)}
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
    build.build_marts(Month.of(MONTHS[-1]), KNOWN)
    with warehouse.connect() as c:
        told = {
            (r["region_key"], r["industry_code"], r["month"]): r
            for r in c.execute(
                sa.text("select * from intermediate.int_panel_growth where indicator = 'ST02' and period_type = 'YTD'")
            ).mappings()
        }
        shown = {
            (r["region_key"], r["industry_code"], r["month"]): r
            for r in c.execute(
                sa.text("select * from marts.fct_panel_growth where indicator = 'ST02' and period_type = 'YTD'")
            ).mappings()
        }
    wanted = {
        (region, industry, month): expected
        | {
            "covered_pct": 100 * expected.pop("firms_value") / totals[month],
            "covered_year_ago_pct": 100 * expected.pop("firms_value_year_ago") / totals[year_before(month)],
        }
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
    assert shown.keys() == told.keys()
    for key, row in told.items():
        for column, value in shown[key].items():
            if column in ROUNDED and value is not None:
                assert value == round(value, 1), column
                assert abs(value - row[column]) <= 0.05 + 1e-9, column
            else:
                assert value == row[column], column
        parts = [row["matched_pp"], row["entrants_pp"], row["leavers_pp"]]
        assert row["firms_growth_pct"] == pytest.approx(sum(parts), abs=1e-9)
    for column in ("silent_n", "entered_moved_pp", "left_moved_pp", "entered_unknown_pp", "left_unknown_pp",
                   "entered_new_built_pp", "entered_graduated_pp", "left_closed_pp", "left_merged_pp"):  # fmt: skip
        assert any(row[column] for row in told.values()), column


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
    build.build_marts(Month.of(months[1]), KNOWN)
    asked = sa.text("select distinct region_key from marts.fct_panel_growth")
    with warehouse.connect() as c:
        assert set(c.scalars(asked)) == {"420800", "420881", "420882"}
        c.execute(sa.text("set local role gongyun_analyst"))
        assert set(c.scalars(asked)) == {"420881"}
        c.execute(sa.text("reset role"))
        c.execute(sa.text("insert into marts.fct_confidential_cells values ('ST02', '420881', '_T', 2018)"))
        c.execute(sa.text("set local role gongyun_analyst"))
        assert set(c.scalars(asked)) == set()


COUNTIES = ("420802", "420881", "420822", "420882", "JM-GXDD", "JM-ZH", "JM-QJL")
DIVISIONS = ("13", "26", "30", "36")
PLACES = (*product(("420800", *COUNTIES, "JM-DCH"), ("_T", "C", *DIVISIONS)),)
ASKED = ("ST02", "ST05")
OF = [date(year, month, 1) for year in range(1951, 1969, 2) for month in range(1, 13)]
Place = tuple[str, str]


def _panel(rng: np.random.Generator, month: date) -> tuple[Lists, dict[str, Figures]]:
    """Firms of two lists a year apart; most stay, and of those that come, go, move or keep silent there are few."""
    counties = rng.choice(COUNTIES, rng.integers(2, len(COUNTIES) + 1), replace=False).tolist()
    places = [*counties, *(["420800"] if rng.random() < 0.2 else []), *(["JM-DCH"] if rng.random() < 0.2 else [])]
    divisions = rng.choice(DIVISIONS, rng.integers(1, len(DIVISIONS) + 1), replace=False).tolist()
    crowd, moving, silent = rng.uniform(4, 40), rng.choice([0, 0.3]), rng.choice([0, 0.1])
    came, went = rng.choice([0, 0.3], 2)
    if rng.random() < 0.6:
        came = went = moving = 0.0
    reasons = [rng.choice([*kinds, "in"], rng.integers(1, 3)).tolist() for kinds in (paneled.CAME, paneled.WENT)]
    lists: dict[date, dict[str, Listed]] = {month: {}, year_before(month): {}}
    for place in places:
        for n in range(rng.poisson(crowd if place in counties and rng.random() < 0.8 else 2)):
            firm, division, luck = f"{month:%Y%m}-{place}-{n}", str(rng.choice(divisions)), rng.random(4)
            if luck[0] >= came:
                lists[year_before(month)][firm] = Listed(place, division, "in")
            if luck[0] < came:
                lists[month][firm] = Listed(place, division, str(rng.choice(reasons[0])))
            elif luck[1] < went:
                lists[month][firm] = Listed(place, division, str(rng.choice(reasons[1])))
                if lists[month][firm].status == "in":
                    del lists[month][firm]
            else:
                to = str(rng.choice(counties)) if luck[2] < moving else place
                lists[month][firm] = Listed(to, str(rng.choice(divisions)) if luck[3] < moving else division, "in")
    figures = {
        asked: {
            (firm, m): 0.0 if rng.random() < 0.05 else round(float(rng.lognormal(5, 1)), 1)
            for m, lines in lists.items()
            for firm in lines
            if rng.random() >= silent
        }
        for asked in ASKED
    }
    return lists, figures


def _within(lists: Lists, place: Place) -> Lists:
    """The lists with the regions and industries that a row is of."""
    region, industry = place
    inside = {"420800": None, "420881": ("420881", "JM-DCH")}.get(region, (region,))
    of = {"_T": None, "C": DIVISIONS}.get(industry, (industry,))
    return {
        m: {
            firm: Listed(
                region if inside is None or x.region in inside else "",
                industry if of is None or x.industry in of else "",
                x.status,
            )
            for firm, x in lines.items()
        }
        for m, lines in lists.items()
    }


def _equations(lists: Lists, figures: Figures, month: date, rows: set[Place]) -> dict[str, list[set[str]]]:
    """Of this year and of the year before, whose figures the parts of the rows are the sums of; nothing adds no figure."""
    found: dict[str, list[set[str]]] = {"now": [], "before": []}
    for region, industry in rows:
        for part, firms in paneled.givers(_within(lists, (region, industry)), figures, month, region, industry).items():
            for side, m, others in (("now", month, paneled.LEFT), ("before", year_before(month), paneled.ENTERED)):
                if part in PARTS and part not in others:
                    found[side].append({f for f in firms if figures[f, m] != 0})
    return {side: [firms for firms in sums if firms] for side, sums in found.items()}


def _given_away(sums: list[set[str]]) -> bool:
    """Whether what is shown gives back a sum over one or two firms with any weights.

    Firms that lie in the same sums cannot be told apart; without those that a sum over them could be told of, what is
    left has a lower rank than the whole.
    """
    alike = Counter(tuple(firm in firms for firms in sums) for firm in set().union(*sums)) if sums else Counter()
    table = np.array(list(alike), dtype=float).T
    sizes = np.array(list(alike.values()))
    whole = np.linalg.matrix_rank(table) if sums else 0
    few = [{n} for n in np.flatnonzero(sizes <= 2)] + [
        {a, b} for a, b in product(np.flatnonzero(sizes == 1), repeat=2) if a < b
    ]
    return any(np.linalg.matrix_rank(np.delete(table, list(out), axis=1)) < whole for out in few)


def test_the_shown_growth_of_random_panels_gives_no_figure_of_few_firms_back(warehouse: sa.Engine) -> None:
    """All levels taken as known, which the mart does not even tell, and any weights of the rows that are shown."""
    rng = np.random.default_rng(7)
    build.load_seeds()
    asked = {"GONGYUN_BUILD_MONTH": "2018-06"}
    made = build.dbt("run", asked, "--full-refresh", "--select", "+int_panel_growth")
    assert made.returncode == 0, made.stdout
    panels = {month: _panel(rng, month) for month in OF}
    published = {
        month: {place for place in PLACES if place[0] in ("420800", *rng.choice(COUNTIES, 6, False), "JM-DCH")}
        for month in OF
    }
    listed: list[dict[str, Any]] = []
    given: list[dict[str, Any]] = []
    for month, (lists, figures) in panels.items():
        listed += [
            {"month": m, "firm": f, "region": x.region, "industry": x.industry, "a": json.dumps({"status": x.status})}
            for m, lines in lists.items() for f, x in lines.items()
        ]  # fmt: skip
        for indicator in ASKED:
            of = {"indicator": indicator, "region": "420800", "industry": "_T"}
            given += [{**of, "firm": f, "month": m, "value": v} for (f, m), v in figures[indicator].items()]
            given += [
                {**of, "region": r, "industry": i, "firm": "_T", "month": month, "value": 1.0}
                for r, i in sorted(published[month])
            ]
    with warehouse.begin() as c:
        c.execute(
            sa.text("""
                insert into staging.stg_register (kind, feed, row, month, entity_id, region_key, industry_code, attributes)
                values ('panel', 'p', 1, :month, :firm, :region, :industry, cast(:a as jsonb))
            """),
            listed,
        )
        c.execute(
            sa.text("""
                insert into intermediate.int_series_growth
                    (indicator, region_key, industry_code, entity_id, period_type, month, value)
                values (:indicator, :region, :industry, :firm, 'YTD', :month, :value)
            """),
            given,
        )
        c.execute(sa.text("analyze staging.stg_register, intermediate.int_series_growth"))
    made = build.dbt("run", asked, "--full-refresh", "--select", "int_panel_*")
    assert made.returncode == 0, made.stdout
    with warehouse.connect() as c:
        told = c.execute(sa.text("select * from intermediate.int_panel_growth")).all()
    rows: dict[tuple[str, date], dict[Place, bool]] = {}
    for r in told:
        rows.setdefault((r.indicator, r.month), {})[r.region_key, r.industry_code] = not r.confidential
    given_away, alone, hidden_with = [], [], 0
    for (indicator, month), seen in rows.items():
        lists, figures = panels[month][0], panels[month][1][indicator]
        shown = {row for row, is_shown in seen.items() if is_shown}
        if any(map(_given_away, _equations(lists, figures, month, shown).values())):
            given_away.append((indicator, month))
        for row in seen:
            rests_on = _equations(lists, figures, month, {row})
            is_safe = all(len(firms) > 2 for sums in rests_on.values() for firms in sums)
            if row in shown and not is_safe:
                alone.append((indicator, month, row))
            hidden_with += row[0] in COUNTIES and row[1] == "_T" and row not in shown and is_safe
    assert len(rows) > 200
    assert alone == []
    assert given_away == []
    # of the members whose own figures rest on enough firms few go with others; half of all stay, and most totals
    members = [is_shown for seen in rows.values() for (r, i), is_shown in seen.items() if r in COUNTIES and i == "_T"]
    assert 20 < hidden_with < len(members) / 10
    assert sum(members) > len(members) / 2
    assert sum(seen["420800", "_T"] for seen in rows.values()) > 0.9 * len(rows)

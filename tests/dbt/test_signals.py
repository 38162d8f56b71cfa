"""Signals, places, targets and revisions against numpy and scipy on the same growth, not against the SQL that made them."""

from collections import defaultdict
from datetime import date
from typing import Any

import numpy as np
import pytest
import sqlalchemy as sa
from scipy.stats import rankdata

from tests.dbt.conftest import JUNE, City
from warehouse import seeds
from warehouse.database import engine
from warehouse.settings import ROOT


def releases(city: City) -> dict[tuple[str, str], dict[date, float]]:
    """Growth by which each main indicator of a region is spoken of: the year to date, without January."""
    found: dict[tuple[str, str], dict[date, float]] = defaultdict(dict)
    for r in city.rows("fct_indicator_growth", industry_code="_T", entity_id="_T", period_type="YTD"):
        if r["growth_pct"] is not None and r["month"].month > 1:
            found[r["indicator"], r["region_key"]][r["month"]] = r["growth_pct"]
    return found


def test_a_score_is_the_quintile_of_the_regions_own_history(city: City) -> None:
    known = releases(city)
    scored = 0
    for r in city.rows("fct_composite_signal"):
        series = known.get((r["indicator"], r["region_key"]), {})
        history = np.array([g for m, g in series.items() if m < r["month"]])
        assert r["history_n"] == len(history)
        if r["month"] not in series or len(history) < 22:
            assert r["score"] is None
            continue
        bounds = np.quantile(history, [0.2, 0.4, 0.6, 0.8])
        assert [r[f"quintile_{i}_pct"] for i in (1, 2, 3, 4)] == pytest.approx(list(bounds), abs=1e-9)
        assert r["score"] == 1 + int((series[r["month"]] > bounds).sum())
        scored += 1
    assert scored > 50


def test_too_few_scored_components_leave_no_light_and_january_has_none(city: City) -> None:
    rows = city.rows("fct_composite_signal")
    assert {r["month"].month for r in rows} == set(range(2, 13))
    assert {r["scored_n"] for r in rows if r["month"] == JUNE and r["region_key"] == "420881"} == {2}
    assert {(r["light"], r["total_score"]) for r in rows} == {(None, None)}
    missing = [r for r in rows if r["indicator"] == "ST07" and r["month"] == JUNE]
    assert missing, "a component without a figure is shown"
    assert {r["score"] for r in missing} == {None}


def test_places_are_scipys_minimum_ranks_within_the_group(city: City) -> None:
    groups: dict[tuple[str, date, str], list[dict[str, Any]]] = defaultdict(list)
    for r in city.rows("fct_rankings"):
        groups[r["indicator"], r["month"], r["ranking_group"]].append(r)
    ranked = 0
    for (indicator, *_), rows in groups.items():
        measure = "score" if indicator == "_T" else "growth_pct"
        placed = [r for r in rows if r["rank"] is not None]
        assert [r["rank"] for r in placed] == list(rankdata([-r[measure] for r in placed], method="min"))
        assert {r["rank_of"] for r in rows} == {len(placed)}
        # growth of a January alone is shown without a place
        assert all(r[measure] is None or r["month"].month == 1 for r in rows if r["rank"] is None)
        assert not placed or placed[0]["month"].month > 1
        ranked += len(placed)
    assert ranked > 50


def test_from_march_on_growth_is_that_of_the_months_since_each_delivery_speaks_for_its_own_month(city: City) -> None:
    found = {
        (r["region_key"], r["indicator"]): r
        for r in city.rows("fct_decline_tests", look="without_january_february")
        if r["indicator"] == "PW02"
    }
    assert {k for k, _ in found} == {"420881", "420882"}
    for (region, _), row in found.items():
        months = [city.power[region, date(2018, m, 1)] for m in (3, 4, 5, 6)]
        bases = [v[0] / (1 + v[1] / 100) for v in months]
        assert row["growth_pct"] == pytest.approx(100 * (sum(v[0] for v in months) / sum(bases) - 1))
        assert row["growth_error_pp"] == pytest.approx(0.05), "half of the tenth to which growth is printed"


def test_a_composite_place_is_asked_of_all_weights_and_reckoned_from_places(city: City) -> None:
    weights = {
        r["indicator"]: (float(r["weight_pct"]), r["exempt_regions"].split(";"))
        for r in seeds.rows("composite_weights")
    }
    rows = {(r["indicator"], r["region_key"], r["month"]): r for r in city.rows("fct_rankings")}
    composites = [r for r in rows.values() if r["indicator"] == "_T"]
    assert composites
    for r in composites:
        asked = {i: w for i, (w, exempt) in weights.items() if r["region_key"] not in exempt}
        places = {i: p for i in asked if (p := rows.get((i, r["region_key"], r["month"]))) and p["rank"] is not None}
        came = sum(asked[i] for i in places)
        if came < 0.8 * sum(asked.values()):
            assert (r["score"], r["rank"]) == (None, None)
        else:
            worth = sum(asked[i] * 100 * (p["rank_of"] - p["rank"] + 1) / p["rank_of"] for i, p in places.items())
            assert r["score"] == pytest.approx(worth / came, abs=1e-6)


def test_a_register_of_targets_that_says_75_for_7_5_is_found(city: City) -> None:
    text = (ROOT / "dbt_project" / "tests" / "targets_are_plausible.sql").read_text(encoding="utf-8")
    query = sa.text(
        text.replace("{{ ref('targets') }}", "catalog.targets").replace(
            "{{ ref('composite_weights') }}", "catalog.composite_weights"
        )
    )
    with engine().connect() as c:
        assert c.execute(query).all() == []
        c.execute(sa.text("update catalog.targets set value = 75 where target = 'T02'"))
        assert [r.target for r in c.execute(query)] == ["T02"]
        c.rollback()


def test_a_target_is_reported_for_its_month_and_without_data_it_is_no_zero(city: City) -> None:
    targets = {r["target"]: r for r in city.rows("rpt_target_progress", region_key="420800")}
    assert {f"T{n:02d}" for n in range(1, 49)} - {"T37"} <= targets.keys()
    assert {(r["state"], r["actual"]) for r in targets.values()} == {("no_data", None)}
    assert all(r["evidence_zh"] for r in targets.values())
    zones = {r["region_key"]: r["state"] for r in city.rows("rpt_target_progress", target="T37")}
    assert {k for k, s in zones.items() if s == "exempt"} == {"JM-ZH", "JM-QJL"}


def test_timeliness_counts_the_first_acceptance_and_the_rejections_of_twelve_months(city: City) -> None:
    june = {r["feed"]: r for r in city.rows("fct_feed_timeliness", month=JUNE)}
    output = june["stat__industrial_output"]
    assert (output["timeliness"], output["days_late"]) == ("on_time", 0), "it was corrected late, not late"
    assert (output["rejected_n"], output["redelivered_n"]) == (1, 1)
    assert june["ener__generation"]["timeliness"] == "absent"
    assert june["bank__loans"]["timeliness"] == "not_judged"
    owed = city.rows("fct_feed_timeliness", department="stat")
    assert len([r for r in owed if r["feed"] == "stat__industrial_output"]) == 11, "January is not owed"
    stat = city.rows("rpt_timeliness", department="stat")[0]
    assert (stat["owed_n"], stat["rejected_n"]) == (len(owed), 1)
    assert stat["on_time_n"] == sum(r["timeliness"] == "on_time" for r in owed)


def test_revisions_tell_new_data_from_revised_with_their_mean_size(city: City) -> None:
    revised = {r["measure"]: r for r in city.rows("rpt_revisions", indicator="ST02", period_type="YTD")}
    growth, value = revised["growth"], revised["value"]
    first = city.output["420800", JUNE]
    assert (growth["first_value"], growth["current_value"], growth["revisions_n"]) == (first[3], 2.5, 1)
    assert (growth["last_kind"], growth["last_cause"]) == ("revision", "correction")
    assert growth["mean_abs_size"] == pytest.approx(abs(2.5 - first[3]))
    assert value["mean_abs_size"] == pytest.approx(100 * abs(5999.0 / first[2] - 1))
    steps = city.rows("fct_revisions", indicator="ST02", region_key="420882")
    assert {(r["kind"], r["new_value"]) for r in steps} == {("withdrawn", None)}, "京山 is not in the correction"
    assert all(r["old_cell"] for r in city.rows("fct_revisions"))

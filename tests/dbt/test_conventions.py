"""House rules of the dbt project, read from its manifest, its seeds and its files; each rule is seen broken, too."""

import copy
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from publish.page import render_problem_list
from publish.sections import SECTIONS
from tests.dbt import house_rules as house
from tests.dbt.conftest import City
from warehouse import dictionary
from warehouse.seeds import rows as seed
from warehouse.settings import ROOT

PROJECT = ROOT / "dbt_project"
Rule = Callable[[dict[str, Any]], list[str]]
RULES: tuple[Rule, ...] = (
    house.names_and_places,
    house.beside,
    house.layering,
    house.roots,
    house.hard_coded_relations,
    house.defined_once,
    house.unordered_sums,
    house.reach,
    house.sources,
    house.unused,
    house.fan_in,
    house.joins,
    house.aliases,
    house.chains_of_views,
    house.keys,
    house.descriptions,
    house.contracts,
    house.exposures,
)


@pytest.fixture(scope="module")
def manifest() -> dict[str, Any]:
    return dictionary.parsed()


@pytest.mark.parametrize("rule", RULES, ids=lambda r: r.__name__)
def test_the_project_keeps_the_rule(rule: Rule, manifest: dict[str, Any]) -> None:
    assert rule(manifest) == []


def _model(name: str, schema: str, reads: list[str], **more: Any) -> dict[str, Any]:
    public = schema in ("marts", "reports")
    return {
        "name": name,
        "unique_id": f"model.{name}",
        "resource_type": "model",
        "schema": schema,
        "path": f"{schema}/{name}.sql",
        "patch_path": f"gongyun://models/{schema}/{name}.yml",
        "depends_on": {"nodes": reads},
        "raw_code": "select 1 from {{ ref('x') }}",
        "description": "One row per firm.",
        "columns": {"growth_pct": _column("growth_pct")},
        "constraints": [{"type": "primary_key", "columns": ["growth_pct"]}] if public else [],
        "contract": {"enforced": public},
        "config": {"materialized": "table", "grants": {"select": ["gongyun_analyst"]} if public else {}},
    } | more


def _column(name: str, **more: Any) -> dict[str, Any]:
    meta: dict[str, Any] = {}
    return {"name": name, "description": "Growth.", "data_type": "double precision", "config": {"meta": meta}} | more


def _small() -> dict[str, Any]:
    """A manifest of five models that keeps every rule."""
    models = [
        _model("stg_rows", "staging", ["source.rows"]),
        _model("int_growth", "intermediate", ["model.stg_rows"]),
        _model("fct_growth", "marts", ["model.int_growth"]),
        _model("rpt_growth", "reports", ["model.fct_growth"]),
    ]
    unique = [
        {
            "name": f"unique_{key}", "unique_id": f"test.{key}", "resource_type": "test", "attached_node": f"model.{key}",
            "test_metadata": {"name": "unique"}, "depends_on": {"nodes": [f"model.{key}"]}, "raw_code": "",
            "schema": "tests",
        }
        for key in ("stg_rows", "int_growth")
    ]  # fmt: skip
    source = {
        "name": "rows", "unique_id": "source.rows", "schema": "raw", "identifier": "rows", "description": "Rows.",
        "source_description": "Delivered.",
    }  # fmt: skip
    exposure = {
        "name": "edition", "description": "Report.", "label": "报告", "maturity": "high", "owner": {"name": "科"},
        "depends_on": {"nodes": ["model.fct_growth", "model.rpt_growth"]},
    }  # fmt: skip
    tried = {
        "name": "growth_is_absent", "original_file_path": "models/marts/fct_growth.yml",
        "depends_on": {"nodes": ["model.fct_growth"]},
    }  # fmt: skip
    return {
        "nodes": {n["unique_id"]: n for n in models + unique},
        "unit_tests": {"growth_is_absent": tried},
        "sources": {"source.rows": source},
        "exposures": {"edition": exposure},
    }


def _put(m: dict[str, Any], *way: Any) -> None:
    """Put the last of `way` where the others lead."""
    *keys, last, value = way
    for key in keys:
        m = m[key]
    m[last] = value


def _views(m: dict[str, Any]) -> None:
    for n in list(m["nodes"].values())[:4]:
        n["config"]["materialized"] = "view"


NODES, FCT, STG, INT = "nodes", "model.fct_growth", "model.stg_rows", "model.int_growth"
BREAKS: list[tuple[Rule, Callable[[dict[str, Any]], Any], str]] = [
    (house.names_and_places, lambda m: _put(m, NODES, FCT, "name", "growth"), "growth of marts does not begin with fct_"),
    (house.names_and_places, lambda m: _put(m, NODES, FCT, "schema", "reports"), "fct_growth of marts is built in schema"),
    (house.names_and_places, lambda m: _put(m, NODES, FCT, "path", "core/fct_growth.sql"), "lies in core, which is no layer"),
    (
        house.beside,
        lambda m: _put(m, NODES, FCT, "patch_path", "gongyun://models/marts/marts.yml"),
        "model.fct_growth is described in models/marts/marts.yml",
    ),
    (house.beside, lambda m: _put(m, NODES, FCT, "patch_path", None), "model.fct_growth is described in nowhere"),
    (
        house.beside,
        lambda m: _put(m, "unit_tests", "growth_is_absent", "original_file_path", "models/marts/unit_tests.yml"),
        "growth_is_absent lies in models/marts/unit_tests.yml, not in models/marts/fct_growth.yml",
    ),
    (house.layering, lambda m: _put(m, NODES, FCT, "depends_on", "nodes", ["source.rows"]), "fct_growth of marts reads raw"),
    (house.layering, lambda m: _put(m, NODES, INT, "depends_on", "nodes", [FCT]), "int_growth of intermediate reads marts"),
    (house.roots, lambda m: _put(m, NODES, FCT, "depends_on", "nodes", []), "fct_growth reads nothing"),
    (house.hard_coded_relations, lambda m: _put(m, NODES, FCT, "raw_code", "select 1\nfrom\n  staging.stg_rows"), "fct_growth"),
    (house.hard_coded_relations, lambda m: _put(m, NODES, FCT, "raw_code", 'inner join "raw"."register" as r'), "fct_growth"),
    (
        house.defined_once,
        lambda m: _put(m, NODES, FCT, "raw_code", "select 1 from l where l.status in ('in', 'graduated')"),
        "fct_growth lists by hand what macros/panel.sql defines: 'graduated'",
    ),
    (
        house.unordered_sums,
        lambda m: _put(m, NODES, FCT, "raw_code", "select sum(g.value * (1 + g.rate)) filter (where g.known) from g"),
        "fct_growth: sum(g.value * (1 + g.rate)) has no order",
    ),
    (
        house.unordered_sums,
        lambda m: _put(m, NODES, FCT, "raw_code", "select sum(g.n_n), avg(g.value) over (partition by g.x) from g"),
        "fct_growth: avg(g.value) has no order",
    ),
    (
        house.unordered_sums,
        lambda m: _put(m, NODES, FCT, "raw_code", "select sum(g.value) over w from g window w as (partition by g.x)"),
        "fct_growth: sum(g.value) has no order",
    ),
    (
        house.reach,
        lambda m: _put(m, NODES, INT, "raw_code", "select 1 where {{ affected([0, 1], 'g.month') }}"),
        "int_growth names months beside its declaration: affected([0, 1], 'g.month')",
    ),
    (
        house.reach,
        lambda m: _put(m, NODES, INT, "raw_code", "{{ config(pre_hook='{{ forget() }}') }}"),
        "int_growth calls forget, which is the macros' own",
    ),
    (house.reach, lambda m: _put(m, NODES, INT, "config", "reach", [0]), "declares ['reach'] and writes no part of it"),
    (
        house.reach,
        lambda m: _put(m, NODES, INT, "raw_code", "select 1 where {{ affected() }}"),
        "declares [] and writes a part of it",
    ),
    (
        house.reach,
        lambda m: _put(m, NODES, INT, "raw_code", "select 1 where {{ needed('g.month') }}"),
        "declares [], but reads otherwise",
    ),
    (house.sources, lambda m: _put(m, "sources", "again", {**m["sources"]["source.rows"]}), "raw.rows is declared 2 times"),
    (house.sources, lambda m: _put(m, "sources", "source.rows", "description", ""), "rows is not described"),
    (house.sources, lambda m: _put(m, NODES, STG, "depends_on", "nodes", []), "rows is read by nothing"),
    (house.unused, lambda m: _put(m, NODES, FCT, "depends_on", "nodes", []), "int_growth is read by nothing"),
    (house.unused, lambda m: m["exposures"].clear(), "rpt_growth is in no exposure"),
    (
        house.fan_in,
        lambda m: _put(m, NODES, FCT, "depends_on", "nodes", [f"model.{n}" for n in range(house.MOST_PARENTS + 1)]),
        "fct_growth reads",
    ),
    (
        house.joins,
        lambda m: _put(m, NODES, INT, "raw_code", "select 1 from a" + "\ncross join b" * (house.MOST_JOINS + 1)),
        "int_growth joins 13 times",
    ),
    (
        house.aliases,
        lambda m: _put(m, NODES, INT, "raw_code", "select 1 from a as x join b as why join (select 1) as c on true join d"),
        "int_growth calls tables ['x', 'c'] where",
    ),
    (house.chains_of_views, _views, "rpt_growth is the end of 4 views"),
    (house.keys, lambda m: m[NODES].pop("test.stg_rows"), "stg_rows has no key"),
    (house.keys, lambda m: _put(m, NODES, FCT, "constraints", [{"type": "check"}]), "fct_growth has no key"),
    (house.descriptions, lambda m: _put(m, NODES, FCT, "description", "Growth by region."), "does not say what a row is"),
    (
        house.descriptions,
        lambda m: _put(m, NODES, FCT, "columns", "growth_pct", "description", ""),
        "fct_growth.growth_pct is not described",
    ),
    (house.contracts, lambda m: _put(m, NODES, FCT, "contract", "enforced", False), "marts: contract not enforced"),
    (house.contracts, lambda m: _put(m, NODES, STG, "config", "grants", {"select": ["public"]}), "stg_rows of staging is granted"),
    (house.contracts, lambda m: _put(m, NODES, FCT, "columns", "growth_pct", "data_type", None), "growth_pct has no type"),
    (house.exposures, lambda m: _put(m, "exposures", "edition", "depends_on", "nodes", [INT]), "edition rests on model.int_growth"),
    (house.exposures, lambda m: _put(m, "exposures", "edition", "depends_on", "nodes", []), "edition rests on nothing"),
    (house.exposures, lambda m: _put(m, "exposures", "edition", "owner", {}), "edition lacks"),
    (house.exposures, lambda m: _put(m, "exposures", "edition", "maturity", None), "edition lacks"),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "break_it", "said"), BREAKS, ids=[f"{r.__name__}-{s[:40]}" for r, _, s in BREAKS])
def test_a_broken_rule_is_found_and_named(rule: Rule, break_it: Callable[[dict[str, Any]], Any], said: str) -> None:
    broken = copy.deepcopy(_small())
    assert rule(broken) == []
    break_it(broken)
    assert said in "; ".join(rule(broken))


def test_every_rule_is_seen_broken() -> None:
    assert {r.__name__ for r, _, _ in BREAKS} == {r.__name__ for r in RULES}


def test_every_column_of_a_mart_or_report_has_a_chinese_label_and_every_number_its_unit(
    manifest: dict[str, Any],
) -> None:
    assert house.units(manifest, dictionary.terms(manifest)) == []


@pytest.mark.parametrize(
    ("term", "said"),
    [
        (None, "fct_growth.growth_pct has no Chinese label"),
        (dictionary.Term("增速", "", "同比增速"), "fct_growth.growth_pct is a number without unit"),
        (dictionary.Term("增速", "个百分点", "同比增速"), "is in '个百分点', by its name in %"),
    ],
)
def test_a_number_without_label_or_with_a_unit_that_its_name_denies_is_found(
    term: dictionary.Term | None, said: str
) -> None:
    right = {(t, "growth_pct"): dictionary.Term("增速", "%", "同比增速") for t in ("fct_growth", "rpt_growth")}
    assert house.units(_small(), right) == []
    wrong = right | {("fct_growth", "growth_pct"): term}
    assert said in "; ".join(house.units(_small(), wrong))


def test_the_dictionary_in_docs_is_the_one_of_these_models_and_seeds(manifest: dict[str, Any]) -> None:
    written = {language: path.read_text(encoding="utf-8") for language, path in dictionary.PAGES.items()}
    assert written == dictionary.pages(manifest), "run python -m warehouse.dictionary"


def test_the_dictionary_says_of_a_figure_what_it_is_in_both_languages(manifest: dict[str, Any]) -> None:
    pages = {language: text.splitlines() for language, text in dictionary.pages(manifest).items()}
    for line in (
        "## marts.fct_matched_indicators",
        "Key: `month`, `pair`, `region_key`, `industry_code`, `entity_id`",
        "| `gap_pp` | double precision | percentage points | First growth minus second growth, percentage points. |",
        "| PW02 | Industrial electricity consumption | 工业用电量 | 10 thousand kWh | flow | powr 供电公司 | yes |",
        "| growth | Growth of the month | `marts.fct_indicator_growth` | `growth_pct` | % | never | never |",
    ):
        assert line in pages["en"]
    for line in (
        "## marts.fct_matched_indicators 匹配指标比对",
        "| `gap_pp` | 增速差 | double precision | 个百分点 | 第一项增速减第二项增速 |",
        "| `st02_ytd_growth_pct` | 规模以上工业总产值累计同比增速 | double precision | % | 指标ST02 |",
        "| PW02 | 工业用电量 | 万千瓦时 | 流量 | 供电公司 | 有 |",
    ):
        assert line in pages["zh"]


def test_a_column_without_words_stops_the_dictionary_by_name(manifest: dict[str, Any]) -> None:
    lacking = copy.deepcopy(manifest)
    lacking["nodes"]["model.gongyun.dim_region"]["columns"]["unheard_of"] = _column("unheard_of")
    with pytest.raises(dictionary.Incomplete, match=r"no words for dim_region\.unheard_of"):
        dictionary.pages(lacking)


def test_no_term_speaks_of_what_is_not_there(manifest: dict[str, Any]) -> None:
    tables = {m["name"]: set(m["columns"]) for m in dictionary.public(manifest)}
    columns = set().union(*tables.values())
    stale = [
        f"{r['table_name']}.{r['column_name']}"
        for r in seed("terms")
        if r["column_name"] not in (tables.get(r["table_name"], set()) | {""} if r["table_name"] else columns)
        or (r["table_name"] and r["table_name"] not in tables)
    ]
    assert stale == []


def rests_on(manifest: dict[str, Any], exposure: str) -> set[str]:
    (found,) = (e for e in manifest["exposures"].values() if e["name"] == exposure)
    return {n.split(".")[-1] for n in found["depends_on"]["nodes"]}


def test_what_an_edition_prints_is_what_its_exposure_rests_on(manifest: dict[str, Any]) -> None:
    assert rests_on(manifest, "monthly_edition") == {s.report for s in SECTIONS.values()}


def test_what_a_countys_list_reads_its_exposure_names(manifest: dict[str, Any]) -> None:
    class Read(dict[str, list[Any]]):
        def __missing__(self, section: str) -> list[Any]:
            return self.setdefault(section, [])

    read = Read()
    render_problem_list("jingmen", "420802", "东宝区", read, {
        "month": "2018-06", "number": 1, "as_of": "2018-07-25T01:30:00+00:00", "inputs_sha256": "", "simulated": False,
    })  # fmt: skip
    assert {SECTIONS[section].report for section in read} - rests_on(manifest, "county_problem_list") == set()


def test_the_wide_view_has_the_columns_of_every_headline_and_main_indicator(manifest: dict[str, Any]) -> None:
    assert house.wide_columns(manifest, seed("indicators")) == []


def test_a_new_headline_indicator_names_the_columns_that_the_wide_view_lacks(manifest: dict[str, Any]) -> None:
    new = {"indicator": "ST99", "unit": "万元", "nature": "flow", "headline_order": "99", "main_indicator": "false"}
    found = house.wide_columns(manifest, [*seed("indicators"), new])
    assert [f.split()[4] for f in found] == [
        "st99_growth_pct", "st99_10k_yuan", "st99_ytd_growth_pct", "st99_ytd_10k_yuan",
    ]  # fmt: skip
    gone = [i for i in seed("indicators") if i["indicator"] != "BK01"]
    assert any("lists bk01_10k_yuan" in f for f in house.wide_columns(manifest, gone))


def test_growth_and_gaps_are_never_added_up() -> None:
    wrong = [
        m["metric"]
        for m in seed("metrics")
        if m["column_name"].endswith(("_pct", "_pp")) and (m["over_regions"], m["over_months"]) != ("never", "never")
    ]
    assert wrong == []


def test_every_column_of_a_table_is_described_in_its_yaml(manifest: dict[str, Any], city: City) -> None:
    for table, rows in city.now.items():
        described = {c for n in manifest["nodes"].values() if n["name"] == table for c in n["columns"]}
        assert not rows or set(rows[0]) == described, table


def test_every_threshold_that_a_model_asks_for_is_in_the_seed_and_the_other_way_round() -> None:
    asked = {
        pair
        for path in (PROJECT / "models").rglob("*.sql")
        for pair in re.findall(r"threshold\('(\w+)', '(\w+)'\)", path.read_text(encoding="utf-8"))
    }
    assert asked == {(r["rule"], r["parameter"]) for r in seed("thresholds")}


def test_codes_are_text_with_their_leading_zeros() -> None:
    divisions = [r for r in seed("industries") if r["level"] == "division"]
    assert [r["industry_code"] for r in divisions] == [f"{n:02d}" for n in range(6, 47)]


def test_seven_units_and_the_residual_add_up_to_the_city() -> None:
    adding = {r["region_key"] for r in seed("regions") if r["parent_key"] == "420800" and r["adds_to_parent"] == "true"}
    assert adding == {"420802", "JM-GXDD", "JM-ZH", "JM-QJL", "420882", "420822", "420881", "JM-SZ"}
    jingshan = [(r["code"], r["name_zh"], r["valid_from"]) for r in seed("regions") if r["region_key"] == "420882"]
    assert jingshan == [("420821", "京山县", ""), ("420882", "京山市", "2018-02-24")]


def test_pairs_of_the_field_are_all_there() -> None:
    assert {f"M{n}" for n in range(1, 17)} <= {r["pair"] for r in seed("matched_pairs")}
    assert {f"L{n}" for n in range(1, 18)} <= {r["pair"] for r in seed("correlated_pairs")}
    assert {f"T{n:02d}" for n in range(1, 49)} <= {r["target"] for r in seed("targets")}


def test_sqlfluff_finds_nothing() -> None:
    found = subprocess.run(
        [str(Path(sys.executable).with_name("sqlfluff")), "lint", "--disable-progress-bar", str(PROJECT)],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert found.returncode == 0, found.stdout[-3000:]

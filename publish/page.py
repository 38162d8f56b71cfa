"""An edition's pages: rows and sources in, finished HTML out. No clock, no network, no database."""

from collections.abc import Mapping, Sequence
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from publish import charts
from publish.corrections import Corrections
from publish.reports import TOP_TYPES
from publish.sections import SECTIONS, comparisons, overview, problems, quality, sources, targets
from publish.sections.declared import Row, Table
from publish.wording.colours import COLOURS, SEVERITY
from publish.wording.dates import day_zh, moment_zh, month_zh, period_zh
from publish.wording.figures import ordinal_zh
from publish.wording.matched import matched_sentence
from publish.wording.maturity import maturities_sentence, maturity_mark
from publish.wording.overview import headline_sentences, regions_sentence
from publish.wording.problems import department_zh, problems_sentence
from publish.wording.targets import targets_sentence
from vocabulary.figure import ABSENT, number
from vocabulary.label import legible_on_pages
from vocabulary.maturity import MATURITIES
from warehouse.area import load_area


def _environment() -> Environment:
    env = Environment(
        loader=PackageLoader("publish"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=legible_on_pages,
    )
    printers = (number, ordinal_zh, month_zh, period_zh, day_zh, moment_zh, maturity_mark)
    env.filters.update({printer.__name__: printer for printer in printers})
    env.globals.update(
        COLOURS=COLOURS,
        ABSENT=ABSENT,
        MATURITIES=MATURITIES,
    )
    return env


ENVIRONMENT = _environment()


def region_order(row: Row) -> tuple[bool, str, str]:
    """Ranked groups first, in the order of their names (county, zone); what is not ranked after; codes within."""
    group = row.get("ranking_group")
    return (group is None, group or "", row["region_key"])


def county_regions(data: Mapping[str, Sequence[Row]]) -> dict[str, str]:
    """Regions below the whole area, key to name, in printing order: those that any section speaks of."""
    regions = {r["region_key"]: r for section in ("problems", "matched", "regions") for r in data[section]}
    other = {r["region_key"] for r in data["regions"] if r["region_type"] in {*TOP_TYPES, "residual"}}
    other |= {r["region_key"] for r in data["series"]}
    ordered = sorted((r for key, r in regions.items() if key not in other), key=region_order)
    return {r["region_key"]: r["region_name"] for r in ordered}


def public_rows(data: Mapping[str, list[Row]]) -> tuple[dict[str, list[Row]], dict[str, int]]:
    """The rows that everyone may read, and how many firm-level problems by region are left to internal lists."""
    firms: dict[str, int] = {}
    for r in data["problems"]:
        if r["entity_id"] is not None:
            firms[r["region_key"]] = firms.get(r["region_key"], 0) + 1
    kept = {section: [r for r in data[section] if r["entity_id"] is None] for section in ("problems", "ledger")}
    return {**data, **kept}, firms


def _carried(ledger: Sequence[Row], printed: Sequence[Row]) -> list[Row]:
    """Problems of earlier months that this month does not print and nobody has closed, the overdue first."""
    keys = {r["problem_key"] for r in printed}
    left = [r for r in ledger if r["problem_key"] not in keys and r["state"] != "closed"]
    return sorted(left, key=lambda r: (not r["overdue"], r["region_key"], r["first_month"], r["problem_key"]))


def is_flagged(row: Row) -> bool:
    """Whether a comparison stands out by more than its limit; what only lies off its own past is counted, not listed."""
    return row["colour"] not in ("green", None) and row["explained_by"] != "within_limit"


def printed_rows(data: Mapping[str, Sequence[Row]]) -> dict[str, list[Row]]:
    """Of public rows those that the pages print, with what they add to a row: what a correction has to compare.

    An edition of an earlier version of the program may lack a section or a column, and then its rows here lack it too.
    """
    unstated = {
        name: set(s.stated).difference(*data[name]) if data.get(name) else set() for name, s in SECTIONS.items()
    }
    full: dict[str, list[Row]] = {
        name: [{**dict.fromkeys(s.stated), **r} for r in data.get(name, ())] for name, s in SECTIONS.items()
    }
    counties = county_regions(full)
    order = [r["indicator"] for r in sorted(full["headline"], key=lambda r: r["display_order"] or 99)]
    lines = {(s.indicator, s.period_type, m) for s in charts.choose_series(full["series"], order) for m in s.points}

    printed = {
        **full,
        "series": [r for r in full["series"] if (r["indicator"], r["period_type"], r["month"]) in lines],
        "regions": [r for r in full["regions"] if r["region_key"] in counties],
        "rankings": [r for r in full["rankings"] if r["region_key"] in counties],
        "matched": [{**r, "flagged": is_flagged(r)} for r in full["matched"]],
        "problems": _owned(full["problems"], full),
        "ledger": _owned(_carried(full["ledger"], full["problems"]), full),
    }
    return {name: [{k: r[k] for k in r.keys() - unstated[name]} for r in rows] for name, rows in printed.items()}


def _by_severity(rows: Sequence[Row]) -> list[Row]:
    graveness = {c: i for i, c in enumerate(SEVERITY)}
    return sorted(
        rows,
        key=lambda r: (graveness.get(r["colour"], len(SEVERITY)), r["region_key"], r.get("pair") or r["problem_key"]),
    )


def _whole_growth(headline: Sequence[Row]) -> dict[str, float | None]:
    """Growth of the whole area by indicator, cumulative where there is one."""
    growth: dict[str, float | None] = {}
    for r in headline:
        if r["growth_pct"] is not None and (r["indicator"] not in growth or r["period_type"] == "YTD"):
            growth[r["indicator"]] = r["growth_pct"]
    return growth


def _region_lines(data: Mapping[str, Sequence[Row]], counties: Mapping[str, str]) -> list[Row]:
    """The lines of the table of regions below the whole, in the headline's order."""
    order = {r["indicator"]: i for i, r in enumerate(sorted(data["headline"], key=lambda r: r["display_order"] or 99))}
    rows = (r for r in data["regions"] if r["region_key"] in counties)
    return overview.lines(sorted(rows, key=lambda r: (order.get(r["indicator"], 99), r["indicator"])))


def _drawings(data: Mapping[str, Sequence[Row]], counties: Mapping[str, str]) -> dict[str, Any]:
    order = [r["indicator"] for r in sorted(data["headline"], key=lambda r: r["display_order"] or 99)]
    below = [r for r in data["regions"] if r["region_key"] in counties]
    have = {r["indicator"] for r in below if r["growth_pct"] is not None}
    shown = [i for i in dict.fromkeys((*charts.COMPARED, *order)) if i in have][:3]
    dots = sorted((r for r in below if r["indicator"] in shown), key=region_order)
    top = [(r["region_key"], r["region_name"]) for r in data["matched"] if r["region_key"] not in counties]
    regions = [*dict.fromkeys(top), *counties.items()]
    judged = {r["region_key"] for r in data["matched"]}
    return {
        "lines": charts.growth_lines(charts.choose_series(data["series"], order)),
        "dots": charts.region_dots(dots, _whole_growth(data["headline"]), shown) if dots else "",
        "gaps": charts.gap_strip(data["matched"], [r for r in regions if r[0] in judged]) if data["matched"] else "",
        "lags": charts.lag_lollipops([r for r in data["correlated"] if r["region_key"] not in counties]),
    }


def _regions_sentence(data: Mapping[str, Sequence[Row]], counties: Mapping[str, str], whole: str) -> str:
    """Of the first headline indicator that regions have: who leads, who is below the whole area."""
    level = _whole_growth(data["headline"])
    ranked = [r for r in data["regions"] if r["region_key"] in counties and r["rank"] is not None]
    order = [r["indicator"] for r in sorted(data["headline"], key=lambda r: r["display_order"] or 99)]
    first = next((i for i in order if any(r["indicator"] == i for r in ranked)), None)
    rows = sorted((r for r in ranked if r["indicator"] == first), key=region_order)
    growth = level.get(first) if first else None
    return regions_sentence(rows, growth, whole) if growth is not None else ""


def _in_printing_order(rows: Sequence[Row], counties: Mapping[str, str]) -> list[Row]:
    """Rows by region, the whole area first; within a region as they came."""
    order = {key: i for i, key in enumerate(counties, 1)}
    return sorted(rows, key=lambda r: order.get(r["region_key"], 0))


def _departments(data: Mapping[str, Sequence[Row]]) -> dict[str, str]:
    return {r["department"]: r["department_zh"] or r["department"] for r in data["coverage"]}


def _owned(rows: Sequence[Row], data: Mapping[str, Sequence[Row]]) -> list[Row]:
    """Problems with the name of who owns them and where they stand in the ledger."""
    departments, standing = _departments(data), {r["problem_key"]: r for r in data["ledger"]}
    return [
        {
            **r,
            "owner_zh": department_zh(r["owner_department"], departments),
            "standing": standing.get(r["problem_key"]),
        }
        for r in rows
    ]


def _lights(rows: Sequence[Row]) -> list[Row]:
    """A row per region with its light, and the components it is made of by code under `scores`."""
    regions: dict[str, Row] = {}
    for r in sorted(rows, key=region_order):
        regions.setdefault(r["region_key"], {**r, "scores": {}})["scores"][r["indicator"]] = r
    return list(regions.values())


def _place_lines(rows: Sequence[Row], counties: Mapping[str, str]) -> list[Row]:
    """The lines of the table of places, the composite first."""
    ordered = sorted(rows, key=lambda r: (r["display_order"] is None, r["display_order"], r["indicator"]))
    return overview.lines(r for r in ordered if r["region_key"] in counties)


TABLES = {
    "headline": overview.HEADLINE_TABLE,
    "flagged": comparisons.FLAGGED_TABLE,
    "matched": comparisons.ALL_TABLE,
    "county": comparisons.COUNTY_TABLE,
    "correlated": comparisons.CORRELATED_TABLE,
    "interviews": problems.INTERVIEWS_TABLE,
    "problems": problems.PROBLEMS_TABLE,
    "carried": problems.CARRIED_TABLE,
    "targets": targets.TARGETS_TABLE,
    "coverage": sources.COVERAGE_TABLE,
    "timeliness": sources.TIMELINESS_TABLE,
    "revisions": sources.REVISIONS_TABLE,
    "restated": sources.RESTATED_TABLE,
    "checks": quality.CHECKS_TABLE,
    "waivers": quality.WAIVERS_TABLE,
    "causes": quality.CAUSES_TABLE,
}


def _tables(public: Mapping[str, Sequence[Row]], counties: Mapping[str, str], month: str) -> dict[str, Table]:
    """The tables of the report; those across regions or components have a column for each."""
    ranked = {r["region_key"] for r in public["rankings"]}
    components = sorted({(r["display_order"] or 99, r["indicator"], r["name_zh"]) for r in public["composite"]})
    return {
        **TABLES,
        "regions": overview.regions_table(counties),
        "lights": overview.lights_table({code: name for _, code, name in components}),
        "places": overview.places_table({k: name for k, name in counties.items() if k in ranked}, month),
    }


def render_report(
    area: str, data: dict[str, list[Row]], manifest: Mapping[str, Any], corrections: Corrections | None
) -> str:
    """report.html of an edition: self-contained, for screen and A4 paper. Firm-level problems are only counted.

    data: rows by section as publish.reports reads them; manifest: all of manifest.json but `files`.
    """
    said = load_area(area)
    public, firms = public_rows(data)
    counties = county_regions(data)
    headline = sorted(
        public["headline"], key=lambda r: (r["display_order"] or 99, r["indicator"], r["period_type"] != "YTD")
    )
    problems = _by_severity(_owned(public["problems"], public))
    return ENVIRONMENT.get_template("report.html.j2").render(
        masthead=said.masthead,
        area_notes=said.notes,
        manifest=manifest,
        month=manifest["month"],
        tables=_tables(public, counties, manifest["month"]),
        data={**public, "headline": headline},
        flagged=[r for r in _by_severity(public["matched"]) if is_flagged(r)],
        immaterial_n=sum(r["colour"] not in ("green", None) and not is_flagged(r) for r in public["matched"]),
        matched_by_region=_in_printing_order(public["matched"], counties),
        correlated=[r for r in public["correlated"] if r["region_key"] not in counties],
        correlated_below=[r for r in public["correlated"] if r["region_key"] in counties],
        counties=counties,
        of_which=[*dict.fromkeys(r["region_name"] for r in public["regions"] if r["region_type"] == "of_which")],
        region_lines=_region_lines(public, counties),
        charts=_drawings(public, counties),
        sentences=headline_sentences(headline, said.masthead.whole),
        regions_sentence=_regions_sentence(public, counties, said.masthead.whole),
        matched_sentence=matched_sentence(public["matched"]) if public["matched"] else "",
        maturities_sentence=maturities_sentence(public["coverage"]),
        problems_sentence=problems_sentence(problems) if counties else "",
        problems={key: [r for r in problems if r["region_key"] == key] for key in counties},
        with_problems={r["region_key"] for r in problems},
        whole_problems=[r for r in problems if r["region_key"] not in counties],
        firms=firms,
        lights=_lights(public["composite"]),
        place_lines=_place_lines(public["rankings"], counties),
        candidates=[r for r in public["interviews"] if r["is_candidate"]],
        targets=public["targets"],
        plan=said.plan.short if said.plan else "",
        targets_sentence=targets_sentence(public["targets"], said.plan.title) if said.plan else "",
        timeliness=public["timeliness"],
        revisions=sorted(public["revisions"], key=lambda r: (r["display_order"] or 99, r["measure"] != "growth")),
        restated=sorted(
            public["restated"], key=lambda r: (r["display_order"], r["restated_month"], r["measure"] != "growth")
        ),
        carried=_owned(_carried(public["ledger"], public["problems"]), public),
        closed=[r for r in public["ledger"] if r["state"] == "closed" and not r["reappears"]],
        missing=[r for r in public["coverage"] if r["accepted_at"] is None],
        checks=quality.checks(manifest["gate"]["results"], manifest["delivery_findings"]),
        corrections=corrections,
        correction_causes=quality.causes(corrections) if corrections else [],
    )


def render_problem_list(
    area: str, region: str, name: str, data: dict[str, list[Row]], manifest: Mapping[str, Any]
) -> str:
    """problems-<region>.html: what one county is asked to do, what a supplier is to verify, and, marked internal, firms."""
    rows = _by_severity(_owned([r for r in data["problems"] if r["region_key"] == region], data))
    regional = [r for r in rows if r["entity_id"] is None]
    return ENVIRONMENT.get_template("problem_list.html.j2").render(
        masthead=load_area(area).masthead,
        manifest=manifest,
        month=manifest["month"],
        tables=TABLES,
        region=region,
        name=name,
        own=[r for r in regional if r["route"] == "county"],
        verify=[r for r in regional if r["route"] != "county"],
        firms=[r for r in rows if r["entity_id"] is not None and r["route"] == "county"],
        carried=_owned(_carried([r for r in data["ledger"] if r["region_key"] == region], rows), data),
        firms_to_verify=sum(r["entity_id"] is not None and r["route"] != "county" for r in rows),
        matched=[r for r in data["matched"] if r["region_key"] == region],
        missing=[r for r in data["coverage"] if r["accepted_at"] is None],
    )

"""Random tables of region and industry: what is hidden in them is determined by nothing that is shown (domain.md 2.11)."""

from collections.abc import Iterator
from datetime import date
from itertools import product
from typing import Any

import numpy as np
import pytest
import sqlalchemy as sa

from warehouse import build

CITY, COUNTIES = "420800", ("420802", "420881", "420822", "420882", "JM-GXDD", "JM-ZH", "JM-QJL")
SECTIONS = {"B": ("06", "08", "10"), "C": ("13", "26", "30", "36", "39"), "D": ("44", "45")}
JUDGES = ("ST02", "ST05", "ST06", "ST08")
YEARS = range(1950, 2018)
Place = tuple[str, str]
Firms = dict[Place, list[float]]
Tables = dict[tuple[str, int], tuple[Firms, set[Place]]]


def _firms(rng: np.random.Generator) -> Firms:
    """A city's firms by county and division: some counties and trades, many of them with few firms, some of one giant."""
    counties = rng.choice(COUNTIES, rng.integers(2, len(COUNTIES) + 1), replace=False)
    sections = rng.choice(list(SECTIONS), rng.integers(1, 4), replace=False)
    divisions = [
        d for s in sections for d in rng.choice(SECTIONS[s], rng.integers(1, len(SECTIONS[s]) + 1), replace=False)
    ]
    crowd = rng.uniform(0.5, 8)
    found = {
        (str(r), str(d)): [round(float(v), 1) + 1 for v in rng.lognormal(3, rng.uniform(0.2, 2), rng.poisson(crowd))]
        for r, d in product(counties, divisions)
    }
    return {place: firms for place, firms in found.items() if firms}


def _contains(cell: Place, leaf: Place) -> bool:
    region, industry = cell
    return region in (CITY, leaf[0]) and (industry in ("_T", leaf[1]) or leaf[1] in SECTIONS.get(industry, ()))


def _cells(firms: Firms, rng: np.random.Generator) -> Firms:
    """Published cells with their firms, with sections or without; some counties, or all, are not told by industry."""
    sections = list(SECTIONS) if rng.random() < 0.6 else []
    industries = ["_T", *sections, *(d for ds in SECTIONS.values() for d in ds)]
    apart = rng.choice(COUNTIES, rng.choice([0, 3, 7], p=[0.7, 0.2, 0.1]), replace=False)
    asked = [(r, i) for r, i in product((CITY, *COUNTIES), industries) if r not in apart or i == "_T"]
    found = {cell: [v for leaf, vs in firms.items() if _contains(cell, leaf) for v in vs] for cell in asked}
    return {cell: vs for cell, vs in found.items() if vs}


def _relations(cells: Firms) -> Iterator[tuple[Place, list[Place]]]:
    """Totals with what adds up to them."""
    for region, industry in cells:
        of = [[(r, industry) for r in COUNTIES if region == CITY]]
        if industry == "_T":
            of += [[(region, s) for s in SECTIONS], [(region, d) for ds in SECTIONS.values() for d in ds]]
        of += [[(region, d) for d in SECTIONS.get(industry, ())]]
        for members in of:
            shown = [m for m in members if m in cells]
            if shown and np.isclose(sum(sum(cells[m]) for m in shown), sum(cells[region, industry])):
                yield (region, industry), shown


def _given_back(cells: Firms, hidden: set[Place]) -> set[Place]:
    """Hidden cells that the shown ones determine: those that no vector of the relations' null space moves."""
    at = {cell: n for n, cell in enumerate(sorted(hidden))}
    rows = []
    for total, members in _relations(cells):
        row = np.zeros(len(at))
        for cell, sign in ((total, -1.0), *((m, 1.0) for m in members)):
            if cell in at:
                row[at[cell]] = sign
        rows.append(row)
    if not at:
        return set()
    _, sizes, basis = np.linalg.svd(np.array(rows or [np.zeros(len(at))]))
    free = basis[int((sizes > 1e-9).sum()) :]
    return {cell for cell, n in at.items() if not (np.abs(free[:, n]) > 1e-9).any()}


def _is_safe(firms: list[float]) -> bool:
    return len(firms) >= 3 and max(firms) <= 0.8 * sum(firms)


def _secret(cells: Firms) -> set[Place]:
    return {cell for cell, firms in cells.items() if not _is_safe(firms)}


@pytest.fixture
def tables(warehouse: sa.Engine) -> Tables:
    """The cells and the hidden cells of each random table, as the model hides them."""
    rng = np.random.default_rng(7)
    build.load_seeds()
    asked = {"GONGYUN_BUILD_MONTH": "2018-06"}
    made = build.dbt("run", asked, "--full-refresh", "--select", "+int_confidential_cells")
    assert made.returncode == 0, made.stdout
    cells: dict[tuple[str, int], Firms] = {}
    rows: list[dict[str, Any]] = []
    for judge, year in product(JUDGES, YEARS):
        firms = _firms(rng)
        cells[judge, year] = _cells(firms, rng)
        given = {"indicator": judge, "month": date(year, 6, 1)}
        rows += [
            {**given, "region": r, "industry": i, "entity": "_T", "value": sum(vs)}
            for (r, i), vs in cells[judge, year].items()
        ]
        rows += [
            {**given, "region": r, "industry": i, "entity": f"{r}-{i}-{n}", "value": v}
            for (r, i), vs in firms.items()
            for n, v in enumerate(vs)
        ]
    with warehouse.begin() as c:
        c.execute(
            sa.text("""
                insert into intermediate.int_series
                    (indicator, region_key, industry_code, entity_id, period_type, month, value)
                values (:indicator, :region, :industry, :entity, 'M', :month, :value)
            """),
            rows,
        )
        c.execute(sa.text("analyze intermediate.int_series"))
    made = build.dbt("run", asked, "--select", "intermediate.confidential")
    assert made.returncode == 0, made.stdout
    with warehouse.connect() as c:
        found = c.execute(
            sa.text("select judged_by, year, region_key, industry_code from intermediate.int_confidential_cells")
        ).all()
    hidden: dict[tuple[str, int], set[Place]] = {table: set() for table in cells}
    for judge, year, region, industry in found:
        hidden[judge, year].add((region, industry))
    return {table: (cells[table], hidden[table]) for table in cells}


def test_what_is_hidden_of_a_random_table_follows_from_nothing_shown_and_adds_up_to_no_secret(tables: Tables) -> None:
    """The attack of Willenborg and de Waal, Elements of Statistical Disclosure Control (2001), with all hidden unknown."""
    assert all(_secret(cells) <= hidden for cells, hidden in tables.values())
    assert {table: back for table, (cells, hidden) in tables.items() if (back := _given_back(cells, hidden))} == {}
    of_shown_totals = [
        [firm for m in members if m in hidden for firm in cells[m]]
        for cells, hidden in tables.values()
        for total, members in _relations(cells)
        if total not in hidden and hidden & set(members)
    ]
    assert len(of_shown_totals) > 500
    assert all(map(_is_safe, of_shown_totals))
    # and no more is hidden than it takes: where nothing is secret all is shown, and of random tables half
    assert all(not hidden or _secret(cells) for cells, hidden in tables.values())
    assert sum(len(hidden) for _, hidden in tables.values()) < sum(len(cells) for cells, _ in tables.values()) / 2

"""What was delivered and speaks as of the build's moment, reckoned cell by cell from raw and the book alone (domain.md 2.6)."""

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache, cached_property
from typing import Any, NamedTuple

import sqlalchemy as sa

from warehouse import seeds

Row = Mapping[str, Any]


class Key(NamedTuple):
    """What a series is of; a period type and a month make it a figure."""

    indicator: str
    region_key: str
    industry_code: str
    entity_id: str


class Cell(NamedTuple):
    delivery_id: int
    feed: str
    scope: str
    accepted_at: datetime
    maturity: str | None
    sheet: str
    cell: str
    row: int
    region_label: str | None
    industry_label: str | None
    account: str | None
    entity_name: str | None
    credit_code: str | None
    indicator: str
    measure: str
    period_type: str
    month: date
    basis: str | None
    value: float | None
    rounding: float | None
    decimals: int | None
    absent_reason: str | None

    @property
    def firm(self) -> str:
        return self.credit_code or self.account or "_T"


@dataclass(frozen=True)
class Said:
    """One measure of a figure, as the delivery that speaks for it says it."""

    value: float | None
    delivery_id: int
    maturity: str | None
    sheet: str
    cell: str
    basis: str | None
    decimals: int | None
    absent_reason: str | None


@dataclass(frozen=True)
class World:
    """A warehouse as built: its marts, the book and the catalogue. Nothing of staging or intermediate is read."""

    engine: sa.Engine

    def rows(self, statement: str, **values: Any) -> list[Row]:
        with self.engine.connect() as c:
            return [dict(r) for r in c.execute(sa.text(statement), values).mappings()]

    def seed(self, table: str) -> tuple[dict[str, str], ...]:
        return seeds.rows(table)

    def threshold(self, rule: str, parameter: str) -> float:
        return next(
            float(r["value"]) for r in self.seed("thresholds") if (r["rule"], r["parameter"]) == (rule, parameter)
        )

    @cached_property
    def build(self) -> Row:
        (row,) = self.rows("select b.* from ops.build as b where b.build_id = ops.build_in_tables()")
        return row

    @property
    def month(self) -> date:
        return self.build["month"]

    @cached_property
    def indicators(self) -> dict[str, dict[str, str]]:
        return {r["indicator"]: r for r in self.seed("indicators")}

    @cached_property
    def regions(self) -> dict[str, dict[str, str]]:
        """The regions of today by key."""
        return {r["region_key"]: r for r in self.seed("regions") if not r["valid_to"]}

    @cached_property
    def top(self) -> str:
        (key,) = [k for k, r in self.regions.items() if not r["parent_key"]]
        return key

    @cached_property
    def aliases(self) -> tuple[dict[str, str], dict[str, str]]:
        """Keys of regions and codes of industries by the labels that name them."""
        return (
            {_clean(r["alias"]): r["region_key"] for r in self.seed("region_aliases")},
            {_clean(r["alias"]): r["industry_code"] for r in self.seed("industry_aliases")},
        )

    @cached_property
    def cells(self) -> list[Cell]:
        return in_force(self)

    @cached_property
    def figures(self) -> dict[Key, dict[str, dict[date, dict[str, Said]]]]:
        """Every delivered figure: its measures by series, period type and month."""
        cells = self.cells
        homes = _homes(self, cells)
        by_measure: dict[tuple[Key, str, date, str], list[Cell]] = defaultdict(list)
        for c in cells:
            place = homes[c.firm] if c.firm != "_T" else _place(self, c)
            by_measure[Key(c.indicator, *place, c.firm), c.period_type, c.month, c.measure].append(c)
        found: dict[Key, dict[str, dict[date, dict[str, Said]]]] = {}
        for (key, period, month, measure), same in by_measure.items():
            found.setdefault(key, {}).setdefault(period, {}).setdefault(month, {})[measure] = _spoken(same)
        return found

    @cached_property
    def listed(self) -> list[Row]:
        """Lines of the lists that speak, with the places that their labels name."""
        regions, industries = self.aliases
        spoken = _last_of_month(self)
        return [
            {
                **r,
                "firm": r["credit_code"] or r["entity_id"],
                "region_key": None if r["region"] is None else regions.get(_clean(r["region"])),
                "industry_code": None if r["industry"] is None else industries.get(_clean(r["industry"])),
            }
            for r in self.rows(
                "select r.*, d.feed, d.accepted_at from raw.register as r inner join ops.delivery as d using (delivery_id)"
            )
            if spoken[r["feed"], r["month"]] == r["delivery_id"]
        ]

    @cached_property
    def names(self) -> dict[str, str | None]:
        """The name of a firm that the latest month gives."""
        ordered = sorted((c for c in self.cells if c.firm != "_T"), key=_latest_first)
        return _first_by_firm(ordered, lambda c: c.entity_name)


@cache
def _clean(label: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKC", label) if not c.isspace())


def _asked(world: World) -> dict[str, Any]:
    return {"as_of": world.build["as_of"], "area": world.regions[world.top]["area"]}


def _last_of_month(world: World) -> Mapping[tuple[str, date], int]:
    """Of each feed that sends a file a month, the accepted delivery that came last, by feed and month."""
    spoken: dict[tuple[str, date], int] = defaultdict(int)
    for r in world.rows(
        """
        select d.feed, m.month, d.delivery_id from ops.delivery as d
        inner join ops.feed as f using (feed) inner join ops.delivery_month as m using (delivery_id)
        where d.status = 'accepted' and d.accepted_at <= :as_of and f.area = :area and f.scope = 'month'
        """,
        **_asked(world),
    ):
        spoken[r["feed"], r["month"]] = max(spoken[r["feed"], r["month"]], r["delivery_id"])
    return spoken


def in_force(world: World) -> list[Cell]:
    """Cells of what was accepted by the moment and came last: of its month, or of each single cell of a history feed."""
    spoken, asked = _last_of_month(world), _asked(world)
    with world.engine.connect() as c:
        cells = [
            Cell(*r)
            for r in c.execute(
                sa.text("""
                    select o.delivery_id, o.feed, f.scope, d.accepted_at, d.maturity, o.sheet, o.cell, o.row, o.region_label,
                        o.industry_label, o.entity_id, o.entity_name, o.credit_code, o.indicator, o.measure, o.period_type,
                        o.month, o.basis, o.value, o.factor * 10.0::float8 ^ -o.decimals, o.decimals, o.absent_reason
                    from raw.observation as o
                    inner join ops.delivery as d using (delivery_id) inner join ops.feed as f on o.feed = f.feed
                    where d.status = 'accepted' and d.accepted_at <= :as_of and f.area = :area
                """),
                asked,
            )
        ]
    monthly = [c for c in cells if c.scope == "month" and spoken[c.feed, c.month] == c.delivery_id]
    newest: dict[tuple[Any, ...], int] = defaultdict(int)
    history = [(c, _of_history(world, c)) for c in cells if c.scope == "history"]
    for c, cell in history:
        newest[cell] = max(newest[cell], c.delivery_id)
    return monthly + [c for c, cell in history if newest[cell] == c.delivery_id]


def _of_history(world: World, c: Cell) -> tuple[Any, ...]:
    return (c.feed, c.indicator, *_place(world, c), c.account, c.period_type, c.measure, c.month)


def _place(world: World, c: Cell) -> tuple[str | None, str | None]:
    """Region and industry of a line; where it names none, the whole area and all industries."""
    regions, industries = world.aliases
    region = world.top if c.region_label is None else regions.get(_clean(c.region_label))
    industry = "_T" if c.industry_label is None else industries.get(_clean(c.industry_label))
    return region, industry


def _latest_first(c: Cell) -> tuple[int, str, int]:
    return (-c.month.toordinal(), c.feed, c.row)


def _first_by_firm(ordered: Iterable[Cell], asked: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for c in ordered:
        if c.firm != "_T" and found.get(c.firm) is None:
            found[c.firm] = asked(c)
    return found


def _homes(world: World, cells: list[Cell]) -> dict[str, tuple[str, str]]:
    """Where a firm is: where the latest month that names a region, and an industry, places it."""
    ordered = sorted((c for c in cells if c.firm != "_T"), key=_latest_first)
    regions = _first_by_firm(ordered, lambda c: None if c.region_label is None else _place(world, c)[0])
    industries = _first_by_firm(ordered, lambda c: None if c.industry_label is None else _place(world, c)[1])
    return {firm: (regions[firm] or world.top, industries[firm] or "_T") for firm in regions}


def _spoken(cells: list[Cell]) -> Said:
    """The one who speaks: settled before a flash, then what came last; of those that agree with it, the finest."""
    if len(cells) == 1:
        return _added(cells)[0]
    by_delivery: dict[int, list[Cell]] = defaultdict(list)
    for c in cells:
        by_delivery[c.delivery_id].append(c)
    offers = [_added(same) for same in by_delivery.values()]
    offers.sort(key=lambda o: (o[0].value is None, o[0].maturity == "flash", -o[1].accepted_at.timestamp(), o[1].feed))
    first, _, first_rounding = offers[0]

    def agrees(said: Said, rounding: float) -> bool:
        if said.value is None or first.value is None:
            return True
        return abs(said.value - first.value) <= 0.500001 * (rounding + first_rounding)

    return min(
        offers,
        key=lambda o: (o[0].value is None, o[0].maturity == "flash", not agrees(o[0], o[2]), o[2], o[1].feed),
    )[0]


def _added(cells: list[Cell]) -> tuple[Said, Cell, float]:
    """Several accounts of a firm in one delivery are added up; a growth said twice is none."""
    if len(cells) == 1:
        (c,) = cells
        said = Said(c.value, c.delivery_id, c.maturity, c.sheet, c.cell, c.basis, c.decimals, c.absent_reason)
        return said, c, c.rounding or 0
    cells = sorted(cells, key=lambda c: c.cell)
    first, values = cells[0], [c.value for c in cells]
    value = None
    if first.measure != "growth" and None not in values:
        value = sum(v for v in values if v is not None)
    decimals = [c.decimals for c in cells if c.decimals is not None]
    said = Said(
        value,
        first.delivery_id,
        first.maturity,
        min(c.sheet for c in cells),
        "+".join(c.cell for c in cells),
        min((c.basis for c in cells if c.basis is not None), default=None),
        min(decimals, default=None),
        min((c.absent_reason for c in cells if c.absent_reason is not None), default=None),
    )
    return said, first, sum(c.rounding or 0 for c in cells)


@cache
def containing(world: World, region: str, industry: str) -> list[tuple[str, str]]:
    """The cells that a firm's place lies in, its own among them."""
    regions, above = [region], world.regions[region]["parent_key"]
    while above:
        regions.append(above)
        above = world.regions[above]["parent_key"]
    section = next(r["section"] for r in world.seed("industries") if r["industry_code"] == industry)
    return [(r, i) for r in regions for i in {industry, section, "_T"} - {""}]

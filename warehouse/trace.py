"""From a published number back to the cells that delivered it: every delivery, sheet and cell, and which is in force."""

from dataclasses import dataclass
from datetime import datetime

import psycopg
from psycopg.rows import dict_row

from vocabulary.month import Month
from vocabulary.unit import canonical
from warehouse.database import connect, with_months
from warehouse.settings import settings

TOTAL = "_T"

_CELLS = """
with labels as (
    select distinct vocabulary.clean_label(a.alias) as label
    from catalog.region_aliases as a
    where a.region_key = %(region)s
),
industries as (
    select distinct vocabulary.clean_label(a.alias) as label
    from catalog.industry_aliases as a
    where a.industry_code = %(industry)s
),
found as (
    select o.*, f.scope
    from raw.observation as o
    inner join ops.delivery as d on d.delivery_id = o.delivery_id
    inner join ops.feed as f on f.feed = o.feed
    where
        o.indicator = any(%(indicators)s)
        and o.month = any(%(months)s)
        and case
            when %(entity)s <> '_T' then %(entity)s in (o.entity_id, o.credit_code)
            else
                o.entity_id is null
                and (
                    vocabulary.clean_label(o.region_label)
                    in (select label from labels)
                    or (o.region_label is null and exists (
                        select 1 from catalog.regions as r
                        where r.region_key = %(region)s and r.area = f.area and r.parent_key is null
                    ))
                )
                and (
                    vocabulary.clean_label(o.industry_label)
                    in (select label from industries)
                    or (o.industry_label is null and %(industry)s = '_T')
                )
        end
)
select
    f.delivery_id, f.feed, d.file_name, d.sha256, d.status, d.simulated, d.maturity, d.received_at, d.accepted_at,
    f.sheet, f.cell, f.heading, f.indicator, f.measure, f.period_type, f.month,
    f.unit, f.value_delivered, f.value, f.decimals, f.absent_reason, f.basis,
    dense_rank() over (
        partition by f.feed, f.indicator, f.measure, f.period_type, f.month
        order by d.accepted_at is null, f.delivery_id
    )::int as vintage,
    exists (
        select 1 from staging.stg_observations as s
        where s.delivery_id = f.delivery_id and s.sheet = f.sheet and s.cell = f.cell and s.indicator = f.indicator
    ) as in_force
from found as f
inner join ops.delivery as d on d.delivery_id = f.delivery_id
order by in_force desc, f.month desc, f.period_type, f.measure desc, f.feed, vintage desc, f.sheet, f.row, f.position
"""


@dataclass(frozen=True)
class Cell:
    """One delivered cell behind a number.

    value_delivered is as printed, in `unit`; value is in the indicator's canonical unit. `vintage` counts the
    deliveries of a feed that speak of this series and period, in the order of their acceptance; `in_force` says
    whether the last build read it.
    """

    delivery_id: int
    feed: str
    file_name: str
    sha256: str
    status: str
    simulated: bool
    maturity: str | None
    received_at: datetime
    accepted_at: datetime | None
    sheet: str
    cell: str
    heading: str
    indicator: str
    measure: str
    period_type: str
    month: Month
    unit: str | None
    value_delivered: float | None
    value: float | None
    decimals: int | None
    absent_reason: str | None
    basis: str | None
    vintage: int
    in_force: bool

    @property
    def factor(self) -> float | None:
        """Delivered value times this is the canonical value; None where the cell has no number or zero."""
        return self.value / self.value_delivered if self.value is not None and self.value_delivered else None

    @property
    def delivered_text(self) -> str:
        """The number as printed, with its digits; the reason of absence where there is none."""
        if self.value_delivered is None:
            return self.absent_reason or ""
        return f"{self.value_delivered:.{self.decimals}f}" if self.decimals is not None else f"{self.value_delivered:g}"

    def lines(self) -> tuple[str, ...]:
        """The cell told in words: what it says, where it stands, in which delivery it came."""
        number = "no number" if self.value is None else f"{self.value:,.10g} {self.canonical_unit}".strip()
        settled = f" ({self.maturity})" if self.maturity else ""
        came = f"accepted {self.accepted_at:%Y-%m-%d %H:%M:%S}" if self.accepted_at else self.status
        return (
            f"{self.measure} {self.period_type} {self.month}: {number}"
            f", printed {self.delivered_text} {self.unit or ''}".rstrip()
            + (" [in force]" if self.in_force else ""),
            f"{self.file_name}, sheet {self.sheet}, cell {self.cell}, under {self.heading}",
            f"{self.feed}, delivery {self.delivery_id}, vintage {self.vintage}{settled}, {came}, sha256 {self.sha256[:12]}",
        )

    @property
    def canonical_unit(self) -> str:
        return "%" if self.measure == "growth" else canonical(self.unit)[0] if self.unit else ""


def trace(indicator: str, region: str, month: Month, industry: str = TOTAL, entity: str = TOTAL) -> list[Cell]:
    """Every delivered cell behind a number of `indicator` for a region (key or name) and month, what is in force first.

    A month derived from year-to-date figures, and January-February, rest on the month before too: its cells are
    listed with them. Needs marts that have been built once. An unknown region has no cells.
    """
    with connect() as c:
        region = _region_key(c, region)
        derived = _rests_on_the_month_before(c, indicator, region, month, industry, entity)
        with c.cursor(row_factory=dict_row) as cursor:
            found = cursor.execute(
                _CELLS,
                {
                    "indicators": [indicator],
                    "region": region,
                    "months": [month, month.before()] if derived else [month],
                    "industry": industry,
                    "entity": entity,
                },
            )
            return [Cell(**with_months(cell)) for cell in found]


def _region_key(c: psycopg.Connection, region: str) -> str:
    found = c.execute(
        "select region_key from catalog.region_aliases where alias = %s and area = %s", (region, settings().area)
    ).fetchone()
    return str(found[0]) if found else region


def _rests_on_the_month_before(
    c: psycopg.Connection, indicator: str, region: str, month: Month, industry: str, entity: str
) -> bool:
    found = c.execute(
        """
        select exists (
            select 1 from marts.fct_indicator_growth
            where indicator = %s and month = %s and entity_id = %s
              and (entity_id <> '_T' or (region_key = %s and industry_code = %s))
              and derivation in ('ytd_difference', 'january_plus_february')
        )
        """,
        (indicator, month, entity, region, industry),
    ).fetchone()
    return bool(found and found[0])

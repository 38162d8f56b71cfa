"""A city, province or nation of any size, delivered straight into raw and ops by the server: months of ten departments.

Figures follow from region, indicator and month alone, so the same scale gives the same warehouse every time.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import groupby

import psycopg

FIRST_MONTH = date(2012, 1, 1)
FIRM_FEEDS = {
    "powr__bench_firms": (("PW03", "value", "M"), ("PW03", "base", "M")),
    "tax__bench_firms": (
        ("TX03", "value", "M"), ("TX03", "growth", "M"), ("TX04", "value", "M"), ("TX04", "growth", "M"),
    ),
    "stat__bench_firms": (("ST02", "value", "YTD"), ("ST02", "growth", "YTD"), ("ST08", "value", "M")),
}  # fmt: skip
PANEL = "stat__bench_panel"

# A figure is a level that grows by 6 % a year, give or take what a hash says: between -0.5 and 0.5.
_NOISE = "((hashint4(r.n * 7919 + {column} * 7727 + ({month}) * 1299709) & 1023) / 1023.0 - 0.5)"
_LEVEL = "(1000 + 37 * mod(r.n * 31 + {column}, 97)) * 1.06 ^ (({month}) / 12.0)"
_FIGURE = {
    ("value", "M"): f"{_LEVEL} * (1 + 0.16 * {_NOISE})",
    ("base", "M"): f"{_LEVEL} / 1.06 * (1 + 0.12 * {_NOISE})",
    ("growth", "M"): f"round((6 + 16 * {_NOISE})::numeric, 1)",
    ("value", "YTD"): f"{_LEVEL} * (mod({{month}}, 12) + 1 + 0.2 * {_NOISE})",
    ("growth", "YTD"): f"round((6 + 6 * {_NOISE})::numeric, 1)",
}


@dataclass(frozen=True)
class Scale:
    """How much there is. Indicators are region indicators; a firm has five of its own."""

    name: str
    regions: int
    indicators: int
    months: int
    enterprises: int


CITY = Scale("city", 12, 60, 60, 1500)
PROVINCE = Scale("province", 120, 60, 60, 1500)
NATION = Scale("nation", 3000, 60, 120, 0)
THIRD = Scale("a third of it", 1000, 60, 120, 0)


def month(index: int) -> date:
    """The month `index` months after the first."""
    return date(FIRST_MONTH.year + index // 12, index % 12 + 1, 1)


def declare(c: psycopg.Connection, scale: Scale) -> None:
    """Make the regions, the firms and the feeds of a scale known. Needs the seeds."""
    c.execute(
        """
        create table raw.bench_place as
        select row_number() over (order by region_key)::int as n, region_key from (
            select distinct region_key from catalog.regions where area = 'jingmen'
            union select 'R' || to_char(i, 'fm00000') from generate_series(1, %s) as i
        ) as known
        order by region_key <> '420800', region_key like 'R%%', region_key limit %s
        """,
        (scale.regions, scale.regions),
    )
    c.execute("""
        insert into catalog.regions (region_key, name_zh, region_type, parent_key, adds_to_parent, area, ranking_group)
        select region_key, region_key, 'county', '420800', true, 'jingmen', 'county' from raw.bench_place
        where region_key like 'R%'
    """)
    c.execute("""
        insert into catalog.region_aliases (area, alias, region_key)
        select 'jingmen', region_key, region_key from raw.bench_place where region_key like 'R%'
    """)
    c.execute(
        """
        create table raw.bench_firm as
        select i::int as n, '91420800' || to_char(i, 'fm0000000000') as credit_code, '企业' || i as name,
               p.region_key, to_char(13 + mod(i, 31), 'fm00') as industry
        from generate_series(1, %s) as i
        inner join raw.bench_place as p on p.n = 1 + mod(i, %s)
        """,
        (scale.enterprises, scale.regions),
    )
    for feed in (*_feeds(c, scale), *([PANEL] if scale.enterprises else [])):
        c.execute(
            """
            with declared as (
                insert into ops.feed (feed, area, department, title, grain, scope, first_month)
                values (%(feed)s, 'jingmen', %(department)s, %(feed)s, 'region', 'month', '2000-01-01')
                returning feed
            )
            insert into ops.feed_terms (feed, frequency, reports_january, required, due_day)
            select feed, 'month', %(january)s, false, 10 from declared
            """,
            {"feed": feed, "department": feed.split("__")[0], "january": not feed.startswith("stat")},
        )


def deliver(c: psycopg.Connection, scale: Scale, index: int, repeat: int = 0) -> None:
    """Every feed's delivery of the month `index`, accepted on the tenth of the month after; `repeat` is a later vintage."""
    for feed, columns in _feeds(c, scale).items():
        if feed.startswith("stat") and index % 12 == 0:
            continue
        delivery = _delivery(c, feed, index, repeat)
        _columns(c, delivery, columns)
        if feed in FIRM_FEEDS:
            _firm_rows(c, delivery, feed, columns, index, repeat)
        else:
            c.execute(
                f"""
                insert into raw.delivered_row (delivery_id, sheet, row, region, month, values)
                select %s, 'S', r.n + 1, r.region_key, %s, array[{_figures(columns, index, repeat)}]::float8[]
                from raw.bench_place as r
                """,
                (delivery, month(index)),
            )

    if scale.enterprises and index % 12:
        _list_panel(c, _delivery(c, PANEL, index, repeat), index)


def _list_panel(c: psycopg.Connection, delivery: int, index: int) -> None:
    """The firms of the panel: each is out of it for twelve months in a hundred, and one in 997 moves every month."""
    c.execute(
        """
        insert into raw.register
            (delivery_id, sheet, row, kind, month, entity_id, entity_name, credit_code, region, industry, attributes)
        select %(delivery)s, 'S', r.n + 1, 'panel', %(month)s, r.credit_code, r.name, r.credit_code,
               p.region_key, r.industry,
               jsonb_build_object('status', case
                   when mod(r.n + %(index)s, 100) = 0 then 'dropped'
                   when mod(r.n + %(index)s, 100) = 12 then 'graduated'
                   else 'in'
               end)
        from raw.bench_firm as r
        inner join raw.bench_place as p
            on p.n = 1 + mod(r.n + (r.n + %(index)s) / 997, (select count(*)::int from raw.bench_place))
        where mod(r.n + %(index)s, 100) not between 1 and 11
        """,
        {"delivery": delivery, "month": month(index), "index": index},
    )


def _feeds(c: psycopg.Connection, scale: Scale) -> dict[str, tuple[tuple[str, str, str], ...]]:
    return dict(_region_feeds(c, scale)) | (FIRM_FEEDS if scale.enterprises else {})


def _region_feeds(c: psycopg.Connection, scale: Scale) -> Iterator[tuple[str, tuple[tuple[str, str, str], ...]]]:
    chosen = c.execute(
        """
        select department, indicator, nature from (
            select * from catalog.indicators
            where indicator not like 'CN%%' and indicator <> 'PW03' order by indicator limit %s
        ) as first order by department, indicator
        """,
        (scale.indicators,),
    ).fetchall()
    for department, indicators in groupby(chosen, key=lambda r: r[0]):
        yield (
            f"{department}__bench",
            tuple(
                (indicator, measure, period)
                for _, indicator, nature in indicators
                for period in (("M", "YTD") if department == "stat" and nature == "flow" else ("M",))
                for measure in ("value", "growth")
            ),
        )


def _delivery(c: psycopg.Connection, feed: str, index: int, repeat: int) -> int:
    row = c.execute(
        """
        insert into ops.delivery (feed, file_name, sha256, size_bytes, status, month, received_at, accepted_at)
        select %(feed)s, %(feed)s, repeat('0', 64), 1, 'accepted', %(month)s::date, a.at, a.at
        from (select (%(month)s::date + interval '1 month 9 days')::timestamptz + %(repeat)s * interval '1 hour') as a (at)
        returning delivery_id
        """,
        {"feed": feed, "month": month(index), "repeat": repeat},
    ).fetchone()
    assert row is not None
    c.execute("insert into ops.delivery_month values (%s, %s, 1)", (row[0], month(index)))
    return int(row[0])


def _columns(c: psycopg.Connection, delivery: int, columns: tuple[tuple[str, str, str], ...]) -> None:
    with c.cursor() as cursor:
        cursor.executemany(
            """
            insert into raw.delivered_column
                (delivery_id, sheet, position, letter, heading, indicator, measure, period_type, decimals)
            values (%s, 'S', %s, %s, %s, %s, %s, %s, %s)
            """,
            [
                (
                    delivery,
                    i,
                    _letter(i),
                    f"{indicator}|{measure}",
                    indicator,
                    measure,
                    period,
                    1 if measure == "growth" else 2,
                )
                for i, (indicator, measure, period) in enumerate(columns, start=1)
            ],
        )


def _letter(position: int) -> str:
    return (chr(64 + (position - 1) // 26) if position > 26 else "") + chr(65 + (position - 1) % 26)


def _figures(columns: tuple[tuple[str, str, str], ...], index: int, repeat: int) -> str:
    return ", ".join(
        _FIGURE[measure, period].format(column=sum(map(ord, indicator + period)) + 1000 * repeat, month=index)
        for indicator, measure, period in columns
    )


def _firm_rows(
    c: psycopg.Connection, delivery: int, feed: str, columns: tuple[tuple[str, str, str], ...], index: int, repeat: int
) -> None:
    account = "to_char(r.n, 'fm000000')" if feed.startswith("powr") else "r.credit_code"
    c.execute(
        f"""
        insert into raw.delivered_row
            (delivery_id, sheet, row, region, industry, entity_id, entity_name, credit_code, month, values)
        select %s, 'S', r.n + 1, r.region_key, r.industry, {account}, r.name, r.credit_code, %s,
               array[{_figures(columns, index, repeat)}]::float8[]
        from raw.bench_firm as r
        """,
        (delivery, month(index)),
    )

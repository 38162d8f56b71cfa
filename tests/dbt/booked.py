"""What the marts say of the book and the catalogue (domain.md 1.1, 2.6, 2.7; decision 11), reckoned from their rows."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from tests.dbt.delivered import Row, World
from tests.dbt.grown import moved
from vocabulary.month import BEIJING

Rows = dict[tuple[Any, ...], dict[str, Any]]


def revisions(world: World) -> Rows:
    """Rows of marts.fct_revisions: what changed between deliveries, in percent, or in points where it is a percentage."""
    asked = {"as_of": world.build["as_of"], "area": world.regions[world.top]["area"]}
    told = world.rows(
        """
        select r.*, d.feed, d.accepted_at from ops.revision as r inner join ops.delivery as d using (delivery_id)
        inner join ops.feed as f on d.feed = f.feed
        where d.status = 'accepted' and d.accepted_at <= :as_of and f.area = :area and r.entity is null
        order by d.accepted_at, d.delivery_id
        """,
        **asked,
    )
    found: Rows = {}
    times: dict[tuple[Any, ...], int] = defaultdict(int)
    for r in told:
        series = (r["feed"], r["series"], r["measure"], r["month"])
        times[series] += 1
        old, new = r["old_value"], r["new_value"]
        points = r["measure"] == "growth" or world.indicators[r["indicator"]]["nature"] in ("rate", "index")
        size = None if old is None or new is None else new - old
        if size is not None and not points:
            size = 100 * size / abs(old) if old else None
        found[r["delivery_id"], r["series"], r["measure"], r["month"]] = {
            "indicator": r["indicator"],
            "region_key": r["region_key"] or world.top,
            "industry_code": r["industry_code"] or "_T",
            "period_type": r["period_type"],
            "kind": "new_data" if old is None else "withdrawn" if new is None else "revision",
            "cause": r["cause"],
            "old_value": old,
            "new_value": new,
            "size": size,
            "size_unit": "pp" if points else "pct",
            "revision_no": times[series],
            "revised_delivery_id": r["revised_delivery_id"],
            "accepted_at": r["accepted_at"],
        }
    return found


def due_on(special: Mapping[date, bool], month: date, due_day: int) -> date:
    """A day of the month after, or its last one, or the next working day; `special` tells which days are not as usual."""
    last = moved(month, 2) - timedelta(days=1)
    day = min(moved(month, 1) + timedelta(days=due_day - 1), last)
    while not special.get(day, day.isoweekday() < 6):
        day += timedelta(days=1)
    return day


def terms_of(all_terms: list[Row], feed: str, month: date, as_of: datetime) -> Row:
    """What was stated last before the month ended, and known at the moment; else what was stated first."""
    own = sorted((t for t in all_terms if t["feed"] == feed), key=lambda t: t["stated_at"])
    end = datetime.combine(moved(month, 1), datetime.min.time(), BEIJING)
    return ([own[0]] + [t for t in own if t["stated_at"] <= as_of and t["stated_at"] < end])[-1]


def owes(feed: Row, terms: Row, month: date) -> bool:
    within = feed["first_month"] <= month and (feed["last_month"] is None or month <= feed["last_month"])
    due = {"month": True, "quarter": month.month % 3 == 0, "once": False}[terms["frequency"]]
    return bool(within and due and (terms["reports_january"] or month.month != 1))


def timeliness(world: World) -> Rows:
    """Rows of marts.fct_feed_timeliness: what each feed owed in twelve months, and when it first came."""
    as_of, area = world.build["as_of"], world.regions[world.top]["area"]
    feeds = world.rows("select * from ops.feed where area = :area", area=area)
    all_terms = world.rows("select * from ops.feed_terms")
    deliveries = world.rows("select * from ops.delivery")
    spoken = defaultdict(set)
    for r in world.rows("select delivery_id, month from ops.delivery_month"):
        spoken[r["month"]].add(r["delivery_id"])
    special = {r["day"]: r["worked"] for r in world.rows("select * from ops.special_day")}
    patience = world.threshold("timeliness", "backfilled_after_days")
    today = as_of.astimezone(BEIJING).date()
    found: Rows = {}
    for month in (moved(world.month, n) for n in range(-11, 1)):
        for feed in feeds:
            terms = terms_of(all_terms, feed["feed"], month, as_of)
            if not owes(feed, terms, month):
                continue
            due = due_on(special, month, terms["due_day"])
            own = [d for d in deliveries if d["feed"] == feed["feed"]]
            taken = [d for d in own if d["status"] == "accepted" and d["accepted_at"] <= as_of]
            taken = [d for d in taken if d["delivery_id"] in spoken[month]]
            first = min(taken, key=lambda d: (d["accepted_at"], d["delivery_id"]), default=None)
            came = first["accepted_at"].astimezone(BEIJING).date() if first else None
            mute = feed["scope"] == "history" or (first and first["simulated"])
            mute = mute or (came is not None and (came - due).days > patience)
            refused = [
                d for d in own if d["month"] == month and d["status"] == "rejected" and d["rejected_at"] <= as_of
            ]
            found[feed["feed"], month] = {
                "department": feed["department"],
                "required": terms["required"],
                "due_on": due,
                "first_accepted_at": first["accepted_at"] if first else None,
                "rejected_n": len(refused),
                "redelivered_n": max(sum(d["month"] == month for d in taken) - 1, 0),
                "days_late": None if mute else max(((came or today) - due).days, 0),
                "timeliness": _how(came, due, today, bool(mute)),
            }
    return found


def _how(came: date | None, due: date, today: date, mute: bool) -> str:
    if came is None:
        return "not_due" if today <= due else "absent"
    return "not_judged" if mute else "late" if came > due else "on_time"


def indicators(world: World) -> Rows:
    """Rows of marts.dim_indicator: the catalogue as written, with the name of the department."""
    departments = {r["department"]: r["name_zh"] for r in world.seed("departments")}
    flags = ("reports_january", "sums_over_regions", "never_negative", "yoy_index", "main_indicator")
    return {
        (i,): {
            **{c: r[c] for c in ("name_zh", "name_en", "unit", "nature", "department")},
            **{c: r[c] == "true" for c in flags},
            "department_zh": departments[r["department"]],
            "headline_order": int(r["headline_order"]) if r["headline_order"] else None,
        }
        for i, r in world.indicators.items()
        if r["department"] in departments
    }


def regions(world: World) -> Rows:
    """Rows of marts.dim_region: each region as it is today."""
    return {
        (key,): {
            **{c: r[c] or None for c in ("code", "name_zh", "region_type", "parent_key", "area", "ranking_group")},
            "adds_to_parent": r["adds_to_parent"] == "true",
            "is_top": key == world.top,
        }
        for key, r in world.regions.items()
    }


def region_history(world: World) -> Rows:
    """Rows of marts.dim_region_history: each region as it was, beside its name of today."""
    return {
        (r["region_key"], date.fromisoformat(r["valid_from"] or "1949-10-01")): {
            **{c: r[c] or None for c in ("code", "name_zh", "region_type", "parent_key", "area")},
            "valid_to": date.fromisoformat(r["valid_to"]) if r["valid_to"] else None,
            "name_today_zh": world.regions[r["region_key"]]["name_zh"],
            "adds_to_parent": r["adds_to_parent"] == "true",
        }
        for r in world.seed("regions")
    }


def builds(world: World) -> Rows:
    """The one row of marts.dim_build: what lies in the tables, and whether it knows less than the edition in force."""
    published = world.rows(
        "select * from ops.edition where status = 'published' and month = :month order by number", month=world.month
    )
    made = [e for e in published if e["build_id"] == world.build["build_id"]]
    last = published[-1] if published else None
    return {
        (world.build["build_id"],): {
            "month": world.month,
            "as_of": world.build["as_of"],
            "code_version": world.build["code_version"],
            "edition": made[-1]["number"] if made else None,
            "edition_in_force": last["number"] if last else None,
            "edition_in_force_as_of": last["as_of"] if last else None,
            "knows_less": bool(last and world.build["as_of"] < last["as_of"]),
        }
    }

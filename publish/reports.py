"""What an edition may print: the rows of schema reports for one month, and nothing else of the marts.

A report table that holds another month stops the edition: a section with last month's figures is the fault
readers find last.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import text
from sqlalchemy.engine import Connection

from warehouse.book import month_text

Row = dict[str, Any]
SERIES_MONTHS = 36
TOP_TYPES = {"city", "country"}  # a region of these is the whole area


class ReportsNotOfMonth(Exception):
    """A report table holds rows of a month other than the edition's."""


@dataclass(frozen=True)
class Report:
    """One table of schema reports: the columns that are published and the ones that identify a row."""

    table: str
    key: tuple[str, ...]
    columns: tuple[str, ...]


def _report(table: str, key: str, columns: str) -> Report:
    return Report(table, tuple(key.split()), tuple(columns.split()))


REPORTS: dict[str, Report] = {
    "headline": _report(
        "rpt_headline",
        "indicator period_type",
        "month indicator name_zh unit period_type value growth_pct growth_source maturity previous_growth_pct change_pp display_order",
    ),
    "regions": _report(
        "rpt_region_indicators",
        "indicator region_key",
        "month region_key region_name region_type ranking_group indicator name_zh growth_pct maturity value unit rank "
        "rank_ties rank_of confidential",
    ),
    "matched": _report(
        "rpt_matched",
        "pair region_key",
        "month pair name_zh region_key region_name growth_a_pct growth_b_pct gap_pp rate_adjustment_pp robust_z history_n "
        "limit_pp ratio_deviation_pct elasticity mix_adjusted_power_pct colour judged_by run_length explained_by "
        "explained_by_zh explained_pp unexplained_pp causes_zh route route_department_zh route_reason_zh "
        "indicator_a_name indicator_b_name "
        "benign_causes_zh",
    ),
    "correlated": _report(
        "rpt_correlated",
        "pair region_key",
        "month pair name_zh leader_name follower_name region_key region_name best_lag_months pearson pearson_low "
        "pearson_high spearman n n_eff q_value expected_sign state stability first_month last_month "
        "latest_follower_change expected_follower_change surprise_pp surprise_z surprise_n "
        "best_lag_months_without_shocks pearson_without_shocks n_without_shocks state_without_shocks",
    ),
    "problems": _report(
        "rpt_county_problems",
        "problem_key",
        "month problem_key region_key region_name rule rule_version colour subject_zh statement_zh evidence_zh evidence "
        "owner_department route due_on entity_id",
    ),
    "ledger": _report(
        "rpt_problem_ledger",
        "problem_key",
        "month problem_key region_key region_name rule rule_version entity_id colour subject_zh statement_zh "
        "owner_department route first_month last_month age_months state state_since by_whom note quiet reappears due_on overdue",
    ),
    "coverage": _report(
        "rpt_coverage",
        "feed",
        "month feed department department_zh title required due_on accepted_at days_late status maturity cells",
    ),
    "composite": _report(
        "rpt_composite_signal",
        "region_key indicator",
        "month region_key region_name ranking_group indicator name_zh display_order growth_pct history_n score "
        "previous_score contribution_points scored_n total_score previous_total_score light shock shock_zh "
        "shock_year_ago shock_year_ago_zh",
    ),
    "rankings": _report(
        "rpt_rankings",
        "indicator region_key",
        "month indicator name_zh display_order region_key region_name ranking_group growth_pct score maturity rank rank_ties "
        "rank_within_band rank_of previous_rank places_gained is_year_end",
    ),
    "interviews": _report(
        "rpt_interview_candidates",
        "region_key",
        "month region_key region_name is_candidate colour fired_n looked_n indicators findings_zh holds_first_release "
        "holds_without_january_february holds_two_year_average looked_without_january_february_n "
        "looked_two_year_average_n without_january_february_caveats_zh two_year_caveats_zh under_verification_zh flash_zh "
        "shock",
    ),
    "targets": _report(
        "rpt_target_progress",
        "display_order",
        "month target region_key region_name name_zh kind comparison unit target_value target_value_to tolerance actual "
        "before_plan measured_month expected pace completion_pct colour state required_pct best_past_pct best_past_years_n remaining "
        "years_n is_stricter clause clause_text_zh evidence_zh note_zh confidential display_order",
    ),
    "timeliness": _report(
        "rpt_timeliness",
        "department",
        "month department department_zh first_month last_month owed_n on_time_n late_n absent_n not_judged_n rejected_n "
        "redelivered_n mean_days_late",
    ),
    "revisions": _report(
        "rpt_revisions",
        "indicator period_type measure",
        "month indicator name_zh unit display_order period_type measure first_value current_value revisions_n last_kind "
        "last_cause mean_abs_size revised_n size_unit",
    ),
    "restated": _report(
        "rpt_restated",
        "indicator period_type measure restated_month",
        "month restated_month indicator name_zh unit display_order period_type measure old_value new_value cause",
    ),
    "series": _report(
        "rpt_series",
        "indicator region_key period_type month",
        "month indicator name_zh region_key growth_pct maturity period_type",
    ),
}
MONTHS = {"month", "restated_month", "first_month", "last_month", "measured_month"}


def _publishable(column: str, value: Any) -> Any:
    """A value as data.json states it: months as 2018-06, moments in UTC, numbers as numbers, absent as null."""
    if column in MONTHS and isinstance(value, date):
        return month_text(value)
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="seconds")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return float(value)
    return value


def _read(c: Connection, report: Report, month: date) -> list[Row]:
    columns = ", ".join(f'"{name}"' for name in report.columns)
    if report.table == "rpt_series":  # the one table whose month is that of the point, not of the edition
        where = f"month <= :m and month > :m - interval '{SERIES_MONTHS} months'"
    else:
        others = c.execute(text(f"select distinct month from reports.{report.table} where month <> :m"), {"m": month})
        wrong = sorted(map(month_text, others.scalars()))
        if wrong:
            raise ReportsNotOfMonth(f"reports.{report.table} holds {', '.join(wrong)}, not only {month_text(month)}")
        where = "month = :m"
    found = c.execute(text(f"select {columns} from reports.{report.table} where {where}"), {"m": month}).mappings()
    rows = [{k: _publishable(k, v) for k, v in row.items()} for row in found]
    return sorted(rows, key=lambda r: tuple(_natural(str(r[k])) for k in report.key))


def _natural(key: str) -> tuple[tuple[int, str], ...]:
    """Sorts M2 before M10."""
    return tuple((int(part), "") if part.isdigit() else (0, part) for part in re.split(r"(\d+)", key))


def read_reports(c: Connection, month: date) -> dict[str, list[Row]]:
    """The rows of every report for `month`, by section, ordered by key.

    `series` holds the 36 months up to `month`. Raises ReportsNotOfMonth when a table speaks of another month.
    """
    return {section: _read(c, report, month) for section, report in REPORTS.items()}

"""A month ready to be published: the tables of schema reports as the mart contract names them, and their book."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from hashlib import sha256
from math import sin
from typing import Any

import pytest
import sqlalchemy as sa
import yaml

from publish.sections import SECTIONS
from vocabulary.month import Month
from warehouse.settings import ROOT

JUNE = date(2018, 6, 1)
AS_OF = datetime(2018, 7, 25, 1, 30, tzinfo=UTC)

REGIONS = [
    ("420802", "东宝区", "county", "county"),
    ("JM-GXDD", "荆门高新区·掇刀区", "combined", "county"),
    ("420882", "京山市", "county", "county"),
    ("420822", "沙洋县", "county", "county"),
    ("420881", "钟祥市", "county", "county"),
    ("JM-ZH", "漳河新区", "functional_zone", "zone"),
    ("JM-QJL", "屈家岭管理区", "functional_zone", "zone"),
    ("JM-DCH", "大柴湖开发区", "of_which", None),
]
HEADLINE = [
    ("ST01", "规模以上工业增加值", "%", "YTD", None, 8.1, 7.9),
    ("ST02", "规模以上工业总产值", "万元", "YTD", 15803421.4, 10.6, 10.9),
    ("PW02", "工业用电量", "万千瓦时", "YTD", 412345.6, -3.2, -4.0),
    ("TX03", "工业开票销售收入", "万元", "YTD", 14022310.0, 12.4, 12.4),
    ("TX01", "工业增值税入库", "万元", "M", 9.53, 0.04, -0.3),
    ("DR06", "工业产能利用率", "%", "M", 79.6, None, None),
    ("ST07", "规模以上工业企业利润总额", "万元", "YTD", 612345.0, None, 9.1),
]
PAIRS = [
    (
        "M1",
        "工业总产值与工业用电量",
        "规模以上工业总产值",
        "工业用电量",
        "用电结构变化、自备电厂发电、抄表周期与自然月不一致",
    ),
    ("M3", "工业销售产值与开票销售收入", "规模以上工业销售产值", "工业开票销售收入", "厂际调拨、提前或滞后开票"),
    ("M6", "工业用电量与开票销售收入", "工业用电量", "工业开票销售收入", "用电结构变化、抄表周期"),
    ("M8", "平均用工人数与社保缴费人数", "规模以上工业企业平均用工人数", "社保费征收工业企业人数", "劳务派遣用工"),
]
NAMES = {"stat": "统计局", "powr": "供电公司", "tax": "税务局", "tran": "交通运输局"}
FEEDS = [
    ("stat__industry", "stat", "规模以上工业生产主要指标", True, 18, True),
    ("powr__consumption", "powr", "分地区工业用电量", True, 6, True),
    ("tax__invoices", "tax", "工业企业开票销售收入", True, 8, True),
    ("tran__freight", "tran", "公路水路货运量", False, 15, False),
]


def as_contracted(name: str) -> str:
    """The statement that creates a report's table as its dbt contract declares it."""
    path = ROOT / "dbt_project" / "models" / "reports" / f"{name}.yml"
    columns = yaml.safe_load(path.read_text(encoding="utf-8"))["models"][0]["columns"]
    return f"create table reports.{name} ({', '.join(c['name'] + ' ' + c['data_type'] for c in columns)})"


def insert(engine: sa.Engine, table: str, *rows: dict[str, Any]) -> None:
    """Rows into a table by column name; all rows carry the same columns."""
    names = list(rows[0])
    statement = f"insert into {table} ({', '.join(names)}) values ({', '.join(':' + n for n in names)})"
    with engine.begin() as c:
        c.execute(sa.text(statement), list(rows))


def fill_reports(engine: sa.Engine, month: date = JUNE) -> None:
    """Schema reports as dbt leaves it for a month of the city."""
    with engine.begin() as c:
        c.exec_driver_sql("create schema reports")
        for section in SECTIONS.values():
            c.exec_driver_sql(as_contracted(section.report))
    insert(
        engine,
        "reports.rpt_headline",
        *(
            {"month": month, "indicator": i, "name_zh": n, "unit": u, "period_type": p, "value": v, "growth_pct": g, "growth_source": "computed" if i == "TX01" else "reported", "previous_growth_pct": b,
                 "change_pp": None if g is None or b is None else g - b, "display_order": o}
            for o, (i, n, u, p, v, g, b) in enumerate(HEADLINE, 1)
        ),
    )  # fmt: skip
    _fill_regions(engine, month)
    _fill_comparisons(engine, month)
    insert(engine, "reports.rpt_county_problems", *problems(month))
    insert(
        engine,
        "reports.rpt_coverage",
        *(
            {"month": month, "feed": f, "department": d, "department_zh": NAMES[d], "title": t, "required": r, "due_on": date(2018, 7, day),
                 "accepted_at": datetime(2018, 7, day + (2 if d == "tax" else 0), 1, tzinfo=UTC) if came else None,
                 "days_late": (2 if d == "tax" else 0) if came else None, "status": "accepted" if came else "missing",
                 "cells": 96 if came else None}
            for f, d, t, r, day, came in FEEDS
        ),
    )  # fmt: skip
    months = [date(2015 + (6 + k) // 12, (6 + k) % 12 + 1, 1) for k in range(36)]
    insert(
        engine,
        "reports.rpt_series",
        *(
            {"indicator": i, "name_zh": n, "region_key": "420800", "month": m, "growth_pct": level + swing * sin(k / 5 + level), "period_type": "YTD"}
            for i, n, level, swing in (("ST01", "规模以上工业增加值", 8, 0.8), ("PW02", "工业用电量", 3, 6), ("TX03", "工业开票销售收入", 11, 4))
            for k, m in enumerate(months)
            if not (i == "ST01" and m.month == 1) and not (i == "PW02" and m == date(2016, 8, 1))
        ),
    )  # fmt: skip


def _fill_regions(engine: sa.Engine, month: date) -> None:
    rows = []
    for i, name, level in (
        ("ST01", "规模以上工业增加值", 8),
        ("PW02", "工业用电量", -2),
        ("TX03", "工业开票销售收入", 12),
    ):
        for k, (key, region, kind, group) in enumerate(REGIONS):
            growth = None if (i, key) == ("TX03", "JM-QJL") else round(level + 5 * sin(k * 2 + level), 1)
            ranked = group is not None and growth is not None
            rows.append(
                {"month": month, "region_key": key, "region_name": region, "region_type": kind, "ranking_group": group, "indicator": i,
                     "name_zh": name, "growth_pct": growth, "value": None, "unit": "%", "confidential": False, "rank": k % 5 + 1 if ranked else None,
                     "rank_ties": 2 if ranked and k == 1 else 1, "rank_of": 5 if ranked else None}
            )  # fmt: skip
    insert(engine, "reports.rpt_region_indicators", *rows)


def _cause(
    cause: str, name: str, verdict: str, explained: float | None = None, left: float | None = None
) -> dict[str, Any]:
    """A cause as a comparison carries it."""
    return {"cause": cause, "name_zh": name, "verdict": verdict, "explained_pp": explained, "remaining_pp": left,
            "measured_by": None, "two_year_caveat": None, "panel": None}  # fmt: skip


CAUSES = {
    "red": [
        _cause("billing_cycle", "抄表周期", "narrows", 2.0, 9.5),
        _cause("panel_change", "统计范围变动", "does_not_help"),
    ],
    "orange": [_cause("billing_cycle", "抄表周期", "closes", 7.0, 2.1)],
}


def _judgement(pair: str, region: str, colour: str) -> dict[str, Any]:
    """What the checks of causes say of a comparison: the red one is left over, an orange one is explained."""
    causes = CAUSES.get(colour)
    return {
        "judged_by": "ratio" if (pair, region) == ("M3", "420800") else "robust_z",
        "ratio_deviation_pct": 31.4 if pair == "M3" else None,
        "elasticity": None if pair == "M3" else 1.3,
        "mix_adjusted_power_pct": 4.4 if pair == "M1" else None,
        "rate_adjustment_pp": 0.0,
        "explained_by": "billing_cycle" if causes else None,
        "explained_by_zh": "抄表周期" if causes else None,
        "explained_pp": causes[0]["explained_pp"] if causes else None,
        "unexplained_pp": causes[0]["remaining_pp"] if causes else None,
        "causes": json.dumps(causes) if causes else None,
        "route": "supplier" if colour == "red" else None,
        "route_department_zh": "税务局" if colour == "red" else None,
        "route_reason": "odd_one_out" if colour == "red" else None,
        "route_witnesses_zh": "统计局;供电公司" if colour == "red" else None,
    }


def _fill_comparisons(engine: sa.Engine, month: date) -> None:
    rows = []
    for p, (pair, name, a, b, causes) in enumerate(PAIRS):
        for k, (key, region, *_) in enumerate([("420800", "荆门市", "city", None), *REGIONS]):
            z = round(1.1 + 2 * sin(k * 3 + p * 5), 2)
            colour = "red" if (p, k) == (2, 3) else "orange" if abs(z) > 2.5 else "yellow" if abs(z) > 1.5 else "green"
            gap = None if (p, k) == (3, 6) else round(z * 4.1, 1)
            rows.append(
                {"month": month, "pair": pair, "name_zh": name, "region_key": key, "region_name": region, "growth_a_pct": 9.1,
                     "growth_b_pct": None if gap is None else round(9.1 - gap, 1), "gap_pp": gap,
                     "robust_z": None if gap is None or k == 8 else z, "history_n": 6 if k == 8 else 24, "limit_pp": 10,
                     "colour": None if gap is None else colour, "run_length": 2 if colour == "orange" else 1,
                     "period_type": "YTD", "lag_months": 0, "indicator_a_name": a, "indicator_b_name": b, "benign_causes_zh": causes, **_judgement(pair, key, colour)}
            )  # fmt: skip
    insert(engine, "reports.rpt_matched", *rows)
    insert(
        engine,
        "reports.rpt_correlated",
        *(
            {"month": month, "pair": p, "name_zh": n, "leader_name": a, "follower_name": b, "region_key": "420800", "region_name": "荆门市",
                 "best_lag_months": lag, "pearson": r, "n": size, "expected_sign": 1, "state": state,
                 "first_month": date(2015, 7, 1), "last_month": month, "pearson_low": r - 0.2, "pearson_high": r + 0.15,
                 "spearman": r, "n_eff": size / 2, "q_value": 0.004, "stability": "stable", "stability_power": 0.8, "lacks": {"established": None}.get(state, "faint"), "surprise_pp": -3.2,
                 "surprise_z": -2.1, "surprise_n": size - 1, "latest_follower_change": 5.0,
                 "expected_follower_change": 8.2, "pearson_without_shocks": r, "n_without_shocks": size - 3,
                 "best_lag_months_without_shocks": lag, "state_without_shocks": state}
            for p, n, a, b, lag, r, size, state in (
                ("L2", "购进发票领先工业总产值", "工业购进发票金额", "规模以上工业总产值", 2, 0.71, 33, "established"),
                ("L8", "高速货车流量与工业总产值", "高速公路货车流量", "规模以上工业总产值", 0, 0.42, 31, "established"),
                ("L1", "业扩报装净增容量领先工业总产值", "业扩报装净增容量", "规模以上工业总产值", 7, 0.55, 11, "weak"),
                ("L10", "暂停减容容量与工业总产值（反向）", "暂停减容容量", "规模以上工业总产值", -1, -0.28, 30, "not_established"),
            )
        ),
    )  # fmt: skip


def problems(month: date = JUNE) -> list[dict[str, Any]]:
    """Problems of the month: for a county, for a supplier of data, and two about firms."""
    base = {"month": month, "due_on": date(2018, 7, 31), "entity_id": None, "rule_version": 1, "evidence": "[]",
            "on_flash": False, "owner_department": None, "owner_office": "industry"}  # fmt: skip
    dongbao = {"region_key": "420802", "region_name": "东宝区"}
    shayang = {"region_key": "420822", "region_name": "沙洋县"}
    power = {"indicator": "PW02", "name_zh": "工业用电量", "period_type": "YTD", "growth_pct": -6.8, "below_top_pp": 3.6,
             "negative_again": True}  # fmt: skip
    output = {"output_pct": 11.2, "power_pct": -12.0, "invoices_pct": -10.5, "output_up_pct": 10, "others_down_pct": -10,
              "confidential": False}  # fmt: skip
    stop = {"state": "stopped", "two_witnesses": True, "seasonal": False, "power": 1.25, "power_baseline": 31.2,
            "power_share_pct": 4.0, "invoices_share_pct": 0.0, "entity_name": "荆门某化工有限公司"}  # fmt: skip
    gap = {"pair_zh": "工业用电量与开票销售收入", "period_type": "YTD", "lag_months": 0, "indicator_a_zh": "工业用电量",
           "indicator_b_zh": "工业开票销售收入", "method": "growth_gap", "judged_by": "robust_z", "growth_a_pct": -2.0,
           "growth_b_pct": 10.1, "gap_pp": -12.1, "robust_z": 1.9, "history_n": 24, "run_length": 1, "confidential": False,
           "benign_causes_zh": "抄表周期", "route_reason": "whole_area", "route_department_zh": "供电公司"}  # fmt: skip
    return [
        {**base, **where, **said, "facts": json.dumps(said["facts"])}
        for where, said in (
            (dongbao, {"problem_key": "p1", "rule": "steep_decline", "colour": "red", "route": "county",
             "facts": {"fired_n": 1, "findings": [power]}}),
            (dongbao, {"problem_key": "p2", "rule": "verify_output", "colour": "orange", "route": "supplier",
             "owner_department": "统计局", "owner_office": None, "facts": output}),
            (dongbao, {"problem_key": "p3", "rule": "stop", "colour": "orange", "route": "county", "entity_id": "91420800MA4878XX1A",
             "facts": stop}),
            (shayang, {"problem_key": "p4", "rule": "stop", "colour": "yellow", "route": "county", "entity_id": "91420822MA4878XX2B",
             "facts": {**stop, "state": "half_stopped", "entity_name": "沙洋某粮油有限公司"}}),
            (shayang, {"problem_key": "p5", "rule": "matched", "colour": "yellow", "route": "supplier",
             "owner_department": "供电公司", "owner_office": None, "facts": gap}),
        )
    ]  # fmt: skip


@dataclass
class BookedMonth:
    """A month's build and gate in the book, and the means to change them."""

    engine: sa.Engine
    month: date
    build_id: int
    gate_run_id: int

    def execute(self, sql: str, **parameters: Any) -> Any:
        """Run one statement; returns its first value, if it gives any."""
        with self.engine.begin() as c:
            result = c.execute(sa.text(sql), parameters)
            return result.scalar() if result.returns_rows else None

    def deliver(
        self, feed: str, month: date, content: str, accepted_at: datetime = AS_OF, simulated: bool = False
    ) -> int:
        """An accepted delivery of a feed for one month."""
        delivery = self.execute(
            "insert into ops.delivery (feed, file_name, sha256, size_bytes, simulated, status, month, accepted_at) "
            "values (:f, :n, :s, 1, :sim, 'accepted', :m, :a) returning delivery_id",
            f=feed, n=f"{feed}_{month:%Y%m}_{content}.xlsx", s=sha256(f"{feed}{month}{content}".encode()).hexdigest(),
            sim=simulated, m=month, a=accepted_at,
        )  # fmt: skip
        self.execute("insert into ops.delivery_month values (:d, :m, 96)", d=delivery, m=month)
        return int(delivery)

    def lies_in_tables(self, build_id: int) -> None:
        """Say of a build what dbt says when it has finished."""
        with self.engine.begin() as c:
            c.exec_driver_sql(f"comment on schema reports is 'build {build_id}'")

    def rebuild(self, as_of: datetime = AS_OF, passed: bool = True) -> tuple[int, int]:
        """Another build and gate of the month, which the next draft uses."""
        self.build_id = self.execute(
            "insert into ops.build (month, as_of, finished_at, succeeded, code_version) "
            "values (:m, :a, clock_timestamp(), true, 'v0.1.0-test') returning build_id",
            m=self.month, a=as_of,
        )  # fmt: skip
        self.lies_in_tables(self.build_id)
        self.gate_run_id = self.execute(
            "insert into ops.gate_run (subject, month, build_id, finished_at, passed) "
            "values ('month', :m, :b, clock_timestamp(), :p) returning gate_run_id",
            m=self.month, b=self.build_id, p=passed,
        )  # fmt: skip
        insert(
            self.engine,
            "ops.gate_result",
            {"gate_run_id": self.gate_run_id, "suite": "month", "rule": "sum_of_regions", "severity": "warning", "state": "told",
                 "unexpected_count": 2, "message": "分地区合计与全市相差超过1%"},
            {"gate_run_id": self.gate_run_id, "suite": "month", "rule": "no_empty_report", "severity": "critical", "state": "passed",
                 "unexpected_count": 0, "message": None},
        )  # fmt: skip
        return self.build_id, self.gate_run_id


@pytest.fixture
def june(warehouse: sa.Engine, monkeypatch: pytest.MonkeyPatch) -> BookedMonth:
    """June 2018 of the city: three departments delivered, one optional file is missing, the gate warned once."""
    monkeypatch.setenv("GONGYUN_AREA", "jingmen")
    fill_reports(warehouse)
    insert(
        warehouse,
        "ops.feed",
        *(
            {"feed": f, "area": "jingmen", "department": d, "title": t, "grain": "region", "scope": "month",
             "first_month": date(2000, 1, 1)}
            for f, d, t, *_ in FEEDS
        ),
    )  # fmt: skip
    insert(
        warehouse,
        "ops.feed_terms",
        *(
            {"feed": f, "frequency": "month", "reports_january": d != "stat", "required": r, "due_day": day}
            for f, d, _, r, day, _ in FEEDS
        ),
    )
    ready = BookedMonth(warehouse, JUNE, 0, 0)
    for feed, *_, came in FEEDS:
        ready.deliver(feed, date(2018, 5, 1), "a", datetime(2018, 6, 20, tzinfo=UTC))
        if came:
            ready.deliver(feed, JUNE, "a", datetime(2018, 7, 20, tzinfo=UTC))
    ready.rebuild()
    return ready


@pytest.fixture
def draft_again(june: BookedMonth) -> Callable[[], int]:
    """Draft June from whatever the reports hold now."""
    from publish.edition import draft

    return lambda: draft(Month.of(june.month), june.build_id, june.gate_run_id)

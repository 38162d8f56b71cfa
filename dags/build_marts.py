"""The Airflow DAG that brings one statistical month from accepted deliveries to a drafted edition.

One run at a time: marts and reports are one set of tables, so a month is built, gated and drafted before the next one.
"""

from functools import reduce
from operator import or_
from typing import Any

from airflow.sdk import Asset, IdentityMapper, PartitionedAssetTimetable, dag, task

from ingest.feeds import feeds
from scheduling.month import month_params
from scheduling.tries import PATIENT

DOC = """
任一报表的某个月份被接受后，本流程即为**该月**运行一次；重报旧月份，只重算那一个月。也可手工触发，参数 `month` 如 `2018-06`。

| 任务 | 做什么 |
|---|---|
| `readiness` | 必报报表是否齐备；缺报则该月挂起（跳过），并写明缺哪些 |
| `build` | dbt 构建该月数据集市与报表 |
| `gate` | Great Expectations 校验；存在严重问题则该月挂起（失败） |
| `draft` | 生成待审稿，交 `publish_edition` 审批 |
"""
MARTS, DRAFT = Asset("marts"), Asset("draft")
FEEDS = [Asset(name) for name in feeds()]


@dag(
    dag_display_name="月度构建：集市、校验、待审稿",
    schedule=PartitionedAssetTimetable(assets=reduce(or_, FEEDS), default_partition_mapper=IdentityMapper())
    if FEEDS
    else None,
    max_active_runs=1,
    default_args={"owner": "gongyun", **PATIENT},
    params=month_params(),
    tags=["month"],
    doc_md=DOC,
)
def build_marts() -> None:
    @task(retries=2)
    def readiness(**context: Any) -> str:
        """The month, when it is complete and holds something that no build has seen. A person's run is never idle."""
        from scheduling.build import ready_month

        return ready_month(context)

    @task(retries=1)
    def build(month: str) -> int:
        """The marts and reports as of now."""
        from scheduling.build import build_month

        return build_month(month)

    @task(retries=2, outlets=[MARTS])
    def gate(month: str, build_id: int, outlet_events: Any = None) -> int:
        """What may not pass holds the month; warnings are printed in the edition."""
        from scheduling.build import pass_gate

        return pass_gate(month, build_id, outlet_events[MARTS])

    @task(retries=2, outlets=[DRAFT])
    def draft(month: str, build_id: int, gate_run_id: int, outlet_events: Any = None) -> int:
        """The final bytes, drafted before another month's build can take the reports' place."""
        from scheduling.build import draft_month

        return draft_month(month, build_id, gate_run_id, outlet_events[DRAFT])

    month = readiness()
    built = build(month)
    draft(month, built, gate(month, built))


build_marts()

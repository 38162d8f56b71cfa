"""The Airflow DAG in which a person decides over a drafted edition: released or declined, never by default."""

from datetime import timedelta
from typing import Any

from airflow.providers.standard.operators.hitl import HITLOperator
from airflow.sdk import Asset, IdentityMapper, Param, PartitionedAssetTimetable, dag, task

from scheduling.month import month_params

# The first is taken for yes by scheduling.airflow_local.
APPROVE, DECLINE = "批准发布", "退回修改"

DOC = """
每份待审稿一次运行，等待审批人在“待办”中选择**批准发布**或**退回修改**，没有默认选项；两个月无人答复，本次审批作废（失败），稿件不发布。
批准的就是发布的：发布的字节与待审稿逐字节一致；同月有更新的待审稿时，旧稿不能再发布。
"""


@dag(
    dag_display_name="月度发布：审批",
    schedule=PartitionedAssetTimetable(assets=Asset("draft"), default_partition_mapper=IdentityMapper()),
    default_args={"owner": "gongyun"},
    params=month_params(),
    # Every unanswered question holds a run; the default of 16 would one day hold back the next month's.
    max_active_runs=200,
    tags=["month"],
    doc_md=DOC,
)
def publish_edition() -> None:
    @task(retries=2)
    def describe(**context: Any) -> dict[str, Any]:
        """The month's draft, and what the approver should know of it."""
        from scheduling.decision import describe_draft

        return describe_draft(context)

    approve = HITLOperator(
        task_id="approve",
        task_display_name="审批",
        subject="{% set d = ti.xcom_pull(task_ids='describe') %}{{ d.month }} 待审稿 [{{ d.edition }}] 是否发布？",
        body="{{ ti.xcom_pull(task_ids='describe').text }}",
        options=[APPROVE, DECLINE],
        response_timeout=timedelta(days=62),
        params={"note": Param("", type="string", title="审批意见")},
    )

    @task
    def decide(draft: dict[str, Any], answer: dict[str, Any]) -> None:
        """Do what the person answered, in that person's name: publish, or record that the draft was sent back."""
        from scheduling.decision import carry_out

        carry_out(draft["edition"], answer, approved=answer["chosen_options"] == [APPROVE])

    draft = describe()
    draft >> approve
    decide(draft, approve.output)


publish_edition()

"""The Airflow DAG in which a person decides over a drafted edition: released or declined, never by default."""

from datetime import timedelta

from airflow.sdk import Asset, IdentityMapper, Param, PartitionedAssetTimetable, dag

from scheduling.decision import Decision
from scheduling.month import month_params
from scheduling.tries import PATIENT

# The first releases the draft.
OPTIONS = ["批准发布", "退回修改"]

DOC = """
每份待审稿一次运行，等待审批人在“待办”中选择**批准发布**或**退回修改**，没有默认选项；两个月无人答复，本次审批作废（失败），稿件不发布。
只有 GONGYUN_APPROVERS 所列账号可以答复。批准的就是发布的：发布的字节与待审稿逐字节一致；同月有更新的待审稿时，旧稿不能再发布。
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
    Decision(
        task_id="approve",
        task_display_name="审批",
        subject="待审稿是否发布？",
        # Whose answer was not carried out because its process ended is asked again.
        retries=2,
        retry_delay=PATIENT["retry_delay"],
        options=OPTIONS,
        response_timeout=timedelta(days=62),
        params={"note": Param("", type="string", title="审批意见")},
    )


publish_edition()

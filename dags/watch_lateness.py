"""The Airflow DAG that each morning tells every department in writing (催报单) what it owes, and takes the letter back
when it owes nothing.
"""

from typing import Any

from airflow.sdk import CronTriggerTimetable, dag, task

from scheduling.month import month_params
from scheduling.tries import PATIENT

DOC = """
每日 8:30 对照各报表的报送期限与台账，列出逾期未报，按部门写入报送目录下的 `催报`；报齐后自动撤下。
"""


@dag(
    dag_display_name="逾期催报",
    schedule=CronTriggerTimetable("30 8 * * *", timezone="Asia/Shanghai"),
    max_active_runs=1,
    default_args={"owner": "gongyun", "retries": 2, **PATIENT},
    params=month_params(),
    tags=["lateness"],
    doc_md=DOC,
)
def watch_lateness() -> None:
    @task
    def remind(params: Any = None) -> None:
        """Write the letters: of the month asked for, or of the months in progress."""
        from scheduling.lateness import remind_departments

        remind_departments(params["month"])

    remind()


watch_lateness()

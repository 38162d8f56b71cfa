"""One Airflow DAG for each feed whose files are fetched: its source is asked on a schedule, and what is new lands in the
feed's drop folder, where the feed's own DAG finds it.
"""

from datetime import timedelta
from typing import Any

from airflow.sdk import DAG, CronTriggerTimetable, dag, get_parsing_context, task

from ingest.feed import Feed
from ingest.feeds import feeds
from scheduling.month import month_params
from scheduling.tries import PATIENT
from warehouse.area import departments

DOC = """
按 `{schedule}` 访问 **{title}**（{department}）的数据源，取回新文件放入报送目录 `{feed}`；地址与口令在 Airflow 连接 `{connection}` 中设置。
按月查询的接口默认查询最近几个已结束的月份，也可手工触发，参数 `month` 如 `2018-06`。
"""


def fetch_dag(feed: Feed) -> DAG:
    """The DAG that asks one feed's source. A source that fails turns its own run red, and no other."""
    assert feed.fetch
    source, department = feed.fetch, departments()[feed.department]

    @dag(
        dag_id=f"fetch__{feed.feed}",
        dag_display_name=f"取数 {department}：{feed.title}",
        schedule=CronTriggerTimetable(source.schedule, timezone="Asia/Shanghai"),
        max_active_runs=1,
        default_args={"owner": department, **PATIENT, "retries": 2, "retry_delay": timedelta(minutes=2)},
        params=month_params(),
        tags=["fetch", feed.department],
        doc_md=DOC.format(
            schedule=source.schedule,
            title=feed.title,
            department=department,
            feed=feed.feed,
            connection=source.connection,
        ),
    )
    def pipeline() -> None:
        @task
        def fetch(params: Any = None) -> list[str]:
            """Bring what is new into the drop folder; names of the files brought."""
            from scheduling.sources import fetch_new

            return fetch_new(feed, params["month"])

        fetch()

    return pipeline()


# A task process asks for its own DAG only.
_asked = get_parsing_context().dag_id
for _feed in feeds().values():
    if _feed.fetch and _asked in (None, f"fetch__{_feed.feed}"):
        globals()[f"fetch__{_feed.feed}"] = fetch_dag(_feed)

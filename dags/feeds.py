"""One Airflow DAG a feed, made by one loop over the YAML files: a file at rest in the drop folder is taken in, judged,
answered with a receipt, and its months are announced.

A refused file turns the task `all_accepted` red: its own feed's run fails, and no other.
"""

from typing import Any

from airflow.sdk import DAG, Asset, AssetWatcher, dag, get_parsing_context, task

from ingest.feed import POSTPONED, Feed
from ingest.feeds import feeds
from scheduling.tries import PATIENT
from scheduling.watch import DropTrigger
from warehouse.area import departments
from warehouse.settings import settings

DOC = """
**{title}**（{department}，次月 {due_day} 日前报送，{postponed}{required}）

把文件放进 `{folder}`，静置数秒后自动接收；回执写在其中的 `回执` 目录。

| 任务 | 做什么 |
|---|---|
| `take_in` | 原件入库存档，读取、解析、装载；Great Expectations 校验，逐份接受或退回；写回执，已接受的月份通知 `build_marts` |
| `send` | 按报表设置以邮件、网址回调发送回执；未设置的报表无此任务 |
| `all_accepted` | 有文件被退回时在此失败，只影响本报表 |
"""


def feed_dag(feed: Feed) -> DAG:
    """The DAG of one feed. Its asset, named as the feed, has the statistical month as partition."""
    folder = settings().drop / feed.feed
    accepted = Asset(feed.feed)
    watcher = AssetWatcher(name=f"{feed.feed}_drop", trigger=DropTrigger(str(folder)))
    department = departments()[feed.department]

    @dag(
        dag_id=f"feed__{feed.feed}",
        dag_display_name=f"报送 {department}：{feed.title}",
        schedule=[Asset(f"{feed.feed}/drop", watchers=[watcher])],
        max_active_runs=1,
        default_args={"owner": department, **PATIENT},
        tags=["feed", feed.department],
        doc_md=DOC.format(
            title=feed.title,
            department=department,
            due_day=feed.due_day,
            postponed=POSTPONED,
            required="，必报" if feed.required else "",
            folder=f"{feed.feed} {feed.title}",
        ),
    )
    def pipeline() -> None:
        @task(retries=2, outlets=[accepted])
        def take_in(outlet_events: Any = None) -> list[int]:
            """Land, read, load, judge and answer what lies in the drop folder, and announce the months accepted."""
            from scheduling.deliveries import take_in_dropped

            return take_in_dropped(feed, outlet_events[accepted])

        @task
        def all_accepted(delivery_ids: list[int]) -> None:
            """Stand open when every file was accepted, or was there before; fail naming the refused ones."""
            from scheduling.deliveries import fail_where_refused

            fail_where_refused(delivery_ids)

        @task(retries=3)
        def send(delivery_ids: list[int]) -> None:
            """Send the receipts to where the feed says. A mail server that is down stops no month."""
            from scheduling.deliveries import send_receipts

            send_receipts(feed, delivery_ids)

        answered = take_in()
        all_accepted(answered)
        if feed.receipts:
            send(answered)

    return pipeline()


# A task process asks for its own DAG only.
_asked = get_parsing_context().dag_id
for _feed in feeds().values():
    if _asked in (None, f"feed__{_feed.feed}"):
        globals()[f"feed__{_feed.feed}"] = feed_dag(_feed)

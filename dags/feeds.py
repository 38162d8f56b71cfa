"""One Airflow DAG a feed, made by one loop over the YAML files: a file at rest in the drop folder is taken in, checked,
answered with a receipt, and its months are announced.

A refused file turns the last task, `gate`, red: its own feed's run fails, and no other.
"""

from datetime import timedelta
from typing import Any

from airflow.sdk import DAG, Asset, AssetWatcher, dag, get_parsing_context, task

from ingest.feed import DEPARTMENTS, POSTPONED, Feed, feeds
from scheduling.drop import DropTrigger
from warehouse.settings import settings

DOC = """
**{title}**（{department}，次月 {due_day} 日前报送，{postponed}{required}）

把文件放进 `{folder}`，静置数秒后自动接收；回执写在其中的 `回执` 目录。

| 任务 | 做什么 |
|---|---|
| `take_in` | 原件入库存档，读取、解析、装载 |
| `check` | Great Expectations 校验，逐份接受或退回 |
| `receipt` | 写回执；已接受的月份通知 `build_marts` |
| `send` | 按报表设置以邮件、网址回调发送回执；未设置的报表无此任务 |
| `gate` | 有文件被退回时在此失败，只影响本报表 |
"""


def feed_dag(feed: Feed) -> DAG:
    """The DAG of one feed. Its asset, named as the feed, has the statistical month as partition."""
    folder = settings().drop / feed.feed
    accepted = Asset(feed.feed)
    watcher = AssetWatcher(name=f"{feed.feed}_drop", trigger=DropTrigger(str(folder)))
    department = DEPARTMENTS[feed.department]

    @dag(
        dag_id=f"feed__{feed.feed}",
        dag_display_name=f"报送 {department}：{feed.title}",
        schedule=[Asset(f"{feed.feed}/drop", watchers=[watcher])],
        max_active_runs=1,
        default_args={"owner": department, "retry_delay": timedelta(seconds=20)},
        tags=["feed", feed.department],
        doc_md=DOC.format(
            title=feed.title,
            department=department,
            due_day=feed.due_day,
            postponed=POSTPONED,
            required="，必报" if feed.required else "",
            folder=folder.name,
        ),
    )
    def pipeline() -> None:
        @task(retries=2)
        def take_in() -> list[int]:
            """Land, read and load what lies in the drop folder. A file leaves it once its bytes are in the store."""
            from airflow.sdk.exceptions import AirflowSkipException

            from ingest.deliver import deliver, resume
            from scheduling.drop import claim
            from warehouse import book

            taken = resume(feed)
            for path in claim(folder):
                taken.append(deliver(feed, path, simulated="模拟" in path.name))
                path.unlink()
            # What a run decided before it died has its receipt still to come.
            taken += book.unanswered(feed.feed)
            if not taken:
                raise AirflowSkipException("no file at rest in the drop folder")
            return sorted(set(taken))

        @task
        def check(delivery_ids: list[int]) -> list[int]:
            """Decide over all deliveries in one go; what could not be read was rejected before."""
            from expectations.gate import gate_deliveries
            from warehouse import book

            # What an interrupted run has loaded waits for its verdict still.
            waiting = book.loaded_deliveries(feed.feed)
            gate_deliveries(waiting)
            return sorted({*delivery_ids, *waiting})

        @task(retries=2, outlets=[accepted])
        def receipt(delivery_ids: list[int], outlet_events: Any = None) -> list[int]:
            """Answer the sender, and announce the months of what was accepted."""
            from ingest.clerk.receipt import write_receipt
            from warehouse import book

            for delivery in delivery_ids:
                print("receipt:", write_receipt(delivery, folder / "回执"))
            months = book.months_to_build(delivery_ids)
            print("months announced:", ", ".join(map(book.month_text, months)) or "none")
            if months:
                outlet_events[accepted].add_partitions([book.month_text(m) for m in months])
            book.answer(delivery_ids)
            return delivery_ids

        @task
        def gate(delivery_ids: list[int]) -> None:
            """Stand open when every file was accepted, or was there before; fail naming the refused ones."""
            from airflow.sdk.exceptions import AirflowFailException

            from warehouse import book

            refused = [d for d, state in book.states(delivery_ids).items() if state == "rejected"]
            if refused:
                raise AirflowFailException(f"退回 {len(refused)} 份文件，原因见回执。delivery: {refused}")

        @task(retries=3)
        def send(delivery_ids: list[int]) -> None:
            """Send the receipts to where the feed says. A mail server that is down stops no month."""
            from ingest.clerk.send import send_receipt
            from scheduling.connection import access

            for delivery in delivery_ids:
                page = folder / "回执" / f"receipt-{delivery}.html"
                print(
                    f"receipt {delivery} sent to:",
                    ", ".join(send_receipt(delivery, page, feed, access)) or "nobody new",
                )

        answered = receipt(check(take_in()))
        gate(answered)
        if feed.receipts:
            send(answered)

    return pipeline()


# A task process asks for its own DAG only.
_asked = get_parsing_context().dag_id
for _feed in feeds().values():
    if _asked in (None, f"feed__{_feed.feed}"):
        globals()[f"feed__{_feed.feed}"] = feed_dag(_feed)

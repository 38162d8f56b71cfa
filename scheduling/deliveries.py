"""What the tasks of a feed's DAG do, under Airflow."""

from collections.abc import Collection
from typing import Any

from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

from ingest.clerk.receipt import page_of
from ingest.clerk.send import send_receipt
from ingest.feed import Feed
from scheduling.connection import access
from scheduling.intake import dropped, receipts, take_in
from warehouse.book import deliveries


def take_in_dropped(feed: Feed, accepted: Any) -> list[int]:
    """Take in what lies in a feed's drop folder; `accepted`, the events of its asset, gets the months to be built.

    Skips the task when there is nothing to take in and nothing left to answer.
    """
    taken = take_in([feed], dropped(feed), lambda _, months: accepted.add_partitions(months))
    if not taken:
        raise AirflowSkipException("no file at rest in the drop folder")
    for delivery, status in taken.items():
        print(f"delivery {delivery}: {status}")
    return list(taken)


def fail_where_refused(ids: Collection[int]) -> None:
    """Fail the task, naming the refused ones, unless every file was accepted, or was there before."""
    refused = [d for d, status in deliveries.states(list(ids)).items() if status == "rejected"]
    if refused:
        raise AirflowFailException(f"退回 {len(refused)} 份文件，原因见回执。delivery: {refused}")


def send_receipts(feed: Feed, ids: Collection[int]) -> None:
    """Send receipts to where the feed says. A mail server that is down stops no month. Raises SendFailed."""
    for delivery in ids:
        sent = send_receipt(delivery, page_of(delivery, receipts(feed.feed)), feed, access)
        print(f"receipt {delivery} sent to:", ", ".join(sent) or "nobody new")

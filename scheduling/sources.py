"""What the task of a fetching DAG does, under Airflow."""

from datetime import datetime
from zoneinfo import ZoneInfo

from ingest.feed import Feed
from ingest.grammar.months import ended_months
from ingest.sources.fetch import fetch
from scheduling.connection import access
from warehouse import book
from warehouse.settings import settings


def fetch_new(feed: Feed, month: str | None) -> list[str]:
    """Bring what is new at a feed's source into its drop folder; names of the files brought.

    Where months are asked for, of `month`, or of those that ended last. Raises FetchFailed.
    """
    assert feed.fetch
    today = datetime.now(ZoneInfo("Asia/Shanghai")).date()
    months = [book.month_date(month)] if month else ended_months(today, getattr(feed.fetch, "months", 1))
    brought = fetch(feed, access(feed.fetch.connection), settings().drop / feed.feed, months)
    return [path.name for path in brought]

"""What the task of a fetching DAG does, under Airflow."""

from datetime import datetime

from ingest.feed import Feed
from ingest.sources.fetch import fetch
from scheduling.connection import access
from scheduling.drop import folder_of
from vocabulary.month import BEIJING, Month


def fetch_new(feed: Feed, month: str | None) -> list[str]:
    """Bring what is new at a feed's source into its drop folder; names of the files brought.

    Where months are asked for, of `month`, or of those that ended last. Raises FetchFailed.
    """
    assert feed.fetch
    now = Month.of(datetime.now(BEIJING))
    ended = now.before(getattr(feed.fetch, "months", 1)).through(now.before())
    months = [Month.parse(month)] if month else list(ended)
    brought = fetch(feed, access(feed.fetch.connection), folder_of(feed), months)
    return [path.name for path in brought]

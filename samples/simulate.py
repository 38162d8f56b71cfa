"""Play the ten departments of the city for a month: the files they would send, each marked as simulated."""

import re
from pathlib import Path

from ingest.feeds import match_file
from samples.declared import feed_of
from samples.departments import FEEDS, report, reports
from samples.economy import economy
from samples.table import Table

SEED = 20180619
MONTHS = tuple(f"{y}-{m:02d}" for y in range(2015, 2019) for m in range(1, 13) if (2015, 7) <= (y, m) <= (2018, 6))


def table(feed: str, month: str, seed: int = SEED) -> Table:
    """One feed's table for a month. Raises KeyError for an unknown feed, ValueError for a month not reported."""
    return report(feed, month, economy(seed))


def write_month(month: str, directory: Path, seed: int = SEED) -> dict[str, Path]:
    """Write what every feed sends for a month into one directory; feed name -> file.

    The same seed gives the same bytes. Feeds that report nothing of the month are left out.
    Raises ValueError for a month outside the simulated years.
    """
    if month not in MONTHS:
        raise ValueError(f"{month} is not simulated; {MONTHS[0]} to {MONTHS[-1]} are")
    return {feed: table(feed, month, seed).write(directory) for feed in FEEDS if reports(feed, month)}


def month_of(file_name: str) -> str:
    """The month in a simulated file's name: `2018-06` of …2018年1-6月…. Raises ValueError where there is none."""
    found = re.search(r"(\d{4})年(?:1-)?(\d{1,2})月", file_name)
    if not found:
        raise ValueError(f"no month in {file_name}")
    return f"{found[1]}-{int(found[2]):02d}"


def last_report(feed: str, month: str) -> str:
    """The month of a feed's file before this one: December before February where January is not reported."""
    return next(m for m in reversed(MONTHS[: MONTHS.index(month)]) if reports(feed, m))


def recognise(file_name: str, seed: int = SEED) -> Table:
    """The table of which `write_month` made a file of this name. Raises ValueError for any other name."""
    month = month_of(file_name)
    for feed in match_file(file_name, map(feed_of, FEEDS)):
        if reports(feed.feed, month) and (made := table(feed.feed, month, seed)).file_name == file_name:
            return made
    raise ValueError(f"{file_name} is no simulated file")

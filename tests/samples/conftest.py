"""All simulated files, written once for the tests of this folder."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from ingest.feed import Feed
from ingest.feeds import load_feed
from samples.departments import FEEDS
from samples.simulate import MONTHS, write_month
from tests.samples.reading import File, read
from warehouse.settings import ROOT


@pytest.fixture(scope="session")
def city_feeds() -> dict[str, Feed]:
    directory = ROOT / "areas" / "jingmen" / "feeds"
    return {p.stem: f for p in sorted(directory.glob("*.yml")) if (f := load_feed(p)).frequency != "once"}


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[tuple[str, str], Path], float]:
    """(feed, month) -> file, for all months, and the seconds it took to write them."""
    home = tmp_path_factory.mktemp("simulated")
    start = time.perf_counter()
    paths = {(feed, m): path for m in MONTHS for feed, path in write_month(m, home / m).items()}
    return paths, time.perf_counter() - start


@pytest.fixture(scope="session")
def files(
    written: tuple[dict[tuple[str, str], Path], float], city_feeds: dict[str, Feed]
) -> Callable[[str, str], File]:
    """A simulated file, read back independently."""
    known: dict[tuple[str, str], File] = {}

    def file(feed: str, month: str) -> File:
        if (feed, month) not in known:
            known[feed, month] = read(written[0][feed, month], city_feeds[feed])
        return known[feed, month]

    assert set(FEEDS) == set(city_feeds)
    return file

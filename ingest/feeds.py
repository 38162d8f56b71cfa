"""The feeds of an area: their YAML files read, checked against what the area knows, and found by name or by a file's name."""

import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import yaml
from pydantic import ValidationError

from ingest.feed import Feed
from ingest.feed_faults import FeedFault, invalid, told, unknown
from vocabulary.label import fold
from vocabulary.month import Month
from warehouse.declarations import read_declaration
from warehouse.settings import settings


def load_feed(path: Path, area_folder: Path | None = None) -> Feed:
    """Read one feed of the area served, or of another. Raises FeedFault, with the lines, when the YAML does not keep the contract."""
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as e:
        raise FeedFault(f"{path.name}:1: it is not UTF-8") from e
    return read_feed(text, path.name, area_folder)


def read_feed(text: str, file_name: str, area_folder: Path | None = None) -> Feed:
    """A feed from the text of its YAML, `file_name`. Raises FeedFault as load_feed."""
    try:
        feed = Feed.model_validate(read_declaration(text))
    except yaml.YAMLError as e:
        mark = e.problem_mark if isinstance(e, yaml.MarkedYAMLError) else None
        said = e.problem if isinstance(e, yaml.MarkedYAMLError) else e
        raise FeedFault(f"{file_name}:{mark.line + 1 if mark else 1}: {said}") from e
    except ValidationError as e:
        raise told(file_name, text, list(invalid(e, Feed))) from e
    faults = list(unknown(feed, area_folder or settings().area_folder))
    if f"{feed.feed}.yml" != file_name:
        faults.append((("feed",), f"the file must be named after its feed, {feed.feed}.yml"))
    if faults:
        raise told(file_name, text, faults)
    return feed


@cache
def _load_all(directory: Path, area_folder: Path) -> dict[str, Feed]:
    known, faults = load_all(directory, area_folder)
    if faults:
        raise FeedFault("\n".join(map(str, faults)))
    return {f.feed: f for f in known}


def load_all(directory: Path, area_folder: Path) -> tuple[list[Feed], list[FeedFault]]:
    """The feeds of a folder in the order of their names, and what is wrong with those that cannot be read."""
    feeds, faults = [], []
    for path in sorted(directory.glob("*.yml")):
        try:
            feeds.append(load_feed(path, area_folder))
        except FeedFault as e:
            faults.append(e)
    return feeds, faults


def feeds() -> dict[str, Feed]:
    """All feeds of the area served, by name. Raises FeedFault with all that is wrong with any of them."""
    return _load_all(settings().feeds, settings().area_folder)


def feeds_changed() -> None:
    """Read the YAML files again the next time that they are asked for."""
    _load_all.cache_clear()


def get_feed(name: str) -> Feed:
    """One feed by name. Raises KeyError that lists the feeds there are."""
    try:
        return feeds()[name]
    except KeyError:
        raise KeyError(f"no feed {name!r} in {settings().feeds.name}; there are: {', '.join(feeds())}") from None


def retired() -> dict[str, Month]:
    """The feeds of the area served that have ended, each with the last month that it owes (retired.yml beside its feeds, if any)."""
    path = settings().feeds.parent / "retired.yml"
    entries = read_declaration(path.read_text(encoding="utf-8")) if path.exists() else {}
    return {name: Month.last_ended(entry["date"]) for name, entry in entries.items()}


def match_file(file_name: str, among: Iterable[Feed]) -> list[Feed]:
    """The feeds whose file pattern is found in a file's name, as it is written or in plain characters."""
    names = {file_name, fold(file_name)}
    return [f for f in among if any(re.search(f.file_pattern, name) for name in names)]

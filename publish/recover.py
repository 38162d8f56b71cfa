"""What a draft or a release that was killed left among the editions: only what the book knows lies there afterwards."""

import json
import logging
import shutil
from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.engine import Connection

from vocabulary.month import Month
from warehouse.book import locks
from warehouse.database import engine
from warehouse.durable import move
from warehouse.settings import settings

log = logging.getLogger(__name__)

DRAFTS, MANIFEST = ".drafts", "manifest.json"
WRITING = ".writing-"


def lock_month(c: Connection, month: Month) -> None:
    """One draft or release of a month at a time: numbers are given out in order."""
    locks.take(c, f"edition {month}")


def recover() -> None:
    """Move what lies in the place of editions and is not published in the book back to its draft, and remove what was
    drafted and never entered. What another process is at work on is waited for.
    """
    with engine().connect() as c:
        suspects = [place for place in _places() if not _known(c, place)]
    for place in suspects:
        with engine().begin() as c:
            lock_month(c, _month(place))
            if place.exists() and not _known(c, place):
                _clear(c, place)


def _places() -> Iterator[Path]:
    editions = settings().editions
    yield from sorted(editions.glob("[0-9][0-9][0-9][0-9]-[0-9][0-9]/v*"))
    yield from sorted((editions / DRAFTS).glob(f"{WRITING}*"))
    yield from sorted(p for p in (editions / DRAFTS).glob("[0-9]*") if (p / MANIFEST).is_file())


def _month(place: Path) -> Month:
    if place.parent.name != DRAFTS:
        return Month.parse(place.parent.name)
    if place.name.startswith(WRITING):
        return Month.parse(place.name.removeprefix(WRITING))
    return Month.parse(json.loads((place / MANIFEST).read_bytes())["month"])


def _known(c: Connection, place: Path) -> bool:
    directory = place.relative_to(settings().editions).as_posix()
    return bool(c.scalar(text("select true from ops.edition where directory = :d"), {"d": directory}))


def _clear(c: Connection, place: Path) -> None:
    if place.parent.name == DRAFTS:
        log.warning("%s was being drafted when its process ended, and is removed", place)
        shutil.rmtree(place)
        return
    back = settings().editions / (_draft_of(c, place) or f"{DRAFTS}/unknown-{place.parent.name}-{place.name}")
    log.warning("%s is not published in the book: moved back to %s", place, back)
    back.parent.mkdir(exist_ok=True)
    move(place, back)


def _draft_of(c: Connection, place: Path) -> str | None:
    """The place, now empty, of the draft that these files are."""
    manifest = place / MANIFEST
    found: Sequence[str] = (
        c.execute(
            text(
                "select directory from ops.edition where sha256 = :s and status <> 'published' order by edition_id desc"
            ),
            {"s": sha256(manifest.read_bytes()).hexdigest() if manifest.is_file() else ""},
        )
        .scalars()
        .all()
    )
    return next((d for d in found if not (settings().editions / d).exists()), None)

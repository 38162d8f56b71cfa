"""What a source offers, and how it fails."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from ingest.reading.limits import limits

MEGABYTE = 1 << 20


class FetchFailed(RuntimeError):
    """A source could not be asked, or what it gave cannot be taken. Names the feed's source and what was expected."""


@dataclass(frozen=True)
class Offered:
    """A file that a source holds. `uri` is its place without credentials, `version` changes when its bytes may have.

    `save(path)` writes the bytes; it raises FetchFailed and may leave half a file at `path`.
    """

    name: str
    uri: str
    version: str
    save: Callable[[Path], None]


def within_limit(size: int, what: str) -> None:
    """Raises FetchFailed for a file larger than any that would be read."""
    if size > limits().text_mb * MEGABYTE:
        raise FetchFailed(f"{what} has more than {limits().text_mb} MB (limit text_mb)")


def save_within(chunks: Iterable[bytes], path: Path, what: str) -> None:
    """Write what comes to `path`, whatever size was stated for it. Raises FetchFailed beyond the limit."""
    size = 0
    with path.open("wb") as file:
        for chunk in chunks:
            size += len(chunk)
            within_limit(size, what)
            file.write(chunk)

"""What a source offers, and how it fails."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

# A file larger than this is no monthly table; the rest of it is not fetched.
MAX_BYTES = 4 << 30


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

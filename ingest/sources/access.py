"""What a source offers, and with which credentials it is asked. Credentials live in Airflow connections, never in a feed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

# A file larger than this is no monthly table; the rest of it is not fetched.
MAX_BYTES = 4 << 30


class FetchFailed(RuntimeError):
    """A source could not be asked, or what it gave cannot be taken. Names the feed's source and what was expected."""


@dataclass(frozen=True)
class Access:
    """A connection as Airflow keeps it; `extra` holds what its kind needs besides (host key, private key, endpoint)."""

    host: str = ""
    port: int | None = None
    login: str | None = None
    password: str | None = field(default=None, repr=False)
    schema: str | None = None
    extra: Mapping[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Offered:
    """A file that a source holds. `uri` is its place without credentials, `version` changes when its bytes may have.

    `save(path)` writes the bytes; it raises FetchFailed and may leave half a file at `path`.
    """

    name: str
    uri: str
    version: str
    save: Callable[[Path], None]

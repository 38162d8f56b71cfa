"""What the house tells its keeper when a disk, the database or the store fails: what is safe and what to do.

Every step is one transaction, and a file leaves the drop folder only once its bytes are in the store, so that the same
command goes on from where it stopped.
"""

import errno

import psycopg
from sqlalchemy.exc import OperationalError

from ingest.land import StoreDamaged
from warehouse.book.locks import LockHeld
from warehouse.server import ServerFailed
from warehouse.settings import settings

SAFE = "What was accepted and published before is safe, and the step that failed was undone whole."
AGAIN = "run the same command again: it goes on from where it stopped"
FULL = {errno.ENOSPC, errno.EDQUOT}


def told(error: Exception) -> str | None:
    """What to say of an error that is the machine's; None of one that is a fault of the code."""
    cause = error.orig if isinstance(error, OperationalError) else error
    said = " ".join(str(cause).split())
    match cause:
        case LockHeld() | StoreDamaged() | ServerFailed():
            return said
        case psycopg.errors.DiskFull():
            return f"the database's disk is full: {said}. {SAFE} Make room there and {AGAIN}."
        case psycopg.OperationalError():
            return f"the database does not answer: {said}. {SAFE} Start it, and {AGAIN}."
        case OSError() if cause.errno in FULL:
            return f"the disk is full: {said}. {SAFE} Make room and {AGAIN}."
        case OSError() if str(cause.filename).startswith(str(settings().home)):
            return f"the installation's folder cannot be used: {said}. {SAFE} Bring it back, mounted and writable, and {AGAIN}."
    return None

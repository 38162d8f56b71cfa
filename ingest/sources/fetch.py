"""A source's new files -> the feed's drop folder, each whole or not at all; from there they go the way of every delivery."""

import hashlib
import logging
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from ingest.feed import Feed, HttpSource, S3Source, SftpSource
from ingest.filenames import move_beside, plain_name
from ingest.sources import http, s3, sftp
from ingest.sources.access import Access
from ingest.sources.offer import FetchFailed, Offered
from vocabulary.month import Month
from warehouse.book import sources

log = logging.getLogger(__name__)


def fetch(feed: Feed, access: Access, folder: Path, months: list[Month]) -> list[Path]:
    """Bring what the feed's source holds and was not brought before; return the files now in `folder`.

    A file is remembered after it lies in the folder: a crash in between brings it again, and the same bytes again are
    a duplicate that changes nothing. Only names that the feed's `file_pattern` knows are taken. Raises FetchFailed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    known = sources.brought(feed.feed)
    brought = []
    for offer in _offers(feed, access, months, {uri: version for uri, (version, _) in known.items()}):
        version, sha256 = known.get(offer.uri, ("", ""))
        if not re.search(feed.file_pattern, offer.name) or (version and version == offer.version):
            continue
        arriving = folder / f".fetching-{hashlib.sha256(offer.uri.encode()).hexdigest()[:16]}"
        try:
            offer.save(arriving)
            came = _digest(arriving)
            if came != sha256:
                brought.append(move_beside(arriving, folder / plain_name(offer.name)))
                log.info("fetched %s for %s", offer.uri, feed.feed)
            sources.note_brought(feed.feed, offer.uri, offer.version, came)
        finally:
            arriving.unlink(missing_ok=True)
    return brought


def _offers(feed: Feed, access: Access, months: list[Month], known: Mapping[str, str]) -> Iterator[Offered]:
    match feed.fetch:
        case SftpSource() as source:
            return sftp.offered(source, access)
        case S3Source() as source:
            return s3.offered(source, access)
        case HttpSource() as source:
            return http.offered(feed, source, access, months, known)
    raise FetchFailed(f"{feed.feed} declares no source to fetch from")


def _digest(path: Path) -> str:
    with path.open("rb") as f:
        return hashlib.file_digest(f, "sha256").hexdigest()

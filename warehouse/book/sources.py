"""What was brought from feeds' sources."""

from sqlalchemy import text

from warehouse.database import engine


def brought(feed: str) -> dict[str, tuple[str, str]]:
    """Version and sha256 of what was last brought from a feed's source, by URI."""
    with engine().connect() as c:
        rows = c.execute(text("select uri, version, sha256 from ops.fetched where feed = :f"), {"f": feed})
        return {r.uri: (r.version, r.sha256) for r in rows}


def note_brought(feed: str, uri: str, version: str, sha256: str) -> None:
    """Note the version of a file brought from a feed's source."""
    with engine().begin() as c:
        c.execute(
            text("""
                insert into ops.fetched (feed, uri, version, sha256) values (:feed, :uri, :version, :sha)
                on conflict (feed, uri) do update
                set (version, sha256, fetched_at) = (excluded.version, excluded.sha256, clock_timestamp())
            """),
            {"feed": feed, "uri": uri, "version": version, "sha": sha256},
        )

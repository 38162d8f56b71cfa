"""Makes the warehouse ready: database, tables, feeds, seeds. Running it again changes nothing."""

import hashlib

from sqlalchemy import text

from ingest.feeds import feeds, retired
from scheduling.drop import folder_of
from warehouse import build, database, seeds
from warehouse.area import load_area
from warehouse.book import duties, working_days
from warehouse.settings import settings


def prepare() -> None:
    """Create what is missing, drop folders too, and bring the register of feeds, working days and seeds to what files say.

    Raises AreaFault, having changed nothing, where there is no such area: no feed would owe anything any more.
    """
    load_area(settings().area)
    if not settings().external_database_url:
        database.create_database(database.WAREHOUSE)
    database.apply_schema()
    working_days.write()
    duties.sync_feeds((f.duty for f in feeds().values()), retired())
    for feed in feeds().values():
        folder_of(feed)
    _load_seeds_if_changed()


def _load_seeds_if_changed() -> None:
    """Load the seeds unless schema catalog carries, as its comment, the digest of the files as they are."""
    digest = hashlib.sha256()
    files = seeds.assemble(settings().home / "dbt" / "seeds").glob("*.csv")
    for path in [settings().dbt_project / "seeds" / "seeds.yml", *sorted(files)]:
        digest.update(path.name.encode() + path.read_bytes())
    seen = f"seeds {digest.hexdigest()}"
    with database.engine().connect() as c:
        loaded = c.scalar(text("select obj_description(to_regnamespace('catalog'), 'pg_namespace')"))
    if loaded != seen:
        build.load_seeds()
        with database.engine().begin() as c:
            c.exec_driver_sql(f"comment on schema catalog is '{seen}'")

"""The seeds as the area served has them: shared catalogues with the area's own tables and rows, one CSV a table for dbt.

A row of the area's file stands in the place of the shared rows that have its first column, or beside them where there
are none; a file without rows empties the table. `python -m warehouse.seeds` writes them and says where: GONGYUN_SEEDS.
"""

import csv
from functools import cache
from pathlib import Path

import yaml

from warehouse.settings import settings

Row = dict[str, str]


def rows(table: str, area_folder: Path | None = None) -> tuple[Row, ...]:
    """Rows of a seed as text, for the area served or another; what is empty is ''. Those of the area say so in `area`."""
    return _rows(_shared() / f"{table}.csv", (area_folder or settings().area_folder) / f"{table}.csv")


def own_rows(table: str, area_folder: Path) -> list[Row]:
    """The rows that an area's folder itself has of a seed."""
    return [{**row, "area": area_folder.name} for row in _read(area_folder / f"{table}.csv")]


def everywhere(table: str) -> list[Row]:
    """The shared rows of a seed and those of every area there is."""
    own = sorted(settings().areas.glob(f"*/{table}.csv"))
    return [*_read(_shared() / f"{table}.csv"), *(row for path in own for row in own_rows(table, path.parent))]


def tables() -> dict[str, tuple[str, ...]]:
    """The columns of each seed, as seeds.yml declares them."""
    declared = yaml.safe_load((_shared() / "seeds.yml").read_text(encoding="utf-8"))["seeds"]
    return {seed["name"]: tuple(seed["config"]["column_types"]) for seed in declared}


def assemble(folder: Path) -> Path:
    """Write every seed into a folder for dbt to read; return the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for table, columns in tables().items():
        with (folder / f"{table}.csv").open("w", encoding="utf-8", newline="") as f:
            writer = csv.DictWriter(f, columns, extrasaction="ignore", lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows(table))
    return folder


def _shared() -> Path:
    return settings().dbt_project / "seeds"


@cache
def _rows(shared: Path, own: Path) -> tuple[Row, ...]:
    if not own.exists():
        return tuple(_read(shared))
    here = own_rows(own.stem, own.parent)
    named = {_key(row) for row in here}
    return (*(row for row in _read(shared) if here and _key(row) not in named), *here)


def _key(row: Row) -> str:
    return next(iter(row.values()))


def _read(path: Path) -> list[Row]:
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as f:
        return list(csv.DictReader(f))


if __name__ == "__main__":
    print(assemble(settings().home / "dbt" / "seeds"))

"""An area is a folder: laid out from an example, and checked until an edition can be made of it (docs/area.md)."""

import csv
import re
import shutil
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from ingest.feed import Feed
from ingest.feeds import load_all
from vocabulary.label import clean
from warehouse import seeds
from warehouse.area import read_area
from warehouse.declarations import read_declaration
from warehouse.settings import settings

EXAMPLE = Path(__file__).with_name("example_area")
NAME = re.compile(r"[a-z][a-z0-9_]*")
# Without these nothing is known of a place; the other tables are the shared ones, or empty.
NEEDED = ("regions", "region_aliases", "departments")
# Columns of the area's own tables that hold indicators, of which a feed has to deliver each.
INDICATORS = {
    "matched_pairs": ("indicator_a", "indicator_b"),
    "correlated_pairs": ("leader", "follower"),
    "targets": ("indicator", "denominator", "pace_indicator"),
    "composite_weights": ("indicator",),
}

app = typer.Typer(
    no_args_is_help=True,
    help="Lay out the folder of an area, or check one.",
    epilog="Example: gongyun area new xiangyang && gongyun area check xiangyang",
)
NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="The area's folder, as xiangyang.")]


@app.command(epilog="Example: gongyun area new xiangyang")
def new(name: NameArgument) -> None:
    """Lay out the folder of an area: regions, departments, masthead and one feed, each to be replaced."""
    folder = settings().areas / name
    if not NAME.fullmatch(name) or folder.exists():
        raise typer.BadParameter(f"{name!r} exists, or is not lower case letters, digits and _")
    lay_out(folder)
    typer.echo(f"laid out {folder}; GONGYUN_AREA={name} serves it")


@app.command(epilog="Example: gongyun area check xiangyang")
def check(name: NameArgument) -> None:
    """Say what keeps an area's folder from being served. Exit code 1 where something does."""
    wrong = faults(settings().areas / name)
    typer.echo("\n".join(wrong) or f"{name}: nothing wrong")
    raise typer.Exit(1 if wrong else 0)


def lay_out(folder: Path) -> None:
    """Copy the example into a new folder and put its name where it stands."""
    shutil.copytree(EXAMPLE, folder)
    readme = folder / "README.md"
    readme.write_text(readme.read_text(encoding="utf-8").replace("NAME", folder.name), encoding="utf-8")


def faults(folder: Path) -> list[str]:
    """What is wrong with an area's folder, a sentence each; nothing where it can be served."""
    if missing := [n for n in ("area.yml", *(f"{t}.csv" for t in NEEDED)) if not (folder / n).exists()]:
        return [f"{folder}: {name} is missing" for name in missing]
    if wrong := [*_said(folder), *_headers(folder)]:
        return wrong
    feeds, wrong = _feeds(folder)
    return [*wrong, *_regions(folder), *_aliases(folder), *_departments(folder), *_indicators(folder, feeds)]


def _said(folder: Path) -> Iterator[str]:
    try:
        said = read_area(folder / "area.yml")
    except ValueError as e:
        yield str(e)
        return
    if said.plan is None and (folder / "targets.csv").exists():
        yield "area.yml: targets.csv has targets, and no plan is named"


def _headers(folder: Path) -> Iterator[str]:
    """Tables that the warehouse does not know, and columns that are not the seed's; `area` is the folder's name."""
    tables = seeds.tables()
    for path in sorted(folder.glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as f:
            header = next(csv.reader(f), [])
        expected = [c for c in tables.get(path.stem, ()) if c != "area"]
        if header != expected:
            yield f"{path.name}: the columns are {','.join(header)}, the seed's are {','.join(expected) or 'none'}"


def _feeds(folder: Path) -> tuple[list[Feed], list[str]]:
    feeds, faults = load_all(folder / "feeds", folder)
    wrong = [line for fault in faults for line in str(fault).splitlines()]
    ended = folder / "retired.yml"
    for name, entry in (read_declaration(ended.read_text(encoding="utf-8")) if ended.exists() else {}).items():
        if not isinstance(entry.get("date"), date) or not str(entry.get("reason") or "").strip():
            wrong.append(f"retired.yml: {name} needs a date and a reason")
        if name in {f.feed for f in feeds}:
            wrong.append(f"retired.yml: {name} is still among the feeds")
    return feeds, wrong or ([] if feeds else ["feeds: there is none"])


def _regions(folder: Path) -> Iterator[str]:
    """Regions form one tree: one region on top, every other below it, one version of each in force."""
    rows = seeds.rows("regions", folder)
    parents = {r["region_key"]: r["parent_key"] for r in rows}
    tops = {key for key, parent in parents.items() if not parent}
    if len(tops) != 1:
        yield f"regions.csv: one region has no parent_key, not {sorted(tops)}"
    for key in parents:
        above, seen = key, set[str]()
        while above and above not in seen:
            seen.add(above)
            above = parents.get(above, above)
        if above:
            yield f"regions.csv: {key} does not lie in the region on top"
    for key, n in Counter(r["region_key"] for r in rows if not r["valid_to"]).items():
        if n > 1:
            yield f"regions.csv: {key} has {n} versions in force"


def _aliases(folder: Path) -> Iterator[str]:
    """Every name of a region is known by an alias, and an alias stands without blanks for one region that there is."""
    aliases: dict[str, str] = {}
    for row in seeds.rows("region_aliases", folder):
        if re.search(r"\s", row["alias"]):
            yield f"region_aliases.csv: {row['alias']!r} is looked up without its blanks"
        if aliases.setdefault(clean(row["alias"]), row["region_key"]) != row["region_key"]:
            yield f"region_aliases.csv: {row['alias']} means two regions"
    known = {r["region_key"] for r in seeds.rows("regions", folder)}
    yield from (f"region_aliases.csv: there is no region {key}" for key in sorted({*aliases.values()} - known))
    names = {clean(r["name_zh"]): r["region_key"] for r in seeds.rows("regions", folder)}
    yield from (f"region_aliases.csv: {n} does not mean {key}" for n, key in names.items() if aliases.get(n) != key)


def _departments(folder: Path) -> Iterator[str]:
    named = {r["department"] for r in seeds.rows("departments", folder)}
    wanted = {r["department"] for r in seeds.rows("indicators", folder)}
    yield from (f"departments.csv: {code} has no name" for code in sorted(wanted - named))


def _indicators(folder: Path, feeds: list[Feed]) -> Iterator[str]:
    """The area's own pairs and targets ask for what some feed delivers."""
    delivered = {c.indicator for f in feeds for c in f.numbers}
    for table, columns in INDICATORS.items():
        asked = {row[c] for row in seeds.own_rows(table, folder) for c in columns if row[c]}
        yield from (f"{table}.csv: no feed delivers {i}" for i in sorted(asked - delivered))

"""The rooms of ingest lie one over the other: what is written in a cell knows nothing of where its table lies."""

from tests.conventions.test_house import imported
from warehouse.settings import ROOT

INGEST = ROOT / "ingest"
# What all rooms stand on, and what else each may import of ingest besides itself.
GROUND = {"ingest.feed", "ingest.feeds", "ingest.filenames", "ingest.rules"}
MAY_IMPORT: dict[str, set[str]] = {
    "reading": set(),
    "grammar": {"ingest.reading.sheet"},
    "layout": {"ingest.grammar", "ingest.reading.sheet"},
    "parsing": {"ingest.layout", "ingest.grammar", "ingest.reading"},
    "clerk": {
        "ingest.layout",
        "ingest.parsing",
        "ingest.grammar",
        "ingest.reading",
        "ingest.sources.access",
        "ingest.deliver",
        "ingest.land",
    },
    "sources": {"ingest.reading.limits"},
}


def within(name: str, rooms: set[str]) -> bool:
    return any(name == room or name.startswith(room + ".") for room in rooms)


def test_the_rooms_of_ingest_import_only_downwards() -> None:
    assert {p.name for p in INGEST.iterdir() if (p / "__init__.py").exists()} == MAY_IMPORT.keys()
    wrong = []
    for room, below in MAY_IMPORT.items():
        for path in (INGEST / room).glob("*.py"):
            names = {n for n in imported(path) if n.startswith("ingest.") and (INGEST / module(n)).exists()}
            wrong += [f"{path.name} imports {n}" for n in names if not within(n, {f"ingest.{room}", *GROUND, *below})]
    assert wrong == []


def module(name: str) -> str:
    return "/".join(name.split(".")[1:]) + ".py"

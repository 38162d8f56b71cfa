"""What is wrong with a feed's YAML, each fault on a line of its own: file, line, key, and what is known where a word is not."""

from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from pathlib import Path

import yaml
from pydantic import BaseModel, ValidationError

from ingest.feed import Feed
from vocabulary.unit import CANONICAL
from warehouse import seeds
from warehouse.area import departments

# Where in the YAML a value stands: keys and positions from the top.
Place = tuple[str | int, ...]


class FeedFault(ValueError):
    """A YAML breaks the contract of feeds. Its text has a line for each fault."""


def invalid(error: ValidationError, model: type[BaseModel]) -> Iterator[tuple[Place, str]]:
    """Where a YAML does not keep the model, and what is wrong there."""
    for e in error.errors():
        said = str(e["msg"]).removeprefix("Value error, ")
        if e["type"] == "extra_forbidden":
            said = f"there is no such key{_like(str(e['loc'][-1]), _keys(model))}"
        yield e["loc"], said


def _keys(model: type[BaseModel]) -> set[str]:
    """All keys of a model and of those within it."""
    schema = model.model_json_schema()
    return {key for part in (schema, *schema["$defs"].values()) for key in part.get("properties", ())}


def unknown(feed: Feed, area_folder: Path) -> Iterator[tuple[Place, str]]:
    """What a feed names that its area does not know: a department, an indicator; and a unit that is not its indicator's."""
    names = departments(area_folder)
    if feed.department not in names:
        yield ("feed",), f"no department {feed.department} in departments.csv; there are {', '.join(names)}"
    units = {row["indicator"]: row["unit"] for row in seeds.rows("indicators", area_folder)}
    lines = {("columns", n): line for n, line in enumerate(feed.columns)}
    for (key, n), line in (lines | {("rows", n): line for n, line in enumerate(feed.rows)}).items():
        if line.indicator and line.indicator not in units:
            yield (
                (key, n, "indicator"),
                f"no indicator {line.indicator} in indicators.csv{_like(line.indicator, units)}",
            )
            continue
        expected = "%" if line.measure == "growth" else units.get(line.indicator or "")
        if line.unit and expected and CANONICAL[line.unit][0] != expected:
            said = f"{line.indicator or 'growth'} is in {expected}, {line.heading} in {line.unit}"
            yield (key, n, "unit"), f"{said}; {expected} is also written {_written(expected)}"


def _written(unit: str) -> str:
    return "、".join(u for u, (base, _) in CANONICAL.items() if base == unit and u != unit) or "in no other way"


def _like(word: str, known: Sequence[str] | set[str] | dict[str, str]) -> str:
    like = get_close_matches(word, known, 3)
    return f"; written like it: {', '.join(like)}" if like else ""


def told(file_name: str, text: str, faults: Sequence[tuple[Place, str]]) -> FeedFault:
    """The faults as one exception, each with its line in the text."""
    root = yaml.compose(text)
    return FeedFault("\n".join(f"{file_name}:{_line(root, place)}: {_path(place)}{said}" for place, said in faults))


def _path(place: Place) -> str:
    return f"{'.'.join(map(str, place))}: " if place else ""


def _line(node: yaml.Node | None, place: Place) -> int:
    """The line of what stands at a place, or of the nearest around it that stands in the text; from 1."""
    line = node.start_mark.line if node else 0
    for step in place:
        if isinstance(node, yaml.MappingNode):
            key, inner = next(((k, v) for k, v in node.value if k.value == step), (None, node))
            line, node = (key.start_mark.line, inner) if key else (line, node)
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int):
            node = node.value[step]
            line = node.start_mark.line
    return line + 1

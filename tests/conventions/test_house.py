"""The house keeps its plan: rooms, imports, names. These tests read the tree and run nothing."""

import ast
import importlib
import re
from pathlib import Path

import pytest
import yaml

from ingest.feeds import load_feed
from tests.conventions.tree import tracked
from warehouse.settings import ROOT

MIDDLE = ("ingest", "expectations", "publish")
FLOOR = {"warehouse", "vocabulary"}
MAY_IMPORT = {
    "vocabulary": {"vocabulary"},
    "warehouse": FLOOR,
    **{room: {room, *FLOOR} for room in MIDDLE},
    "samples": {"samples", "ingest", *FLOOR},
    "scheduling": {"scheduling", *MIDDLE, *FLOOR},
    "dags": {"dags", "scheduling", *MIDDLE, *FLOOR},
    "gongyun": {"gongyun", "samples", "scheduling", *MIDDLE, *FLOOR},
    "bench": {"bench", "gongyun", "samples", "scheduling", *MIDDLE, *FLOOR},
}
ROOMS = tuple(MAY_IMPORT)
# A suite derived from a feed may read what the feed promises, and nothing else of ingest.
MAY_ALSO_IMPORT = {"expectations": {"ingest.feed", "ingest.feeds"}}


def modules() -> list[Path]:
    return [p for p in tracked("*.py") if p.relative_to(ROOT).parts[0] in ROOMS]


def imported(path: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {a.name for a in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{a.name}" for a in node.names)}
    return names


def test_rooms_import_only_in_the_direction_of_the_plan() -> None:
    wrong = []
    for path in modules():
        room = path.relative_to(ROOT).parts[0]
        for name in imported(path):
            top = name.split(".")[0]
            also = MAY_ALSO_IMPORT.get(room, set())
            if (
                top in ROOMS
                and top not in MAY_IMPORT[room]
                and not any(name == a or name.startswith(a + ".") for a in also)
            ):
                if any(a.startswith(name + ".") for a in also):
                    continue  # `from ingest import feed` shows up as both ingest and ingest.feed
                wrong.append(f"{path.relative_to(ROOT)} imports {name}")
    assert wrong == []


def test_no_module_is_a_drawer_for_leftovers() -> None:
    drawers = {"utils", "util", "helpers", "helper", "common", "misc", "shared"}
    assert [str(p) for p in modules() if p.stem in drawers] == []


def test_every_module_states_its_promise_in_at_most_five_lines() -> None:
    wrong = []
    for path in modules():
        tree = ast.parse(path.read_text(encoding="utf-8"))
        doc = ast.get_docstring(tree)
        if tree.body and not doc:
            wrong.append(f"{path.relative_to(ROOT)}: no docstring")
        elif doc and len(doc.splitlines()) > 5 and "stories" not in path.name:
            wrong.append(f"{path.relative_to(ROOT)}: {len(doc.splitlines())} lines")
    assert wrong == []


def test_no_test_is_without_an_assertion() -> None:
    bare = []
    for path in tracked("tests/*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                text = ast.unparse(node)
                if not re.search(r"\bassert\b|pytest\.raises|\bassert_\w+\(|\bexpect_\w+\(", text):
                    bare.append(f"{path.name}::{node.name}")
    assert bare == []


def test_no_dbt_package_and_no_python_in_the_dbt_project() -> None:
    """dbt imports modules named like it, and packages cannot be fetched without a hub."""
    assert tracked("dbt_project/*.py") == []
    assert tracked("dags/dbt_*") == []
    assert not (ROOT / "dbt_project" / "packages.yml").exists()


@pytest.mark.parametrize(
    "path", sorted((ROOT / "areas").glob("*/feeds/*.yml")), ids=lambda p: f"{p.parts[-3]}-{p.stem}"
)
def test_every_feed_keeps_its_contract(path: Path) -> None:
    assert load_feed(path).feed == path.stem
    first = path.read_text(encoding="utf-8").splitlines()[0]
    assert first == "# yaml-language-server: $schema=../../../ingest/feed.schema.json", (
        "editors check it while it is written"
    )


def test_every_benchmark_can_be_called_by_its_name() -> None:
    from bench.__main__ import names

    assert "last_file_to_edition" in names()
    assert [n for n in names() if not callable(getattr(importlib.import_module(f"bench.{n}"), "measure", None))] == []


def test_compose_gives_the_server_the_shared_memory_that_its_parallel_hash_joins_may_take() -> None:
    project = yaml.safe_load((ROOT / "dbt_project" / "dbt_project.yml").read_text(encoding="utf-8"))
    profiles = yaml.safe_load((ROOT / "dbt_project" / "profiles.yml").read_text(encoding="utf-8"))
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
    work_mem = re.search(r"work_mem = '(\d+)MB'", " ".join(project["models"]["gongyun"]["+pre-hook"]))
    shm_size = re.fullmatch(r"(\d+)gb", compose["services"]["postgres"].get("shm_size", "0gb"))
    assert work_mem is not None
    assert shm_size is not None
    # PostgreSQL's defaults: a hash may take twice work_mem of each process, and a query has two workers beside its own
    most = profiles["gongyun"]["outputs"]["warehouse"]["threads"] * (1 + 2) * 2 * int(work_mem.group(1))
    assert int(shm_size.group(1)) * 1024 >= most


def test_everything_committed_is_text() -> None:
    binary = [p.name for p in tracked("*") if b"\0" in p.read_bytes()]
    assert not binary, binary


def test_nothing_committed_names_a_place_on_a_machine() -> None:
    pattern = re.compile(r"/(?:root|home/\w+|work)/\w")
    wrong = []
    for path in tracked("*"):
        if path.suffix in {".lock", ".csv"} or path.name in {"test_house.py", "Dockerfile"}:
            continue
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        wrong += [f"{path.relative_to(ROOT)}: {m.group(0)}" for m in pattern.finditer(text)]
    assert wrong == []


@pytest.mark.parametrize(
    ("subject", "refused"), [("a" * 71, False), ("a" * 72, True), ("更" * 71, False), ("更" * 72, True)]
)
def test_a_subject_of_72_characters_is_refused_when_it_is_committed(subject: str, refused: bool) -> None:
    config = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    (hook,) = [h for h in config["repos"][0]["hooks"] if h["stages"] == ["commit-msg"]]
    message = f"{subject}\n\n{'b' * 200}\n".encode()
    assert bool(re.search(hook["entry"].encode(), message, re.MULTILINE | re.DOTALL)) == refused

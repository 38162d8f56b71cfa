"""What the documents name exists: settings, verbs, commands, files, modules, models; and the two READMEs say the same."""

import re

import pytest

from tests.conventions.tree import texts, tracked
from warehouse.settings import ROOT

SETTING = re.compile(r"GONGYUN_[A-Z]+(?:_[A-Z]+)*\b")
FOLDERS = sorted({p.relative_to(ROOT).parts[0] for p in tracked("*/*")})
FILE = re.compile(rf"(?<![\w/.-])(?:{'|'.join(map(re.escape, FOLDERS))})/[\w./-]*\w(?![\w*<]|/[*<])")
DOTTED = re.compile(
    r"`(?:python -m )?((?:gongyun|scheduling|ingest|expectations|publish|warehouse|vocabulary|samples)(?:\.\w+)+)(?:\(\))?`"
)
MODEL = re.compile(r"\b(?:stg|int|fct|dim|rpt|wide)_\w+\b(?!\*)")
# Written from the models themselves, and what changed long ago.
DOCUMENTS = [(name, text) for name, text in texts("*.md") if "dictionary" not in name and name != "CHANGELOG.md"]
each_document = pytest.mark.parametrize(("name", "text"), DOCUMENTS, ids=[name for name, _ in DOCUMENTS])


def commands(text: str) -> list[str]:
    """The lines of a document's shell blocks, without their comments."""
    lines = [
        line.split("#")[0].strip()
        for block in re.findall(r"```sh\n(.*?)```", text, re.S)
        for line in block.splitlines()
    ]
    return [line for line in lines if line]


def found(dotted: str) -> bool:
    """Whether `warehouse.build.dbt` is a module, or a name that one defines. Nothing is imported: Airflow takes seconds."""
    module, _, name = dotted.rpartition(".")
    if any((ROOT / f"{dotted.replace('.', '/')}{end}").exists() for end in (".py", "/__init__.py")):
        return True
    path = ROOT / f"{module.replace('.', '/')}.py"
    return path.exists() and bool(re.search(rf"(?m)^(?:def |class )?{name}\b", path.read_text(encoding="utf-8")))


def test_every_setting_that_is_read_is_documented_and_none_else() -> None:
    in_code = {
        setting
        for name, text in texts("*")
        if not name.endswith(".md") and not name.startswith("tests/conventions/")
        for setting in SETTING.findall(text)
    }
    assert set(SETTING.findall((ROOT / "docs" / "operate.md").read_text(encoding="utf-8"))) == in_code


@each_document
def test_a_document_names_only_files_that_exist(name: str, text: str) -> None:
    here = (ROOT / name).parent
    linked = [here / target for target in re.findall(r"\]\(([^)#:]+)\)", text)]
    named = [ROOT / file for file in FILE.findall(text)]
    assert [str(p) for p in linked + named if not p.exists()] == []


@each_document
def test_a_document_names_only_modules_and_models_that_exist(name: str, text: str) -> None:
    models = {p.stem for p in tracked("dbt_project/models/*.sql")}
    assert [dotted for dotted in DOTTED.findall(text) if not found(dotted)] == []
    assert set(MODEL.findall(text)) - models == set()


@each_document
def test_a_document_gives_only_verbs_and_commands_that_exist(name: str, text: str) -> None:
    from typer.main import get_command

    from gongyun.cli import app

    verbs = set(re.findall(r"(?m)^([a-z][a-z-]*):", (ROOT / "Makefile").read_text(encoding="utf-8")))
    assert set(re.findall(r"(?m)(?:`|^)make ([a-z]+)\b", text)) <= verbs
    known = get_command(app).commands.keys()  # type: ignore[attr-defined]
    assert set(re.findall(r"(?m)(?:`|^|&& )gongyun ([a-z]+)\b", text)) <= known


def test_every_command_shows_an_example() -> None:
    from typer.main import get_command

    from gongyun.cli import app

    commands = get_command(app).commands  # type: ignore[attr-defined]
    assert set(commands) >= {"demo", "ingest", "check", "template", "build", "gate", "publish", "status", "trace"}
    assert [n for n, c in commands.items() if not (c.epilog or "").startswith(f"Example: gongyun {n}")] == []


def test_the_two_readmes_give_the_same_commands() -> None:
    english, chinese = (commands((ROOT / name).read_text(encoding="utf-8")) for name in ("README.md", "README.zh.md"))
    assert english == chinese
    assert "make demo" in english


def test_the_top_level_is_taken_in_at_a_glance_and_told_in_the_readme() -> None:
    rooms = {folder for folder in FOLDERS if not folder.startswith(".")}
    table = (ROOT / "README.md").read_text(encoding="utf-8").split("## The rooms")[1]
    assert set(re.findall(r"`(\w+)/`", table)) == rooms
    assert len(rooms) <= 15


@pytest.mark.parametrize(("name", "most"), [("README.md", 100), ("README.zh.md", 100), ("docs/a-number.md", 80)])
def test_a_document_is_short_enough_to_be_read(name: str, most: int) -> None:
    assert len((ROOT / name).read_text(encoding="utf-8").splitlines()) <= most


def test_a_decision_fits_one_page() -> None:
    pages = sorted((ROOT / "docs" / "decisions").glob("*.md"))
    assert pages, "there are decisions"
    assert [p.name for p in pages if len(p.read_text(encoding="utf-8").splitlines()) > 60] == []

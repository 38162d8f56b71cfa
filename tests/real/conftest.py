"""`make real`, command by command, once for all tests of its marts and its edition."""

import re
import shlex
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from typer.testing import CliRunner

from gongyun.cli import app
from tests.conftest import SHARED, installation
from vocabulary.month import BEIJING
from warehouse import database
from warehouse.settings import ROOT


def commands(month: str) -> list[list[str]]:
    """What the Makefile's target `real` runs, with files and dates in place."""
    recipe = re.search(r"^real:.*?\n((?:\t.*\n)+)", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M)
    assert recipe
    words = recipe.group(1).replace("\\\n", " ").replace("$$(TZ=CST-8 date +%F)", f"{datetime.now(BEIJING):%Y-%m-%d}")
    words = words.replace("$(MONTH)", month)
    lines = [shlex.split(line.split("gongyun ", 1)[1]) for line in words.splitlines() if "gongyun " in line]
    files = sorted(str(p) for p in (SHARED / "national").iterdir())
    return [[w for word in line for w in (files if word == "$(DATA)/national/*" else [word])] for line in lines]


@pytest.fixture(scope="package")
def national(server_home: Callable[[str], Path]) -> Iterator[Path]:
    """A warehouse after `make real MONTH=2019-06`; gives its home."""
    if not SHARED.is_dir():
        pytest.skip("the published series are not beside this checkout (../shared/data)")
    home = server_home("china")
    with installation(home, GONGYUN_AREA="china"):
        for command in commands("2019-06"):
            done = CliRunner().invoke(app, command)
            assert done.exit_code == 0, (command[0], done.output, done.exception)
        yield home


def query(statement: str) -> list[tuple]:
    with database.engine().connect() as c:
        return [tuple(r) for r in c.execute(sa.text(statement))]

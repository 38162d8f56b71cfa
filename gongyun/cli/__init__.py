"""The command line. Exit code 0: done; 1: refused by a gate or a contract; 2: wrong use."""

import logging
from typing import Annotated

import typer

from gongyun import area
from gongyun.cli import deliveries, layouts, ledger, machine, months

app = typer.Typer(
    name="gongyun",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    help="Departments' monthly files in, gated comparison of the industrial economy out.",
)
for commands in (machine, deliveries, layouts, months, ledger):
    app.add_typer(commands.app)
app.add_typer(area.app, name="area", epilog=area.app.info.epilog)


@app.callback()
def _start(
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Log what happens, line by line.")] = False,
) -> None:
    level = logging.INFO if verbose else logging.WARNING
    logging.basicConfig(level=level, format="%(asctime)s %(name)s %(levelname)s %(message)s")
    # Great Expectations gives its own loggers a level, so the root's alone would not keep them quiet.
    logging.getLogger().handlers[0].setLevel(level)

"""The command line. Exit code 0: done; 1: refused by a gate or a contract; 2: wrong use."""

import logging
import os
from typing import Annotated, Any

import typer
from rich.markup import escape
from typer.core import TyperGroup

from gongyun import area
from gongyun.cli import deliveries, layouts, ledger, machine, months
from gongyun.cli.terminal import WRONG_USE, console
from ingest.feed_faults import FeedFault


class Commands(TyperGroup):
    """All commands. Whichever first reads the feeds says what is wrong with their YAML, and does nothing."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except FeedFault as e:
            console.print(f"[red]the feeds cannot be read[/]\n{escape(str(e))}", soft_wrap=True, highlight=False)
            raise typer.Exit(WRONG_USE) from None


app = typer.Typer(
    name="gongyun",
    cls=Commands,
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
    # What lies in the home, lists of firms among it, is for this account and its group.
    os.umask(0o027)
    level = logging.INFO if verbose else logging.WARNING
    logging.basicConfig(level=level, format="%(asctime)s %(name)s %(levelname)s %(message)s")
    # Great Expectations gives its own loggers a level, so the root's alone would not keep them quiet.
    logging.getLogger().handlers[0].setLevel(level)

"""The command line. Exit code 0: done; 1: refused by a gate or a contract; 2: wrong use."""

import logging
import os
from typing import Annotated, Any

import psycopg
import typer
from rich.markup import escape
from sqlalchemy.exc import SQLAlchemyError
from typer.core import TyperGroup

from gongyun import area
from gongyun.cli import deliveries, layouts, ledger, machine, months
from gongyun.cli.terminal import REFUSED, WRONG_USE, console
from gongyun.cli.trouble import told
from ingest.feed_faults import FeedFault
from ingest.land import StoreDamaged
from warehouse.book.locks import LockHeld
from warehouse.server import ServerFailed


class Commands(TyperGroup):
    """All commands. Whichever first reads the feeds says what is wrong with their YAML, and does nothing; whichever meets a
    disk, a database or a store that fails says what is safe.
    """

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except FeedFault as e:
            console.print(f"[red]the feeds cannot be read[/]\n{escape(str(e))}", soft_wrap=True, highlight=False)
            raise typer.Exit(WRONG_USE) from None
        except (SQLAlchemyError, psycopg.Error, OSError, LockHeld, StoreDamaged, ServerFailed) as e:
            if (said := told(e)) is None:
                raise
            console.print(f"[red]stopped[/]: {escape(said)}", soft_wrap=True, highlight=False)
            raise typer.Exit(REFUSED) from None


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

"""The command line. Exit code 0: done; 1: refused by a gate or a contract; 2: wrong use."""

import logging
import os
from typing import Annotated, Any

import psycopg
import typer
from sqlalchemy.exc import SQLAlchemyError
from typer.core import TyperGroup

from gongyun import area
from gongyun.cli import deliveries, layouts, ledger, machine, months
from gongyun.cli.terminal import REFUSED, WRONG_USE, say
from gongyun.cli.trouble import told
from ingest.feed_faults import FeedFault
from ingest.land import StoreDamaged
from warehouse.area import AreaFault, load_area
from warehouse.book.locks import LockHeld
from warehouse.server import ServerFailed
from warehouse.settings import settings


class Commands(TyperGroup):
    """All commands. Where the area or the YAML of a feed is wrong they say so and do nothing; whichever meets a disk, a
    database or a store that fails says what is safe.
    """

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except FeedFault as e:
            say(("the feeds cannot be read", "red"), f"\n{e}")
            raise typer.Exit(WRONG_USE) from None
        except AreaFault as e:
            say(("the area cannot be served", "red"), f": {e}")
            raise typer.Exit(WRONG_USE) from None
        except (SQLAlchemyError, psycopg.Error, OSError, LockHeld, StoreDamaged, ServerFailed) as e:
            if (said := told(e)) is None:
                raise
            say(("stopped", "red"), f": {said}")
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


# What can be done without an area.
PLACELESS = {"area", "stop"}


@app.callback()
def _start(
    context: typer.Context,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Log what happens, line by line.")] = False,
) -> None:
    # What lies in the home, lists of firms among it, is for this account and its group.
    os.umask(0o027)
    level = logging.INFO if verbose else logging.WARNING
    logging.basicConfig(level=level, format="%(asctime)s %(name)s %(levelname)s %(message)s")
    # Great Expectations gives its own loggers a level, so the root's alone would not keep them quiet.
    logging.getLogger().handlers[0].setLevel(level)
    if context.invoked_subcommand not in PLACELESS:
        load_area(settings().area)

"""What commands share: how they speak, exit codes, and how a feed, a month, a moment or a path is written.

What is said is text: a file named `[red]` or `:ok:` is printed as it is named.
"""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer
from rich.console import Console
from rich.text import Text

from vocabulary.label import legible
from vocabulary.month import Month

if TYPE_CHECKING:
    from ingest.feed import Feed

console = Console(markup=False, emoji=False, highlight=False, soft_wrap=True)

REFUSED, WRONG_USE = 1, 2


def say(*parts: str | tuple[str, str]) -> None:
    """One line; a part may carry its style, as ("accepted", "green")."""
    console.print(Text.assemble(*(legible(p) if isinstance(p, str) else (legible(p[0]), p[1]) for p in parts)))


def refuse(why: object) -> NoReturn:
    """Say why, and end the command."""
    say(("refused", "red"), f": {why}")
    raise typer.Exit(REFUSED)


def month_of(value: str) -> Month:
    try:
        return Month.parse(value)
    except ValueError:
        raise typer.BadParameter(f"{value!r} is not a month; write it as 2018-06") from None


MonthArgument = Annotated[
    Month, typer.Argument(parser=month_of, metavar="MONTH", help="Statistical month, as 2018-06.")
]


FeedArgument = Annotated[str, typer.Argument(metavar="FEED", help="Name of a feed, as powr__electricity.")]


def feed_of(name: str) -> "Feed":
    from ingest.feeds import get_feed

    try:
        return get_feed(name)
    except KeyError as e:
        raise typer.BadParameter(e.args[0]) from None


def moment_of(as_of: str | None) -> datetime | None:
    if as_of is None:
        return None
    try:
        moment = datetime.fromisoformat(as_of)
    except ValueError:
        raise typer.BadParameter(f"{as_of!r} is not a moment; write it as 2018-07-20T09:00:00+08:00") from None
    if moment.tzinfo is None:
        raise typer.BadParameter(f"{as_of!r} names no time zone; write it as 2018-07-20T09:00:00+08:00")
    return moment


def shown(path: Path) -> str:
    """A path as one would type it from here."""
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)

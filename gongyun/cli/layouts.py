"""Commands about headings that a department has changed."""

from typing import Annotated

import typer
from rich.markup import escape

from gongyun.cli.deliveries import show_decisions
from gongyun.cli.terminal import REFUSED, FeedArgument, console, feed_of
from warehouse.settings import settings

app = typer.Typer()


@app.command(epilog="Example: gongyun drift powr__electricity")
def drift(
    feed: Annotated[str | None, typer.Argument(metavar="[FEED]", help="Name of a feed; all if left out.")] = None,
) -> None:
    """Files refused because their headings are not the declared ones, and the alias proposed for each renamed one."""
    from gongyun.installation import prepare
    from ingest.feeds import feeds
    from ingest.waiting import waiting

    prepare()
    refused = waiting([feed_of(feed).feed] if feed else list(feeds()))
    for w in refused:
        console.print(f"[bold]{w.feed}[/] delivery {w.delivery_id} {escape(w.file_name)}", soft_wrap=True)
        for r in w.drift.renamed:
            command = f'gongyun alias {w.feed} "{r.seen.path}" "{r.declared}"'
            console.print(f"  renamed? {escape(command)}   likeness {r.likeness:.2f}", soft_wrap=True, highlight=False)
        renamed = {r.seen for r in w.drift.renamed} | {r.declared for r in w.drift.renamed}
        for added in (a for a in w.drift.added if a not in renamed):
            console.print(f"  added    {escape(str(added))}", soft_wrap=True, highlight=False)
        for missing in (m for m in w.drift.missing if m not in renamed):
            console.print(f"  missing  {escape(missing)}", soft_wrap=True, highlight=False)
        if w.readable:
            console.print(f"  [green]readable now[/]: gongyun retry {w.feed}", soft_wrap=True)
    if not refused:
        console.print("no layout waits for an alias")


@app.command(epilog='Example: gongyun alias powr__electricity "工业用电|当月" "工业用电量|当月" --retry')
def alias(
    feed: FeedArgument,
    heading: Annotated[str, typer.Argument(help="The heading that came, levels joined by |.")],
    declared: Annotated[str, typer.Argument(help="The declared heading that it stands for.")],
    retry: Annotated[bool, typer.Option(help="Take in the refused files that read now.")] = False,
) -> None:
    """Accept another heading for a declared column: writes it into the feed's YAML and says which files read now."""
    from gongyun.installation import prepare
    from ingest.layout.alias import add_alias

    try:
        add_alias(settings().feeds / f"{feed_of(feed).feed}.yml", heading, declared)
    except ValueError as e:
        console.print(f"[red]refused[/]: {escape(str(e))}", soft_wrap=True)
        raise typer.Exit(REFUSED) from None
    console.print(f"written into {feed}.yml: {escape(heading)} is {escape(declared)}", soft_wrap=True)
    prepare()
    _take_refused_again(feed, retry)


@app.command(epilog="Example: gongyun retry powr__electricity")
def retry(feed: FeedArgument) -> None:
    """Take in again the files of a feed that were refused for their headings and read now."""
    from gongyun.installation import prepare

    declared = feed_of(feed)
    prepare()
    _take_refused_again(declared.feed, True)


def _take_refused_again(feed: str, take: bool) -> None:
    """List the refused files of a feed that read now, and take them in if asked to."""
    from ingest.waiting import waiting
    from scheduling.intake import once_more, take_in

    readable = [w for w in waiting([feed]) if w.readable]
    if not readable:
        console.print("no refused file reads now")
    elif take:
        declared = feed_of(feed)
        show_decisions(take_in([declared], once_more(declared, readable)))
    else:
        for w in readable:
            console.print(f"reads now: delivery {w.delivery_id} {escape(w.file_name)}", soft_wrap=True)
        console.print(f"take in with: gongyun retry {feed}")

"""Commands about headings that a department has changed."""

from typing import Annotated

import typer

from gongyun.cli.deliveries import show_decisions
from gongyun.cli.terminal import FeedArgument, feed_of, refuse, say
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
        say((w.feed, "bold"), f" delivery {w.delivery_id} {w.file_name}")
        for r in w.drift.renamed:
            command = f'gongyun alias {w.feed} "{r.seen.path}" "{r.declared}"'
            say(f"  renamed? {command}   likeness {r.likeness:.2f}")
        renamed = {r.seen for r in w.drift.renamed} | {r.declared for r in w.drift.renamed}
        for added in (a for a in w.drift.added if a not in renamed):
            say(f"  added    {added}")
        for missing in (m for m in w.drift.missing if m not in renamed):
            say(f"  missing  {missing}")
        if w.readable:
            say("  ", ("readable now", "green"), f": gongyun retry {w.feed}")
    if not refused:
        say("no layout waits for an alias")


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
        refuse(e)
    say(f"written into {feed}.yml: {heading} is {declared}")
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
        say("no refused file reads now")
    elif take:
        declared = feed_of(feed)
        show_decisions(take_in([declared], once_more(declared, readable)))
    else:
        for w in readable:
            say(f"reads now: delivery {w.delivery_id} {w.file_name}")
        say(f"take in with: gongyun retry {feed}")

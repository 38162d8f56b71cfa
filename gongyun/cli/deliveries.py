"""Commands about files: templates, a look beforehand, taking in, and the reason for a revision."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Column, Table

from gongyun.cli.terminal import REFUSED, WRONG_USE, FeedArgument, MonthArgument, console, feed_of, shown
from warehouse.book import deliveries, revisions
from warehouse.settings import settings

app = typer.Typer()


@app.command(epilog="Example: gongyun ingest 2018-06/*.xlsx")
def ingest(
    files: Annotated[list[Path], typer.Argument(exists=True, help="Files to take in.")],
    feed: Annotated[str | None, typer.Option(help="Their feed; by default told from each file's name.")] = None,
    simulated: Annotated[bool, typer.Option(help="Mark the deliveries as simulated.")] = False,
    history: Annotated[
        bool,
        typer.Option("--history", help="Files of the past: nobody is sent a receipt and no month is built for them."),
    ] = False,
) -> None:
    """Take in departments' files: land, read, load and gate them; each gets its receipt in its feed's drop folder."""
    from gongyun.installation import prepare
    from ingest.feed import feeds, match_file
    from scheduling.intake import Arrival, take_in, take_in_history

    plan = [
        Arrival(f, p, simulated)
        for p in sorted(files)
        if p.is_file()
        for f in ([feed_of(feed)] if feed else match_file(p.name, feeds().values()))
    ]
    strangers = {p.name for p in files if p.is_file()} - {arrival.path.name for arrival in plan}
    for name in sorted(strangers):
        console.print(f"[yellow]no feed of area {settings().area} takes a file named[/] {name}")
    if not plan:
        raise typer.Exit(WRONG_USE)
    prepare()
    concerned = list({arrival.feed.feed: arrival.feed for arrival in plan}.values())
    with console.status("reading") as status:

        def read() -> Iterator[Arrival]:
            for arrival in plan:
                status.update(f"reading {arrival.path.name} as {arrival.feed.feed}")
                yield arrival
            status.update("gating")

        taken = (take_in_history if history else take_in)(concerned, read())
    show_decisions(taken)


def show_decisions(taken: Mapping[int, str]) -> None:
    """What became of deliveries, a line for each, and who answers them; exit 1 if one is refused."""
    from ingest.deliver import status

    table = Table("delivery", Column("feed", overflow="fold"), Column("file", overflow="fold"), "decision")
    feeds = set()
    for delivery, state in taken.items():
        came = status(delivery)
        feeds.add(came.feed)
        colour = {"accepted": "green", "duplicate": "cyan", "loaded": "yellow"}.get(state, "red")
        decision = {"loaded": "waits for its reason"}.get(state, state)
        table.add_row(str(delivery), came.feed, came.file_name, f"[{colour}]{decision}[/]")
    console.print(table)
    console.print(f"receipts: {shown(settings().drop)}/FEED/回执", soft_wrap=True)
    hand_over(sorted(f for f in feeds if deliveries.unanswered(f)))
    if "rejected" in taken.values():
        raise typer.Exit(REFUSED)


def hand_over(feeds: list[str]) -> None:
    """Have the DAGs of feeds with deliveries to answer send the receipts and announce the months."""
    from scheduling import airflow_local

    airflow = airflow_local.running()
    for dag in (f"feed__{feed}" for feed in feeds):
        if not airflow:
            console.print(f"Under the scheduler, trigger {dag}: it sends the receipts and has the months built")
            continue
        try:
            airflow.trigger(dag)
            console.print(f"started {dag}: it sends the receipts and has the months built")
        except (airflow_local.AirflowFailed, OSError) as e:
            console.print(f"[yellow]{dag} was not started[/], trigger it: {escape(str(e))}", soft_wrap=True)


@app.command(epilog="Example: gongyun check powr__electricity 全社会用电量2018年6月.xlsx --receipt 预审")
def check(
    feed: FeedArgument,
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False)],
    receipt: Annotated[
        Path | None, typer.Option(help="Folder to write the receipt into, with the marked copy.")
    ] = None,
) -> None:
    """Read a file as its feed would, without delivering it, and say what is wrong with it."""
    from ingest.clerk.receipt import check as check_file
    from ingest.clerk.receipt import write

    said = check_file(feed_of(feed), file)
    for p in said.findings:
        colour = "red" if p.severity == "critical" else "yellow"
        where = " ".join(x for x in (p.sheet, p.cell) if x)
        against = [f"{name} {x}" for name, x in (("found", p.found), ("expected", p.expected)) if x]
        says = "; ".join([f"{where} {p.message}".strip(), *against, *([p.hint] if p.hint else [])])
        console.print(f"[{colour}]{p.severity}[/] {escape(says)}", soft_wrap=True)
    if receipt:
        console.print(f"receipt: {shown(write(said, file, receipt).absolute())}", soft_wrap=True)
    if said.refused:
        raise typer.Exit(REFUSED)
    console.print(f"[green]readable[/]: {file.name} keeps the layout of {feed}")


@app.command(epilog="Example: gongyun template powr__electricity 2018-07 -o 模板.xlsx")
def template(
    feed: FeedArgument,
    month: MonthArgument,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Where to write it.")] = None,
) -> None:
    """Write the workbook a clerk fills in for a feed and a month."""
    from ingest.clerk.template import write_template

    declared = feed_of(feed)
    path = output or Path(f"{declared.title}{month}.xlsx")
    write_template(declared, month, path)
    console.print(f"written: {path}")


@app.command(
    epilog='Example: gongyun explain 128 --cause correction --by "王某某" --reason "5月漏报一户，6月20日电话告知"'
)
def explain(
    delivery: Annotated[int, typer.Argument(help="Number of a delivery that waits, as its receipt names it.")],
    by: Annotated[str, typer.Option(help="Who says so.")],
    reason: Annotated[str, typer.Option(help="Why the figures were revised. Kept with every revised cell.")],
    cause: Annotated[str, typer.Option(help="scheduled, correction, panel, reclass or unknown.")] = "unknown",
) -> None:
    """Record why a delivery revises what was known, and judge it again."""
    from ingest.deliver import status as delivery_status
    from scheduling.intake import receipts, take_in

    try:
        state = delivery_status(delivery)
        if state.status != "loaded" or not revisions.explain(delivery, cause, reason, by):
            console.print(f"[red]refused[/]: delivery {delivery} is {state.status} and waits for no reason")
            raise typer.Exit(REFUSED)
    except KeyError as e:
        raise typer.BadParameter(e.args[0]) from None
    accepted = take_in([feed_of(state.feed)])[delivery] == "accepted"
    page = receipts(state.feed) / f"receipt-{delivery}.html"
    verdict = "[green]accepted[/]" if accepted else "[red]refused[/]"
    console.print(f"{verdict}: {state.file_name}; receipt {shown(page)}", soft_wrap=True)
    hand_over([state.feed])
    if not accepted:
        raise typer.Exit(REFUSED)

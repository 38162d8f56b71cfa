"""Commands about files: templates, a look beforehand, taking in, and what a sender says of his figures."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from gongyun.cli.terminal import REFUSED, WRONG_USE, FeedArgument, MonthArgument, console, feed_of, refuse, say, shown
from warehouse.book import confirmations, deliveries, revisions
from warehouse.settings import settings

if TYPE_CHECKING:
    from ingest.clerk.causes import Cause
    from ingest.deliver import Delivery
    from ingest.feed import Feed

app = typer.Typer()
# Of the table of cells: what it says is not to be cut, wherever it is printed.
WIDE = 240


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
    from ingest.feeds import feeds, match_file
    from scheduling.intake import Arrival, take_in, take_in_history

    plan = [
        Arrival(f, p, simulated)
        for p in sorted(files)
        if p.is_file()
        for f in ([feed_of(feed)] if feed else match_file(p.name, feeds().values()))
    ]
    strangers = {p.name for p in files if p.is_file()} - {arrival.path.name for arrival in plan}
    for name in sorted(strangers):
        say((f"no feed of area {settings().area} takes a file named", "yellow"), f" {name}")
    if not plan:
        raise typer.Exit(WRONG_USE)
    prepare()
    concerned = list({arrival.feed.feed: arrival.feed for arrival in plan}.values())
    with console.status("reading") as status:

        def read() -> Iterator[Arrival]:
            for arrival in plan:
                status.update(Text(f"reading {arrival.path.name} as {arrival.feed.feed}"))
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
        table.add_row(str(delivery), came.feed, came.file_name, Text(decision, colour))
    console.print(table, soft_wrap=False)
    say(f"receipts: {shown(settings().drop)}/FEED…/回执")
    hand_over(sorted(f for f in feeds if deliveries.unanswered(f)))
    if "rejected" in taken.values():
        raise typer.Exit(REFUSED)


def hand_over(feeds: list[str]) -> None:
    """Have the DAGs of feeds with deliveries to answer send the receipts and announce the months."""
    from scheduling import airflow_local

    airflow = airflow_local.running()
    for dag in (f"feed__{feed}" for feed in feeds):
        if not airflow:
            say(f"Under the scheduler, trigger {dag}: it sends the receipts and has the months built")
            continue
        try:
            airflow.trigger(dag)
            say(f"started {dag}: it sends the receipts and has the months built")
        except (airflow_local.AirflowFailed, OSError) as e:
            say((f"{dag} was not started", "yellow"), f", trigger it: {e}")


@app.command(epilog="Example: gongyun check powr__electricity 全社会用电量2018年6月.xlsx --receipt 预审")
def check(
    feed: FeedArgument,
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False)],
    receipt: Annotated[
        Path | None, typer.Option(help="Folder to write the receipt into, with the marked copy.")
    ] = None,
    cells: Annotated[bool, typer.Option("--cells", help="Print every number with what it was understood as.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="With --cells: as JSON.")] = False,
) -> None:
    """Say what the receipt of a file would say, the gate's findings included, without delivering it."""
    declared = feed_of(feed)
    if cells:
        _show_cells(declared, file, as_json)
        return
    from ingest.clerk.receipt import write
    from scheduling.intake import check as check_file

    said = check_file(declared, file)
    for cause in said.causes:
        _show_cause(cause)
    if not said.compared:
        say(("no warehouse to compare with", "yellow"), ": only what the file itself says was checked")
    if receipt:
        say(f"receipt: {shown(write(said, file, receipt).absolute())}")
    if said.refused:
        raise typer.Exit(REFUSED)
    say(("readable", "green"), f": {file.name} keeps the layout of {feed}")


def _show_cause(cause: "Cause") -> None:
    """A mistake in one line; a single finding with what was found and expected."""
    colour = "red" if cause.state == "stopped" else "yellow"
    where = " ".join(x for x in (cause.sheet, cause.where) if x)
    facts = (("found", cause.first.found), ("expected", cause.first.expected)) if len(cause.findings) == 1 else ()
    against = [f"{name} {x}" for name, x in facts if x]
    says = "; ".join([f"{where} {cause.message}".strip(), *against, *([cause.first.hint] if cause.first.hint else [])])
    say((cause.first.severity, colour), f" {says}")


def _show_cells(feed: "Feed", file: Path, as_json: bool) -> None:
    from ingest.parsing.contents import read_file
    from ingest.parsing.understood import Understood, understood

    parsed = read_file(feed, file, file.name)
    rows = ({**vars(cell), "month": cell.month and str(cell.month)} for cell in understood(parsed))
    if as_json:
        print(json.dumps(list(rows), ensure_ascii=False, indent=1))
        return
    names = [f.name for f in fields(Understood)]
    table = Table(*(Column(name, no_wrap=True) for name in names), box=None)
    for row in rows:
        table.add_row(*("" if row[name] is None else str(row[name]) for name in names))
    Console(width=WIDE, markup=False, emoji=False).print(table, crop=False, soft_wrap=True)


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
    say(f"written: {path}")


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
    state = _waiting(delivery)
    try:
        if not revisions.explain(delivery, cause, reason, by):
            refuse(f"delivery {delivery} has its reason already")
    except KeyError as e:
        raise typer.BadParameter(e.args[0]) from None
    _judge_again(delivery, state)


@app.command(
    epilog='Example: gongyun confirm 128 --cell F10 --cell G10 --by "王某某" --reason "该企业5月停产检修，6月20日电话核实"'
)
def confirm(
    delivery: Annotated[int, typer.Argument(help="Number of a delivery that waits, as its receipt names it.")],
    by: Annotated[str, typer.Option(help="Who says so.")],
    reason: Annotated[str, typer.Option(help="Why the figures are right. Kept with every one of them.")],
    cell: Annotated[list[str] | None, typer.Option(help="A cell that is right, as F10; without, all are.")] = None,
) -> None:
    """Record that figures which look wrong are right, and judge their delivery again."""
    state = _waiting(delivery)
    if strange := [c for c in cell or () if not re.fullmatch(r"[A-Z]+[1-9][0-9]*", c)]:
        raise typer.BadParameter(f"{strange[0]!r} is no address of a cell, as F10")
    confirmations.confirm(delivery, cell or (), reason, by)
    _judge_again(delivery, state)


def _waiting(delivery: int) -> "Delivery":
    """What is known of a delivery that waits; ends the command where it does not."""
    from ingest.deliver import status as delivery_status

    try:
        state = delivery_status(delivery)
    except KeyError as e:
        raise typer.BadParameter(e.args[0]) from None
    if state.status != "loaded":
        refuse(f"delivery {delivery} is {state.status} and waits for no reason")
    return state


def _judge_again(delivery: int, state: "Delivery") -> None:
    from ingest.clerk.receipt import page_of
    from scheduling.intake import receipts, take_in

    accepted = take_in([feed_of(state.feed)])[delivery] == "accepted"
    page = page_of(delivery, receipts(state.feed))
    verdict = ("accepted", "green") if accepted else ("refused", "red")
    say(verdict, f": {state.file_name}; receipt {shown(page)}")
    hand_over([state.feed])
    if not accepted:
        raise typer.Exit(REFUSED)

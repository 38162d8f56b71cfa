"""The command line. Exit code 0: done; 1: refused by a gate or a contract; 2: wrong use."""

import logging
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from gongyun import area
from vocabulary.finding import WAIVED_ZH
from vocabulary.month import Month
from warehouse import book
from warehouse.settings import settings

if TYPE_CHECKING:
    from ingest.feed import Feed

app = typer.Typer(
    name="gongyun",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    help="Departments' monthly files in, gated comparison of the industrial economy out.",
)
app.add_typer(area.app, name="area", epilog=area.app.info.epilog)
console = Console()
REFUSED, WRONG_USE = 1, 2


def _month(value: str) -> Month:
    try:
        return Month.parse(value)
    except ValueError:
        raise typer.BadParameter(f"{value!r} is not a month; write it as 2018-06") from None


MonthArgument = Annotated[Month, typer.Argument(parser=_month, metavar="MONTH", help="Statistical month, as 2018-06.")]
FeedArgument = Annotated[str, typer.Argument(metavar="FEED", help="Name of a feed, as powr__electricity.")]


@app.callback()
def _start(
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Log what happens, line by line.")] = False,
) -> None:
    level = logging.INFO if verbose else logging.WARNING
    logging.basicConfig(level=level, format="%(asctime)s %(name)s %(levelname)s %(message)s")
    # Great Expectations gives its own loggers a level, so the root's alone would not keep them quiet.
    logging.getLogger().handlers[0].setLevel(level)


def _feed(name: str) -> "Feed":
    from ingest.feed import get_feed

    try:
        return get_feed(name)
    except KeyError as e:
        raise typer.BadParameter(e.args[0]) from None


@app.command(epilog="Example: gongyun demo")
def demo() -> None:
    """Ten simulated departments: history taken in, then 2018-06 through the real scheduler to an edition."""
    from gongyun.demo import DemoFailed, run
    from scheduling.airflow_local import AirflowFailed

    try:
        run(console)
    except (DemoFailed, AirflowFailed) as e:
        console.print(f"[red]failed[/]: {escape(str(e))}", soft_wrap=True)
        raise typer.Exit(REFUSED) from None


@app.command(epilog="Example: gongyun stop")
def stop() -> None:
    """Stop the local Airflow and the embedded database of this installation."""
    from scheduling import airflow_local
    from warehouse import server

    if not settings().home.exists():
        console.print(f"nothing to stop: {settings().home.name} does not exist")
        return
    airflow_local.stop()
    server.stop()
    console.print(f"stopped what ran under {settings().home.name}; everything taken in stays there")


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
        for f in ([_feed(feed)] if feed else match_file(p.name, feeds().values()))
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
    _show_decisions(taken)


def _show_decisions(taken: Mapping[int, str]) -> None:
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
    console.print(f"receipts: {_shown(settings().drop)}/FEED/回执", soft_wrap=True)
    _hand_over(sorted(f for f in feeds if book.unanswered(f)))
    if "rejected" in taken.values():
        raise typer.Exit(REFUSED)


def _hand_over(feeds: list[str]) -> None:
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

    said = check_file(_feed(feed), file)
    for p in said.findings:
        colour = "red" if p.severity == "critical" else "yellow"
        where = " ".join(x for x in (p.sheet, p.cell) if x)
        against = [f"{name} {x}" for name, x in (("found", p.found), ("expected", p.expected)) if x]
        says = "; ".join([f"{where} {p.message}".strip(), *against, *([p.hint] if p.hint else [])])
        console.print(f"[{colour}]{p.severity}[/] {escape(says)}", soft_wrap=True)
    if receipt:
        console.print(f"receipt: {_shown(write(said, file, receipt).absolute())}", soft_wrap=True)
    if said.refused:
        raise typer.Exit(REFUSED)
    console.print(f"[green]readable[/]: {file.name} keeps the layout of {feed}")


@app.command(epilog="Example: gongyun drift powr__electricity")
def drift(
    feed: Annotated[str | None, typer.Argument(metavar="[FEED]", help="Name of a feed; all if left out.")] = None,
) -> None:
    """Files refused because their headings are not the declared ones, and the alias proposed for each renamed one."""
    from gongyun.installation import prepare
    from ingest.feed import feeds
    from ingest.waiting import waiting

    prepare()
    refused = waiting([_feed(feed).feed] if feed else list(feeds()))
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
        add_alias(settings().feeds / f"{_feed(feed).feed}.yml", heading, declared)
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

    declared = _feed(feed)
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
        declared = _feed(feed)
        _show_decisions(take_in([declared], once_more(declared, readable)))
    else:
        for w in readable:
            console.print(f"reads now: delivery {w.delivery_id} {escape(w.file_name)}", soft_wrap=True)
        console.print(f"take in with: gongyun retry {feed}")


@app.command(epilog="Example: gongyun template powr__electricity 2018-07 -o 模板.xlsx")
def template(
    feed: FeedArgument,
    month: MonthArgument,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Where to write it.")] = None,
) -> None:
    """Write the workbook a clerk fills in for a feed and a month."""
    from ingest.clerk.template import write_template

    declared = _feed(feed)
    path = output or Path(f"{declared.title}{month}.xlsx")
    write_template(declared, month, path)
    console.print(f"written: {path}")


@app.command(epilog="Example: gongyun build 2018-06 --as-of 2018-07-20T09:00:00+08:00")
def build(
    month: MonthArgument,
    as_of: Annotated[str | None, typer.Option(help="Moment of knowledge, ISO 8601; now if left out.")] = None,
) -> None:
    """Build the marts and the reports of a month from what was accepted as of a moment."""
    from gongyun.installation import prepare
    from warehouse.build import BuildFailed, build_marts

    moment = _moment(as_of)
    prepare()
    try:
        with console.status(f"building the marts for {month}"):
            number = build_marts(month, as_of=moment)
    except BuildFailed as e:
        console.print(f"[red]build refused[/]: {e}")
        raise typer.Exit(REFUSED) from None
    console.print(f"built: {month}, build {number}")


@app.command(epilog="Example: gongyun gate 2018-06")
def gate(month: MonthArgument) -> None:
    """Check marts and reports of the last build of a month; a critical finding holds the month."""
    from expectations.gate import gate_month

    run = gate_month(month, _last_build(month))
    for finding in (*run.stopped, *(f"{WAIVED_ZH}：{w}" for w in run.waived), *run.told):
        console.print(finding)
    if not run.passed:
        console.print(f"[red]held[/]: {month} has {len(run.stopped)} critical findings")
        raise typer.Exit(REFUSED)
    waived = f", {len(run.waived)} critical findings waived" if run.waived else ""
    console.print(f"[green]passed[/]: {month}, {len(run.told)} warnings to be printed in the edition{waived}")


@app.command(epilog='Example: gongyun publish 2018-06 --by "张某某"')
def publish(
    month: MonthArgument,
    by: Annotated[str | None, typer.Option(help="Who approves. Without it the edition stays a draft.")] = None,
    note: Annotated[str | None, typer.Option(help="The approver's remark, kept in the book.")] = None,
) -> None:
    """Draft the edition of a gated month and, with --by, approve and publish it."""
    from publish.edition import EditionRefused, draft, edition_directory, release

    gate_run = book.passed_gate(_last_build(month))
    if gate_run is None:
        console.print(f"[red]refused[/]: the last build of {month} has not passed its gate; run gongyun gate {month}")
        raise typer.Exit(REFUSED)
    try:
        edition = draft(month, _last_build(month), gate_run)
        if by:
            release(edition, by=by, note=note)
    except EditionRefused as e:
        console.print(f"[red]refused[/]: {e}")
        raise typer.Exit(REFUSED) from None
    done = "[green]published[/]:" if by else "drafted, to be published with --by NAME:"
    console.print(f"{done} {_shown(edition_directory(edition))}", soft_wrap=True)


@app.command(epilog="Example: gongyun status 2018-06")
def status(
    month: Annotated[
        Month | None,
        typer.Argument(parser=_month, metavar="MONTH", help="As 2018-06; the last with data if left out."),
    ] = None,
) -> None:
    """What each feed owes for a month, what has come, and the month's editions."""
    from gongyun.installation import prepare
    from publish.edition import edition_directory

    prepare()
    asked = month or book.last_month()
    if asked is None:
        console.print("nothing has been accepted yet")
        return
    table = Table("feed", "required", "due", "state", title=str(asked))
    for f in book.month_feeds(asked):
        state = {"rejected": "[red]rejected[/]", "loaded": "[yellow]waiting[/]"}.get(f.last_status or "", "missing")
        if f.accepted_at:
            state = f"[green]accepted[/] {f.accepted_at:%Y-%m-%d}"
        table.add_row(f.feed, "yes" if f.required else "", str(f.due_on), state)
    console.print(table)
    for e in book.editions(asked):
        number = f"v{e.number}" if e.number else "draft"
        console.print(
            f"edition {number} {e.status}  as of {e.as_of:%Y-%m-%d %H:%M:%S}  {e.decided_by or ''}  {_shown(edition_directory(e.edition_id))}",
            soft_wrap=True,
        )


@app.command(epilog="Example: gongyun trace PW02 420882 2018-06")
def trace(
    indicator: Annotated[str, typer.Argument(help="Code of an indicator, as PW02.")],
    region: Annotated[str, typer.Argument(help="Region key or name, as 420882 or 京山市.")],
    month: MonthArgument,
) -> None:
    """Every delivery, sheet and cell a number came from, the one in force first."""
    from warehouse.trace import trace as trace_cells

    if book.last_build() is None:
        console.print(f"[red]refused[/]: nothing has been built yet; run gongyun build {month}")
        raise typer.Exit(REFUSED)
    cells = trace_cells(indicator, region, month)
    if not cells:
        console.print(f"no delivered cell holds {indicator} of {region} for {month}")
        raise typer.Exit(REFUSED)
    for c in cells:
        says, stands, came = c.lines()
        console.print(f"[bold]{escape(says)}[/]", soft_wrap=True)
        console.print(f"    {escape(stands)}\n    {escape(came)}", soft_wrap=True, highlight=False)


@app.command(
    epilog='Example: gongyun waive unit_shift --feed powr__electricity --month 2018-06 --by "李某某" --reason "…" --until 2018-07-31'
)
def waive(
    rule: Annotated[str, typer.Argument(help="The rule of the finding, as the receipt or the gate names it.")],
    by: Annotated[str, typer.Option(help="Who answers for it.")],
    reason: Annotated[str, typer.Option(help="Why the finding may pass. Printed in the edition.")],
    until: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="Last day of the waiver.")],
    feed: Annotated[str | None, typer.Option(help="Only for this feed.")] = None,
    month: Annotated[Month | None, typer.Option(parser=_month, metavar="MONTH", help="Only for this month.")] = None,
) -> None:
    """Let a critical finding pass, by a named person, with a reason, until a date."""
    from gongyun.installation import prepare

    prepare()
    number = book.waive(rule, by, reason, until.date(), feed=feed, month=month)
    console.print(f"waiver {number}: {rule} until {until:%Y-%m-%d}, by {by}")


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
        if state.status != "loaded" or not book.explain(delivery, cause, reason, by):
            console.print(f"[red]refused[/]: delivery {delivery} is {state.status} and waits for no reason")
            raise typer.Exit(REFUSED)
    except KeyError as e:
        raise typer.BadParameter(e.args[0]) from None
    accepted = take_in([_feed(state.feed)])[delivery] == "accepted"
    page = receipts(state.feed) / f"receipt-{delivery}.html"
    verdict = "[green]accepted[/]" if accepted else "[red]refused[/]"
    console.print(f"{verdict}: {state.file_name}; receipt {_shown(page)}", soft_wrap=True)
    _hand_over([state.feed])
    if not accepted:
        raise typer.Exit(REFUSED)


@app.command(epilog="Example: gongyun problems 2018-06 --region 420802")
def problems(
    month: Annotated[
        Month | None,
        typer.Argument(parser=_month, metavar="MONTH", help="Only those an edition of this month printed or missed."),
    ] = None,
    region: Annotated[str | None, typer.Option(help="Only this region, by key.")] = None,
    closed: Annotated[bool, typer.Option("--closed", help="Closed ones too.")] = False,
) -> None:
    """The ledger of problems: what editions have opened, where it stands, what is overdue."""
    from gongyun.installation import prepare
    from warehouse.problems import ledger_items

    prepare()
    shown = [
        i for i in ledger_items()
        if (closed or i.state != "closed") and region in (None, i.region_key)
        and (month is None or i.first_month <= month <= i.last_month)
    ]  # fmt: skip
    today = book.now().date()
    for i in shown:
        stands = f"{i.state}{' (quiet)' if i.quiet else ''}, {i.first_month} to {i.last_month}, due {i.due_on}"
        overdue = " [red]overdue[/]" if i.overdue(today) else ""
        console.print(f"[bold]{escape(i.problem_key)}[/]  {escape(str(i.problem['subject_zh']))}", soft_wrap=True)
        console.print(f"    {stands}{overdue}, by {escape(i.by_whom)}", soft_wrap=True, highlight=False)
    if not shown:
        console.print("no such problem in the ledger")


@app.command(epilog='Example: gongyun problem stop:420802:91420800MA4878XX1A fix --by "王某某" --note "已复产"')
def problem(
    key: Annotated[str, typer.Argument(metavar="KEY", help="The problem, as gongyun problems lists it.")],
    verb: Annotated[
        str | None, typer.Argument(help="acknowledge, dispute, fix, close or reopen; without it, its history.")
    ] = None,
    by: Annotated[str, typer.Option(help="Who takes the step.")] = "",
    note: Annotated[str | None, typer.Option(help="Why; needed for all but acknowledging.")] = None,
) -> None:
    """Take a step on a problem of the ledger, by a named person, or show what happened to it."""
    from gongyun.installation import prepare
    from warehouse.problems import TransitionRefused, ledger_events, step

    prepare()
    if verb is None:
        for e in ledger_events(key):
            said = f"{e['at']:%Y-%m-%d %H:%M} {e['happened']} -> {e['state']}  {e['by_whom']}  {e['note'] or ''}"
            console.print(escape(said), soft_wrap=True)
        return
    try:
        console.print(f"{escape(key)} is {step(key, verb, by, note)}", soft_wrap=True)
    except KeyError:
        raise typer.BadParameter(f"there is no problem {key!r}; gongyun problems lists them") from None
    except ValueError as e:
        raise typer.BadParameter(str(e)) from None
    except TransitionRefused as e:
        console.print(f"[red]refused[/]: {escape(str(e))}", soft_wrap=True)
        raise typer.Exit(REFUSED) from None


def _moment(as_of: str | None) -> datetime | None:
    if as_of is None:
        return None
    try:
        moment = datetime.fromisoformat(as_of)
    except ValueError:
        raise typer.BadParameter(f"{as_of!r} is not a moment; write it as 2018-07-20T09:00:00+08:00") from None
    if moment.tzinfo is None:
        raise typer.BadParameter(f"{as_of!r} names no time zone; write it as 2018-07-20T09:00:00+08:00")
    return moment


def _last_build(month: Month) -> int:
    number = book.last_build(month)
    if number is None:
        console.print(f"[red]refused[/]: {month} has not been built; run gongyun build {month}")
        raise typer.Exit(REFUSED)
    return number


def _shown(path: Path) -> str:
    """A path as one would type it from here."""
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)

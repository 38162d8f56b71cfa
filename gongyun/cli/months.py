"""Commands about a month: what has come, marts, gate, waivers, edition, and where a number is from."""

import getpass
from datetime import datetime
from difflib import get_close_matches
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from gongyun.cli.terminal import REFUSED, MonthArgument, console, feed_of, moment_of, month_of, refuse, say, shown
from vocabulary.finding import WAIVED_ZH
from vocabulary.month import BEIJING, Month
from warehouse.book import builds, deliveries, duties, editions, gates, waivers

app = typer.Typer()
STATES = {"rejected": ("rejected", "red"), "loaded": ("waiting", "yellow")}


@app.command(epilog="Example: gongyun build 2018-06 --as-of 2018-07-20T09:00:00+08:00")
def build(
    month: MonthArgument,
    as_of: Annotated[str | None, typer.Option(help="Moment of knowledge, ISO 8601; now if left out.")] = None,
) -> None:
    """Build the marts and the reports of a month from what was accepted as of a moment."""
    from gongyun.installation import prepare
    from warehouse.build import BuildFailed, build_marts

    moment = moment_of(as_of)
    prepare()
    try:
        with console.status(f"building the marts for {month}"):
            number = build_marts(month, as_of=moment)
    except BuildFailed as e:
        refuse(e)
    say(f"built: {month}, build {number}")


@app.command(epilog="Example: gongyun gate 2018-06")
def gate(month: MonthArgument) -> None:
    """Check marts and reports of the last build of a month; a critical finding holds the month."""
    from expectations.gate import gate_month

    run = gate_month(month, _last_build(month))
    for finding in (*run.stopped, *(f"{WAIVED_ZH}：{w}" for w in run.waived), *run.told):
        say(finding)
    if not run.passed:
        say(("held", "red"), f": {month} has {len(run.stopped)} critical findings")
        raise typer.Exit(REFUSED)
    waived = f", {len(run.waived)} critical findings waived" if run.waived else ""
    warnings = f"{len(run.told)} warnings of the month and {run.of_deliveries} of its deliveries"
    say(("passed", "green"), f": {month}, {warnings} to be printed in the edition{waived}")


@app.command(epilog='Example: gongyun publish 2018-06 --by "张某某"')
def publish(
    month: MonthArgument,
    by: Annotated[str | None, typer.Option(help="Who approves. Without it the edition stays a draft.")] = None,
    note: Annotated[str | None, typer.Option(help="The approver's remark, kept in the book.")] = None,
    going_back: Annotated[
        str | None,
        typer.Option(help="Why older data replace those of the edition in force. Printed; needs --by."),
    ] = None,
) -> None:
    """Draft the edition of a gated month and, with --by, approve and publish it."""
    from publish.edition import EditionRefused, GoingBack, draft, edition_directory, release

    gate_run = gates.passed(_last_build(month))
    if gate_run is None:
        refuse(f"the last build of {month} has not passed its gate; run gongyun gate {month}")
    try:
        back = GoingBack(by, going_back) if by and going_back else None
        edition = draft(month, _last_build(month), gate_run, back)
        if by:
            release(edition, by=by, note=note, record={"command_line": getpass.getuser()})
    except EditionRefused as e:
        refuse(e)
    done = ("published", "green") if by else "drafted, to be published with --by NAME"
    say(done, f": {shown(edition_directory(edition))}")
    if by:
        say(f"the name {by} is as it was typed: nobody but the account {getpass.getuser()} is vouched for")


@app.command(epilog="Example: gongyun status 2018-06")
def status(
    month: Annotated[
        Month | None,
        typer.Argument(parser=month_of, metavar="MONTH", help="As 2018-06; the last with data if left out."),
    ] = None,
) -> None:
    """What each feed owes for a month, what has come, and the month's editions."""
    from gongyun.installation import prepare
    from publish.edition import edition_directory

    prepare()
    asked = month or deliveries.last_month()
    if asked is None:
        say("nothing has been accepted yet")
        return
    table = Table("feed", "required", "due", "state", title=str(asked))
    for f in duties.month_feeds(asked):
        state = Text(*STATES.get(f.last_status or "", ("missing",)))
        if f.accepted_at:
            state = Text.assemble(("accepted", "green"), f" {f.accepted_at:%Y-%m-%d}")
        table.add_row(f.feed, "yes" if f.required else "", str(f.due_on), state)
    console.print(table, soft_wrap=False)
    for e in editions.of_month(asked):
        number = f"v{e.number}" if e.number else "draft"
        say(
            f"edition {number} {e.status}  as of {e.as_of:%Y-%m-%d %H:%M:%S}  {_decided(e)}  {shown(edition_directory(e.edition_id))}"
        )


def _decided(edition: editions.Edition) -> str:
    """Who decided, and by what account."""
    record = edition.decision_record or {}
    account = record.get("account") or record.get("command_line")
    return f"{edition.decided_by or ''}{f' (account {account})' if account else ''}"


@app.command(epilog="Example: gongyun trace PW02 420882 2018-06")
def trace(
    indicator: Annotated[str, typer.Argument(help="Code of an indicator, as PW02.")],
    region: Annotated[str, typer.Argument(help="Region key or name, as 420882 or 京山市.")],
    month: MonthArgument,
) -> None:
    """Every delivery, sheet and cell a number came from, the one in force first."""
    from warehouse.trace import trace as trace_cells

    if builds.last() is None:
        refuse(f"nothing has been built yet; run gongyun build {month}")
    cells = trace_cells(indicator, region, month)
    if not cells:
        say(f"no delivered cell holds {indicator} of {region} for {month}")
        raise typer.Exit(REFUSED)
    for c in cells:
        says, stands, came = c.lines()
        say((says, "bold"))
        say(f"    {stands}\n    {came}")


@app.command(
    epilog='Example: gongyun waive unit_shift --feed powr__electricity --month 2018-06 --by "李某某" --reason "…" --until 2018-07-31'
)
def waive(
    rule: Annotated[str, typer.Argument(help="The rule of the finding, as the receipt or the gate names it.")],
    by: Annotated[str, typer.Option(help="Who answers for it.")],
    reason: Annotated[str, typer.Option(help="Why the finding may pass. Printed in the edition.")],
    until: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="Last day of the waiver.")],
    feed: Annotated[str | None, typer.Option(help="Only for this feed.")] = None,
    month: Annotated[Month | None, typer.Option(parser=month_of, metavar="MONTH", help="Only for this month.")] = None,
) -> None:
    """Let a critical finding pass, by a named person, with a reason, until a date."""
    from expectations.suite import stopping
    from gongyun.installation import prepare

    if rule not in stopping():
        near = " or ".join(get_close_matches(rule, stopping())) or ", ".join(sorted(stopping()))
        raise typer.BadParameter(f"no finding of {rule!r} stops anything; there is {near}")
    if not by.strip() or not reason.strip():
        raise typer.BadParameter("a waiver has a name and a reason")
    if until.date() < datetime.now(BEIJING).date():
        raise typer.BadParameter(f"{until:%Y-%m-%d} is past")
    concerned = feed_of(feed).feed if feed else None
    prepare()
    number = waivers.waive(rule, by, reason, until.date(), feed=concerned, month=month)
    say(f"waiver {number}: {rule} until {until:%Y-%m-%d}, by {by}")


def _last_build(month: Month) -> int:
    number = builds.last(month)
    if number is None:
        refuse(f"{month} has not been built; run gongyun build {month}")
    return number

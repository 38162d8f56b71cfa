"""Commands about the ledger of problems."""

from typing import Annotated

import typer

from gongyun.cli.terminal import month_of, refuse, say
from vocabulary.month import Month
from warehouse.book import clock

app = typer.Typer()


@app.command(epilog="Example: gongyun problems 2018-06 --region 420802")
def problems(
    month: Annotated[
        Month | None,
        typer.Argument(parser=month_of, metavar="MONTH", help="Only those an edition of this month printed or missed."),
    ] = None,
    region: Annotated[str | None, typer.Option(help="Only this region, by key.")] = None,
    closed: Annotated[bool, typer.Option("--closed", help="Closed ones too.")] = False,
) -> None:
    """The ledger of problems: what editions have opened, where it stands, what is overdue."""
    from gongyun.installation import prepare
    from warehouse.book.problems import ledger_items

    prepare()
    shown = [
        i
        for i in ledger_items()
        if (closed or i.state != "closed")
        and region in (None, i.region_key)
        and (month is None or i.first_month <= month <= i.last_month)
    ]
    today = clock.now().date()
    for i in shown:
        stands = f"{i.state}{' (quiet)' if i.quiet else ''}, {i.first_month} to {i.last_month}, due {i.due_on}"
        overdue = (" overdue", "red") if i.overdue(today) else ""
        say((i.problem_key, "bold"), f"  {i.problem['subject_zh']}")
        say(f"    {stands}", overdue, f", by {i.by_whom}")
    if not shown:
        say("no such problem in the ledger")


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
    from warehouse.book.problems import TransitionRefused, ledger_events, step

    prepare()
    if verb is None:
        for e in ledger_events(key):
            said = f"{e['at']:%Y-%m-%d %H:%M} {e['happened']} -> {e['state']}  {e['by_whom']}  {e['note'] or ''}"
            say(said)
        return
    try:
        say(f"{key} is {step(key, verb, by, note)}")
    except KeyError:
        raise typer.BadParameter(f"there is no problem {key!r}; gongyun problems lists them") from None
    except ValueError as e:
        raise typer.BadParameter(str(e)) from None
    except TransitionRefused as e:
        refuse(e)

"""What the tasks of the DAG build_marts do, under Airflow: one month from accepted deliveries to a drafted edition."""

from typing import Any

from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

from expectations.gate import gate_month
from publish.edition import draft
from publish.sources import EditionRefused
from scheduling.drop import wait_for_arrivals
from scheduling.month import run_month
from vocabulary.month import Month
from warehouse.book import builds, clock, duties
from warehouse.build import BuildFailed, build_marts
from warehouse.settings import settings


def ready_month(context: Any) -> str:
    """The run's month, when it is complete and holds something that no build has seen; else the task is skipped.

    A person's run is never idle.
    """
    month = run_month(context)
    print(f"waited {wait_for_arrivals(settings().drop):.0f} s for files under way")
    if missing := duties.missing_required(month):
        owed = "；".join(f"{m.title}（{m.feed}，应于 {m.due_on} 前）" for m in missing)
        raise AirflowSkipException(f"{month} is held, required feeds are missing: {owed}")
    if context["dag_run"].partition_key and (build := builds.of_all_accepted(month)):
        raise AirflowSkipException(f"build {build} of {month} holds everything accepted so far")
    return str(month)


def build_month(month: str) -> int:
    """The marts and reports as of now; returns the build."""
    try:
        return build_marts(Month.parse(month), as_of=clock.now())
    except BuildFailed as e:
        raise AirflowFailException(str(e)) from e


def pass_gate(month: str, build_id: int, marts: Any) -> int:
    """The run of the gate that a build passed, noted with `marts`, the events of its asset; else the task fails."""
    run = gate_month(Month.parse(month), build_id)
    for state, messages in (("waived", run.waived), ("warning", run.told)):
        for message in messages:
            print(f"{state}:", message)
    print(f"findings of the month's deliveries that were let pass: {run.of_deliveries}")
    if not run.passed:
        raise AirflowFailException(f"{month} is held: " + "；".join(run.stopped))
    marts.add_partitions([month])
    return run.gate_run_id


def draft_month(month: str, build_id: int, gate_run_id: int, drafts: Any) -> int:
    """The edition drafted, noted with `drafts`, the events of its asset, so that a person is asked."""
    try:
        edition = draft(Month.parse(month), build_id, gate_run_id)
    except EditionRefused as e:
        raise AirflowFailException(str(e)) from e
    drafts.add_partitions([month])
    return edition

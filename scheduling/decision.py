"""What the tasks of the DAG publish_edition do, under Airflow: a person is told of a draft, and the answer is carried out."""

from typing import Any

from airflow.sdk.exceptions import AirflowSkipException

from publish.edition import decline, release
from scheduling.approval import approval_text
from scheduling.month import run_month
from warehouse.book import editions


def describe_draft(context: Any) -> dict[str, Any]:
    """The draft of the run's month, and what the approver should know of it; the task is skipped when there is none."""
    month = run_month(context)
    drafts = [e for e in editions.of_month(month) if e.status == "draft"]
    if not drafts:
        raise AirflowSkipException(f"no draft of {month} waits for a decision")
    edition = drafts[-1].edition_id
    return {"edition": edition, "month": str(month), "text": approval_text(edition)}


def carry_out(edition_id: int, answer: dict[str, Any], approved: bool) -> None:
    """Publish a draft, or record that it was declined and skip the task, in the name of the person who answered."""
    by, note = answer["responded_by_user"]["name"], answer["params_input"].get("note") or None
    if not approved:
        decline(edition_id, by=by, note=note)
        raise AirflowSkipException(f"{by} declined edition {edition_id}")
    print(release(edition_id, by=by, note=note))

"""The question that Airflow puts to the approvers of an area, and what their answer does.

Which draft was asked about goes with the task itself and the answer comes from the question's own record: nothing of
either passes through XCom, which whoever may edit tasks may write.
"""

from typing import Any

from airflow.providers.standard.exceptions import HITLTimeoutError
from airflow.providers.standard.operators.hitl import HITLOperator
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException, TaskAwaitingInput

from scheduling.month import run_month
from vocabulary.month import Month
from warehouse.settings import settings


class Decision(HITLOperator):
    """Asks about the draft of the run's month, waits, and releases or declines that draft and no other.

    The first of `options` releases it. The task is skipped where no draft waits and where the draft is declined.
    """

    template_fields = ()

    def execute(self, context: Any) -> None:
        """Put the question to those who may answer it."""
        from scheduling.approval import approval_text

        month = run_month(context)
        draft = _draft(month)
        self.subject = f"{month} 待审稿 [{draft['edition_id']}] 是否发布？"
        self.body = approval_text(draft["edition_id"])
        self.assigned_users = [{"id": account, "name": account} for account in _approvers()]
        try:
            super().execute(context)
        except TaskAwaitingInput as waiting:
            waiting.kwargs = {"asked": draft}
            raise

    def execute_complete(self, context: Any, event: dict[str, Any], asked: dict[str, Any]) -> None:
        """Do what the person answered, in that person's name. What was decided or came too late is not tried again."""
        from publish.sources import EditionRefused

        try:
            self._carry_out(context, super().execute_complete(context, event), asked)
        except (EditionRefused, HITLTimeoutError) as e:
            raise AirflowFailException(str(e)) from e

    def _carry_out(self, context: Any, answer: Any, asked: dict[str, Any]) -> None:
        from publish.edition import decline, release

        person, edition = answer["responded_by_user"], asked["edition_id"]
        if person["id"] not in _approvers():
            raise AirflowFailException(
                f"{person['id']} may not decide over editions, only {', '.join(_approvers())} may (GONGYUN_APPROVERS); "
                f"edition {edition} is still a draft: start publish_edition again"
            )
        note, record = answer["params_input"].get("note") or None, _record(context, person["id"])
        if answer["chosen_options"] != self.options[:1]:
            decline(edition, person["name"], note, record, asked["sha256"])
            raise AirflowSkipException(f"{person['name']} declined edition {edition}")
        print(release(edition, person["name"], note, record, asked["sha256"]))


def _draft(month: Month) -> dict[str, Any]:
    """The newest draft of a month: its number and the digest of its manifest."""
    from publish.recover import recover
    from warehouse.book import editions

    # a release that was killed has left the files of the draft elsewhere
    recover()
    drafts = [e for e in editions.of_month(month) if e.status == "draft"]
    if not drafts:
        raise AirflowSkipException(f"no draft of {month} waits for a decision")
    return {"edition_id": drafts[-1].edition_id, "sha256": drafts[-1].sha256}


def _approvers() -> tuple[str, ...]:
    """The accounts that may decide. Without any the task fails: nobody is asked in everybody's stead."""
    if not (named := settings().approvers):
        raise AirflowFailException("GONGYUN_APPROVERS names nobody: list the accounts that may release editions")
    return named


def _record(context: Any, account: str) -> dict[str, str]:
    """Where Airflow keeps the question and its answer."""
    task = context["task_instance"]
    return {"account": account, "dag_id": task.dag_id, "run_id": task.run_id, "task_instance": str(task.id)}

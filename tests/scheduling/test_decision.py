"""A draft is decided over by those who may, and the draft that was asked about is the one decided over."""

from collections.abc import Callable
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

from dags.publish_edition import OPTIONS
from scheduling.decision import Decision
from tests.publish.conftest import BookedMonth, draft_again, june
from vocabulary.month import Month
from warehouse.book import editions
from warehouse.book.editions import Edition

__all__ = ["draft_again", "june"]

APPROVE, DECLINE = OPTIONS
TASK = SimpleNamespace(dag_id="publish_edition", run_id="manual__1", id="0197")


@pytest.fixture(autouse=True)
def approvers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GONGYUN_APPROVERS", "wang, zhang")


def edition_of(june: BookedMonth) -> Edition:
    return editions.of_month(Month.of(june.month))[0]


def answer(asked: dict[str, Any], account: str = "wang", option: str = APPROVE) -> None:
    """What Airflow does with an answer that it has kept."""
    event = {
        "chosen_options": [option],
        "params_input": {"note": "同意"},
        "responded_at": datetime.now(UTC),
        "responded_by_user": {"id": account, "name": "王敏"},
    }
    Decision(task_id="approve", subject="?", options=OPTIONS).execute_complete({"task_instance": TASK}, event, asked)


def test_an_approver_releases_the_draft_and_the_book_says_where_the_answer_is_kept(
    june: BookedMonth, draft_again: Callable[[], int]
) -> None:
    draft_again()
    draft = edition_of(june)
    answer({"edition_id": draft.edition_id, "sha256": draft.sha256})
    released = edition_of(june)
    assert (released.status, released.decided_by, released.decision_note) == ("published", "王敏", "同意")
    assert released.decision_record == {
        "account": "wang",
        "dag_id": "publish_edition",
        "run_id": "manual__1",
        "task_instance": "0197",
    }


@pytest.mark.parametrize("named", ["wang", ""])
def test_whoever_is_not_named_decides_nothing_though_airflow_let_the_answer_in(
    june: BookedMonth, draft_again: Callable[[], int], named: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GONGYUN_APPROVERS", named)
    draft_again()
    draft = edition_of(june)
    for option in OPTIONS:
        with pytest.raises(AirflowFailException, match="GONGYUN_APPROVERS"):
            answer({"edition_id": draft.edition_id, "sha256": draft.sha256}, "admin", option)
    assert edition_of(june) == draft


def test_a_draft_with_other_bytes_than_those_asked_about_is_not_decided(
    june: BookedMonth, draft_again: Callable[[], int]
) -> None:
    draft_again()
    draft = edition_of(june)
    for option in OPTIONS:
        with pytest.raises(AirflowFailException, match="is not the draft that 王敏 was asked about"):
            answer({"edition_id": draft.edition_id, "sha256": "0" * 64}, option=option)
    assert edition_of(june) == draft


def test_a_declined_draft_is_noted_and_its_task_skipped(june: BookedMonth, draft_again: Callable[[], int]) -> None:
    draft_again()
    draft = edition_of(june)
    with pytest.raises(AirflowSkipException):
        answer({"edition_id": draft.edition_id, "sha256": draft.sha256}, option=DECLINE)
    assert edition_of(june).status == "declined"

"""The statistical month as an Airflow run carries it: its partition key, or the parameter a person gave."""

from typing import Any

from airflow.sdk import Param
from airflow.sdk.exceptions import AirflowFailException

from vocabulary.month import Month


def month_params() -> dict[str, Param]:
    """Parameters of a DAG that runs for one month."""
    pattern = r"^\d{4}-(0[1-9]|1[0-2])$"
    return {"month": Param(None, type=["null", "string"], pattern=pattern, title="统计月份", description="如 2018-06")}


def run_month(context: Any) -> Month:
    """The month of the run. Fails the task when the run has none."""
    month = context["dag_run"].partition_key or context["params"]["month"]
    if not month:
        raise AirflowFailException("no month: trigger with a partition key or the parameter month, as 2018-06")
    return Month.parse(month)

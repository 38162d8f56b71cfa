"""The delivery gate, one planted fault at a time."""

import sqlalchemy as sa

from expectations.gate import gate_deliveries
from tests.expectations.conftest import deliver, months, power, problems, results


def test_a_good_history_passes_without_a_word(catalogue: sa.Engine) -> None:
    ids = [deliver(power(m)) for m in months("2016-11", "2018-06")]
    assert gate_deliveries(ids) == dict.fromkeys(ids, True)
    assert [p for d in ids for p in problems(d)] == []
    assert all(r["passed"] for r in results())

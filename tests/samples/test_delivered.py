"""What the simulator wrote is what the warehouse holds, cell for cell, once ingest has taken it in."""

from pathlib import Path

import pytest
import sqlalchemy as sa

from ingest.deliver import deliver
from ingest.feed import Feed
from samples import spoil
from samples.simulate import table, write_month
from samples.table import BASE_NOT_POSITIVE, NO_NUMBER, Printed
from tests.ingest.paper import check
from tests.samples.reading import number
from tests.samples.test_files import Written
from vocabulary.unit import canonical
from warehouse.book.duties import sync_feeds
from warehouse.database import engine

REASONS = {NO_NUMBER: "not_applicable", BASE_NOT_POSITIVE: "base_nonpositive"}


def expected(cell: Printed) -> tuple[float | None, str | None]:
    value = number(cell)
    return (None if value is None else round(value, 6)), REASONS.get(str(cell))


@pytest.mark.parametrize("month", ["2018-02", "2018-06"])
def test_every_simulated_file_is_loaded_with_the_simulators_own_numbers(
    month: str, tmp_path: Path, warehouse: sa.Engine, city_feeds: dict[str, Feed]
) -> None:
    sync_feeds(f.duty for f in city_feeds.values())
    for name, path in write_month(month, tmp_path).items():
        if city_feeds[name].grain == "register":
            continue
        delivery_id = deliver(city_feeds[name], path, simulated=True)
        with engine().connect() as c:
            status = c.scalar(sa.text("select status from ops.delivery where delivery_id = :d"), {"d": delivery_id})
            findings = c.execute(sa.text("select * from ops.finding where delivery_id = :d"), {"d": delivery_id}).all()
            rows = c.execute(
                sa.text(
                    "select row, heading, value_delivered, absent_reason, indicator, period_type, measure, month::text "
                    "from raw.observation where delivery_id = :d"
                ),
                {"d": delivery_id},
            ).all()
        assert (status, findings) == ("loaded", []), name
        first = min(r.row for r in rows)
        held = {(r.row - first, r.indicator, r.period_type, r.measure): r for r in rows}
        assert {r.month for r in rows} == {f"{month}-01"}
        made = table(name, month)
        count = 0
        for x, declared in enumerate(city_feeds[name].columns):
            if declared.indicator is None:
                continue
            for y, cell in enumerate(made.columns[x].cells):
                found = held[y, declared.indicator, declared.period_type, declared.measure]
                value = None if found.value_delivered is None else round(found.value_delivered, 6)
                assert (value, found.absent_reason) == expected(cell), (name, made.labels[y], declared.heading)
                count += 1
        assert count == len(rows), "nothing else was loaded"


def test_every_simulated_list_is_loaded_with_the_simulators_own_things(
    tmp_path: Path, warehouse: sa.Engine, city_feeds: dict[str, Feed]
) -> None:
    lists = {n: f for n, f in city_feeds.items() if f.grain == "register"}
    assert len(lists) > 10
    sync_feeds(f.duty for f in lists.values())
    for name, path in write_month("2018-06", tmp_path).items():
        if name not in lists:
            continue
        delivery_id = deliver(lists[name], path, simulated=True)
        with engine().connect() as c:
            rows = c.execute(
                sa.text("select * from raw.register where delivery_id = :d order by row"), {"d": delivery_id}
            ).all()
        made = table(name, "2018-06")
        assert [r.entity_name for r in rows] == list(made.columns[made_at(lists[name], "entity_name")].cells), name
        for x, declared in enumerate(lists[name].columns):
            if declared.attribute is None:
                continue
            held = [r.attributes.get(declared.attribute) for r in rows]
            blank = [cell in (None, "") for cell in made.columns[x].cells]
            assert [h is None for h in held] == blank, (name, declared.heading)
            if declared.type == "number":
                factor = canonical(declared.unit or "")[1]
                assert held == pytest.approx([number(cell) * factor for cell in made.columns[x].cells]), (
                    declared.heading
                )
            elif declared.type == "date":
                assert held == list(made.columns[x].cells), declared.heading


def made_at(feed: Feed, label: str) -> int:
    return next(x for x, c in enumerate(feed.columns) if c.label == label)


def test_no_file_of_the_thirty_six_months_gives_ingest_a_problem(written: Written, city_feeds: dict[str, Feed]) -> None:
    found = {
        (name, month): p for (name, month), path in written[0].items() if (p := check(city_feeds[name], path).findings)
    }
    assert found == {}


def test_a_text_in_a_number_cell_is_found_by_ingest(tmp_path: Path, city_feeds: dict[str, Feed]) -> None:
    path = table("powr__electricity", "2018-06").write(tmp_path)
    spoil.type_text(path, "钟祥市", "工业用电量|当月")
    assert [(p.severity, p.cell) for p in check(city_feeds["powr__electricity"], path).findings] == [
        ("critical", "F12")
    ]


def test_last_months_file_under_the_new_name_is_found_by_ingest(tmp_path: Path, city_feeds: dict[str, Feed]) -> None:
    path = table("powr__electricity", "2018-06").write(tmp_path)
    spoil.resubmit(path)
    assert [p.severity for p in check(city_feeds["powr__electricity"], path).findings] == ["critical"]

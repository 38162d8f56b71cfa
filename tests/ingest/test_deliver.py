"""A file on its way in: stored, entered in the book, loaded or rejected; twice changes nothing; a crash is made good."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from ingest import deliver as deliver_module
from ingest.clerk.receipt import write_receipt
from ingest.deliver import deliver, resume, status
from ingest.feed import Feed
from ingest.land import land, stored
from tests.ingest.paper import FEED, HEAD, JUNE, MERGED, ROWS, check, csv_text, declare, drop, xlsx
from tests.ingest.parsing.test_contents import BY_MONTH, FIRM_HEAD, FIRMS, ROWWISE, ROWWISE_ROWS
from warehouse.book import deliveries

GOOD = xlsx(HEAD + ROWS, MERGED)
BAD = xlsx([*HEAD, ["荆门市", "约300<b>", 8.3]], MERGED)


def count(engine: sa.Engine, table: str, where: str = "true") -> int:
    with engine.connect() as c:
        return c.exec_driver_sql(f"select count(*) from {table} where {where}").scalar_one()


def everything_loaded(engine: sa.Engine) -> dict[str, int]:
    return {
        t: count(engine, t) for t in ("raw.delivered_row", "raw.delivered_column", "raw.register", "ops.delivery_month")
    }


def test_a_good_file_is_loaded_cell_by_cell_with_addresses(warehouse: sa.Engine, tmp_path: Path) -> None:
    declare(FEED)
    delivery_id = deliver(FEED, drop(tmp_path, GOOD), simulated=True)
    with warehouse.connect() as c:
        rows = c.exec_driver_sql(
            "select cell, region_label, indicator, measure, period_type, month, unit, value_delivered, value, "
            "absent_reason from raw.observation order by row, position"
        ).all()
    assert rows[0] == ("B5", "荆门市", "PW02", "value", "M", JUNE.date, "万千瓦时", 300.5, 300.5, None)
    assert [(r.cell, r.value, r.absent_reason) for r in rows[1:]] == [
        ("C5", 8.3, None), ("B6", 100.25, None), ("C6", -1.2, None), ("B7", 20.0, None), ("C7", None, "not_applicable")
    ]  # fmt: skip
    state = status(delivery_id)
    assert (state.status, state.month, state.simulated, state.cells, state.findings) == ("loaded", JUNE, True, 6, 0)


def test_the_bytes_are_kept_untouched_under_their_digest(warehouse: sa.Engine, tmp_path: Path) -> None:
    declare(FEED)
    landed = land(FEED, drop(tmp_path, GOOD))
    assert landed.sha256 == hashlib.sha256(GOOD).hexdigest()
    assert stored(landed.sha256).read_bytes() == GOOD
    assert [p.name for p in stored(landed.sha256).parent.iterdir()] == [landed.sha256], "nothing half-written is left"


def test_a_bad_file_is_rejected_with_its_reasons_and_loads_nothing(warehouse: sa.Engine, tmp_path: Path) -> None:
    declare(FEED)
    delivery_id = deliver(FEED, drop(tmp_path, BAD))
    assert status(delivery_id).status == "rejected"
    assert status(delivery_id).month == JUNE, "its month is known, so it shows as rejected there"
    assert set(everything_loaded(warehouse).values()) == {0}
    with warehouse.connect() as c:
        finding = c.exec_driver_sql("select severity, rule, sheet, cell, found from ops.finding").one()
    assert tuple(finding) == ("critical", "unreadable_cell", "表1", "B5", "约300<b>")


@pytest.mark.parametrize(
    "data", [b"", b"PK\x03\x04junk", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1junk", b"\xff\xfe\x00", b"a\x00b"]
)
def test_garbage_is_rejected_and_never_raises(data: bytes, warehouse: sa.Engine, tmp_path: Path) -> None:
    declare(FEED)
    assert status(deliver(FEED, drop(tmp_path, data))).status == "rejected"


def test_the_file_in_force_sent_again_changes_nothing(warehouse: sa.Engine, tmp_path: Path) -> None:
    declare(FEED)
    first = deliver(FEED, drop(tmp_path, GOOD))
    deliveries.accept([first])
    before = everything_loaded(warehouse)
    again = deliver(FEED, drop(tmp_path, GOOD, "2018年6月用电量(1).xlsx"))
    assert (status(again).status, status(again).duplicate_of, status(again).month) == ("duplicate", first, JUNE)
    assert everything_loaded(warehouse) == before


def test_last_months_file_under_this_months_name_is_refused_and_not_called_a_duplicate(
    warehouse: sa.Engine, tmp_path: Path
) -> None:
    declare(FEED)
    deliveries.accept([deliver(FEED, drop(tmp_path, GOOD))])
    before = everything_loaded(warehouse)
    again = deliver(FEED, drop(tmp_path, GOOD, "2018年7月用电量.xlsx"))
    assert status(again).status == "rejected"
    with warehouse.connect() as c:
        found = c.exec_driver_sql("select rule, found, expected from ops.finding").one()
    assert "2018" in found.found + found.expected
    assert everything_loaded(warehouse) == before


def test_an_old_file_sent_after_a_correction_is_a_new_delivery(warehouse: sa.Engine, tmp_path: Path) -> None:
    declare(FEED)
    deliveries.accept([deliver(FEED, drop(tmp_path, GOOD))])
    deliveries.accept([deliver(FEED, drop(tmp_path, xlsx([*HEAD, ["荆门市", 301, 8.4]], MERGED)))])
    back = deliver(FEED, drop(tmp_path, GOOD))
    assert status(back).status == "loaded", "the correction is in force, so the old bytes say something new"


def test_the_file_of_another_month_does_not_put_the_first_out_of_force(warehouse: sa.Engine, tmp_path: Path) -> None:
    declare(FEED)
    deliveries.accept([deliver(FEED, drop(tmp_path, GOOD))])
    july = xlsx([["2018年7月工业用电量"], *HEAD[1:], *ROWS], MERGED)
    deliveries.accept([deliver(FEED, drop(tmp_path, july, "7月.xlsx"))])
    assert status(deliver(FEED, drop(tmp_path, GOOD))).status == "duplicate"


def test_a_rejected_file_sent_again_is_judged_again(warehouse: sa.Engine, tmp_path: Path) -> None:
    declare(FEED)
    deliver(FEED, drop(tmp_path, BAD))
    assert status(deliver(FEED, drop(tmp_path, BAD))).status == "rejected"


def test_the_same_bytes_for_another_feed_are_a_delivery_of_their_own(warehouse: sa.Engine, tmp_path: Path) -> None:
    other = Feed.model_validate(FEED.model_dump() | {"feed": "ener__power"})
    declare(FEED, other)
    deliveries.accept([deliver(FEED, drop(tmp_path, GOOD))])
    assert status(deliver(other, drop(tmp_path, GOOD))).status == "loaded"


def test_what_a_crash_left_received_is_finished(
    warehouse: sa.Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    declare(FEED)
    good, bad = land(FEED, drop(tmp_path, GOOD)), land(FEED, drop(tmp_path, BAD))
    assert good.status == bad.status == "received"
    monkeypatch.setattr(deliver_module, "get_feed", {FEED.feed: FEED}.__getitem__)
    assert resume() == [good.delivery_id, bad.delivery_id]
    assert [status(d.delivery_id).status for d in (good, bad)] == ["loaded", "rejected"]
    assert resume() == []


@pytest.mark.parametrize("lies", [GOOD.replace(b"0", b"1", 1), GOOD[:-1], None])
def test_what_was_changed_in_the_store_is_not_read_and_mends_when_it_is_sent_again(
    lies: bytes | None, warehouse: sa.Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    declare(FEED)
    monkeypatch.setattr(deliver_module, "get_feed", {FEED.feed: FEED}.__getitem__)
    landed, other = land(FEED, drop(tmp_path, GOOD)), land(FEED, drop(tmp_path, BAD, "2018年6月坏.xlsx"))
    kept = stored(landed.sha256)
    kept.unlink() if lies is None else kept.write_bytes(lies)
    assert resume() == [landed.delivery_id, other.delivery_id]
    with warehouse.connect() as c:
        told = c.exec_driver_sql("select delivery_id, rule from ops.finding order by 1").all()
    assert [tuple(t) for t in told] == [
        (landed.delivery_id, "store_damaged"),
        (other.delivery_id, "unreadable_cell"),
    ]
    assert status(deliver(FEED, drop(tmp_path, GOOD))).status == "loaded"
    assert kept.read_bytes() == GOOD


def test_an_interrupted_load_leaves_no_trace(
    warehouse: sa.Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    declare(FEED)
    landed = land(FEED, drop(tmp_path, GOOD))
    with warehouse.begin() as c:
        c.exec_driver_sql("alter table ops.delivery_month add constraint planted check (cells < 0)")
    monkeypatch.setattr(deliver_module, "get_feed", {FEED.feed: FEED}.__getitem__)
    with pytest.raises(Exception, match="planted"):
        resume()
    assert set(everything_loaded(warehouse).values()) == {0}
    assert status(landed.delivery_id).status == "received"


def test_checking_a_file_needs_no_database(tmp_path: Path) -> None:
    assert check(FEED, drop(tmp_path, GOOD)).findings == ()
    assert [p.cell for p in check(FEED, drop(tmp_path, BAD)).findings] == ["B5"]


def test_firms_histories_and_series_in_rows_arrive_in_the_one_view(warehouse: sa.Engine, tmp_path: Path) -> None:
    declare(FIRMS, BY_MONTH, ROWWISE)
    tricky = ["91350200MA2YJ1XR9G", '甲,"公司"\n(集团)', "钟祥", "26", 5.125]
    deliver(FIRMS, drop(tmp_path, xlsx([*FIRM_HEAD, tricky]), "2018年6月开票.xlsx"))
    deliver(
        BY_MONTH, drop(tmp_path, csv_text([["月份", "当月"], ["2010.1", 1], ["2010.10", "0.1"]]).encode(), "月.csv")
    )
    deliver(ROWWISE, drop(tmp_path, xlsx(ROWWISE_ROWS), "行.xlsx"))
    with warehouse.connect() as c:
        rows: list[Any] = c.exec_driver_sql(
            "select feed, cell, region_label, industry_label, entity_name, month::text, indicator, value, absent_reason "
            "from raw.observation order by delivery_id, row, position"
        ).all()  # type: ignore[assignment]
        firms = c.exec_driver_sql("select entity_id, credit_code from raw.delivered_row where credit_code <> ''").all()
    assert [tuple(r) for r in rows] == [
        ("tax__firms", "E3", "钟祥", "26", '甲,"公司"\n(集团)', "2018-06-01", "TX03", 5.125, None),
        ("stat__months", "B2", "荆门市", None, None, "2010-01-01", "PW02", 10000.0, None),
        ("stat__months", "B3", "荆门市", None, None, "2010-10-01", "PW02", 1000.0, None),
        ("stat__rows", "B3", "荆门市", None, None, "2018-04-01", "ST01", 7.0, None),
        ("stat__rows", "C3", "荆门市", None, None, "2018-03-01", "ST01", 6.0, None),
        ("stat__rows", "B4", "荆门市", "汽车制造业", None, "2018-04-01", "ST01", None, "not_applicable"),
        ("stat__rows", "C4", "荆门市", "汽车制造业", None, "2018-03-01", "ST01", 1.5, None),
    ]
    assert [tuple(r) for r in firms] == [(tricky[0], tricky[0])]


def test_a_rejection_receipt_names_cell_found_expected_and_remedy_and_escapes_what_was_sent(
    warehouse: sa.Engine, tmp_path: Path
) -> None:
    declare(FEED)
    page = write_receipt(deliver(FEED, drop(tmp_path, BAD), simulated=True), tmp_path / "receipts")
    html = page.read_text(encoding="utf-8")
    for said in (
        "供电公司",
        "工业用电量",
        "2018年6月",
        "予以退回",
        "表1",
        "B5",
        "以万千瓦时计的数值",
        "请改填数值",
        "模拟数据",
    ):
        assert said in html
    assert "约300&lt;b&gt;" in html
    assert "<b>" not in html
    assert "http" not in html, "self-contained: no address is fetched"
    said = json.loads(page.with_suffix(".json").read_text(encoding="utf-8"))
    assert (said["status"], said["month"], said["problems"][0]["found"]) == ("rejected", "2018-06", "约300<b>")


def test_a_receipt_follows_the_delivery_from_loaded_to_accepted_and_duplicate(
    warehouse: sa.Engine, tmp_path: Path
) -> None:
    declare(FEED)
    delivery_id = deliver(FEED, drop(tmp_path, GOOD))
    assert "正在审核" in write_receipt(delivery_id, tmp_path).read_text(encoding="utf-8")
    deliveries.accept([delivery_id])
    assert "予以接收" in write_receipt(delivery_id, tmp_path).read_text(encoding="utf-8")
    again = deliver(FEED, drop(tmp_path, GOOD))
    assert "完全相同" in write_receipt(again, tmp_path).read_text(encoding="utf-8")


def test_there_is_no_status_of_a_delivery_that_never_came(warehouse: sa.Engine) -> None:
    with pytest.raises(KeyError):
        status(1)

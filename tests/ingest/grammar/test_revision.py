"""The reason for a revision is read from the file itself, in whatever form the sender writes it."""

from pathlib import Path

import pytest
import sqlalchemy as sa

from expectations.gate import gate_deliveries
from ingest.clerk.receipt import write_receipt
from ingest.deliver import deliver, status
from ingest.parsing.contents import read_file
from tests.ingest.paper import FEED as PAPER
from tests.ingest.paper import HEAD, MERGED, ROWS, csv_text, declare, drop, xlsx
from warehouse.build import load_seeds

# Of a name that no YAML declares, and so without promises that its small table would break.
FEED = PAPER.model_copy(update={"feed": "powr__revised"})


@pytest.mark.parametrize(
    ("lines", "cause"),
    [
        ([["修订说明：5月漏报一户，并入6月"]], "correction"),
        ([["修订原因:", "新增3户企业纳入统计范围"]], "panel"),
        ([[None, "更正说明： 农林牧渔服务业划入第三产业"]], "reclass"),
        ([["注：本表为快报"], ["修订说明：按年报数核定"]], "scheduled"),
        ([["修订说明：见附件"]], "unknown"),
        ([["注：1.本表不含线损。2.因行业分类调整，上年同期数据修订。"]], "reclass"),
        ([["注：", "（1）本表不含线损。（2）由于统计口径调整，对1—5月数据进行了修订"]], "panel"),
        ([["注：1.本表不含线损。"], ["2.因年报核定，上年同期数已更正。"]], "scheduled"),
        ([["注：①本表不含线损；②修订说明：5月漏报一户；③单位为万千瓦时"]], "correction"),
        ([["备注：上年同期数因系统升级有更正，与上年公布数不一致。"]], "correction"),
        # one statement is not cut at its semicolons
        ([["修订说明：一、5月并入6月；二、口径调整"]], "panel"),
    ],
)
def test_a_reason_is_read_with_its_cause_and_is_no_row_of_data(lines: list[list[str]], cause: str) -> None:
    for data, name in (
        (xlsx([*HEAD, *ROWS, *lines], MERGED), "2018年6月用电量.xlsx"),
        (csv_text([*HEAD, *ROWS, *lines]).encode("gb18030"), "2018年6月用电量.csv"),
    ):
        parsed = read_file(FEED, data, name)
        assert parsed.findings == []
        assert parsed.reason is not None
        assert parsed.reason.cause == cause
        assert parsed.tables[0].rows.height == len(ROWS)


@pytest.mark.parametrize(
    "lines",
    [
        [],
        [["修订说明："]],
        [["修订说明"]],
        [["注：修订说明见附件"]],
        [["注：因四舍五入，合计与分项不等，修订原因见附件"]],
        [["注：上年同期数据修订"]],
        [["注：1.因四舍五入，合计与分项不等。2.上年同期数据修订。"]],
        [["注：因四舍五入，合计与分项不等，上年同期数不作修订"]],
        [["注：因系统升级，数据将于下月修订"]],
        # of one row of the table, not of the table
        [["1.", "因口径调整，本户数据修订"]],
    ],
)
def test_what_states_no_reason_gives_none(lines: list[list[str]]) -> None:
    assert read_file(FEED, xlsx([*HEAD, *ROWS, *lines], MERGED), "2018年6月用电量.xlsx").reason is None


def test_a_large_revision_sent_again_with_its_reason_is_accepted(warehouse: sa.Engine, tmp_path: Path) -> None:
    declare(FEED)
    load_seeds()
    name = "2018年6月用电量.xlsx"
    larger = [["荆门市", 360.5, 8.3], *ROWS[1:]]
    first = deliver(FEED, drop(tmp_path, xlsx([*HEAD, *ROWS], MERGED), name))
    gate_deliveries([first])
    silent = deliver(FEED, drop(tmp_path, xlsx([*HEAD, *larger], MERGED), name))
    gate_deliveries([silent])
    assert status(silent).status == "loaded"
    page = write_receipt(silent, tmp_path / "回执")
    assert "由300.50万千瓦时改为360.50万千瓦时" in page.read_text(encoding="utf-8")
    assert "说明前暂不采用" in page.read_text(encoding="utf-8")
    explained = deliver(FEED, drop(tmp_path, xlsx([*HEAD, *larger, ["修订说明：补报一户漏报企业"]], MERGED), name))
    gate_deliveries([silent, explained])
    assert (status(silent).status, status(explained).status) == ("rejected", "accepted")
    with warehouse.connect() as c:
        logged = c.exec_driver_sql(
            "select delivery_id, old_value, new_value, old_cell, new_cell, cause from ops.revision"
        ).all()
    assert [tuple(r) for r in logged] == [(explained, 300.5, 360.5, "B5", "B5", "correction")]

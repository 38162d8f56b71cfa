"""dbt run for a month: what is written of a build, and how one fails."""

import re
import subprocess
import sys
import time
from datetime import UTC, date, datetime
from importlib.metadata import version
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.dbt.paper import Column, Feed, Row, declare, deliver
from vocabulary.month import Month
from warehouse import build
from warehouse.book import locks
from warehouse.database import connect
from warehouse.settings import Settings
from warehouse.trace import trace

JUNE = date(2018, 6, 1)
JULY_10 = datetime(2018, 7, 10, tzinfo=UTC)
POWER = Feed(
    "powr__electricity",
    columns=(Column("PW02", unit="亿千瓦时", factor=1e4, decimals=4), Column("PW02", "growth", unit="%")),
)
OUTPUT = Feed("stat__output", scope="history", columns=(Column("ST02", period_type="YTD", decimals=0),))


def builds(warehouse: sa.Engine) -> list[dict]:
    with warehouse.connect() as c:
        return [dict(r) for r in c.execute(sa.text("select * from ops.build order by build_id")).mappings()]


def test_what_was_run_is_told_by_version_and_commit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GONGYUN_CODE_VERSION", "465cf52")
    assert build.code_version() == f"{version('gongyun')} (465cf52)"
    monkeypatch.delenv("GONGYUN_CODE_VERSION")
    assert re.fullmatch(rf"{re.escape(version('gongyun'))} \([0-9a-f]{{7,40}}(-dirty)?\)", build.code_version())
    monkeypatch.setenv("PATH", "")
    assert build.code_version() == version("gongyun")


def test_what_dbt_compiled_by_hand_is_no_part_of_what_is_built(
    warehouse: sa.Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Settings, "dbt_project", tmp_path)
    (tmp_path / "model.sql").write_text("select 1")
    with connect() as c:
        before = build._fingerprint(c)
        (tmp_path / "target" / "compiled" / "dbt_project.yml").mkdir(parents=True)
        (tmp_path / "target" / "model.sql").write_text("select 1")
        assert build._fingerprint(c) == before
        (tmp_path / "model.sql").write_text("select 2")
        assert build._fingerprint(c) != before


def test_a_build_is_written_down_and_its_numbers_lead_back_to_their_cells(warehouse: sa.Engine) -> None:
    with warehouse.begin() as c:
        declare(c, POWER)
        declare(c, OUTPUT)
        deliver(c, POWER, [Row(JUNE, (1.1, 5.0), "京山县")], JULY_10)
        deliver(c, POWER, [Row(JUNE, (1.1305, 8.7), "京山市")], datetime(2018, 7, 12, tzinfo=UTC))
        deliver(c, POWER, [Row(JUNE, (9.9, 9.9), "京山市")], None, "rejected")
        deliver(c, OUTPUT, [Row(date(2018, m, 1), (m * 100.0,), "全市") for m in (5, 6)], JULY_10)

    build_id = build.build_marts(Month.of(JUNE))

    (written,) = builds(warehouse)
    assert (written["build_id"], written["month"], written["succeeded"]) == (build_id, JUNE, True)
    assert written["code_version"]
    with warehouse.connect() as c:
        assert c.scalar(sa.text("select ops.build_in_tables()")) == build_id
    assert written["finished_at"] > written["started_at"] >= written["as_of"]
    assert written["timings"]["model.gongyun.fct_indicator_growth"] > 0

    cells = trace("PW02", "京山市", Month.of(JUNE))
    assert cells == trace("PW02", "420882", Month.of(JUNE))
    shown = [(c.in_force, c.measure, c.vintage, c.status, c.delivered_text, c.cell) for c in cells]
    assert shown == [
        (True, "value", 2, "accepted", "1.1305", "B2"),
        (True, "growth", 2, "accepted", "8.7", "C2"),
        (False, "value", 3, "rejected", "9.9000", "B2"),
        (False, "value", 1, "accepted", "1.1000", "B2"),
        (False, "growth", 3, "rejected", "9.9", "C2"),
        (False, "growth", 1, "accepted", "5.0", "C2"),
    ]
    assert cells[0].value == pytest.approx(11305)
    assert cells[0].factor == pytest.approx(1e4)
    assert cells[0].canonical_unit == "万千瓦时"
    said = " ".join(cells[0].lines())
    assert all(words in said for words in ("1.1305", "11,305", "Sheet1", "B2", "powr__electricity.xlsx"))
    # June alone is the difference of two figures, so both are its origin
    assert [(c.month.month, c.value) for c in trace("ST02", "荆门市", Month.of(JUNE))] == [(6, 600.0), (5, 500.0)]
    assert trace("ST02", "东宝区", Month.of(JUNE)) == []

    with warehouse.begin() as c:
        c.execute(sa.text("set local role gongyun_analyst"))
        assert c.scalar(sa.text("select count(*) from reports.rpt_coverage")) == 2
        with pytest.raises(sa.exc.ProgrammingError, match="permission denied"), c.begin_nested():
            c.execute(sa.text("select 1 from staging.stg_observations"))


def _children(pid: int) -> list[int]:
    return [int(p) for task in Path(f"/proc/{pid}/task").iterdir() for p in (task / "children").read_text().split()]


def test_dbt_ends_with_the_build_that_started_it_and_holds_its_lock_until_then(warehouse: sa.Engine) -> None:
    parent = subprocess.Popen([sys.executable, "-c", "from warehouse.build import load_seeds; load_seeds()"])
    while not (dbt := _children(parent.pid)):
        time.sleep(0.05)
    with warehouse.connect().execution_options(isolation_level="AUTOCOMMIT") as c:
        while not c.scalar(sa.text("select 1 from pg_stat_activity where application_name = 'gongyun dbt'")):
            assert parent.poll() is None
            time.sleep(0.05)
    parent.kill()
    parent.wait()
    with locks.alone("build", "dbt", patience=30):
        assert [p for p in dbt if _runs(p)] == []


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_what_no_model_makes_any_more_is_gone_after_a_build(warehouse: sa.Engine) -> None:
    def left() -> set[str]:
        with warehouse.connect() as c:
            return set(c.scalars(sa.text("select relname from pg_class where relname = any(:n)"), {"n": names}))

    names = ["fct_renamed_since", "rpt_renamed_since", "stg_deliveries_before", "fct_indicator_growth"]
    with warehouse.begin() as c:
        declare(c, POWER)
        deliver(c, POWER, [Row(JUNE, (1.1, 5.0), "京山县")], JULY_10)
    build.build_marts(Month.of(JUNE))
    with warehouse.begin() as c:
        c.execute(sa.text("create table marts.fct_renamed_since as select 1 as n"))
        c.execute(sa.text("create view reports.rpt_renamed_since as select n from marts.fct_renamed_since"))
    assert left() == set(names)
    build.build_marts(Month.of(JUNE))
    assert left() == {"stg_deliveries_before", "fct_indicator_growth"}


def test_a_label_that_nobody_knows_fails_the_build_by_name(warehouse: sa.Engine) -> None:
    with warehouse.begin() as c:
        declare(c, POWER)
        deliver(c, POWER, [Row(JUNE, (1.1, 5.0), "京山"), Row(JUNE, (1.1, 5.0), "京三市")], JULY_10)

    with pytest.raises(build.BuildFailed, match="every_label_is_known") as failed:
        build.build_marts(Month.of(JUNE))

    assert [n.split(".")[-1] for n in failed.value.failures] == ["every_label_is_known"]
    assert builds(warehouse)[0]["succeeded"] is False


def test_a_month_beyond_the_calendar_fails_the_build_by_name(warehouse: sa.Engine) -> None:
    with warehouse.begin() as c:
        declare(c, POWER)
        deliver(c, POWER, [Row(date(2051, 6, 1), (1.1, 5.0), "京山")], JULY_10)

    with pytest.raises(build.BuildFailed, match="every_month_is_in_the_calendar") as failed:
        build.build_marts(Month.of(JUNE))

    assert [n.split(".")[-1] for n in failed.value.failures] == ["every_month_is_in_the_calendar"]


def test_a_connection_that_cannot_be_made_is_a_failed_build(
    warehouse: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(build, "_connection", lambda: {"GONGYUN_PG_HOST": "/nowhere"})
    with pytest.raises(build.BuildFailed, match="/nowhere"):
        build.load_seeds()

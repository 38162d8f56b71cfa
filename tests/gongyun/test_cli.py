"""The command line keeps its exit codes: 0 done, 1 refused by a gate or a contract, 2 wrong use."""

import errno
import shutil
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa
from typer.testing import CliRunner, Result

from gongyun.cli import app
from gongyun.cli.trouble import told
from gongyun.installation import prepare
from ingest.feeds import get_feed
from ingest.land import land
from samples import spoil
from samples.simulate import write_month
from vocabulary.month import Month
from warehouse.book.problems import see
from warehouse.server import ServerFailed
from warehouse.settings import settings

FEED = "powr__electricity"
WAIVER = {"--by": "李某某", "--reason": "口径调整", "--until": "2099-12-31"}


@pytest.fixture(autouse=True)
def jingmen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The area of Jingmen, and no warehouse unless a test asks for one."""
    monkeypatch.setenv("GONGYUN_AREA", "jingmen")
    monkeypatch.setenv("GONGYUN_HOME", str(tmp_path / "nothing_here"))
    monkeypatch.delenv("GONGYUN_DATABASE_URL", raising=False)


@pytest.fixture
def june(tmp_path: Path) -> Path:
    return write_month("2018-06", tmp_path / "june")[FEED]


def run(*words: object) -> Result:
    return CliRunner().invoke(app, [str(w) for w in words])


def test_a_good_file_is_readable(june: Path) -> None:
    done = run("check", FEED, june)
    assert done.exit_code == 0, done.output


def test_a_file_with_a_word_in_a_number_cell_is_refused_with_the_cell_named(june: Path) -> None:
    spoil.type_text(june, "钟祥市", "工业用电量|当月")
    done = run("check", FEED, june)
    assert done.exit_code == 1
    assert "待核实" in done.output
    assert "critical" in done.output


@pytest.mark.parametrize(
    "words",
    [
        ("check", "powr__nothing", __file__),
        ("build", "2018-6月"),
        ("build", "2018-06", "--as-of", "yesterday"),
        ("build", "2018-06", "--as-of", "2018-07-20T09:00:00"),
        ("template", FEED, "201806"),
        ("nonsense",),
    ],
    ids=lambda w: " ".join(w[:1]),
)
def test_wrong_use_exits_with_2(words: tuple[str, ...]) -> None:
    assert run(*words).exit_code == 2


def test_a_filled_template_is_what_check_reads(tmp_path: Path) -> None:
    path = tmp_path / "全社会和工业用电量2018年7月.xlsx"
    assert run("template", FEED, "2018-07", "-o", path).exit_code == 0
    assert path.stat().st_size > 1000


def test_taking_in_accepts_the_good_refuses_the_poisoned_and_knows_the_same_file(
    warehouse: sa.Engine, june: Path, tmp_path: Path
) -> None:
    bad = write_month("2018-05", tmp_path / "may")[FEED]
    spoil.type_text(bad, "钟祥市", "工业用电量|当月")
    done = run("ingest", june, bad)
    assert done.exit_code == 1, done.output
    with warehouse.connect() as c:
        states = c.execute(sa.text("select month, status from ops.delivery order by month")).all()
    assert [f"{m:%Y-%m} {s}" for m, s in states] == ["2018-05 rejected", "2018-06 accepted"]
    again = run("ingest", june)
    assert again.exit_code == 0
    assert "duplicate" in again.output
    status = run("status", "2018-06")
    assert "accepted" in status.output
    assert "missing" in status.output


def test_taking_in_by_hand_takes_up_first_what_a_dead_run_left(
    warehouse: sa.Engine, june: Path, tmp_path: Path
) -> None:
    prepare()
    left = land(get_feed(FEED), june)
    may = write_month("2018-05", tmp_path / "may")[FEED]
    assert run("ingest", may).exit_code == 0
    with warehouse.connect() as c:
        states = dict(c.execute(sa.text("select delivery_id, status from ops.delivery")).all())  # type: ignore[arg-type]
    assert states == {left.delivery_id: "accepted", left.delivery_id + 1: "accepted"}


def test_nothing_is_published_before_its_build_and_its_gate(warehouse: sa.Engine) -> None:
    assert run("gate", "2018-06").exit_code == 1
    assert run("trace", "PW02", "京山市", "2018-06").exit_code == 1
    assert run("publish", "2018-06", "--by", "somebody").exit_code == 1


def test_the_same_waiver_twice_is_one(warehouse: sa.Engine) -> None:
    words = ("waive", "unit_shift", "--feed", FEED, *(w for pair in WAIVER.items() for w in pair))
    assert run(*words).exit_code == 0
    assert run(*words).exit_code == 0
    with warehouse.connect() as c:
        assert c.execute(sa.text("select count(*) from ops.waiver")).scalar() == 1


@pytest.mark.parametrize(
    ("rule", "wrong"),
    [
        ("unit_shitf", {}),
        ("barely_additive", {}),
        ("unit_shift", {"--by": " "}),
        ("unit_shift", {"--reason": ""}),
        ("unit_shift", {"--until": "2018-07-31"}),
        ("unit_shift", {"--feed": "powr__power"}),
    ],
    ids=lambda w: str(w),
)
def test_a_waiver_is_for_a_rule_that_stops_something_with_a_name_a_reason_and_a_day_to_come(
    rule: str, wrong: dict[str, str]
) -> None:
    done = run("waive", rule, *(w for pair in (WAIVER | wrong).items() for w in pair))
    assert done.exit_code == 2, done.output
    assert not settings().home.exists(), "nothing was begun"


@pytest.mark.parametrize(
    "words", [("status",), ("template", FEED, "2018-07"), ("gate", "2018-06"), ("drift",)], ids=lambda w: w[0]
)
def test_an_area_that_there_is_not_is_named_with_those_there_are(
    monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    monkeypatch.setenv("GONGYUN_AREA", "jingman")
    done = run(*words)
    assert done.exit_code == 2
    assert "there is no area jingman" in done.output
    assert "jingmen" in done.output


@pytest.mark.parametrize("name", ["6月[red]", "6月[b]", "6月:ok:", "6月[link=x]"])
def test_a_file_is_told_of_by_its_name_whatever_signs_are_in_it(
    warehouse: sa.Engine, june: Path, tmp_path: Path, name: str
) -> None:
    odd = shutil.copy(june, tmp_path / f"{june.stem}{name}.xlsx")
    stranger = shutil.copy(june, tmp_path / f"{name}.xlsx")
    done = run("ingest", odd, stranger)
    assert done.exit_code == 0, done.output
    assert f"takes a file named {name}.xlsx" in done.output
    assert f"{name}.xlsx keeps the layout" in run("check", FEED, odd).output


def test_a_problem_of_the_ledger_is_listed_moved_and_refused_by_name(warehouse: sa.Engine) -> None:
    with warehouse.begin() as c:
        c.execute(
            sa.text("""
                with b as (
                    insert into ops.build (month, as_of, code_version) values ('2018-06-01', now(), 't') returning build_id
                ), g as (
                    insert into ops.gate_run (subject, month) values ('month', '2018-06-01') returning gate_run_id
                )
                insert into ops.edition (month, number, status, as_of, build_id, gate_run_id, directory, sha256, manifest)
                select '2018-06-01', 1, 'published', now(), build_id, gate_run_id, '', '', '{}' from b, g
            """)
        )
        edition = c.scalar(sa.text("select edition_id from ops.edition"))
        printed = {
            "problem_key": "stop:420802:X",
            "region_key": "420802",
            "rule": "stop",
            "entity_id": "X",
            "subject_zh": "某企业疑似停产",
            "due_on": "2018-08-14",
        }
        see(c, int(edition or 0), Month(2018, 6), "王敏", [printed])
    listed = run("problems", "2018-06", "--region", "420802")
    assert "某企业疑似停产" in listed.output
    assert "overdue" in listed.output
    assert "no such problem" in run("problems", "--region", "420822").output
    refused = run("problem", "stop:420802:X", "close", "--by", "李某某", "--note", "销号")
    assert (refused.exit_code, "possible: acknowledge, dispute, fix" in refused.output) == (1, True)
    assert run("problem", "stop:420802:X", "fix", "--by", "李某某", "--note", "已复产").exit_code == 0
    assert run("problem", "stop:420802:X", "close", "--by", "李某某").exit_code == 2, "without a reason"
    assert run("problem", "stop:nowhere", "fix", "--by", "李某某", "--note", "…").exit_code == 2
    assert "已复产" in run("problem", "stop:420802:X").output


def test_a_database_that_is_gone_is_told_in_a_sentence(monkeypatch: pytest.MonkeyPatch, june: Path) -> None:
    monkeypatch.setenv("GONGYUN_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/nowhere")
    for words in (("status", "2018-06"), ("ingest", june), ("trace", "PW02", "京山市", "2018-06")):
        done = run(*words)
        assert (done.exit_code, done.exception.__class__) == (1, SystemExit), words
        assert "the database does not answer" in done.output
        assert "is safe" in done.output
        assert "run the same command again" in done.output


def test_a_store_that_is_gone_is_told_in_a_sentence_and_the_second_try_goes_on(
    warehouse: sa.Engine, june: Path
) -> None:
    store = settings().store
    store.parent.mkdir(parents=True, exist_ok=True)
    store.write_text("a mount point that nothing is mounted on")
    done = run("ingest", june)
    assert (done.exit_code, "the installation's folder cannot be used" in done.output) == (1, True)
    assert str(store) in done.output
    store.unlink()
    again = run("ingest", june)
    assert (again.exit_code, "accepted" in again.output) == (0, True)


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "the disk is full"),
        (
            sa.exc.OperationalError("", {}, psycopg.errors.DiskFull("could not extend file")),
            "the database's disk is full",
        ),
        (ServerFailed("it cannot be reached by its account"), "it cannot be reached by its account"),
        (ValueError("a fault of the code"), None),
        (OSError(errno.ENOENT, "No such file", "/elsewhere"), None),
    ],
)
def test_only_what_the_machine_did_is_said_to_be_its(error: Exception, says: str | None) -> None:
    said = told(error)
    assert said is None if says is None else said is not None and said.startswith(says)

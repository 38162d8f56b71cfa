"""Which files of a drop folder are deliveries, and when."""

import asyncio
import os
import time
from pathlib import Path

import pytest

from ingest.feeds import get_feed
from scheduling.drop import claim, folder_of, folders, let_go, opened, settled
from scheduling.watch import DropTrigger


def drop(folder: Path, name: str, content: str = "1") -> Path:
    path = folder / name
    path.write_text(content)
    return path


def test_a_file_being_written_is_left_alone_whatever_its_time_of_modification_says(tmp_path: Path) -> None:
    path = drop(tmp_path, "六月.xlsx")
    long_ago = time.time() - 3600
    os.utime(path, (long_ago, long_ago))
    assert settled(tmp_path, quiet=60) == []
    time.sleep(0.3)
    assert settled(tmp_path, quiet=0.2) == [path]
    with path.open("a") as f:
        f.write("2")
    assert settled(tmp_path, quiet=0.2) == []


def test_what_office_programs_and_transfers_leave_lying_is_no_delivery(tmp_path: Path) -> None:
    for name in ("~$六月.xlsx", ".DS_Store", "六月.xlsx.part", "六月.TMP"):
        drop(tmp_path, name)
    (tmp_path / "回执").mkdir()
    kept = drop(tmp_path, "六月.csv")
    assert settled(tmp_path, quiet=0) == [kept]


def test_a_folder_that_does_not_exist_yet_holds_nothing(tmp_path: Path) -> None:
    assert settled(tmp_path / "powr__electricity") == []


def test_files_are_taken_in_the_order_they_came_to_rest(tmp_path: Path) -> None:
    later = drop(tmp_path, "a.csv")
    time.sleep(0.05)
    drop(tmp_path, "b.csv")
    time.sleep(0.05)
    later.write_text("again")
    assert [p.name for p in settled(tmp_path, quiet=0)] == ["b.csv", "a.csv"]


def test_a_file_replaced_while_it_is_read_is_not_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scheduling.drop.QUIET_SECONDS", 0)
    monkeypatch.setattr("scheduling.drop.settled", lambda folder, quiet=0.0: settled(folder, 0))
    drop(tmp_path, "六月.csv", "first")
    (taken,) = claim(tmp_path)
    drop(tmp_path, "六月.csv", "second")
    assert taken.read_text() == "first"
    assert [p.read_text() for p in claim(tmp_path)] == ["first", "second"]
    let_go(taken)
    assert [p.read_text() for p in claim(tmp_path)] == ["second"]


def test_a_folder_with_words_behind_its_code_is_the_feeds_as_the_code_alone_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scheduling.drop.QUIET_SECONDS", 0)
    monkeypatch.setattr("scheduling.drop.settled", lambda folder, quiet=0.0: settled(folder, 0))
    code, named = tmp_path / "powr__electricity", tmp_path / "powr__electricity 全社会和工业用电量"
    other = tmp_path / "powr__electricity_by_industry"
    for folder in (code, named, other):
        folder.mkdir()
        drop(folder, f"{folder.name}.csv")
    assert folders(code) == [code, named]
    assert [p.stem for p in claim(code)] == [code.name, named.name]
    assert [p.stem for p in settled(other, 0)] == [other.name]


def test_every_feed_has_its_folder_with_its_title_unless_one_by_its_code_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GONGYUN_DROP", str(tmp_path))
    feed = get_feed("powr__electricity")
    assert folder_of(feed) == folder_of(feed) == tmp_path / "powr__electricity 全社会和工业用电量"
    (tmp_path / "tran__freight").mkdir()
    assert folder_of(get_feed("tran__freight")) == tmp_path / "tran__freight"


def events(folder: Path, seconds: float) -> list[list[str]]:
    """Files named by the events that a trigger fires within some seconds."""

    async def listen() -> list[list[str]]:
        heard = []
        try:
            async with asyncio.timeout(seconds):
                async for event in DropTrigger(str(folder)).run():
                    heard.append(event.payload["files"])
        except TimeoutError:
            pass
        return heard

    return asyncio.run(listen())


def test_the_trigger_tells_of_a_file_once_and_reminds_while_it_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scheduling.watch.LOOK_EVERY_SECONDS", 0.05)
    monkeypatch.setattr("scheduling.watch.settled", lambda folder: settled(folder, 0))
    assert events(tmp_path, 0.3) == []
    drop(tmp_path, "六月.csv")
    assert events(tmp_path, 0.5) == [["六月.csv"]]
    monkeypatch.setattr("scheduling.watch.REMIND_AFTER_SECONDS", 0.2)
    assert len(events(tmp_path, 0.7)) >= 3


def test_the_trigger_outlives_a_folder_that_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scheduling.watch.LOOK_EVERY_SECONDS", 0.02)
    answers = iter([PermissionError("no"), *[[]] * 3])

    def look(folder: Path) -> list[Path]:
        answer = next(answers, None)
        if isinstance(answer, Exception):
            raise answer
        return settled(folder, 0)

    monkeypatch.setattr("scheduling.watch.settled", look)
    drop(tmp_path, "六月.csv")
    assert events(tmp_path, 0.3) == [["六月.csv"]]


def test_a_file_that_somebody_has_open_to_write_is_left_alone_however_long_he_pauses(tmp_path: Path) -> None:
    path = tmp_path / "六月.csv"
    with path.open("w") as writer:
        writer.write("地区,用电量\n")
        writer.flush()
        assert settled(tmp_path, quiet=0) == []
    assert settled(tmp_path, quiet=0) == [path]


def test_a_text_rests_longer_than_a_workbook_since_nothing_else_shows_that_it_is_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scheduling.drop.QUIET_SECONDS", 0.0)
    drop(tmp_path, "六月.csv")
    book = drop(tmp_path, "六月.xlsx", "PK\x03\x04")
    assert settled(tmp_path) == [book]


def test_a_loop_of_links_and_a_file_in_a_folders_place_keep_nothing_from_being_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scheduling.drop.settled", lambda folder, quiet=0.0: settled(folder, 0))
    drop(tmp_path, ".taken", "mine")
    (tmp_path / "a.xlsx").symlink_to("b.xlsx")
    (tmp_path / "b.xlsx").symlink_to("a.xlsx")
    drop(tmp_path, "六月.xlsx")
    (tmp_path / "gone.xlsx").symlink_to("nowhere")
    claim(tmp_path)
    assert {p.name for p in claim(tmp_path)} == {"a.xlsx", "b.xlsx", "gone.xlsx", "六月.xlsx", "taken"}
    (tmp_path / ".taken" / "somebodys folder").mkdir()
    assert claim(tmp_path)


def test_links_in_a_folder_keep_the_trigger_from_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scheduling.watch.LOOK_EVERY_SECONDS", 0.05)
    monkeypatch.setattr("scheduling.watch.settled", lambda folder: settled(folder, 0))
    (tmp_path / "gone.xlsx").symlink_to("nowhere")
    drop(tmp_path, "六月.csv")
    assert events(tmp_path, 0.5) == [["gone.xlsx", "六月.csv"]]


def test_a_link_to_what_never_ends_is_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    folder = tmp_path / "feed"
    folder.mkdir()
    (folder / "2018年6月.csv").symlink_to(tmp_path / "pipe")
    assert settled(folder) == [], "it has not rested yet"


def test_a_claimed_file_is_reached_through_no_link_put_in_its_folders_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scheduling.drop.settled", lambda folder, quiet=0.0: settled(folder, 0))
    inside = tmp_path / "airflow"
    inside.mkdir()
    secret = drop(inside, "passwords.json", "123456")
    folder = tmp_path / "feed"
    folder.mkdir()
    drop(folder, "passwords.json")
    (taken,) = claim(folder)
    taken.parent.rename(folder / "aside")
    taken.parent.symlink_to(inside)
    with pytest.raises(OSError, match=r"passwords|0001"), opened(taken):
        pass
    with pytest.raises(OSError, match="0001"):
        let_go(taken)
    assert secret.read_text() == "123456"

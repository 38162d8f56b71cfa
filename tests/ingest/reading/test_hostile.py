"""What is sent to break the reader ends as a refusal that says why: bytes kept, database as it was, memory bounded."""

import io
import json
import os
import pickle
import struct
import subprocess
import sys
from pathlib import Path

import msoffcrypto
import pytest
import sqlalchemy as sa

from ingest.clerk.receipt import write_receipt
from ingest.deliver import deliver, status
from ingest.land import stored
from ingest.parsing.contents import read_file
from ingest.reading.archive import Archive
from ingest.reading.limits import Limits, limits
from ingest.reading.ooxml import Workbook
from ingest.reading.read import read_sheets
from tests.ingest.books import html, in_sheet, ods, percentages, rezipped, spreadsheet_xml
from tests.ingest.paper import FEED, HEAD, MERGED, ROWS, declare, drop, xls, xlsx
from warehouse.settings import ROOT

GOOD = xlsx(HEAD + ROWS, MERGED)
OLD = xls(HEAD + ROWS, MERGED)
OPEN = ods(HEAD + ROWS, MERGED)
SHEET = "xl/worksheets/sheet1.xml"
NAME = "2018年6月用电量.xls"
LAUGHS = "<!DOCTYPE x [<!ENTITY a 'ha'>" + "".join(
    f"<!ENTITY {b} '{f'&{a};' * 10}'>" for a, b in zip("abcdefgh", "bcdefghi", strict=True)
) + "]>"  # fmt: skip


def bomb() -> bytes:
    """A sheet of 300 MB of blanks in 300 kB."""
    return rezipped(GOOD, lambda name, part: part + b" " * 300_000_000 if name == SHEET else part)


def lying_bomb() -> bytes:
    """The same, its headers declaring a hundred bytes."""
    data = bytearray(rezipped(GOOD, lambda name, part: b" " * 80_000_000 if name == SHEET else part))
    for signature, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        at = data.find(signature)
        while at >= 0:
            if struct.unpack_from("<I", data, at + offset)[0] == 80_000_000:
                struct.pack_into("<I", data, at + offset, 100)
            at = data.find(signature, at + 4)
    return bytes(data)


def overlapping() -> bytes:
    """Two entries that share one packed body, as in bombs that grow with the square of their size."""
    data = bytearray(GOOD)
    central = data.find(b"PK\x01\x02")
    second = data.find(b"PK\x01\x02", central + 4)
    data[second + 42 : second + 46] = data[central + 42 : central + 46]
    return bytes(data)


def outside() -> bytes:
    return rezipped(GOOD, lambda name, part: part, {"../../etc/cron.d/x": b"x"})


def far_cells(*cells: str) -> bytes:
    body = "".join(f'<row r="{c.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")}"><c r="{c}"><v>1</v></c></row>' for c in cells)
    return in_sheet(GOOD, "</sheetData>", f"{body}</sheetData>")


def long_text() -> bytes:
    return in_sheet(xlsx([["地区"]]), "地区", "长" * 40_000, "xl/sharedStrings.xml")


def many_copies_of_one_text() -> bytes:
    """Small on disk and in XML, and within every count: half a million cells that each show the same 32,000 signs."""
    rows = (
        f'<row r="{r}">' + "".join(f'<c r="{x}{r}" t="s"><v>0</v></c>' for x in "ABCDEFGHIJ") + "</row>"
        for r in range(2, 50_000)
    )
    data = in_sheet(xlsx([["地区"]]), "地区", "长" * 32_000, "xl/sharedStrings.xml")
    return in_sheet(data, "</sheetData>", f"{''.join(rows)}</sheetData>")


def encrypted_xlsx() -> bytes:
    out = io.BytesIO()
    msoffcrypto.OfficeFile(io.BytesIO(GOOD)).encrypt("secret", out)
    return out.getvalue()


def encrypted_xls() -> bytes:
    """An xls with the record that marks its stream as encrypted (MS-XLS 2.4.117)."""
    at = OLD.index(struct.pack("<HHH", 0x0019, 2, 0))
    return OLD[:at] + struct.pack("<H", 0x002F) + OLD[at + 2 :]


def encrypted_ods() -> bytes:
    return rezipped(
        OPEN, lambda name, part: part.replace(b"</manifest:manifest>", b"<encryption-data/></manifest:manifest>")
    )


def wrong_checksum() -> bytes:
    data = bytearray(GOOD)
    data[data.index(b"PK\x01\x02") + 16] ^= 0xFF
    return bytes(data)


def lying_counts() -> bytes:
    data = bytearray(OLD)
    struct.pack_into("<I", data, 44, 0x7FFFFFFF)
    return bytes(data)


def ring_of_sectors() -> bytes:
    data = bytearray(OLD)
    fat = struct.unpack_from("<I", data, 76)[0]
    struct.pack_into("<2I", data, (fat + 1) * 512, 1, 0)
    return bytes(data)


def lying_dimensions() -> bytes:
    """A BIFF sheet that claims four thousand million rows."""
    at = OLD.index(struct.pack("<HH", 0x0200, 14))
    return OLD[: at + 4] + struct.pack("<IIHH", 0, 0xFFFFFFFF, 0, 0xFFFF) + OLD[at + 16 :]


HOSTILE = {
    "zip bomb": (bomb, "over_limit"),
    "zip bomb that lies": (lying_bomb, "over_limit"),
    "overlapping entries": (overlapping, "unsafe_archive"),
    "path out of the archive": (outside, "unsafe_archive"),
    "nested archive": (lambda: rezipped(GOOD, lambda n, p: None, {"用电量.xlsx": GOOD}), "not_a_table"),
    "thousands of parts": (lambda: rezipped(GOOD, lambda n, p: p, {f"x/{i}": b"" for i in range(6000)}), "over_limit"),
    "billion laughs in a sheet": (lambda: in_sheet(GOOD, "<worksheet", f"{LAUGHS}<worksheet"), "unsafe_archive"),
    "billion laughs in ods": (
        lambda: in_sheet(OPEN, "<office:document-content", f"{LAUGHS}<office:document-content", "content.xml"),
        "unsafe_archive",
    ),
    "billion laughs in excel 2003 xml": (
        lambda: spreadsheet_xml(HEAD).replace(b"<Workbook", LAUGHS.encode() + b"<Workbook"), "unsafe_archive",
    ),
    "a cell in the last corner": (lambda: far_cells("XFD1048576"), "over_limit"),
    "a cell in the last corner, rows out of order": (lambda: far_cells("XFD1048576", "A20"), "over_limit"),
    "a cell far down and one far right": (lambda: far_cells("CV30", "A1048576"), "over_limit"),
    "a merge of the whole sheet": (
        lambda: in_sheet(GOOD, '<mergeCell ref="A1:C1"/>', '<mergeCell ref="A1:XFD1048576"/>'), "over_limit",
    ),
    "a text longer than a cell holds": (long_text, "over_limit"),
    "a text many times over": (many_copies_of_one_text, "over_limit"),
    "ods repeating a value a thousand million times": (
        lambda: in_sheet(OPEN, '<table:table-cell office:value-type="float"', '<table:table-cell table:number-columns-repeated="1000000000" office:value-type="float"', "content.xml"),
        "over_limit",
    ),
    "ods repeating a row a thousand million times": (
        lambda: in_sheet(OPEN, "<table:table-row>", '<table:table-row table:number-rows-repeated="1000000000">', "content.xml"),
        "over_limit",
    ),
    "html spanning the world": (
        lambda: html(HEAD + ROWS).replace(b"<td>", b'<td rowspan="65000" colspan="4000">', 1), "over_limit",
    ),
    "a text of four million columns": (lambda: b"," * 4_000_000 + b"\n", "over_limit"),
    "a style sheet of thousands of rules": (
        lambda: b"<html><style>" + b"b i {display:none}" * 2000 + b"</style><table><tr><td>1</td></tr></table>", "over_limit",
    ),
    "password in xlsx": (encrypted_xlsx, "password_protected"),
    "password in xls": (encrypted_xls, "password_protected"),
    "password in ods": (encrypted_ods, "password_protected"),
    "ole counts that lie": (lying_counts, "unreadable_file"),
    "ole sectors in a ring": (ring_of_sectors, "unreadable_file"),
    "truncated xlsx": (lambda: GOOD[:-400], "unreadable_file"),
    "half an xlsx": (lambda: GOOD[: len(GOOD) // 2], "unreadable_file"),
    "half an xls": (lambda: OLD[:1500], "unreadable_file"),
    "half an ods": (lambda: OPEN[: len(OPEN) // 2], "unreadable_file"),
    "a part that does not match its checksum": (wrong_checksum, "unreadable_file"),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_ends_in_a_receipt_with_its_bytes_kept_and_nothing_loaded(
    name: str, warehouse: sa.Engine, tmp_path: Path
) -> None:
    make, rule = HOSTILE[name]
    data = make()
    declare(FEED)
    delivery = status(deliver(FEED, drop(tmp_path, data, NAME)))
    assert delivery.status == "rejected"
    assert stored(delivery.sha256).read_bytes() == data
    with warehouse.connect() as c:
        assert c.exec_driver_sql("select count(*) from raw.delivered_row").scalar_one() == 0
        findings = c.exec_driver_sql("select rule, severity, message, hint, found, expected from ops.finding").all()
    assert [(p.rule, p.severity) for p in findings] == [(rule, "critical")]
    assert findings[0].hint
    if rule == "over_limit":
        assert findings[0].found, "a limit's refusal says what was found"
        assert "不超过" in findings[0].expected, "and names the limit"
    receipt = json.loads(write_receipt(delivery.delivery_id, tmp_path).with_suffix(".json").read_text("utf-8"))
    assert receipt["problems"][0]["message"] == findings[0].message


def test_after_a_hostile_file_the_next_honest_one_is_read() -> None:
    for make in (many_copies_of_one_text, lambda: far_cells("XFD1048576", "A20"), lying_counts):
        assert not read_file(FEED, make(), NAME).loadable
        assert read_file(FEED, GOOD, NAME).findings == []


def test_dimensions_that_lie_reserve_nothing() -> None:
    lies = in_sheet(GOOD, '<dimension ref="A1:C7"/>', '<dimension ref="A1:XFD1048576"/>')
    assert read_file(FEED, lies, NAME).findings == []
    parsed = read_file(FEED, lying_dimensions(), NAME)
    assert parsed.loadable or {p.rule for p in parsed.findings} <= {"over_limit", "unreadable_file"}


MEASURE = """
import pickle, resource, sys
from ingest.parsing.contents import read_file
from tests.ingest.paper import FEED
for name, data in pickle.load(open(sys.argv[1], "rb")):
    assert not read_file(FEED, data, name).loadable, name
own = next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(own // 1024, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024)
"""


def test_memory_stays_within_bounds_whatever_is_sent(tmp_path: Path) -> None:
    (tmp_path / "files").write_bytes(pickle.dumps([(NAME, make()) for make, _ in HOSTILE.values()]))
    out = subprocess.run(
        [sys.executable, "-c", MEASURE, str(tmp_path / "files")],
        check=True, capture_output=True, text=True, cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)},
    ).stdout  # fmt: skip
    worker, reader = map(int, out.split())
    assert worker < 400, f"the worker took {worker} MB"
    assert 0 < reader <= Limits().memory_mb, f"the reader took {reader} MB"


@pytest.mark.parametrize("name", ["a text of four million columns", "a style sheet of thousands of rules"])
def test_what_is_wide_or_ruled_beyond_measure_is_refused_before_it_is_laid_out(name: str) -> None:
    [finding] = read_file(FEED, HOSTILE[name][0](), NAME).findings
    assert (finding.rule, finding.expected) == ("over_limit", "不超过4,096列" if "columns" in name else "不超过1,000条")


def test_cells_with_a_format_and_no_value_are_not_marked_one_by_one() -> None:
    blanks = "".join(
        f'<row r="{r}">' + "".join(f'<c r="{x}{r}" s="1"/>' for x in "DEFGHIJ") + "</row>" for r in range(8, 99)
    )
    shown = in_sheet(percentages("xlsx"), "</sheetData>", f"{blanks}</sheetData>")
    archive = Archive(shown, Limits())
    marks = Workbook(archive, Limits()).marks("表1")
    assert list(marks.styles) == [(0, 0)]


@pytest.mark.parametrize("opened", ["<!--", "<script ", "<style>/*", "<style>@page ", "<style>a"])
def test_a_page_that_opens_what_it_never_closes_is_read_in_time_that_grows_with_its_length_alone(
    opened: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GONGYUN_LIMITS", "seconds=10")
    tag = opened[: opened.find(">") + 1]
    more = tag + opened.removeprefix(tag) * (1_000_000 // len(opened)) + tag.replace("<", "</")
    page = html(HEAD + ROWS).decode().replace("</body>", f"{more}</body>")
    assert more in page
    assert read_file(FEED, page.encode(), NAME).loadable


def test_limits_can_be_set_in_one_place_and_name_themselves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GONGYUN_LIMITS", "cells=10,seconds=60")
    assert limits() == Limits(cells=10, seconds=60)
    [finding] = read_file(FEED, GOOD, NAME).findings
    assert (finding.rule, finding.sheet, finding.found, finding.expected) == (
        "over_limit", "表1", "14个", "不超过10个"
    )  # fmt: skip
    monkeypatch.setenv("GONGYUN_LIMITS", "rows=10")
    with pytest.raises(ValueError, match="rows"):
        limits()


def test_a_reader_that_takes_too_long_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GONGYUN_LIMITS", "seconds=0")
    [finding] = read_file(FEED, GOOD, NAME).findings
    assert (finding.rule, finding.found) == ("over_limit", "超过0秒")


def test_a_large_honest_workbook_is_within_the_limits() -> None:
    body = "".join(
        f'<row r="{r}">' + "".join(f"<c><v>{r}.5</v></c>" for _ in range(12)) + "</row>" for r in range(8, 30_000)
    )
    data = in_sheet(GOOD, "</sheetData>", f"{body}</sheetData>")
    assert len(read_sheets(data, NAME)[0].rows) == 29_999

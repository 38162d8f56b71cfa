"""Bytes become sheets by what they are and not by their suffix; what cannot be opened is a finding."""

import codecs
import random

import pytest

from ingest.reading.read import read_sheets
from ingest.reading.sheet import Refusal, address, letter
from tests.ingest.paper import HEAD, MERGED, ROWS, csv_text, xls, xlsx

TEXT = csv_text([["地区", "用电量"], ["钟祥市", 12.5], ["", ""], ["京山市", "1,5"]]).replace("1,5", '"1,234.5"')
BOMS = {"utf-8-sig": b"", "utf-16-le": codecs.BOM_UTF16_LE, "utf-16-be": codecs.BOM_UTF16_BE}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "gb2312", "utf-16-le", "utf-16-be"])
def test_text_is_read_in_every_encoding_departments_use(encoding: str) -> None:
    [sheet] = read_sheets(BOMS.get(encoding, b"") + TEXT.encode(encoding), "用电量.csv")
    assert sheet.name == "用电量"
    assert sheet.rows == [["地区", "用电量"], ["钟祥市", "12.5"], ["", ""], ["京山市", "1,234.5"]]


@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_the_delimiter_is_told_from_the_text(delimiter: str) -> None:
    data = f"2018年6月{delimiter * 2}\r\n地区{delimiter}当月{delimiter}同比\r\n钟祥市{delimiter}1{delimiter}2\r\n"
    assert read_sheets(data.encode(), "a.txt")[0].rows[2] == ["钟祥市", "1", "2"]


@pytest.mark.parametrize(
    "data",
    [
        b"", b"  \r\n", b"\x00\x00\x00", "锟斤拷,1".encode(), "a\ufffd,1".encode(), b"\xff\xff\xff\xfe", b"a,\x00b\n1,2",
        "\ue000\ue001,1".encode("gb18030"), b"<html><p>1</p></html>", b'a,"b\x01\n' * 3 + b"\x81",
        b"PK\x03\x04 not a workbook", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 not a workbook",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000),
    ],
)  # fmt: skip
def test_what_cannot_be_opened_is_a_finding_in_the_senders_words(data: bytes) -> None:
    with pytest.raises(Refusal) as e:
        read_sheets(data, "表.xls")
    assert (e.value.finding.severity, e.value.finding.stage) == ("critical", "read")
    assert e.value.finding.message
    assert e.value.finding.hint


@pytest.mark.parametrize("write", [xlsx, xls])
def test_a_merged_range_spreads_its_value_but_only_its_corner_holds_it(write) -> None:  # type: ignore[no-untyped-def]
    [sheet] = read_sheets(write(HEAD + ROWS, MERGED), "用电.dat")
    assert sheet.spread(3, 0) == sheet.at(2, 0) == "地区"
    assert sheet.at(3, 0) is None
    assert sheet.spread(2, 2) == "工业用电量"
    assert sheet.spread(0, 2) == HEAD[0][0]
    assert (sheet.at(4, 1), sheet.at(99, 99)) == (300.5, None)


def test_leading_blank_rows_and_columns_keep_their_places() -> None:
    [sheet] = read_sheets(xlsx([[], [], [None, None, "地区"]]), "a.xlsx")
    assert sheet.at(2, 2) == "地区"


def test_addresses_are_those_that_spreadsheets_show() -> None:
    assert [letter(c) for c in (0, 25, 26, 51, 52, 701, 702)] == ["A", "Z", "AA", "AZ", "BA", "ZZ", "AAA"]
    assert address(6, 2) == "C7"


@pytest.mark.parametrize("seed", range(60))
@pytest.mark.parametrize("write", [xlsx, xls])
def test_a_damaged_workbook_is_read_or_refused_and_never_ends_the_process(write, seed: int) -> None:  # type: ignore[no-untyped-def]
    chance = random.Random(seed)
    data = bytearray(write(HEAD + ROWS * 40, MERGED))
    for _ in range(chance.randint(1, 20)):
        data[chance.randrange(min(len(data), chance.choice([512, 3000, 10**9])))] = chance.randrange(256)
    if seed % 3 == 0:
        del data[chance.randrange(len(data)) :]
    refused = None
    try:
        read_sheets(bytes(data), "a.xls")
    except Refusal as e:
        refused = e.finding
    assert refused is None or refused.severity == "critical"

"""A text of any size is read in chunks, and no border between two of them shows in what is read."""

import csv
import io
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ingest.parsing import contents as contents_module
from ingest.parsing.collector import SHOWN_PER_RULE
from ingest.parsing.contents import Contents, FileReader, read_file
from ingest.reading import text as text_module
from ingest.reading.sheet import Refusal
from ingest.reading.text import Text
from tests.ingest.paper import FEED, csv_text
from tests.ingest.parsing.test_contents import BY_MONTH, FIRM_HEAD, FIRMS, ROWWISE, ROWWISE_ROWS

CODES = ["91350200MA2YJ1XR9G", "91350200776049653A", "91440101MA5CJQ4N59"]

words = st.sampled_from([
    "", " ", "　", "甲公司", "甲,公司", '"甲"公司', "两\n行", "长\r\n短", "钟祥", "京山县", "襄阳市", "26", "99", "化学\x0b原料", "注：口径", "*", "合计"
])  # fmt: skip
numbers = st.one_of(
    st.sampled_from(["", " ", "—", "…", "***", "1,234.5", "1.20", "-0.0", "007", " 5 ", "12.3①", "乱", "1.2亿", "#REF!", "1e3"]),
    st.decimals(min_value=-(10**6), max_value=10**6, places=2, allow_nan=False).map(str),
)  # fmt: skip
firm_rows = st.lists(
    st.one_of(
        st.tuples(st.sampled_from([*CODES, "91350200ma2yj1xr9g ", "9135", ""]), words, words, words, numbers),
        st.tuples(st.sampled_from(["注：本表含线损", "填表人：张三", "备注", ""])),
        st.tuples(st.sampled_from(CODES), words, words, words, numbers, words),
        st.tuples(),
    ),
    max_size=25,
)


def written(rows: list[Any], delimiter: str, quoting: Any, line_end: str) -> str:
    file = io.StringIO()
    csv.writer(file, delimiter=delimiter, quoting=quoting, lineterminator=line_end).writerows(rows)
    return file.getvalue()


texts = st.builds(
    written,
    firm_rows.map(lambda rows: [*FIRM_HEAD, [CODES[0], "甲", "钟祥", "26", "1"], *rows]),
    st.sampled_from([",", "\t", ";", "|"]),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    st.sampled_from(["\n", "\r\n", "\r"]),
)
encodings = st.sampled_from(["utf-8", "utf-8-sig", "gb18030", "utf-16"])


def in_chunks(feed: Any, data: bytes, head: int, chunk_bytes: int) -> Contents:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(contents_module, "HEAD_ROWS", head)
        patch.setattr(text_module, "CHUNK_BYTES", chunk_bytes)
        return read_file(feed, data, "2018年6月.csv")


def said(parsed: Contents) -> tuple[Any, ...]:
    tables = [(t.sheet, t.columns, t.rows.to_dicts(), t.cells) for t in parsed.tables]
    # What stands under no heading is told with the headings where these are in sight, else by its own cell.
    findings = [p for p in parsed.findings if p.rule != "unknown_layout"]
    return tables, sorted(map(str, findings)), parsed.loadable


@given(texts, encodings, st.integers(3, 30), st.integers(64, 600))
@settings(max_examples=300)
@example(csv_text([*FIRM_HEAD, *[[c, "甲公司", "钟祥", "26", "1.5"] for c in CODES]]), "gb18030", 3, 64)
def test_a_file_reads_the_same_in_chunks_of_any_size(data: str, encoding: str, head: int, chunk_bytes: int) -> None:
    raw = data.encode(encoding)
    whole, parts = in_chunks(FIRMS, raw, 10_000, 1 << 20), in_chunks(FIRMS, raw, head, chunk_bytes)
    if any(p.rule == "unknown_layout" for p in whole.findings):
        assert not parts.loadable
    else:
        assert said(parts) == said(whole)


@given(st.text(alphabet='甲ab,"\n\r;1\t', max_size=200), st.integers(16, 64))
@settings(max_examples=300)
def test_text_is_split_as_the_csv_module_splits_it(data: str, chunk_bytes: int) -> None:
    if not data.strip():
        return
    text = Text(data.encode(), chunk_bytes)
    expected = list(csv.reader(io.StringIO(data, newline=""), delimiter=text.delimiter))
    expected = [[cell.replace("\r\n", "\n").replace("\r", "\n") for cell in row] for row in expected]
    assert text.sheet("a").rows == expected
    width = max([1, *map(len, expected)])
    rows = [row for chunk in text.chunks(0, width) for row in zip(*chunk.columns, strict=True)]
    assert rows == [tuple(cell or None for cell in [*row, *[""] * (width - len(row))]) for row in expected]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("chunk_bytes", [7, 64, 65])
def test_no_character_is_parted_by_a_border(encoding: str, chunk_bytes: int) -> None:
    rows = [["户号", "用电量"], *[[f"荆门{i}𠀀号", f"{i}.5"] for i in range(99)]]
    bom = {"utf-16-le": b"\xff\xfe", "utf-16-be": b"\xfe\xff"}.get(encoding, b"")
    text = Text(bom + csv_text(rows).encode(encoding), chunk_bytes)
    assert [list(r) for chunk in text.chunks(0, 2) for r in zip(*chunk.columns, strict=True)] == rows


def test_a_bad_cell_far_down_is_named_by_its_own_row(tmp_path: Path) -> None:
    rows = [[CODES[0], f"第{i}户", "钟祥", "26", "乱" if i == 7000 else "1"] for i in range(9000)]
    path = tmp_path / "2018年6月.csv"
    path.write_text(csv_text([*FIRM_HEAD, *rows, ["注：本表含线损"]]))
    found = [p for p in read_file(FIRMS, path, path.name).findings if p.rule == "unreadable_cell"]
    assert [(p.cell, p.found) for p in found] == [("E7003", "乱")]


def test_what_stands_under_no_heading_far_down_stops_the_file() -> None:
    rows = [[CODES[0], "甲", "钟祥", "26", "1"] for _ in range(5000)] + [[CODES[1], "甲", "钟祥", "26", "1", "9"]]
    findings = [
        p for p in read_file(FIRMS, csv_text([*FIRM_HEAD, *rows]).encode(), "a.csv").findings if p.rule != "row_twice"
    ]
    assert [(p.rule, p.cell, p.found) for p in findings] == [("unknown_layout", "F5003", "9")]


def test_a_row_that_comes_again_far_down_is_told_with_the_row_it_repeats() -> None:
    rows = [["月份", "当月"], *[[f"{1900 + i // 12}年{i % 12 + 1}月", "1"] for i in range(2400)], ["1950年3月", "2"]]
    found = [p for p in in_chunks(BY_MONTH, csv_text(rows).encode(), 10, 300).findings if p.rule == "row_twice"]
    assert [(p.cell, p.found) for p in found] == [("第2402行", "与第604行为同一对象")]


def test_series_in_rows_are_read_in_chunks_too() -> None:
    data = csv_text(ROWWISE_ROWS).encode()
    assert said(in_chunks(ROWWISE, data, 3, 40)) == said(in_chunks(ROWWISE, data, 1000, 1 << 20))


def test_a_million_bad_cells_are_counted_and_not_kept() -> None:
    rows = [
        ["2018年6月工业用电量"],
        ["地区", "工业用电量", ""],
        ["", "本月", "同比"],
        *[["荆门市", "坏", "1"]] * 20_000,
    ]
    reading = FileReader(FEED, csv_text(rows).encode(), "a.csv")
    for _ in reading.parts():
        pass
    assert len(reading.found) <= 2 * SHOWN_PER_RULE
    assert any("另有19800处" in p.message for p in reading.contents.findings)


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        ("户号,电量\n" + "1,2\n" * 5000 + '"未完,1\n' + "2,3\n" * 60_000, "unreadable_file"),
        ("户号,电量\n" + "1,2\n" * 5000 + "9" * (text_module.LONGEST_LINE + (17 << 20)), "unreadable_file"),
        (("户号,电量\n" + "一,2\n" * 50).encode() + b"\xce\xde,1\n" * 50, "garbled_text"),
        (("户号,电量\n" + "一,2\n" * 50).encode("gb18030") + b"\xff\xff,1\n" * 50, "garbled_text"),
    ],
)
def test_what_turns_unreadable_far_down_is_refused(data: Any, rule: str) -> None:
    raw = data if isinstance(data, bytes) else data.encode()
    with pytest.raises(Refusal) as e:
        list(Text(raw, 128 if isinstance(data, bytes) else 16 << 20).chunks(0, 2))
    assert e.value.finding.rule == rule

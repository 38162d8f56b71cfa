"""From a department's file to raw, every cell checked: a text of 3 million rows beside COPY, dlt and to_sql; a workbook.

Each measured thing runs in a process of its own, which tells its seconds and its peak memory; the server is another.
BENCH_ROWS sets the rows of the text.
"""

import io
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl

from bench.figure import Figure
from ingest.feed import Feed
from samples.credit_code import make
from warehouse.settings import ROOT

ROWS = int(os.environ.get("BENCH_ROWS", "3000000"))
RUNS = 3
BOOK_ROWS = 100_000
SAMPLE_ROWS = 50_000
MONTHS = 12
NUMBERS = (
    ("用电量", "PW03", "value", "万千瓦时"), ("上年同月用电量", "PW03", "base", "万千瓦时"), ("产值", "ST02", "value", "万元"),
    ("开票", "TX03", "value", "万元"), ("增值税", "TX01", "value", "万元"), ("用气量", "EN02", "value", "万立方米"),
)  # fmt: skip
LABELS = (
    ("户号", "entity_id"), ("户名", "entity_name"), ("统一社会信用代码", "credit_code"), ("地区", "region"),
    ("行业", "industry"), ("月份", "month"),
)  # fmt: skip
FEED = Feed.model_validate(
    {
        "feed": "powr__bench", "title": "企业月度明细", "grain": "enterprise", "scope": "history", "first_month": "2015-01", "due_day": 8,
        "file_pattern": "明细", "layout": {"month_from": "row", "skip_labels": ["注[:：].*"]},
        "columns": [
            *({"heading": heading, "label": label} for heading, label in LABELS),
            *({"heading": h, "indicator": i, "measure": m, "unit": u} for h, i, m, u in NUMBERS),
        ],
    }
)  # fmt: skip
PLAIN_TABLE = (
    "create table public.plain (entity_id text, entity_name text, credit_code text, region text, industry text, "
    "month date, n1 float8, n2 float8, n3 float8, n4 float8, n5 float8, n6 float8)"
)
COPY_PLAIN = "copy public.plain from stdin (format csv)"


def measure() -> list[Figure]:
    """Seconds and peak memory of every loader, `RUNS` runs each in turn on one server."""
    with tempfile.TemporaryDirectory(prefix="gongyun-bench-") as folder:
        os.environ["GONGYUN_HOME"] = str(Path(folder, "home"))
        from warehouse import database, server

        try:
            write_files(Path(folder), ROWS)
            seconds: dict[str, list[float]] = {}
            megabytes: dict[str, list[float]] = {}
            for _ in range(RUNS):
                for name in WORK:
                    took, peak = _apart(name, folder)
                    seconds.setdefault(name, []).append(took)
                    megabytes.setdefault(name, []).append(peak)
            write_files(Path(folder), 3 * ROWS, only="text")
            _, peak = _apart("load, UTF-8", folder)
        finally:
            database.engine().dispose()
            server.stop()
    figures = [
        Figure(f"{name}: time", "s", tuple(seconds[name]), baseline, tuple(seconds[baseline]))
        for name in WORK
        for baseline in BESIDE.get(name, ("COPY, plain columns",))
    ]
    figures += [Figure(f"{name}: peak memory", "MB", tuple(megabytes[name])) for name in WORK]
    return [*figures, Figure(f"load, UTF-8, {3 * ROWS:,} rows: peak memory", "MB", (peak,))]


def write_files(folder: Path, rows: int, only: str | None = None) -> None:
    """The same rows as departments send them (UTF-8 and GB18030), as COPY takes them, and the first of them as xlsx."""
    said, plain = _rows(rows)
    head = f"企业月度明细{',' * 11}\n{','.join(said.columns)}\n"
    with (folder / "明细.csv").open("wb") as utf8:
        utf8.write(head.encode())
        said.write_csv(utf8, include_header=False)
        utf8.write(f"注：本表由供电公司填报{',' * 11}\n".encode())
    if only:
        return
    plain.write_csv(folder / "plain.csv", include_header=False)
    with (
        (folder / "明细.csv").open(encoding="utf-8") as text,
        (folder / "明细.gb.csv").open("w", encoding="gb18030") as gb,
    ):
        while piece := text.read(1 << 22):
            gb.write(piece)
    numbers = [heading for heading, *_ in NUMBERS]
    book = said.head(BOOK_ROWS).with_columns(pl.col(n).cast(pl.Float64, strict=False) for n in numbers)
    book.write_excel(folder / "明细.xlsx", autofit=False, include_header=True, autofilter=False)


def _rows(rows: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Firms by month: ids, names, true credit codes, labels of the seeds, numbers of which some are blank or marks."""
    chance = np.random.default_rng(20180619)
    firms = -(-rows // MONTHS)
    pick = lambda words: pl.Series(np.array(words, dtype=object)[chance.integers(0, len(words), firms)])  # noqa: E731
    ids = [f"{4208000000 + i}" for i in range(firms)]
    firm = pl.DataFrame(
        {
            "户号": ids,
            "户名": [
                f"荆门市{place}{i:06d}化工有限公司" for i, place in enumerate(pick(["金龙", "宏图", "天茂", "凯龙"]))
            ],
            "统一社会信用代码": [make("420881", f"{i:08d}") for i in range(firms)],
            "地区": pick(["东宝区", "掇刀区", "钟祥市", "京山市", "沙洋县"]),
            "行业": pick(["13", "26", "30", "36", "化学原料和化学制品制造业"]),
        }
    )
    months = pl.DataFrame({"月份": [f"2018年{m}月" for m in range(1, MONTHS + 1)]})
    said = firm.join(months, how="cross", maintain_order="left_right").head(rows)
    for i, (heading, *_) in enumerate(NUMBERS):
        number = pl.Series(heading, chance.gamma(2, 5000, rows)).round(2 if i % 3 else 4).cast(pl.String)
        odd = pl.Series(chance.random(rows))
        said = said.with_columns(
            pl.when(odd < 0.01).then(None).when(odd < 0.015).then(pl.lit("—")).when(odd < 0.016).then(pl.lit("…"))
            .otherwise(number).alias(heading)
        )  # fmt: skip
    iso = pl.col("月份").str.replace_many(["年", "月"], ["-", "-1"])
    marks = [pl.when(~pl.col(h).is_in(["—", "…"])).then(pl.col(h)).alias(h) for h, *_ in NUMBERS]
    return said, said.with_columns(iso, *marks)


def _apart(name: str, folder: str) -> tuple[float, float]:
    """Seconds and peak memory in MB of one piece of work in a process of its own."""
    _empty()
    done = subprocess.run(
        [sys.executable, "-m", "bench.contract_load", name, folder],
        cwd=ROOT, env=os.environ | {"RUNTIME__DLTHUB_TELEMETRY": "false"}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"{name}: {done.stderr[-500:]}")
    took, peak = json.loads(done.stdout.splitlines()[-1])
    return took, peak


def _empty() -> None:
    """A new database for each run, and what earlier runs wrote out of the way of the next."""
    from warehouse import database

    database.create_database(database.WAREHOUSE)
    with database.connect(autocommit=True) as c:
        for schema in ("raw", "ops", "public", "dlt_bench"):
            c.execute(f"drop schema if exists {schema} cascade")
        c.execute("create schema public")
        c.execute(PLAIN_TABLE)
        c.execute("checkpoint")
    database.apply_schema()


def _load(path: Path) -> float:
    from ingest.load import load
    from ingest.parsing.contents import FileReader
    from warehouse import database
    from warehouse.book import duties

    duties.sync_feeds([FEED.duty])
    with database.connect() as c:
        [delivery] = (
            c.execute(
                "insert into ops.delivery (feed, file_name, sha256, size_bytes) values (%s, %s, %s, 0) returning delivery_id",
                (FEED.feed, path.name, "0" * 64),
            ).fetchone()
            or ()
        )
    start = time.perf_counter()
    parsed = load(delivery, FileReader(FEED, path, path.name))
    took = time.perf_counter() - start
    assert parsed.loadable, parsed.findings
    return took


def _land(folder: Path) -> float:
    from ingest.grammar.months import months_in
    from ingest.land import land
    from warehouse.book import duties
    from warehouse.settings import settings

    assert not months_in("明细.csv")
    duties.sync_feeds([FEED.duty])
    start = time.perf_counter()
    landed = land(FEED, folder / "明细.csv")
    took = time.perf_counter() - start
    (settings().store / landed.sha256[:2] / landed.sha256).unlink()
    return took


def _copy(folder: Path) -> float:
    from warehouse import database

    start = time.perf_counter()
    with (
        (folder / "plain.csv").open("rb") as file,
        database.connect() as c,
        c.cursor() as cursor,
        cursor.copy(COPY_PLAIN) as copy,
    ):
        while piece := file.read(1 << 20):
            copy.write(piece)
    return time.perf_counter() - start


def _dlt(folder: Path) -> float:
    """dlt's fastest way: it is given a finished csv of the right columns, which it neither reads nor checks."""
    import dlt

    from warehouse import database

    numbers = {f"n{i}": {"data_type": "double"} for i in range(1, 7)}
    columns = {label: {"data_type": "text"} for _, label in LABELS} | {"month": {"data_type": "date"}} | numbers
    where = f"postgresql://postgres:none@localhost/{database.WAREHOUSE}?host={database.database_url().query['host']}"
    postgres = dlt.destinations.postgres(where, csv_format={"include_header": False, "delimiter": ","})

    @dlt.resource(name="plain", columns=columns)
    def rows():  # type: ignore[no-untyped-def]
        yield dlt.mark.with_file_import(
            str(folder / "plain.csv"), "csv", ROWS, hints=dlt.mark.make_hints(columns=columns)
        )

    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as state:
        dlt.pipeline("bench", pipelines_dir=state, destination=postgres, dataset_name="dlt_bench").run(rows())
    return time.perf_counter() - start


def _to_sql(folder: Path) -> float:
    """Seconds for all rows, as a sample of them takes."""
    import pandas as pd

    from warehouse import database

    names = [label for _, label in LABELS] + [f"n{i}" for i in range(1, 7)]
    start = time.perf_counter()
    frame = pd.read_csv(
        folder / "plain.csv",
        names=names,
        nrows=SAMPLE_ROWS,
        dtype={"industry": str, "entity_id": str},
        parse_dates=["month"],
    )
    frame.to_sql("plain", database.engine(), schema="public", if_exists="append", index=False)
    return (time.perf_counter() - start) * ROWS / SAMPLE_ROWS


def _book_contract(folder: Path) -> float:
    from ingest.parsing.contents import FileReader

    start = time.perf_counter()
    reading = FileReader(FEED, folder / "明细.xlsx", "明细.xlsx")
    assert sum(part.rows.height for part in reading.parts()) == BOOK_ROWS, reading.contents.findings
    return time.perf_counter() - start


def _book_calamine(folder: Path) -> float:
    from python_calamine import CalamineWorkbook

    start = time.perf_counter()
    with CalamineWorkbook.from_filelike(io.BytesIO((folder / "明细.xlsx").read_bytes())) as book:
        assert len(book.get_sheet_by_index(0).to_python(skip_empty_area=False)) == BOOK_ROWS + 1
    return time.perf_counter() - start


def _book_openpyxl(folder: Path) -> float:
    import openpyxl

    start = time.perf_counter()
    book = openpyxl.load_workbook(folder / "明细.xlsx", read_only=True, data_only=True)
    assert sum(1 for _ in book.worksheets[0].iter_rows(values_only=True)) == BOOK_ROWS + 1
    return time.perf_counter() - start


WORK: dict[str, Callable[[Path], float]] = {
    "COPY, plain columns": _copy,
    "load, UTF-8": lambda folder: _load(folder / "明细.csv"),
    "load, GB18030": lambda folder: _load(folder / "明细.gb.csv"),
    "landing: hashed and kept": _land,
    "dlt, csv imported unread": _dlt,
    f"pandas to_sql, from {SAMPLE_ROWS:,} rows": _to_sql,
    "xlsx, calamine bare": _book_calamine,
    "xlsx, whole contract": _book_contract,
    "xlsx, openpyxl": _book_openpyxl,
}
BESIDE: dict[str, tuple[str, ...]] = {
    "COPY, plain columns": ("COPY, plain columns",),
    "load, GB18030": ("COPY, plain columns", "load, UTF-8"),
    "xlsx, calamine bare": ("xlsx, calamine bare",),
    "xlsx, whole contract": ("xlsx, calamine bare",),
    "xlsx, openpyxl": ("xlsx, calamine bare",),
}


def _peak_mb() -> float:
    """The most memory this process held since it began; ru_maxrss would count its parent's before exec."""
    [line] = [x for x in Path("/proc/self/status").read_text().splitlines() if x.startswith("VmHWM")]
    return int(line.split()[1]) / 1024


if __name__ == "__main__":
    seconds = WORK[sys.argv[1]](Path(sys.argv[2]))
    print(json.dumps([seconds, _peak_mb()]))

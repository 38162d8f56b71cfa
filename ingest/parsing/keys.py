"""Rows that stand for the same thing twice."""

from collections.abc import Sequence
from tempfile import SpooledTemporaryFile

import numpy as np
import polars as pl

from ingest import rules
from ingest.parsing.collector import Collector
from ingest.reading.sheet import Sheet

# A row's key, how many of them stay in memory, are compared at once, and are read from disk in one go.
KEY = np.dtype([("hash", "u8"), ("row", "i4")])

SPOOLED_KEYS, COMPARED_KEYS, READ_KEYS = 4_000_000, 4_000_000, 500_000


class Keys:
    """What makes a row one of a kind within its sheet: 12 bytes a row are kept, beyond a bound on disk, and compared at the
    end in parts that fit into memory.
    """

    def __init__(self, among: Sequence[str]) -> None:
        self.among = among
        self.kept = SpooledTemporaryFile(max_size=SPOOLED_KEYS * KEY.itemsize)  # noqa: SIM115 - closed by note
        self.count = 0

    def add(self, rows: dict[str, pl.Series]) -> None:
        keys = [rows[k].alias(k) for k in self.among if k in rows]
        if keys:
            frame = pl.DataFrame(keys)
            named = frame.select(pl.any_horizontal(pl.all().is_not_null())).to_series()
            hashes = frame.hash_rows(seed=20180619).filter(named).to_numpy()
            records = np.empty(len(hashes), KEY)
            records["hash"], records["row"] = hashes, rows["row"].filter(named).to_numpy()
            self.kept.write(records.tobytes())
            self.count += len(records)

    def note(self, sheet: Sheet, found: Collector) -> None:
        parts = 1 + self.count // COMPARED_KEYS
        again = sorted(pair for part in range(parts) for pair in self._repeats(part, parts))
        self.kept.close()
        for row, before in again:
            found.append(rules.finding("row_twice.object", sheet.name, f"第{row}行", before=before))

    def _repeats(self, part: int, parts: int) -> list[tuple[int, int]]:
        """Rows of a part of all keys that repeat an earlier row, each with that one."""
        self.kept.seek(0)
        blocks = []
        while data := self.kept.read(READ_KEYS * KEY.itemsize):
            block = np.frombuffer(data, KEY)
            blocks.append(block if parts == 1 else block[block["hash"] % np.uint64(parts) == part])
        keys = np.concatenate(blocks) if blocks else np.empty(0, KEY)
        in_order = np.sort(keys["hash"])
        if not (in_order[1:] == in_order[:-1]).any():
            return []
        keys = keys[np.argsort(keys["hash"], kind="stable")]
        again = np.flatnonzero(keys["hash"][1:] == keys["hash"][:-1]) + 1
        return [(int(keys["row"][i]), int(keys["row"][i - 1])) for i in again]

"""Thousands of mutated tables: each is read to the same numbers in the same places, or refused; none is read wrongly.

GONGYUN_MUTATIONS multiplies their number; the seed is fixed, so that a failure comes again.
"""

import json
import math
import os
import random
import zlib
from collections import Counter
from functools import cache
from typing import Any

import pytest

from ingest.grammar.text import plain
from ingest.parsing.contents import Contents, read_file
from tests.ingest.books import FORMATS
from tests.ingest.mutations import KINDS, Paper, originals, write

ROUNDS = int(os.environ.get("GONGYUN_MUTATIONS", "1"))
SUFFIX = {"xlsx": "xlsx", "ods": "ods", "csv": "csv", "csv gb18030": "csv", "csv utf-16": "txt", "tsv utf-8-sig": "txt"}


def numbers(parsed: Contents) -> dict[tuple[Any, ...], float | str]:
    """Every number in its canonical unit, and every mark, by what it is about."""
    found: dict[tuple[Any, ...], float | str] = {}
    for t in parsed.tables:
        for row in t.rows.iter_rows(named=True):
            marks = json.loads(row["absent"] or "{}")
            for column, value in zip(t.columns, row["values"], strict=True):
                said = {**row, **{k: v for k, v in column.items() if v is not None}}
                key = tuple(said.get(k) for k in ("indicator", "measure", "period_type", "month", "entity_id"))
                key += tuple(plain(said.get(k) or "") for k in ("region", "industry"))
                if value is not None:
                    found[key] = value * said["factor"]
                elif mark := marks.get(str(column["position"])):
                    found[key] = mark
    return found


def differences(found: dict[Any, Any], right: dict[Any, Any], may_lack: bool) -> list[str]:
    wrong = [f"{k}: {v} instead of {right.get(k)}" for k, v in found.items() if not same(v, right.get(k))]
    return wrong + [f"{k} lost" for k in right if k not in found and not may_lack]


def not_scaled(found: dict[Any, Any], right: dict[Any, Any], by: float) -> list[str]:
    """Where a heading's unit was changed: its numbers are `by` times as large, all others as they were."""
    changed = {k[:3] for k, v in found.items() if not same(v, right.get(k))}
    wanted = {k: v * by if k[:3] in changed and isinstance(v, float) else v for k, v in right.items()}
    return differences(found, wanted, False) + ["the unit was passed over"] * (not changed)


def same(a: Any, b: Any) -> bool:
    numeric = isinstance(a, float) and isinstance(b, float)
    return math.isclose(a, b, rel_tol=1e-12, abs_tol=1e-12) if numeric else a == b


@cache
def papers() -> list[tuple[Paper, dict[Any, Any]]]:
    made = [(p, read_file(p.feed, write(p, "xlsx"), f"{p.name}.xlsx")) for p in originals()]
    assert all(parsed.findings == [] for _, parsed in made)
    return [(p, numbers(parsed)) for p, parsed in made]


def read_or_refused(
    p: Paper, data: bytes, form: str, right: dict[Any, Any], outcome: str, seen: Counter[str]
) -> list[str]:
    """What is wrong with what was read; nothing when it is right or refused with a critical finding."""
    parsed = read_file(p.feed, data, f"{p.name}.{SUFFIX.get(form, 'xls')}")
    if not parsed.loadable:
        seen["refused"] += 1
        assert any(q.severity == "critical" for q in parsed.findings)
        return []
    seen["read"] += 1
    if outcome == "refused":
        return ["read although it had to be refused"]
    if outcome == "scaled":
        return not_scaled(numbers(parsed), right, p.scaled) if p.scaled else ["read in an unknown unit"]
    return differences(numbers(parsed), right, outcome == "less")


@pytest.mark.parametrize("name", KINDS)
def test_a_mutated_table_is_read_right_or_refused(name: str, record_property: Any) -> None:
    mutation = KINDS[name]
    chance = random.Random(zlib.crc32(name.encode()))
    seen: Counter[str] = Counter()
    wrong = []
    for _ in range(ROUNDS):
        for p, right in chance.sample(papers(), 20):
            forms = chance.sample(mutation.formats, min(4, len(mutation.formats)))
            for form in forms:
                mutated = p.copy()
                mutation.change(mutated, chance)
                data = write(mutated, form)
                if faults := read_or_refused(mutated, data, form, right, mutation.outcome, seen):
                    wrong.append((p.feed.feed, form, faults[:2]))
    record_property("seen", dict(seen))
    assert wrong == []
    assert seen["read"] or not mutation.survives, "a harmless change is refused everywhere"


def damaged(data: bytes, chance: random.Random, form: str) -> bytes:
    """Bytes lost at the end, or spoilt: in a text to what no encoding holds, since another digit is another number.

    An xls, which has no checksums, is only cut: a changed bit of a number in it is another number too.
    """
    spoilt = bytearray(data)
    text = form not in ("xlsx", "ods")
    if form == "xls" or chance.random() < 0.4:
        del spoilt[chance.randrange(len(spoilt)) :]
        return bytes(spoilt)
    for _ in range(chance.randint(1, 8)):
        at = chance.randrange(len(spoilt))
        spoilt[at] = 0xFF if text else chance.randrange(256)
    return bytes(spoilt)


@pytest.mark.parametrize("form", FORMATS)
def test_a_damaged_file_is_read_right_or_refused(form: str, record_property: Any) -> None:
    chance = random.Random(form)
    seen: Counter[str] = Counter()
    wrong = []
    for p, right in chance.sample(papers(), 20):
        data = write(p, form)
        for _ in range(10 * ROUNDS):
            hurt = damaged(data, chance, form)
            # Whole rows lost at the end of a text are for the gate to miss; a number must not be cut.
            outcome = "less" if form.startswith(("csv", "tsv")) else "same"
            if faults := read_or_refused(p, hurt, form, right, outcome, seen):
                wrong.append((p.feed.feed, len(hurt) / len(data), faults[:2]))
    record_property("seen", dict(seen))
    assert wrong == []
    assert seen["refused"]

"""The book is written in one place, and a word means one thing."""

import re

from tests.conventions.tree import texts

WRITE = re.compile(r"(?i)\b(?:insert\s+into|update|delete\s+from|truncate|copy)\s+ops\.\w+")
# What is not the house: tests and benchmarks write the past that they need, and the schema brings older tables to today's.
ELSEWHERE = ("tests/", "bench/", "warehouse/book/", "warehouse/schema.sql")


def test_every_write_to_ops_lies_in_the_book() -> None:
    wrong = [
        f"{name}: {written.group(0)}"
        for pattern in ("*.py", "*.sql", "*.yml")
        for name, text in texts(pattern)
        if not name.startswith(ELSEWHERE)
        for written in WRITE.finditer(text)
    ]
    assert wrong == []

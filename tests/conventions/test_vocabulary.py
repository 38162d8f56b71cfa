"""What a month, a label, a printed figure and a maturity is stands once; what SQL needs too, once more in vocabulary.sql."""

import re

import pytest

from tests.conventions.tree import texts

SQL = "warehouse/vocabulary.sql"
# How a rule would be written a second time, and where it stands.
SINGLE = {
    "a label is cleaned": (r"""normalize\(\s*"NFKC"|nfkc\)|\[\[:space:\]""", {"vocabulary/label.py", SQL}),
    "a figure is printed": (r"FM9|'FM'|ROUND_HALF_UP|:,\.\df", {"vocabulary/figure.py", SQL}),
    "a month is spoken": (r"年\{[\w.]+\}月(?!\{)|'年' \|\|", {"vocabulary/month.py", SQL}),
    "a month is reckoned with": (
        r"month=\w+\.month|\.month [-+] 1\b(?!,)|12 \* \w+\.year|\.year\)? \* 12|%Y-%m(?!-)",
        {"vocabulary/month.py"},
    ),
    "maturities are listed": (
        r"""["']flash["'], ["']prelim["']""",
        {"vocabulary/maturity.py", SQL, "warehouse/schema.sql", "ingest/feed.schema.json"},
    ),
    "causes are listed": (r"""["']scheduled["'], ["']correction["']""", {"vocabulary/cause.py", "warehouse/schema.sql"}),
}  # fmt: skip
# The simulator and the benchmarks stand outside: they write what departments would.
ROOMS = ("dags", "dbt_project", "expectations", "gongyun", "ingest", "publish", "scheduling", "vocabulary", "warehouse")


@pytest.mark.parametrize("rule", SINGLE)
def test_a_rule_stands_once(rule: str) -> None:
    pattern, places = SINGLE[rule]
    found = {
        name
        for kind in ("*.py", "*.sql", "*.yml", "*.json")
        for name, text in texts(kind)
        if name.startswith(ROOMS) and re.search(pattern, text)
    }
    assert found <= places, rule
    assert found & places, "the test looks for what there is"

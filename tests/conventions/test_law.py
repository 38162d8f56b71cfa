"""docs/domain.md is the law: what cites it finds its section, and what it says of seeds is what they hold."""

import re

import pytest

from tests.conventions.tree import texts
from warehouse.seeds import everywhere
from warehouse.settings import ROOT

LAW = (ROOT / "docs" / "domain.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"(?ms)^#{2,3} (\d+(?:\.\d+)?) [^\n]*\n(.*?)(?=^#{2,3} |\Z)", LAW))
CITATION = re.compile(
    r"domain\.md (?:section )?(?P<sections>\d+(?:\.\d+)?(?:(?:, | and )\d+\.\d+)*)"
    r"(?:(?: rule |-|\()(?P<item>\d+))?(?:,? (?P<code>[MLT]\d+[A-Z]?)\b)?"
)
# A citation may go on in the next line of a comment.
LINE_END = re.compile(r"\s*\n\s*(?:--|#|//)?\s*")
# 1.5 (`matched.z_yellow`): the last number before the name.
DEFAULT = re.compile(r"(?P<before>[−-]?\d[\d,]*(?:\.\d+)?)[^\d`]*`(?P<name>[a-z_]+\.\w+)`")


def faults(text: str) -> list[str]:
    """What a text cites of the law that is not there: a section, an item numbered in it, a code that it names."""
    wrong = []
    for match in CITATION.finditer(LINE_END.sub(" ", text)):
        sections = re.findall(r"\d+(?:\.\d+)?", match["sections"])
        said = SECTIONS.get(sections[-1], "")
        if not (
            all(s in SECTIONS for s in sections)
            and (not match["item"] or re.search(rf"(?m)^{match['item']}\. ", said))
            and (not match["code"] or re.search(rf"\b{match['code']}\b", said))
        ):
            wrong.append(match[0])
    return wrong


def test_every_section_that_a_file_cites_stands_in_the_law() -> None:
    cited = {name: faults(text) for name, text in texts("*") if not name.startswith("tests/conventions/")}
    assert {name: wrong for name, wrong in cited.items() if wrong} == {}


@pytest.mark.parametrize(
    "text",
    [
        "domain.md 2.12",
        "(domain.md 2.1, 2.99)",
        "domain.md 3.3 rule 13",
        "domain.md 3.3(13)",
        "(domain.md\n-- 7.1)",
        "domain.md 3.1, M99",
        "domain.md section 9",
    ],
)
def test_a_section_that_is_not_there_is_found(text: str) -> None:
    assert len(faults(text)) == 1


@pytest.mark.parametrize(
    "text", ["domain.md 2.5; 2014-2016", "domain.md 3.3 rule 12", "domain.md 0.1, T43", "domain.md 3, x"]
)
def test_a_section_that_is_there_may_be_cited(text: str) -> None:
    assert faults(text) == []


def test_every_default_of_the_seed_stands_in_the_law_as_it_is() -> None:
    held = {f"{r['rule']}.{r['parameter']}": float(r["value"]) for r in everywhere("thresholds")}
    said = {m["name"]: float(m["before"].replace(",", "").replace("−", "-")) for m in DEFAULT.finditer(LAW)}
    assert {name: value for name, value in said.items() if name in held} == held


@pytest.mark.parametrize(
    ("section", "name", "key"),
    [
        ("0.1", "targets", "target"),
        ("3", "indicators", "indicator"),
        ("3.1", "matched_pairs", "pair"),
        ("3.2", "correlated_pairs", "pair"),
    ],
)
def test_the_tables_of_the_law_list_what_the_seed_holds(section: str, name: str, key: str) -> None:
    first_cells = re.findall(r"(?m)^\| ([^|]+) \|", SECTIONS[section])
    listed = {code for cell in first_cells for code in re.findall(r"[A-Z]{1,2}\d+[A-Z]?", cell)}
    assert listed == {r[key] for r in everywhere(name) if not r[key].startswith("CN")}

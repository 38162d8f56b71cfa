"""Every word that reading tells a sender stands in ingest/rules.yml, and all that stands there can be told."""

import ast
import re
from string import Formatter

import pytest

from ingest.rules import finding, rules
from warehouse.settings import ROOT


def texts_in_code() -> set[str]:
    """Every text in the code of ingest: a rule is named as a whole, and never put together."""
    trees = (ast.parse(p.read_text(encoding="utf-8")) for p in (ROOT / "ingest").rglob("*.py"))
    return {n.value for t in trees for n in ast.walk(t) if isinstance(n, ast.Constant) and isinstance(n.value, str)}


def findings_in_code() -> list[tuple[set[str], set[str]]]:
    """Where code makes a finding: the rules that it names, and the facts that it gives."""
    trees = (ast.parse(p.read_text(encoding="utf-8")) for p in (ROOT / "ingest").rglob("*.py"))
    calls = (n for t in trees for n in ast.walk(t) if isinstance(n, ast.Call))
    return [
        (
            {n.value for n in ast.walk(c.args[0]) if isinstance(n, ast.Constant)},
            {str(k.arg) for k in c.keywords} | {"contact"},
        )
        for c in calls
        if ast.unparse(c.func).removeprefix("rules.") == "finding"
    ]


def facts_of(name: str) -> set[str]:
    """The names in the braces of a rule's words."""
    rule = rules()[name]
    words = filter(None, (rule.message, rule.found, rule.expected, rule.hint, rule.cause))
    return {re.split("[.:]", field)[0] for text in words for _, field, _, _ in Formatter().parse(text) if field}


def test_every_rule_that_the_code_names_has_its_words() -> None:
    named = {name for names, _ in findings_in_code() for name in names}
    assert named - rules().keys() == set()


def test_every_finding_that_the_code_makes_gives_the_facts_that_its_words_need() -> None:
    made = findings_in_code()
    assert len(made) > 60
    assert {name: lacking for names, facts in made for name in names if (lacking := facts_of(name) - facts)} == {}


def test_every_rule_that_has_words_can_be_broken() -> None:
    assert rules().keys() - texts_in_code() == set()


def test_a_rule_with_forms_is_named_by_a_form_alone() -> None:
    with_forms = {name.partition(".")[0] for name in rules() if "." in name}
    assert with_forms & rules().keys() <= {"over_limit"}


@pytest.mark.parametrize("name", rules())
def test_a_rule_speaks_as_an_official_does(name: str) -> None:
    rule = rules()[name]
    assert rule.severity in ("critical", "warning")
    for words in filter(None, (rule.message, rule.hint)):
        assert not words.endswith(("。", "！"))
        assert re.search("[\u4e00-\u9fff]", words)


def test_a_finding_is_the_words_of_its_rule_filled_with_what_was_found() -> None:
    told = finding("month_disagrees.heading", "表1", "B3", found="1-4月", heading="1-4月累计", month="2018-05")
    assert (told.stage, told.rule, told.severity, told.sheet, told.cell) == (
        "parse",
        "month_disagrees",
        "critical",
        "表1",
        "B3",
    )
    assert (told.message, told.found, told.expected) == (
        "表头“1-4月累计”所属月份与标题不一致",
        "1-4月",
        "标题为2018-05",
    )


def test_a_fact_that_the_words_need_and_the_code_lacks_is_an_error() -> None:
    with pytest.raises(KeyError):
        finding("month_disagrees.heading", "表1", "B3")


@pytest.mark.parametrize(("area", "asked"), [("jingmen", "请与市经信委联系"), ("china", "请与编制单位联系")])
def test_a_sender_is_told_to_ask_whom_the_area_names(area: str, asked: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GONGYUN_AREA", area)
    assert str(finding("unknown_region.row", name="某县").hint).endswith(asked)

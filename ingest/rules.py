"""What reading may find wrong, said once: ingest/rules.yml holds the words, the code names the rule and what it found."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from vocabulary.finding import Finding
from warehouse.area import contact


@dataclass(frozen=True)
class Rule:
    """The words of a rule, or of one form of it; `cause` where they are the same for several cells of one mistake. Those in braces are filled with what was found, {contact} with whom to ask."""

    stage: str
    message: str
    severity: str = "critical"
    found: str | None = None
    expected: str | None = None
    hint: str | None = None
    cause: str | None = None


@cache
def rules() -> dict[str, Rule]:
    """All rules by name; a form of a rule is named behind a point, as `month_missing.title`."""
    stages = yaml.load(Path(__file__).with_suffix(".yml").read_bytes(), yaml.CSafeLoader)
    return {name: Rule(stage, **said) for stage, entries in stages.items() for name, said in entries.items()}


def finding(
    name: str,
    /,
    sheet: str | None = None,
    cell: str | None = None,
    found: str | None = None,
    expected: str | None = None,
    **facts: Any,
) -> Finding:
    """What breaks the rule or form `name`; `found` and `expected` stand for themselves where the rule has no words for them."""
    rule = rules()[name]
    facts |= {"found": found, "expected": expected, "contact": contact()}

    def said(words: str | None, otherwise: str | None = None) -> str | None:
        return otherwise if words is None else words.format(**facts)

    return Finding(
        rule.stage,
        name.partition(".")[0],
        rule.severity,
        rule.message.format(**facts),
        sheet,
        cell,
        said(rule.found, found),
        said(rule.expected, expected),
        said(rule.hint),
        said(rule.cause),
    )

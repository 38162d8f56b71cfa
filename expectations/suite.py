"""A suite as its file declares it: what each expectation asks, how grave its failure is and how it is told in Chinese."""

from functools import cache
from pathlib import Path
from string import Formatter, Template
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

SUITES = Path(__file__).with_name("suites")
RuleName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Rule(Strict):
    """One expectation: a query that returns nothing when all is well, one row for each thing that is wrong otherwise.

    A row has delivery_id (delivery suites) and, as far as they apply, sheet, cell, month, feed, found and expected;
    message, hint and cause may name any of its columns in braces.
    """

    rule: RuleName
    severity: Literal["critical", "warning"]
    compares: bool = Field(default=False, description="Whether the finding rests on another delivery as well.")
    holds: bool = Field(
        default=False,
        description="Whether a delivery with no graver finding waits for its sender instead of going back.",
    )
    sql: str
    message: str
    hint: str
    cause: str | None = Field(
        default=None,
        description="What is said once of all rows of which it says the same; unset: each row is told apart.",
    )
    explains: tuple[RuleName, ...] = Field(
        default=(),
        description="Rules declared after it whose findings come of the same mistake where they concern the same "
        "indicator in the same row, or the same figure of it, or both the delivery as a whole.",
    )


class Suite(Strict):
    """A file of expectations with the parameters that their queries share ($name in the SQL)."""

    suite: str
    about: str
    parameters: dict[str, int | float | tuple[str, ...]] = {}
    expectations: tuple[Rule, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _coherent(self) -> "Suite":
        names = [r.rule for r in self.expectations]
        if len(set(names)) != len(names):
            raise ValueError(f"suite {self.suite}: a rule is declared twice")
        for rule in self.expectations:
            self.query(rule)
            list(Formatter().parse(rule.message + rule.hint + (rule.cause or "")))
            if strange := set(rule.explains) - set(names[names.index(rule.rule) + 1 :]):
                raise ValueError(f"suite {self.suite}: {rule.rule} explains {sorted(strange)}, not declared after it")
        return self

    def query(self, rule: Rule) -> str:
        """The rule's SQL with its parameters in place. Raises KeyError for one that is not declared."""
        return Template(rule.sql).substitute({k: _literal(v) for k, v in self.parameters.items()})


def _literal(value: float | tuple[str, ...]) -> str:
    if isinstance(value, tuple):
        return "(" + ", ".join("'" + v.replace("'", "''") + "'" for v in value) + ")"
    return repr(value)


def stopping() -> set[str]:
    """The rules, of every suite, whose findings stop a delivery or a month: what a waiver can be for."""
    suites = (load_suite(path.stem) for path in SUITES.glob("*.yml"))
    return {rule.rule for suite in suites for rule in suite.expectations if rule.severity == "critical"}


@cache
def load_suite(name: str) -> Suite:
    """Read suites/<name>.yml. Raises ValueError naming the file when it does not keep the contract."""
    path = SUITES / f"{name}.yml"
    try:
        suite = Suite.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except Exception as e:
        raise ValueError(f"{path.name}: {e}") from e
    if suite.suite != name:
        raise ValueError(f"{path.name}: the file must be named after its suite, {suite.suite}.yml")
    return suite

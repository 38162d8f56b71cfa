"""Great Expectations at work: one validation for a whole suite, then every row of what failed, none left out.

On SQL, Great Expectations cuts its own lists of unexpected rows at 200, so decisions never rest on them; the rows of a
failed expectation are fetched by get_unexpected_rows, which has no cap.
"""

import io
import logging
import os
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, redirect_stderr
from dataclasses import dataclass
from typing import Any

# Before the import: nothing is reported to anyone, and no progress bar is drawn for each metric.
os.environ["GX_ANALYTICS_ENABLED"] = "false"

import great_expectations as gx
from great_expectations.expectations import UnexpectedRowsExpectation
from great_expectations.expectations.metadata_types import FailureSeverity

from expectations.suite import Rule, Suite

log = logging.getLogger(__name__)
UNNAMED = "the expectation failed, and naming its rows gave none"
# It tells each exception with its whole stack; ours are logged in one line and recorded in ops.gate_result.
logging.getLogger("great_expectations.validator.metrics_calculator").setLevel(logging.ERROR)


@dataclass(frozen=True)
class Outcome:
    """What one expectation found: rows (empty when all is well), or the exception that kept it from looking."""

    rows: tuple[dict[str, Any], ...] = ()
    exception: str | None = None


class Examiner:
    """A suite bound to a table of the warehouse."""

    def __init__(self, suite: Suite, url: str, table: str) -> None:
        context = gx.get_context(mode="ephemeral")
        context.variables.progress_bars = {"globally": False}
        self._source = context.data_sources.add_postgres("warehouse", connection_string=url)
        batch = self._source.add_table_asset("examined", table_name=table).add_batch_definition_whole_table("all")
        self._expectations = {
            rule.rule: UnexpectedRowsExpectation(
                unexpected_rows_query=_named(suite.query(rule)),
                severity=FailureSeverity(rule.severity),
                description=rule.message,
                meta={"rule": rule.rule},
            )
            for rule in suite.expectations
        }
        gx_suite = gx.ExpectationSuite(name=suite.suite, expectations=list(self._expectations.values()))
        self._validation = context.validation_definitions.add(
            gx.ValidationDefinition(name=suite.suite, data=batch, suite=context.suites.add(gx_suite))
        )

    def close(self) -> None:
        self._source.get_engine().dispose()

    def examine(self) -> dict[str, Outcome]:
        """Run the whole suite; the outcome of each rule. Only what failed is read row by row."""
        outcomes = {}
        for result in self._validation.run(result_format="BASIC").results:
            rule = result.expectation_config.meta["rule"]
            raised = _raised(result.exception_info)
            if raised:
                outcomes[rule] = Outcome(exception=raised)
            elif result.success:
                outcomes[rule] = Outcome()
            else:
                found = self.rows(rule)
                # A failure that names nothing must not read as a pass.
                outcomes[rule] = found if found.rows or found.exception else Outcome(exception=UNNAMED)
        return outcomes

    def rows(self, rule: str) -> Outcome:
        """Every row that one rule finds wrong now."""
        try:
            with redirect_stderr(io.StringIO()):  # its progress bar knows no switch
                return Outcome(rows=tuple(self._validation.get_unexpected_rows(self._expectations[rule])))
        except RuntimeError as e:  # how Great Expectations passes on whatever the database said
            return Outcome(exception=str(e))


def _named(query: str) -> str:
    """The query with its batch named, as Great Expectations asks, in a comment: the work tables hold nothing but the
    batch, and the subquery it would put there has an alias or none depending on whether the text contains a join."""
    return "/* {batch} */ " + query.replace("{", "{{").replace("}", "}}")


@contextmanager
def examiner(suite: Suite, url: str, table: str) -> Iterator[Examiner]:
    """An examiner whose connections are closed at the end."""
    e = Examiner(suite, url, table)
    try:
        yield e
    finally:
        e.close()


def _raised(info: Any) -> str | None:
    """The exception in an exception_info, which holds one entry, or one for each metric that failed."""
    entries = [info] if "raised_exception" in info else list(info.values())
    messages = [e["exception_message"] for e in entries if e.get("raised_exception")]
    return "; ".join(dict.fromkeys(messages)) or None


def isolate(
    ask: Callable[[Collection[int]], Outcome], deliveries: Collection[int], rule: Rule
) -> tuple[list[dict[str, Any]], dict[int, str]]:
    """For a rule that raised on many deliveries: the rows of those that can be judged and the exceptions of the others.

    Halves the deliveries until each exception lies with one of them. A rule that raises on no delivery at all is
    broken itself, and its exception is everyone's.
    """
    broken = ask([])
    if broken.exception:
        log.error("expectation %s cannot be asked: %s", rule.rule, broken.exception)
        return [], dict.fromkeys(deliveries, broken.exception)
    rows: list[dict[str, Any]] = []
    raised: dict[int, str] = {}
    open_groups = [sorted(deliveries)]
    while open_groups:
        group = open_groups.pop()
        outcome = ask(group)
        if outcome.exception is None:
            rows += outcome.rows
        elif len(group) == 1:
            log.error("expectation %s raised on delivery %s: %s", rule.rule, group[0], outcome.exception)
            raised[group[0]] = outcome.exception
        else:
            half = len(group) // 2
            open_groups += [group[:half], group[half:]]
    return rows, raised

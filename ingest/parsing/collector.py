"""What is found in one file, so many of each rule and no more."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from ingest import rules
from vocabulary.finding import Finding

# More than this many of one kind teach the sender nothing; the rest is counted.
SHOWN_PER_RULE = 200


class Collector(list[Finding]):
    """The findings of a file. Of each rule only the first are kept and the others counted, so that a bad file stays small."""

    def __init__(self, findings: Sequence[Finding] = ()) -> None:
        super().__init__()
        self.tally: Counter[tuple[str, str]] = Counter()
        self.extend(findings)

    def append(self, finding: Finding) -> None:
        self.tally[finding.rule, finding.severity] += 1
        if self.tally[finding.rule, finding.severity] <= SHOWN_PER_RULE:
            super().append(finding)

    def extend(self, findings: Any) -> None:
        for finding in findings:
            self.append(finding)

    def __iadd__(self, findings: Any) -> "Collector":  # type: ignore[misc, override]
        self.extend(findings)
        return self

    @property
    def critical(self) -> bool:
        return any(severity == "critical" for _, severity in self.tally)

    def told(self) -> list[Finding]:
        """All that is told to the sender: those kept, and how many more of each rule there are."""
        more = [
            replace(rules.finding("and_more", count=n - SHOWN_PER_RULE), rule=rule, severity=severity)
            for (rule, severity), n in self.tally.items()
            if n > SHOWN_PER_RULE
        ]
        return [*self, *more]

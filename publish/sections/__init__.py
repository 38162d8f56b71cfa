"""The printed sections, in printing order; a module declares a group of them: report, key, columns, tables."""

from publish.sections.comparisons import CORRELATED, MATCHED
from publish.sections.declared import Section
from publish.sections.overview import COMPOSITE, HEADLINE, RANKINGS, REGIONS, SERIES
from publish.sections.problems import INTERVIEWS, LEDGER, PROBLEMS
from publish.sections.sources import COVERAGE, RESTATED, REVISIONS, TIMELINESS
from publish.sections.targets import TARGETS

SECTIONS: dict[str, Section] = {
    s.name: s
    for s in (
        HEADLINE,
        SERIES,
        REGIONS,
        COMPOSITE,
        RANKINGS,
        MATCHED,
        CORRELATED,
        INTERVIEWS,
        PROBLEMS,
        LEDGER,
        TARGETS,
        COVERAGE,
        TIMELINESS,
        REVISIONS,
        RESTATED,
    )
}

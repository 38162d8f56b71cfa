"""A feed as its blank form is printed for a month: what its headings leave open filled in, and the rows known beforehand."""

import re
from collections.abc import Iterator, Sequence
from itertools import product

from ingest.feed import OPEN, Column, Feed
from ingest.grammar.labels import listed_industries, reporting_regions
from vocabulary.month import Month

# The text that stands in a column, row by row; a blank one is left to the clerk.
Texts = dict[int, list[str]]


def as_printed(feed: Feed, month: Month) -> Feed:
    """The feed with one column for each that its form has, in the words that are printed over it. For printing alone."""
    columns = [*_filled_in(feed, month)] * feed.layout.side_by_side
    levels = max((len(c.heading.split("|")) for c in columns if not c.pattern), default=1)
    layout = feed.layout.model_copy(update={"header_rows": max(levels, feed.layout.header_rows)})
    return feed.model_copy(update={"columns": tuple(columns), "layout": layout})


def _filled_in(feed: Feed, month: Month) -> Iterator[Column]:
    left: list[str] = []
    for column in feed.columns:
        for heading in [column.heading] if column.pattern else _headings(feed, column, month):
            path = heading.split("|")
            goes_on = any(re.fullmatch(p, path[-1]) for p in feed.layout.inherits) and path[:-1] == left
            left = left if goes_on else path
            printed = "|".join([*left[:-1], path[-1]]) if goes_on else heading
            yield column.model_copy(update={"heading": printed, "aliases": column.aliases if column.pattern else ()})


def _headings(feed: Feed, column: Column, month: Month) -> Iterator[str]:
    """A declared heading in the words of a month, once for each region, industry, year and month that it leaves open."""
    text = column.heading.replace("1-本月", f"1-{month.month}月")
    keys = OPEN.findall(text)
    apart = "year" in column.open | feed.labels
    words = {
        "region": [name.removeprefix("其中:") for name in reporting_regions(month)] if "region" in keys else [],
        "industry": listed_industries(month) if "industry" in keys else [],
        "year": [f"{month.year}年"],
        "month": [f"{month.month}月" if apart else month.words],
    }
    for values in product(*(words[key] for key in keys)):
        yield text.format(**dict(zip(keys, values, strict=True)))


def known_texts(feed: Feed, month: Month, blank: int) -> Texts:
    """What stands in the rows of a form as printed: names, units and months; `blank` rows where nobody knows them beforehand."""
    kinds = [c.label for c in feed.columns]
    count = feed.layout.side_by_side
    texts = _names(feed, month, kinds[: len(kinds) // count], blank)
    height = -(-max(map(len, texts.values())) // count)
    width = len(kinds) // count
    return {
        c + part * width: names[part * height : (part + 1) * height]
        for c, names in texts.items()
        for part in range(count)
    }


def _names(feed: Feed, month: Month, kinds: Sequence[str | None], blank: int) -> Texts:
    texts: Texts = {}
    series = [c for c, kind in enumerate(kinds) if kind == "series"]
    lines = [line for line in feed.rows if line.indicator and not line.pattern]
    if "region" in kinds and feed.grain == "region" and not series:
        texts[kinds.index("region")] = reporting_regions(month)
    elif "industry" in kinds and feed.grain == "industry" and not series:
        texts[kinds.index("industry")] = listed_industries(month)
    elif len(series) == 1 and len(lines) == len(feed.rows) and not {"region", "industry"} & {*kinds}:
        texts[series[0]] = [line.heading for line in lines]
        texts |= {kinds.index("unit"): [line.unit or "" for line in lines]} if "unit" in kinds else {}
    elif "year" in kinds and "month" not in kinds:
        texts[kinds.index("year")] = [f"{month.year}年"]
    height = len(next(iter(texts.values()), [""] * blank))
    if "month" in kinds:
        texts[kinds.index("month")] = [
            f"{month.month}月" if "year" in feed.labels | feed.open else month.words
        ] * height
        texts |= {kinds.index("year"): [f"{month.year}年"] * height} if "year" in kinds else {}
    return texts or {0: [""] * blank}

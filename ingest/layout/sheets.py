"""Which sheets of a workbook are read."""

import re
from pathlib import PurePath

from ingest import rules
from ingest.feed import Feed, Layout
from ingest.grammar.months import months_in
from ingest.layout.bands import Search
from ingest.layout.declared import declared
from ingest.layout.drift import compare
from ingest.layout.located import Unreadable
from ingest.layout.survey import holds_anything, survey
from ingest.reading.sheet import Sheet
from vocabulary.finding import Finding
from vocabulary.label import fold


def choose_sheets(feed: Feed, sheets: list[Sheet], file_name: str, findings: list[Finding]) -> list[Sheet]:
    """The sheets to read: those that the layout names or whose names speak, else the first. Raises Unreadable.

    A further sheet that holds a table of the feed, and is neither read nor left out by the layout, is refused: nobody
    could say which of the two holds. Hidden sheets hold last month's table or lists of choices: they are not the data
    unless the layout names one and no sheet that is shown.
    """
    layout = feed.layout
    everything, sheets = sheets, [s for s in sheets if not s.hidden] or sheets
    if is_text(sheets[0], file_name):
        return sheets[:1]
    named = [s for s in sheets if _is_meant(layout, s)]
    if not named:
        named = sheets = [s for s in everything if _is_meant(layout, s)]
    if not named:
        found = "、".join(s.name for s in everything)
        raise Unreadable([rules.finding("unknown_layout.no_sheet", found=found, expected=layout.sheet)])
    if layout.sheet_says:
        held = [s for s in named if holds_anything(s, 0)]
        return _sheets_of_month(feed, held, file_name, findings) if layout.sheet_says == "month" else held
    if layout.sheet:
        return named
    for other in sheets[1:]:
        band = Search(declared(feed), other).first()
        if band and not compare(feed, survey(declared(feed), [band], None)).missing:
            findings.append(rules.finding("sheet_left_in.twin", other.name, found=other.name, first=sheets[0].name))
    return sheets[:1]


def _is_meant(layout: Layout, sheet: Sheet) -> bool:
    """Whether a sheet's name is the declared one, as it is written or in plain characters."""
    return any(re.search(layout.sheet or "", name) for name in (sheet.name, fold(sheet.name)))


def _sheets_of_month(feed: Feed, sheets: list[Sheet], file_name: str, findings: list[Finding]) -> list[Sheet]:
    """Of sheets named after months: all for a feed of scope history, else the one of the file's month, or the only one."""
    months = {s.name: months_in(s.name) for s in sheets}
    nameless = [s for s in sheets if len(months[s.name]) != 1]
    findings += [rules.finding("month_missing.sheet", s.name, found=s.name) for s in nameless]
    dated = [s for s in sheets if s not in nameless]
    if feed.scope == "history" or len(dated) < 2:
        return dated
    wanted = months_in(file_name)
    if len(wanted) != 1:
        raise Unreadable([*findings, rules.finding("sheet_left_in.months", dated[1].name, found=dated[1].name)])
    own = [s for s in dated if months[s.name] == wanted]
    if not own:
        found = "、".join(s.name for s in dated)
        disagrees = rules.finding("month_disagrees.no_sheet", found=found, expected=str(wanted[0]))
        raise Unreadable([*findings, disagrees])
    findings += [
        rules.finding("other_month", s.name, found=s.name, expected=own[0].name) for s in dated if s not in own
    ]
    return own


def is_text(sheet: Sheet, file_name: str) -> bool:
    """Whether the sheet is a text file, whose name says nothing that the file's does not."""
    return sheet.name == PurePath(file_name).stem

"""How settled a delivery's figures are (domain.md 2.6): as the paper states above or under its table, else as its feed
declares. The file's name is no statement, only a cross-check: statuses read from names went wrong elsewhere.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ingest import rules
from ingest.feed import Feed
from ingest.grammar.paperwork import is_footer
from ingest.grammar.text import plain, text_of
from ingest.reading.sheet import Sheet, address
from vocabulary.finding import Finding
from vocabulary.label import fold
from vocabulary.maturity import MATURITIES, STAGES, Maturity

WORDS: dict[Maturity, str] = {
    "flash": "快报",
    "prelim": "初步",
    "revised": "修订",
    "final": "年报",
    "benchmark": "普查",
    "correction": "更正",
}

WORD = (
    "(?:"
    + "|".join(f"(?P<{m}>{w})" for m, w in WORDS.items())
    + r")(?:统计|核算|汇总|核实)?(?:数据|数字|资料|数|表|版)?"
)
# What a title ends in, or stands in it by itself: 2018年6月工业快报, 工业产销(初步数).
IN_TITLE = re.compile(rf".*?{WORD}")
# A note speaks of the whole table, not of a column or a month of it, and not of what will hold later (以年报为准).
IN_NOTE = re.compile(
    r"(?:本报?表|本[月期次]|表[中内列]|以上|上述|所[列报])?(?:各项|全部|所有|主要)?(?:指标)?(?:数据|数字|数)?"
    rf"(?:性质|状态)?(?:均|皆|暂|全部)?[为系属是:]?{WORD}"
)
NOTE_LABEL = re.compile(r"(?:注|备注|说明|附注)[\d:]*|[*※]+")
CLAUSES = re.compile(r"[。;,]|(?:^|(?<=[。;]))[(]?\d[).、]")


@dataclass(frozen=True)
class Statement:
    """What one place of a paper says of its figures, or a row of its own; `maturity` is None where it speaks of a flash in unclear
    words.
    """

    maturity: Maturity | None
    sheet: str
    cell: str
    text: str
    of_row: bool = False


def statements(sheet: Sheet, top: int) -> Iterator[Statement]:
    """What the lines above a table and the notes under it say; `top` is the first row of its headings, from 0."""
    for row in sheet.holding(tuple(WORDS.values())):
        texts = {c: fold(t) for c, v in enumerate(sheet.rows[row]) if (t := text_of(v))}
        line = " ".join(dict.fromkeys(texts.values()))
        note = is_footer(plain(line)) or is_footer(plain(next(iter(texts.values()), "")))
        if not (note or row < top) or not any(w in line for w in WORDS.values()):
            continue
        said = _in_note(plain(line)) if note else _in_title(line)
        cell = address(row, next(c for c, t in texts.items() if any(w in t for w in WORDS.values())))
        for maturity in said:
            yield Statement(maturity, sheet.name, cell, line[:80])
        if not said and WORDS["flash"] in line:
            yield Statement(None, sheet.name, cell, line[:80])


def _in_title(line: str) -> list[Maturity]:
    pieces = [plain(p) for p in re.split(r"[\s()〔〕\[\]【】]", line)]
    return [m for p in pieces if (match := IN_TITLE.fullmatch(p)) for m in _named(match)]


def _in_note(line: str) -> list[Maturity]:
    label = NOTE_LABEL.match(line)
    clauses = CLAUSES.split(line[label.end() :] if label else line)
    return [m for c in clauses if (match := IN_NOTE.fullmatch(c)) for m in _named(match)]


def _named(match: re.Match[str]) -> list[Maturity]:
    return [m for m in WORDS if match[m]]


def maturity_of(text: str) -> Maturity | None:
    """What a whole cell says of the figures beside it, as `快报数`; None when it says nothing known."""
    match = re.fullmatch(WORD, plain(text))
    return _named(match)[0] if match else None


def settle(feed: Feed, said: Sequence[Statement], file_name: str) -> tuple[Maturity, list[Finding]]:
    """The maturity of a delivery; what contradicts it: another statement (critical), the file's name, unclear words.

    A paper's lines may say revised of what is final; no two rows may say different things, since all are taken in as one.
    """
    clear = [s for s in said if s.maturity]
    stages = [s for s in clear if s.maturity in STAGES]
    stated = next(iter(stages or clear), None)
    maturity = (stated.maturity if stated else None) or feed.maturity
    taken = f"表内注明{MATURITIES[maturity]}" if stated else f"约定为{MATURITIES[maturity]}"
    findings: list[Finding] = []
    for alike in (stages, [s for s in clear if s.of_row]):
        if other := next((s for s in alike if s.maturity != alike[0].maturity), None):
            findings.append(_two_statements(alike[0], other))
            break
    named = next((m for m in STAGES if WORDS[m] in file_name), None)
    if named and named != maturity:
        findings.append(_name_disagrees(named, maturity, taken))
    if maturity != "flash":
        findings += [_unclear(s, maturity, taken) for s in said if s.maturity is None]
    return maturity, findings


def _two_statements(one: Statement, other: Statement) -> Finding:
    assert one.maturity
    assert other.maturity
    where = f"“{other.sheet}”{other.cell}" if other.sheet != one.sheet else other.cell
    return rules.finding(
        "maturity_disagrees",
        one.sheet,
        one.cell,
        found=f"{one.cell}注明{MATURITIES[one.maturity]}，{where}注明{MATURITIES[other.maturity]}",
    )


def _name_disagrees(named: Maturity, maturity: Maturity, taken: str) -> Finding:
    return rules.finding(
        "maturity_in_name",
        expected=taken,
        maturity=MATURITIES[maturity],
        named=MATURITIES[named],
        word=WORDS[named],
    )


def _unclear(said: Statement, maturity: Maturity, taken: str) -> Finding:
    return rules.finding(
        "maturity_unclear", said.sheet, said.cell, found=said.text, expected=taken, maturity=MATURITIES[maturity]
    )

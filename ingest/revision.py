"""Why a sender revises figures, as he writes it above or under his table: 修订说明：5月漏报一户."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from ingest.headings import text_of
from ingest.reading.sheet import Sheet

STATED = re.compile(r"(?:修订|更正)(?:说明|原因)\s*[:：]\s*(?P<reason>\S.*)")
SIGNS = ("修订", "更正")
# What the words of a reason say of its cause (domain.md 2.6); the first that is found counts.
WORDS = {
    "panel": r"口径|统计范围|名录|纳入|退出|新增.{0,6}企业|企业.{0,6}调整",
    "reclass": r"分类|行业代码|划入|划出|行业调整",
    "correction": r"差错|错误|有误|误报|误填|笔误|漏报|重报|更正",
    "scheduled": r"年报|定期|例行|核定|终核|初步核实",
}


@dataclass(frozen=True)
class RevisionReason:
    """A reason and the cause that its words tell: scheduled, correction, panel, reclass, else unknown."""

    cause: str
    reason: str


def stated_reason(sheets: Iterable[Sheet]) -> RevisionReason | None:
    """The first reason that the sheets state, from the rows in which the table was looked for; None where none does."""
    for sheet in sheets:
        for row in map(sheet.rows.__getitem__, sheet.holding(SIGNS)):
            for at, raw in enumerate(row):
                if not isinstance(raw, str) or raw.strip()[:2] not in SIGNS:
                    continue
                # The words may stand in the cell beside their heading.
                written = " ".join(t for value in row[at:] if (t := text_of(value)))
                if match := STATED.match(written):
                    reason = match["reason"].strip()[:1000]
                    cause = next((c for c, words in WORDS.items() if re.search(words, reason)), "unknown")
                    return RevisionReason(cause, reason)
    return None

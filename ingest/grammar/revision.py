"""Why a sender revises figures, as he writes it above or under his table: 修订说明：5月漏报一户, or among his notes."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from ingest.grammar.paperwork import is_footer
from ingest.grammar.text import plain, text_of
from ingest.reading.sheet import Sheet

SIGNS = ("修订", "更正")
STATED = re.compile(r"(?:修订|更正)(?:说明|原因)\s*[:：]\s*(?P<reason>\S.*)")
NUMBER = r"(?:[（(]?\d{1,2}[.．、)）]|[①-⑳])"
NUMBERED = re.compile(NUMBER)
# Where one thing that a note says ends and the next begins.
ITEMS = re.compile(rf"^(?:(?:注|备注|说明|附注)\d*\s*[:：]|[*※]+)|[。；;\n]|(?:^|(?<=[。；;:：\s])){NUMBER}")
# 因行业分类调整，上年同期数据修订; not what is not revised, or may yet be, nor where the reason is to be found.
BECAUSE = re.compile(
    r"(?P<reason>(?=.*(?:由于|(?<!原)因(?![此素而])|原因[是为]))(?:.*[，,])?"
    r"(?![^，,]*(?:[未不无待拟如若暂]|可能|将[于在予进作视])[^，,]*(?:修订|更正))"
    r"[^，,]*(?:修订|更正)(?!说明|原因).*)"
)
# What the words of a reason say of its cause (domain.md 2.6); the first that is found counts.
WORDS = {
    "panel": r"口径|统计范围|名录|纳入|退出|新增.{0,6}企业|企业.{0,6}调整",
    "reclass": r"分类|行业代码|划入|划出|行业调整",
    "correction": r"差错|错误|有误|误报|误填|笔误|漏报|重报",
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
            texts = [t for value in row if (t := text_of(value))]
            at = next((i for i, t in enumerate(texts) if is_footer(plain(t)) or _is_item(t)), None)
            if at is None:
                continue
            # The words may stand in the cell beside their heading.
            said = " ".join(texts[at:])
            items = [item.strip() for item in ITEMS.split(said)]
            if match := STATED.match(said) or next(
                (m for i in items if (m := STATED.match(i) or BECAUSE.match(i))), None
            ):
                return _reason(match["reason"].strip()[:1000])
    return None


def _is_item(text: str) -> bool:
    """Whether a cell goes on with a numbered note; the number of a row of data stands alone."""
    return NUMBERED.match(text) is not None and any(sign in text for sign in SIGNS)


def _reason(said: str) -> RevisionReason:
    told = next((cause for cause, words in WORDS.items() if re.search(words, said)), None)
    return RevisionReason(told or ("correction" if "更正" in said else "unknown"), said)

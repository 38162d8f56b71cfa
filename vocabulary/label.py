"""A label as it is looked up, so that the spellings of one name meet. In SQL: vocabulary.clean_label."""

import re
import unicodedata
from typing import Any

# What no reader sees (Unicode: Default_Ignorable_Code_Point), as the inside of a class of a regular expression. Controls of
# direction are none of these: they change what is seen.
INVISIBLE = (
    "\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200d\u2060-\u2065\u206a-\u206f\u3164\ufe00-\ufe0f"
    "\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
UNSEEN = re.compile(f"[{INVISIBLE}]")
# Controls, and those of direction: a text with them is not what it looks like.
DECEIVING = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
# Radicals that stand for whole characters in texts out of a PDF; NFKC makes plain those of Kangxi, but not these.
RADICALS = str.maketrans(
    "⺁⺄⺊⺎⺒⺓⺜⺝⺠⺩⺪⺬⻁⻄⻅⻆⻉⻋⻑⻓⻔⻗⻘⻙⻚⻛⻜⻝⻢⻣⻤⻥⻦⻧⻨⻩⻪⻬⻮⻰⻱",
    "厂乙卜兀巳幺日月民王疋示虎西见角贝车長长门雨青韦页风飞食马骨鬼鱼鸟卤麦黄黾齐齿龙龜",
)

# Every dash that people type for a minus or between two months, to the plain one.
DASHES = str.maketrans(dict.fromkeys("—–―─−‐‑‒﹣－", "-"))


def fold(text: str) -> str:
    """A text in plain characters (NFKC) and without invisible ones, its blanks kept: `（１３） 农副` is `(13) 农副`."""
    if text.isascii():
        return text
    return UNSEEN.sub("", unicodedata.normalize("NFKC", text)).translate(RADICALS)


def clean(label: str) -> str:
    """A label in plain characters without blanks: `（１３） 农副` is `(13)农副`."""
    return re.sub(r"\s", "", fold(label))


def legible(text: str) -> str:
    """A text as it is shown to a person: what would change how the rest is seen stands there by its number, `[U+202E]`."""
    return DECEIVING.sub(lambda sign: f"[U+{ord(sign[0]):04X}]", text)


def legible_on_pages(value: Any) -> Any:
    """The same for whatever a template prints; markup made by ourselves stays."""
    return legible(value) if type(value) is str else value

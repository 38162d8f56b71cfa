"""A day as people write it: `2018-06-30`, `2018/6/30`, `2018年6月30日`, `20180630`, with a midnight behind it or without."""

import re
from datetime import date

DAY = re.compile(
    r"((?:19|20)\d{2})(?:[-./年](\d{1,2})[-./月](\d{1,2})日?(?: ?0?0:00(?::00(?:\.0+)?)?)?|(\d{2})(\d{2}))"
)


def read_day(text: str) -> date | None:
    """The day that a whole text says; None where it says none, or one that no calendar has."""
    match = DAY.fullmatch(text)
    try:
        return date(*(int(part) for part in match.groups() if part)) if match else None
    except ValueError:
        return None

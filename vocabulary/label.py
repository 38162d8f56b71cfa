"""A label as it is looked up, so that the spellings of one name meet. In SQL: vocabulary.clean_label."""

import re
import unicodedata


def fold(text: str) -> str:
    """A text in plain characters (NFKC), its blanks kept: `（１３） 农副` is `(13) 农副`."""
    return unicodedata.normalize("NFKC", text)


def clean(label: str) -> str:
    """A label in plain characters without blanks: `（１３） 农副` is `(13)农副`."""
    return re.sub(r"\s", "", fold(label))

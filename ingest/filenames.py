"""Names of delivered files: as the sender reads them, and harmless wherever they are shown or used for a path."""

import os
import re
import unicodedata
from itertools import count
from pathlib import Path, PurePath

# What most file systems take, in bytes; a Chinese sign has three.
LONGEST = 255


def delivered_name(path: Path) -> str:
    """A file's name as text. Names that came as GBK bytes, as older Windows programs upload them, are read as such."""
    name = os.fsencode(path.name)
    for encoding in ("utf-8", "gb18030"):
        try:
            return plain_name(name.decode(encoding))
        except UnicodeDecodeError:
            continue
    return plain_name(name.decode("utf-8", "replace"))


def plain_name(name: str) -> str:
    """A name that stays in its folder, hides nothing and fits: no separators, control signs or turned text, no leading dot.

    Its suffix is kept where it has to be cut.
    """
    name = unicodedata.normalize("NFC", name)
    name = "".join("_" if c in "/\\" or unicodedata.category(c) in {"Cc", "Cf", "Cs", "Zl", "Zp"} else c for c in name)
    name = re.sub(r"^[.\s]+", "", name).rstrip() or "unnamed"
    suffix = PurePath(name).suffix if len(PurePath(name).suffix) <= 10 else ""
    room = LONGEST - len(suffix.encode())
    return name.removesuffix(suffix).encode()[:room].decode(errors="ignore") + suffix


def move_beside(file: Path, target: Path) -> Path:
    """Move a file to `target`, or to its name with a number before it where that is taken; return where it lies.

    The name is made first and moved onto then, since not every file system can move without replacing.
    """
    for n in count(1):
        place = target if n == 1 else target.with_name(plain_name(f"（{n}）{target.name}"))
        try:
            place.touch(exist_ok=False)
        except FileExistsError:
            continue
        return file.replace(place)
    raise AssertionError("there is always a further number")

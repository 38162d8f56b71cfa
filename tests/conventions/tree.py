"""The files of the checkout, as the convention tests walk them."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

from warehouse.settings import ROOT


def tracked(pattern: str) -> list[Path]:
    """Files of the checkout that git knows or would add."""
    out = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", pattern],
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
    )
    return [ROOT / p for p in out.stdout.split("\0") if p and (ROOT / p).is_file()]


def texts(pattern: str) -> Iterator[tuple[str, str]]:
    """Name in the checkout and text of each file that is text."""
    for path in tracked(pattern):
        try:
            yield str(path.relative_to(ROOT)), path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue

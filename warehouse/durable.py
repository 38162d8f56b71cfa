"""Files that are still there after the power has failed: what was written, and the name under which it lies."""

import os
from pathlib import Path


def keep(path: Path, content: bytes) -> None:
    """Write a file and see it onto the disk."""
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def settle(folder: Path) -> None:
    """See the names in a folder onto the disk."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def move(source: Path, target: Path) -> None:
    """Rename a file or folder, whose new folder is there, for good."""
    source.replace(target)
    for folder in {source.parent, target.parent, target.parent.parent}:
        settle(folder)

"""The drop folder as Airflow watches it: files that nobody writes to any more start the DAG of their feed.

An event says only that something lies there. The run looks again for itself, so an event too many does no harm, and
one that was lost (triggerer restarted, DAG paused) comes again as long as the file lies there.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from airflow.triggers.base import BaseEventTrigger, TriggerEvent

from ingest.filenames import delivered_name
from scheduling.drop import folders, settled

LOOK_EVERY_SECONDS = 2.0
REMIND_AFTER_SECONDS = 600.0


class DropTrigger(BaseEventTrigger):
    """Fires when files have come to rest in a feed's folders: at once for new ones, and again while they stay.

    `folder` is the one named by the code; those with words behind it are watched too.
    """

    def __init__(self, folder: str) -> None:
        super().__init__()
        self.folder = folder

    def serialize(self) -> tuple[str, dict[str, Any]]:
        return "scheduling.watch.DropTrigger", {"folder": self.folder}

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Look at the folder for ever. A folder that cannot be read is logged and looked at again."""
        told: set[tuple[str, int]] = set()
        told_at = 0.0
        while True:
            try:
                files = [p for f in folders(Path(self.folder)) for p in await asyncio.to_thread(settled, f)]
                seen = {(p.name, p.lstat().st_ctime_ns) for p in files}
            except OSError as e:
                self.log.warning("the drop folder cannot be read, trying again: %s", e)
                seen = told
            if seen - told or (seen and time.monotonic() - told_at > REMIND_AFTER_SECONDS):
                told_at = time.monotonic()
                yield TriggerEvent({"files": sorted(delivered_name(Path(name)) for name, _ in seen)})
            told = seen
            await asyncio.sleep(LOOK_EVERY_SECONDS)

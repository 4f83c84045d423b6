"""What the charts know, kept over restarts: written rarely, and at the agent's stop."""

import asyncio
import logging
from typing import Final

from agent.quality import Memories, PrintQuality
from agent.quality_file import QualityFile
from agent.store.writer import Run

log = logging.getLogger(__name__)

# A power cut costs so much of a slow drift's memory, and no level that was learned.
EVERY_S: Final = 300.0


class QualityKeeper:
    """Writes `quality` to `file` where it may block; `quality` itself stays on the
    loop. No fault of a disk ends it."""

    def __init__(self, quality: PrintQuality, file: QualityFile, keep: Run) -> None:
        self._quality = quality
        self._file = file
        self._keep = keep
        self._written: Memories = quality.memories()
        self._is_failing = False

    async def run(self) -> None:
        """Until cancelled, and once more then."""
        try:
            while True:
                await asyncio.sleep(EVERY_S)
                await self.write()
        finally:
            await self.write()

    async def write(self) -> bool:
        """Write what is known now, if it is news; False if the disk would not."""
        memories = self._quality.memories()
        if memories == self._written:
            return True
        try:
            await self._keep(lambda: self._file.save(memories))
        except (OSError, ValueError) as error:
            self._tell(error)
            return False
        self._written, self._is_failing = memories, False
        return True

    def _tell(self, error: Exception) -> None:
        if not self._is_failing:
            log.warning("%s cannot be written: %s", self._file.path, error)
        self._is_failing = True

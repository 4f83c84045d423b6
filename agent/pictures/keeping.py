"""From durable rejects to files: on the loop only what costs nothing."""

import asyncio
import logging
from collections.abc import Callable
from typing import Final

from agent.clock import WallClock
from agent.domain.facts import Fact, ItemJudged
from agent.eye.look import Look
from agent.pictures.kept import KeptPicture, is_id
from agent.pictures.shelf import Shelf
from agent.pictures.shots import Shot, Shots
from agent.pictures.small import small_pgm
from agent.store.writer import Run
from agent.vision.region import Image
from drivers.cameras.frame import Frame

log = logging.getLogger(__name__)

# Pictures that wait to be written. A row of rejects fills it within a second, and
# the first and the last of a row tell as much as all.
WAITING: Final = 8


class RejectPictures:
    """Keeps the pictures of rejects. `run` writes; `seen` and `take` only remember.

    `dropped` counts rejects whose picture was not kept: too many at once, no room on
    the disk, or a fault, which `fault` then tells.
    """

    def __init__(
        self, shelf: Shelf, *, keep: Run, wall_ms: WallClock, most_per_s: float
    ) -> None:
        self._shelf = shelf
        self._keep = keep
        self._wall_ms = wall_ms
        self._gap_s = 1 / most_per_s
        self._shots = Shots()
        self._waiting: asyncio.Queue[tuple[KeptPicture, Image]] = asyncio.Queue(WAITING)
        self.dropped = 0
        self.fault = ""

    @property
    def kept(self) -> tuple[KeptPicture, ...]:
        """What is on disk, oldest first."""
        return self._shelf.kept

    @property
    def size(self) -> int:
        """Its bytes."""
        return self._shelf.size

    def seen(self, frame: Frame, look: Look) -> None:
        """A picture was looked at; its item will be judged."""
        self._shots.add(frame, look)

    def take(self, fact: Fact) -> None:
        """One durable fact. The picture of a reject is put in line to be written."""
        if not isinstance(fact, ItemJudged):
            return
        now_s = asyncio.get_running_loop().time()
        shot = self._shots.take(fact.item.number, now_s)
        if fact.passed or shot is None:
            return
        try:
            self._waiting.put_nowait((self._picture(fact, shot), shot.image))
        except asyncio.QueueFull:
            self.dropped += 1

    def _picture(self, fact: ItemJudged, shot: Shot) -> KeptPicture:
        look = shot.look
        code = look.code or next(iter(look.result.codes), None)
        return KeptPicture(
            at_ms=self._wall_ms(),
            order=fact.order,
            boot=fact.item.boot,
            item=fact.item.number,
            reason=str(fact.reason),
            read=fact.read,
            code_known=fact.code is not None,
            symbology="" if code is None else code.symbology.value,
            grade=None if look.grade is None else look.grade.grade,
            notes=look.notes,
        )

    async def run(self) -> None:
        """Until cancelled. No fault of a disk ends it."""
        is_open = await self._opened()
        while True:
            picture, image = await self._waiting.get()
            is_open = is_open or await self._opened()
            if not (is_open and await self._put(picture, image)):
                self.dropped += 1
            await asyncio.sleep(self._gap_s)

    async def _put(self, picture: KeptPicture, image: Image) -> bool:
        try:
            kept = await self._keep(lambda: self._shelf.put(picture, image))
        except (OSError, ValueError) as error:
            self._tell(f"{picture.id}: {error}")
            return False
        self.fault = ""
        return kept

    async def _opened(self) -> bool:
        try:
            await self._keep(self._shelf.open)
        except OSError as error:
            self._tell(f"{self._shelf.folder}: {error}")
            return False
        return True

    def _tell(self, fault: str) -> None:
        if not self.fault:
            log.warning("pictures of rejects cannot be kept: %s", fault)
        self.fault = fault

    async def file(self, picture: str) -> bytes | None:
        """The PNG file of a kept picture; None if there is none of that name."""
        return await self._read(picture, lambda data: data)

    async def small(self, picture: str) -> bytes | None:
        """The same small and grey (PGM), for a screen of characters."""
        return await self._read(picture, small_pgm)

    async def _read(
        self, picture: str, shown: Callable[[bytes], bytes | None]
    ) -> bytes | None:
        if not is_id(picture):
            return None
        path = self._shelf.path(picture)
        try:
            return await self._keep(lambda: shown(path.read_bytes()))
        except FileNotFoundError:
            return None

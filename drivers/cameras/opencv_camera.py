"""A camera that puts pictures into a folder, the item number in the file name.

Smart cameras (Cognex In-Sight, Keyence) upload each picture by FTP under a name with
the inspection number; any camera program can write the same. A picture is complete
when its name matches: the writer uses another name first and renames.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from drivers.around import Around
from drivers.base import Camera, DeviceStatus, Identity, LinkState
from drivers.cameras.frame import BadFrame, Frame
from drivers.cameras.kept import KeptPictures
from drivers.cameras.opencv_settings import OpenCVCameraSettings
from drivers.cameras.pairs import Pairs
from drivers.cameras.picture_files import PictureFiles, compiled, delete
from drivers.errors import LinkDown
from drivers.latency import LatencyTable
from drivers.readings import Category, Reading, ReadingBoard
from drivers.wiretap import WireTap

log = logging.getLogger(__name__)

T = TypeVar("T")

# `item_0000123.bmp`, `L1-123.png`, `123.pgm`
DEFAULT_PATTERN: Final = (
    r"(?:[\w-]*[_-])?(?P<item>[0-9]{1,10})\.(?:bmp|pgm|png|jpg|jpeg|tif|tiff)"
)
KEPT_FOLDER: Final = "kept"
# Three seconds of a fast line: whatever waits longer is too late for its gate.
BACKLOG: Final = 64


@dataclass(slots=True)
class CameraCounts:
    """Since the start. `stale` lay in the folder when it was opened; `dropped` were
    pushed out by newer ones because more than 64 waited; `bad` could not be read.
    `second_taken` second exposures went with their first, `second_missing` firsts went
    alone, `second_alone` came without a first, or too late for it."""

    pictures: int = 0
    bad: int = 0
    dropped: int = 0
    stale: int = 0
    second_taken: int = 0
    second_missing: int = 0
    second_alone: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Waiting:
    item: int
    path: Path
    seen_at_s: float


class OpenCvFolderCamera:
    """Takes pictures out of `folder`, lowest item number first as they arrive.

    Implements `base.Diagnosable`: nothing goes over a wire, so its tap stays empty, and
    nothing is asked, so there are no latencies; a folder has no identity.

    `pattern` must match a whole file name and have a group `item` (decimal digits).
    Taken pictures move to the subfolder `kept`, of which the last `keep` stay; all
    others are deleted. Pictures found on opening are deleted too: item numbers may
    have begun again, and an old picture must not speak for a new item.

    A name that matches `second_pattern` is the second, shorter exposed picture of its
    item: it goes with the first, which waits `second_wait_s` for it at most.

    `clock` gives monotonic seconds (default: the event loop's), `sleep` waits between
    looks; files are read on `executor` (default: the loop's threads).
    """

    def __init__(
        self,
        name: str,
        *,
        folder: Path,
        pattern: str = DEFAULT_PATTERN,
        poll_s: float = 0.005,
        keep: int = 200,
        second_pattern: str = "",
        second_wait_s: float = 0.05,
        clock: Callable[[], float] | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        executor: Executor | None = None,
    ) -> None:
        """`MisuseError` if a pattern is no regular expression with a group `item`."""
        self.name = name
        self.counts = CameraCounts()
        self._folder = folder
        second = compiled(name, second_pattern) if second_pattern else None
        self._pairs = None if second is None else Pairs(second_wait_s)
        self._poll_s = poll_s
        kept = KeptPictures(folder / KEPT_FOLDER, keep)
        self._disk = PictureFiles(folder, kept, compiled(name, pattern), second)
        self._clock = clock
        self._sleep = sleep
        self._executor = executor
        self._waiting: deque[_Waiting] = deque()
        self._state = LinkState.DOWN
        self._since_s = 0.0
        self._detail = "not opened yet"
        self._files = asyncio.Lock()
        self.tap = WireTap(name)
        self.latency = LatencyTable()
        self.identity: Identity | None = None
        self._board = ReadingBoard()
        self._show_counts()

    def _show_counts(self) -> None:
        counts, live = self.counts, self._board.live
        live("pictures", lambda: counts.pictures, category=Category.PRIMARY)
        live("bad", lambda: counts.bad, category=Category.PRIMARY)
        live("dropped", lambda: counts.dropped)
        live("stale", lambda: counts.stale)
        live("waiting", lambda: len(self._waiting))
        if self._pairs is not None:
            live("second_taken", lambda: counts.second_taken)
            live(
                "second_missing",
                lambda: counts.second_missing,
                category=Category.PRIMARY,
            )
            live("second_alone", lambda: counts.second_alone)

    def readings(self) -> Sequence[Reading]:
        """Its counts since the start, and how many pictures wait."""
        return self._board.all()

    @property
    def dropped(self) -> int:
        """Pictures given up because newer ones came faster than they were taken."""
        return self.counts.dropped

    def status(self) -> DeviceStatus:
        """Whether the folder is there, since when, and why not."""
        return DeviceStatus(
            device=self.name,
            link=self._state,
            since_s=self._since_s,
            detail=self._detail,
        )

    async def run(self) -> None:
        """Keep the folder open, and no fuller than allowed, until cancelled."""
        try:
            while True:
                try:
                    await (self._look() if self._is_ready else self.open())
                except LinkDown as error:
                    log.warning("%s", error)
                await self._sleep(1.0)
        finally:
            await self.close()

    async def open(self) -> None:
        """Start with an empty folder. Raises `LinkDown` if it is not there."""
        async with self._files:
            self._forget()
            self.counts.stale += await self._on_disk(self._disk.clear)
            self._move(LinkState.READY, str(self._folder))

    async def close(self) -> None:
        """Stop taking pictures; those waiting are forgotten."""
        self._forget()
        self._move(LinkState.CLOSED, "closed")

    async def frame(self) -> Frame | BadFrame:
        """Wait for the next picture.

        Raises `LinkDown` when the folder is not open or vanished; `open` (or `run`)
        brings it back. A picture that cannot be read comes as a `BadFrame`.
        """
        while True:
            if not self._is_ready:
                raise LinkDown(self.name, f"not open ({self._detail})")
            if self._due() is None:
                await self._look()
            picture = await self._take()
            if picture is not None:
                return picture
            await self._sleep(self._poll_s)

    @property
    def _is_ready(self) -> bool:
        return self._state is LinkState.READY

    async def _look(self) -> None:
        """Put what has arrived in line, and drop what has waited too long."""
        async with self._files:
            found = await self._on_disk(self._disk.scan)
            known = {waiting.path for waiting in self._waiting}
            now_s = self._now_s()
            await self._pair(found.seconds, now_s)
            new = [
                _Waiting(item=item, path=path, seen_at_s=now_s)
                for item, path in found.firsts
                if path not in known
            ]
            if not new:
                return
            line = sorted([*self._waiting, *new], key=lambda waiting: waiting.item)
            late, self._waiting = line[:-BACKLOG], deque(line[-BACKLOG:])
            if late:
                self.counts.dropped += len(late)
                log.warning("%s: %d pictures dropped unread", self.name, len(late))
                await self._on_disk(lambda: delete([each.path for each in late]))

    async def _pair(self, seconds: list[tuple[int, Path]], now_s: float) -> None:
        """Put second pictures beside, and away what has waited too long there."""
        if self._pairs is None:
            return
        self._pairs.add(seconds, now_s)
        alone = self._pairs.expired(now_s)
        if alone:
            self.counts.second_alone += len(alone)
            log.warning("%s: %d second pictures without a first", self.name, len(alone))
            await self._on_disk(lambda: delete(alone))

    def _due(self) -> _Waiting | None:
        """The next picture whose turn it is."""
        if self._pairs is None:
            return self._waiting[0] if self._waiting else None
        now_s = self._now_s()
        for each in self._waiting:
            if self._pairs.is_due(each.item, each.seen_at_s, now_s):
                return each
        return None

    async def _take(self) -> Frame | BadFrame | None:
        async with self._files:
            waiting = self._due()
            if waiting is None:
                return None
            self._waiting.remove(waiting)
            image = await self._on_disk(lambda: self._disk.read(waiting.path))
            second = await self._take_second(waiting.item)
        self.counts.pictures += 1
        if isinstance(image, str):
            self.counts.bad += 1
            log.warning("%s: picture of item %d: %s", self.name, waiting.item, image)
            return BadFrame(item=waiting.item, reason=image)
        return Frame(
            item=waiting.item,
            image=image,
            captured_at_s=waiting.seen_at_s,
            second=second,
        )

    async def _take_second(self, item: int) -> NDArray[np.uint8] | None:
        if self._pairs is None:
            return None
        path, image = self._pairs.take(item), None
        if path is not None:
            image = await self._on_disk(lambda: self._disk.read(path))
        if isinstance(image, np.ndarray):
            self.counts.second_taken += 1
            return image
        self.counts.second_missing += 1
        why = image or "it did not come in time"
        log.warning("%s: second picture of item %d: %s", self.name, item, why)
        return None

    def _forget(self) -> None:
        self._waiting.clear()
        if self._pairs is not None:
            self._pairs.clear()

    async def _on_disk(self, work: Callable[[], T]) -> T:
        """`work` on a thread; a folder that fails takes the camera down."""
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._executor, work)
        except OSError as error:
            self._forget()
            reason = f"picture folder {self._folder}: {error.strerror or error}"
            self._move(LinkState.DOWN, reason)
            raise LinkDown(self.name, reason) from error

    def _move(self, state: LinkState, detail: str) -> None:
        if state is not self._state:
            self._since_s = self._now_s()
        self._state = state
        self._detail = detail

    def _now_s(self) -> float:
        if self._clock is not None:
            return self._clock()
        return asyncio.get_running_loop().time()


def from_settings(name: str, settings: OpenCVCameraSettings, _around: Around) -> Camera:
    """The camera that `settings` describe."""
    return OpenCvFolderCamera(
        name,
        folder=settings.folder,
        pattern=settings.pattern or DEFAULT_PATTERN,
        poll_s=settings.poll_ms / 1000,
        keep=settings.keep,
        second_pattern=settings.second_pattern,
        second_wait_s=settings.second_wait_ms / 1000,
    )

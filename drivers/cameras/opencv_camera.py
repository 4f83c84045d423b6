"""A camera that puts pictures into a folder, the item number in the file name.

Smart cameras (Cognex In-Sight, Keyence) upload each picture by FTP under a name with
the inspection number; any camera program can write the same. A picture is complete
when its name matches: the writer uses another name first and renames.
"""

import asyncio
import logging
import os
import re
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from drivers.around import Around
from drivers.base import Camera, DeviceStatus, Identity, LinkState
from drivers.cameras.frame import BadFrame, Frame
from drivers.cameras.kept import KeptPictures
from drivers.cameras.opencv_settings import OpenCVCameraSettings
from drivers.errors import LinkDown, MisuseError
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
    pushed out by newer ones because more than 64 waited; `bad` could not be read."""

    pictures: int = 0
    bad: int = 0
    dropped: int = 0
    stale: int = 0


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
        clock: Callable[[], float] | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        executor: Executor | None = None,
    ) -> None:
        """`MisuseError` if `pattern` is no regular expression with a group `item`."""
        self.name = name
        self.counts = CameraCounts()
        self._folder = folder
        self._pattern = _compiled(name, pattern)
        self._poll_s = poll_s
        self._kept = KeptPictures(folder / KEPT_FOLDER, keep)
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
            self._waiting.clear()
            self.counts.stale += await self._on_disk(self._clear)
            self._move(LinkState.READY, str(self._folder))

    async def close(self) -> None:
        """Stop taking pictures; those waiting are forgotten."""
        self._waiting.clear()
        self._move(LinkState.CLOSED, "closed")

    async def frame(self) -> Frame | BadFrame:
        """Wait for the next picture.

        Raises `LinkDown` when the folder is not open or vanished; `open` (or `run`)
        brings it back. A picture that cannot be read comes as a `BadFrame`.
        """
        while True:
            if not self._is_ready:
                raise LinkDown(self.name, f"not open ({self._detail})")
            if not self._waiting:
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
            found = await self._on_disk(self._scan)
            known = {waiting.path for waiting in self._waiting}
            now_s = self._now_s()
            new = [
                _Waiting(item=item, path=path, seen_at_s=now_s)
                for item, path in found
                if path not in known
            ]
            if not new:
                return
            line = sorted([*self._waiting, *new], key=lambda waiting: waiting.item)
            late, self._waiting = line[:-BACKLOG], deque(line[-BACKLOG:])
            if late:
                self.counts.dropped += len(late)
                log.warning("%s: %d pictures dropped unread", self.name, len(late))
                await self._on_disk(lambda: _delete([each.path for each in late]))

    async def _take(self) -> Frame | BadFrame | None:
        async with self._files:
            if not self._waiting:
                return None
            waiting = self._waiting.popleft()
            image = await self._on_disk(lambda: self._read(waiting.path))
        self.counts.pictures += 1
        if isinstance(image, str):
            self.counts.bad += 1
            log.warning("%s: picture of item %d: %s", self.name, waiting.item, image)
            return BadFrame(item=waiting.item, reason=image)
        return Frame(item=waiting.item, image=image, captured_at_s=waiting.seen_at_s)

    async def _on_disk(self, work: Callable[[], T]) -> T:
        """`work` on a thread; a folder that fails takes the camera down."""
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._executor, work)
        except OSError as error:
            self._waiting.clear()
            reason = f"picture folder {self._folder}: {error.strerror or error}"
            self._move(LinkState.DOWN, reason)
            raise LinkDown(self.name, reason) from error

    def _clear(self) -> int:
        stale = [path for _, path in self._scan()]
        _delete(stale)
        self._kept.open()
        return len(stale)

    def _scan(self) -> list[tuple[int, Path]]:
        """Complete pictures in the folder with their items."""
        with os.scandir(self._folder) as entries:
            named = [(self._pattern.fullmatch(each.name), each) for each in entries]
            return [
                (int(match["item"]), Path(each.path))
                for match, each in named
                if match and (match["item"] or "").isdecimal() and each.is_file()
            ]

    def _read(self, path: Path) -> NDArray[np.uint8] | str:
        """The picture, or in words why there is none."""
        try:
            data = np.fromfile(path, dtype=np.uint8)
        except FileNotFoundError:
            self._folder.stat()  # raises if it is the folder that is gone
            return "the file vanished before it was read"
        self._kept.take(path)
        if data.size == 0:
            return "the file is empty"
        image = cv2.imdecode(data, cv2.IMREAD_GRAYSCALE)
        if image is None:
            return f"{data.size} bytes are no complete picture"
        return np.asarray(image, dtype=np.uint8)

    def _move(self, state: LinkState, detail: str) -> None:
        if state is not self._state:
            self._since_s = self._now_s()
        self._state = state
        self._detail = detail

    def _now_s(self) -> float:
        if self._clock is not None:
            return self._clock()
        return asyncio.get_running_loop().time()


def _compiled(name: str, pattern: str) -> re.Pattern[str]:
    try:
        compiled = re.compile(pattern)
    except re.error as error:
        raise MisuseError(name, f"pattern {pattern!r}: {error}") from None
    if "item" not in compiled.groupindex:
        raise MisuseError(
            name, f"pattern {pattern!r} has no group (?P<item>[0-9]+) for the item"
        )
    return compiled


def _delete(paths: list[Path]) -> None:
    for path in paths:
        path.unlink(missing_ok=True)


def from_settings(name: str, settings: OpenCVCameraSettings, _around: Around) -> Camera:
    """The camera that `settings` describe."""
    return OpenCvFolderCamera(
        name,
        folder=settings.folder,
        pattern=settings.pattern or DEFAULT_PATTERN,
        poll_s=settings.poll_ms / 1000,
        keep=settings.keep,
    )

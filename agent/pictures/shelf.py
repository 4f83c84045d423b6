"""The folder of kept pictures: a file each, the oldest out first."""

import logging
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2

from agent.pictures.kept import SUFFIX, KeptPicture, from_json
from agent.pictures.png_text import END_BYTES, HEAD_BYTES, is_whole, text_in, with_text
from agent.vision.region import Image

log = logging.getLogger(__name__)

FOLDER_NAME: Final = "pictures"
PART: Final = ".part"
# The store warns from here on; what is left belongs to the books, not to pictures.
LEAST_FREE_SHARE: Final = 0.20
# Run lengths alone: a third of the time of level 1, for files no larger: a camera's
# noise does not repeat itself.
_PNG: Final = (cv2.IMWRITE_PNG_STRATEGY, cv2.IMWRITE_PNG_STRATEGY_RLE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """At most so many pictures, and so many bytes."""

    pictures: int
    size: int


class Shelf:
    """Blocking: belongs to one thread. `kept` may be looked at from any.

    A file is written under another name and renamed, so that a name is a whole
    picture; what a power cut left torn is thrown away by `open`. Nothing is synced: a
    picture is no fact, and the disk has verdicts to write.
    """

    def __init__(
        self, folder: Path, quota: Quota, free_share: Callable[[Path], float]
    ) -> None:
        self.folder = folder
        self._quota = quota
        self._free_share = free_share
        self._sizes: dict[str, int] = {}
        self.kept: tuple[KeptPicture, ...] = ()

    @property
    def size(self) -> int:
        """Bytes of all pictures."""
        return sum(self._sizes.copy().values())

    def open(self) -> None:
        """Find what former lives kept. OSError if the folder cannot be used."""
        self.folder.mkdir(exist_ok=True)
        found = []
        for path in sorted(self.folder.iterdir()):
            if path.suffix == PART:
                path.unlink(missing_ok=True)
            elif path.suffix == SUFFIX:
                try:
                    picture = read_picture(path)
                except ValueError as error:
                    log.warning("picture %s thrown away: %s", path.name, error)
                    path.unlink(missing_ok=True)
                    continue
                found.append(picture)
                self._sizes[picture.id] = path.stat().st_size
        self.kept = tuple(found)
        self._make_room(0)

    def put(self, picture: KeptPicture, image: Image) -> bool:
        """Keep one; False where the disk has no room to spare for it.

        OSError by the disk, ValueError for what cannot be written as a picture.
        """
        if self._free_share(self.folder) < LEAST_FREE_SHARE:
            return False
        data = with_text(_png(image), picture.as_json())
        if len(data) > self._quota.size:
            return False
        self._make_room(len(data), pictures=1)
        part = self.folder / (picture.id + PART)
        try:
            part.write_bytes(data)
            part.replace(self.path(picture.id))
        except OSError:
            part.unlink(missing_ok=True)
            raise
        self._sizes[picture.id] = len(data)
        self.kept = (*(each for each in self.kept if each.id != picture.id), picture)
        return True

    def path(self, picture: str) -> Path:
        """Where a picture lies."""
        return self.folder / (picture + SUFFIX)

    def _make_room(self, size: int, pictures: int = 0) -> None:
        kept = list(self.kept)
        total = self.size
        while kept and (
            len(kept) + pictures > self._quota.pictures
            or total + size > self._quota.size
        ):
            oldest = kept.pop(0)
            self.path(oldest.id).unlink(missing_ok=True)
            total -= self._sizes.pop(oldest.id, 0)
        self.kept = tuple(kept)


def _png(image: Image) -> bytes:
    try:
        _, encoded = cv2.imencode(SUFFIX, image, _PNG)
    except cv2.error as error:
        raise ValueError(f"a picture of shape {image.shape}: {error}") from None
    return encoded.tobytes()


def read_picture(path: Path) -> KeptPicture:
    """What a file says of itself; ValueError if it is torn or not ours."""
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
        file.seek(-min(END_BYTES, file.seek(0, os.SEEK_END)), os.SEEK_END)
        if not is_whole(head, file.read()):
            raise ValueError("it is not whole")
    picture = from_json(text_in(head))
    if picture.id != path.stem:
        raise ValueError(f"it says it is {picture.id}")
    return picture

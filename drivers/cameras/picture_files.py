"""Picture files in a folder, the item number in their names. Blocking calls."""

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from drivers.cameras.kept import KeptPictures
from drivers.errors import MisuseError


@dataclass(frozen=True, slots=True)
class Found:
    """Item and file of what lies in the folder; `seconds` are second exposures."""

    firsts: list[tuple[int, Path]] = field(default_factory=list)
    seconds: list[tuple[int, Path]] = field(default_factory=list)


class PictureFiles:
    """Complete pictures: their whole names match `pattern`, or first `second`.

    All but `read` may raise OSError; `read` does when it is the folder that is gone.
    """

    def __init__(
        self,
        folder: Path,
        kept: KeptPictures,
        pattern: re.Pattern[str],
        second: re.Pattern[str] | None,
    ) -> None:
        self._folder = folder
        self._kept = kept
        self._pattern = pattern
        self._second = second

    def clear(self) -> int:
        """Takes up what was kept, and deletes what lies there: how many."""
        found = self.scan()
        stale = [path for _, path in (*found.firsts, *found.seconds)]
        delete(stale)
        self._kept.open()
        return len(stale)

    def scan(self) -> Found:
        """Complete pictures in the folder."""
        found = Found()
        with os.scandir(self._folder) as entries:
            for each in entries:
                match, into = self._pattern.fullmatch(each.name), found.firsts
                if self._second and (second := self._second.fullmatch(each.name)):
                    match, into = second, found.seconds
                if match and (match["item"] or "").isdecimal() and each.is_file():
                    into.append((int(match["item"]), Path(each.path)))
        return found

    def read(self, path: Path) -> NDArray[np.uint8] | str:
        """The picture, or in words why there is none; the file goes to the kept."""
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


def delete(paths: Iterable[Path]) -> None:
    """Away with them, if they are still there."""
    for path in paths:
        path.unlink(missing_ok=True)


def compiled(name: str, pattern: str) -> re.Pattern[str]:
    """`MisuseError` of the device `name` unless it has a group `item`."""
    try:
        made = re.compile(pattern)
    except re.error as error:
        raise MisuseError(name, f"pattern {pattern!r}: {error}") from None
    if "item" not in made.groupindex:
        raise MisuseError(
            name, f"pattern {pattern!r} has no group (?P<item>[0-9]+) for the item"
        )
    return made

"""The wire face of the simulated camera: picture files in a folder."""

from pathlib import Path
from typing import Literal

import cv2

from simulators.cameras.rendered import Image


class FolderCamera:
    """Writes pictures as a smart camera uploads them: another name first, then renamed.

    `folder` must exist. PGM costs least to write and read; BMP is what most cameras
    send. Blocking: about 1 ms a picture of 640 × 480.
    """

    def __init__(self, folder: Path, kind: Literal["pgm", "bmp"] = "pgm") -> None:
        self._folder = folder
        self._kind = kind

    def shoot(self, item: int, image: Image) -> Path:
        """Delivers the picture of `item`; the path it now has. OSError if it cannot."""
        done, encoded = cv2.imencode(f".{self._kind}", image)
        if not done:
            raise OSError(f"picture of item {item} cannot be written as {self._kind}")
        path = self._folder / f"item_{item:010d}.{self._kind}"
        part = path.with_suffix(f".{self._kind}.part")
        part.write_bytes(encoded.tobytes())
        return part.replace(path)

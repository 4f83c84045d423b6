"""The wire face of the simulated camera: picture files in a folder."""

from pathlib import Path
from typing import Final, Literal

import cv2

from simulators.cameras.rendered import Image

# What settings say of the names of second pictures.
SECOND: Final = r"item_(?P<item>[0-9]{10})_short\.(?:pgm|bmp)"


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
        return self._write(f"item_{item:010d}", image)

    def shoot_second(self, item: int, image: Image) -> Path:
        """The second, shorter exposure of `item`; `SECOND` matches its name."""
        return self._write(f"item_{item:010d}_short", image)

    def _write(self, name: str, image: Image) -> Path:
        done, encoded = cv2.imencode(f".{self._kind}", image)
        if not done:
            raise OSError(f"picture {name} cannot be written as {self._kind}")
        path = self._folder / f"{name}.{self._kind}"
        part = path.with_suffix(f".{self._kind}.part")
        part.write_bytes(encoded.tobytes())
        return part.replace(path)

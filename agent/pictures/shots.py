"""Pictures whose items wait for their verdict."""

from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

from agent.eye.look import Look
from agent.vision.region import Image
from drivers.cameras.frame import Frame

# More than ever stand between camera and verdict; and no more memory than that.
MOST: Final = 64
MOST_BYTES: Final = 64 * 1024 * 1024
# A verdict comes within the belt's time from camera to gate. An older picture belongs
# to an item of the same number before the PLC restarted.
MOST_AGE_S: Final = 30.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Shot:
    """A picture and what was seen in it. The pixels are the camera's, not a copy."""

    image: Image
    look: Look
    at_s: float


class Shots:
    """By item number, the oldest out first."""

    def __init__(self) -> None:
        self._shots: OrderedDict[int, Shot] = OrderedDict()
        self._size = 0

    def add(self, frame: Frame, look: Look) -> None:
        """Remember a picture until its item is judged."""
        self._drop(frame.item)
        self._shots[frame.item] = Shot(
            image=frame.image, look=look, at_s=frame.captured_at_s
        )
        self._size += frame.image.nbytes
        while len(self._shots) > MOST or (
            self._size > MOST_BYTES and len(self._shots) > 1
        ):
            self._drop(next(iter(self._shots)))

    def take(self, item: int, now_s: float) -> Shot | None:
        """The picture of an item that was judged now; it is forgotten here."""
        shot = self._drop(item)
        if shot is None or now_s - shot.at_s > MOST_AGE_S:
            return None
        return shot

    def _drop(self, item: int) -> Shot | None:
        shot = self._shots.pop(item, None)
        if shot is not None:
            self._size -= shot.image.nbytes
        return shot

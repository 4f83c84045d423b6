"""A second, shorter exposure of the same item, where glare burnt out the first."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from pypylon import pylon  # type: ignore[import-untyped]

from drivers.cameras.exposures import Exposure, Exposures

BURNT: Final = 250
# Fewer burnt pixels hide no module, and a sensor has some that are always white.
BURNT_PIXELS: Final = 64
# How often it is looked whether the second is here, or another item due.
TURN_S: Final = 0.001
# What is kept of an item's time to hand over its picture.
HAND_OVER_S: Final = 0.005


@dataclass(slots=True)
class SecondCounts:
    """Since the start: items whose second picture came, and those whose did not."""

    taken: int = 0
    missing: int = 0


@dataclass(slots=True)
class SecondExposure:
    """Takes it within `wait_s`, in time for this item and for the next.

    `exposure` is the camera's exposure time, in µs; it is `first_us` again after
    `give_back`, which is to be called before the next item. `is_adrift`: a picture may
    still come, so the camera must stop and start before it is triggered again.
    """

    exposure: Any
    first_us: int
    second_us: int
    wait_s: float
    exposures: Exposures
    counts: SecondCounts
    copied: Callable[[Any], NDArray[np.uint8] | str]
    clock: Callable[[], float] = time.monotonic
    pause: Callable[[float], None] = time.sleep
    is_adrift: bool = False
    _is_short: bool = False
    _took_s: float = 0.0

    def of(
        self, camera: Any, mine: Exposure, first: NDArray[np.uint8] | str
    ) -> NDArray[np.uint8] | None:
        """The second picture of `mine`; None if none is needed, or none came."""
        if isinstance(first, str) or not _is_burnt(first):
            return None
        end_s = min(self.clock() + self.wait_s, mine.until_s - HAND_OVER_S)
        picture = self._taken(camera, end_s)
        if picture is None:
            self.counts.missing += 1
        else:
            self.counts.taken += 1
        return picture

    def give_back(self) -> None:
        """The exposure of first pictures again."""
        if self._is_short:
            self.exposure.Value = self.first_us
            self._is_short = False

    def _taken(self, camera: Any, end_s: float) -> NDArray[np.uint8] | None:
        self._is_short = True
        self.exposure.Value = self.second_us
        # As long as the last one took: less would leave it adrift.
        if not self._is_ready(camera, end_s) or self._left_s(end_s) <= self._took_s:
            return None
        began_s = self.clock()
        camera.TriggerSoftware.Execute()
        self.is_adrift = True
        while self._left_s(end_s) > 0:
            # Not by pylon's own waiting: it sends SIGALRM to the program for each wait
            # that is in vain, and here most would be.
            result = camera.RetrieveResult(0, pylon.TimeoutHandling_Return)
            if result.IsValid():
                self._took_s = self.clock() - began_s
                return self._whole(result)
            self.pause(TURN_S)
        return None

    def _whole(self, result: Any) -> NDArray[np.uint8] | None:
        self.is_adrift = False
        try:
            picture = self.copied(result)
        finally:
            result.Release()
        return None if isinstance(picture, str) else picture

    def _is_ready(self, camera: Any, end_s: float) -> bool:
        if not camera.CanWaitForFrameTriggerReady():
            return True
        wait_ms = max(0, int(self._left_s(end_s) * 1000))
        return bool(
            camera.WaitForFrameTriggerReady(wait_ms, pylon.TimeoutHandling_Return)
        )

    def _left_s(self, end_s: float) -> float:
        """What is left of the time for this picture."""
        next_s = self.exposures.next_due_s()
        return (end_s if next_s is None else min(end_s, next_s)) - self.clock()


def _is_burnt(picture: NDArray[np.uint8]) -> bool:
    return int(np.count_nonzero(picture >= BURNT)) >= BURNT_PIXELS

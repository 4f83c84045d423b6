"""A Basler camera that takes the picture of an item when it is told to."""

import random
import time
from collections.abc import Callable

from drivers.around import Around
from drivers.base import Camera
from drivers.cameras.exposing import ExposingCamera
from drivers.cameras.pylon_camera.device import PylonCapture, PylonCounts
from drivers.cameras.pylon_camera.settings import PylonCameraSettings
from drivers.link import Backoff
from drivers.readings import Category


class PylonCamera(ExposingCamera):
    """Implements `base.Camera` and `base.Exposed` for Basler GigE, USB3 and CXP."""

    def __init__(
        self,
        name: str,
        settings: PylonCameraSettings,
        *,
        rng: random.Random,
        clock: Callable[[], float] = time.monotonic,
        backoff: Backoff | None = None,
    ) -> None:
        self.pylon = counts = PylonCounts()
        super().__init__(
            name,
            lambda exposures: PylonCapture(
                name, settings, exposures, counts, clock=clock
            ),
            delay_s=settings.delay_ms / 1000,
            timeout_s=settings.timeout_ms / 1000,
            expected=settings.identity,
            rng=rng,
            clock=clock,
            backoff=backoff,
        )
        self.board.live("busy", lambda: counts.busy)
        self.board.live("broken", lambda: counts.broken)
        self.board.live("silent", lambda: counts.silent)
        self.board.live("unasked", lambda: counts.unasked)
        if settings.second_exposure_us is not None:
            second = counts.second
            self.board.live("second_taken", lambda: second.taken)
            self.board.live(
                "second_missing", lambda: second.missing, category=Category.PRIMARY
            )


def from_settings(name: str, settings: PylonCameraSettings, around: Around) -> Camera:
    """The camera that `settings` describe."""
    return PylonCamera(name, settings, rng=around.rng)

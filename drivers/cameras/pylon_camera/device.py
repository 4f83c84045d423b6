"""A Basler camera as its own thread uses it, through pylon."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from pypylon import genicam, pylon  # type: ignore[import-untyped]

from drivers.base import Identity
from drivers.cameras.exposures import Exposure, Exposures
from drivers.cameras.pylon_camera.second import SecondCounts, SecondExposure
from drivers.cameras.pylon_camera.setting_up import firmware_of, set_up, words_of
from drivers.cameras.pylon_camera.settings import PylonCameraSettings
from drivers.errors import MisuseError

# One turn waits no longer than this, so that closing is quick.
TURN_S: Final = 0.2
# After so many triggers without any picture the camera is opened anew.
SILENT_TIMES: Final = 3
BUFFERS: Final = 8


@dataclass(slots=True)
class PylonCounts:
    """Since the start. `busy` items came while the camera still worked on another;
    `broken` pictures did not come whole; `silent` triggers were not answered;
    `unasked` pictures belonged to nobody."""

    busy: int = 0
    broken: int = 0
    silent: int = 0
    unasked: int = 0
    second: SecondCounts = field(default_factory=SecondCounts)


class PylonCapture:
    """Implements `Capture`: one software trigger an item, one picture a trigger; a
    second trigger where a second exposure is wanted.

    A trigger that is not answered in time makes the camera stop and start: a picture
    that is still on its way must not be taken for the next item's.
    """

    def __init__(
        self,
        name: str,
        settings: PylonCameraSettings,
        exposures: Exposures,
        counts: PylonCounts,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._name = name
        self._settings = settings
        self._exposures = exposures
        self._counts = counts
        self._clock = clock
        self._camera: Any = None
        self._second: SecondExposure | None = None
        self._silent = 0

    def open(self) -> Identity | None:
        """Find the camera, set it up, and start it."""
        with _lost():
            factory = pylon.TlFactory.GetInstance()
            info = self._found(factory.EnumerateDevices())
            self._camera = pylon.InstantCamera(factory.CreateDevice(info))
            self._camera.Open()
            exposure = set_up(self._name, self._camera, self._settings)
            self._second = self._second_exposure(exposure)
            self._camera.MaxNumBuffer.Value = BUFFERS
            self._camera.StartGrabbing(pylon.GrabStrategy_OneByOne)
            return Identity(
                make=info.GetVendorName(),
                model=info.GetModelName(),
                serial=info.GetSerialNumber(),
                firmware=firmware_of(self._camera),
            )

    def turn(self) -> None:
        """The picture of the next item, if one is due."""
        with _lost():
            if self._camera.IsCameraDeviceRemoved():
                raise OSError("the camera was unplugged or lost its power")
            if not self._camera.IsGrabbing():
                raise OSError("the camera stopped sending")
            mine = self._exposures.next_due(TURN_S)
            if mine is not None:
                self._serve(mine)

    def _serve(self, mine: Exposure) -> None:
        first, second = self._picture(mine), None
        try:
            if self._second is not None:
                second = self._second.of(self._camera, mine, first)
        finally:  # whatever became of the second, the first waits for nobody
            self._exposures.deliver(mine, first, second)
        if self._second is not None:
            self._second.give_back()
            if self._second.is_adrift:
                self._second.is_adrift = False
                self._restart()

    def close(self) -> None:
        """Let the camera go."""
        camera, self._camera = self._camera, None
        if camera is not None:
            with _lost():
                camera.StopGrabbing()
                camera.Close()

    def _found(self, devices: Any) -> Any:
        wanted = self._settings.serial
        there = ", ".join(
            f"{each.GetModelName()} {each.GetSerialNumber()}" for each in devices
        )
        fitting = [d for d in devices if not wanted or d.GetSerialNumber() == wanted]
        if not fitting:
            which = f"camera with serial number {wanted}" if wanted else "camera"
            raise OSError(f"no {which} was found; there: {there or 'none'}")
        if len(fitting) > 1:
            raise MisuseError(
                self._name, f"several cameras: set `serial` to one of {there}"
            )
        return fitting[0]

    def _second_exposure(self, exposure: Any) -> SecondExposure | None:
        asked = self._settings
        if asked.exposure_us is None or asked.second_exposure_us is None:
            return None
        return SecondExposure(
            exposure=exposure,
            first_us=asked.exposure_us,
            second_us=asked.second_exposure_us,
            wait_s=asked.second_wait_ms / 1000,
            exposures=self._exposures,
            counts=self._counts.second,
            copied=self._copied,
            clock=self._clock,
        )

    def _picture(self, mine: Exposure) -> NDArray[np.uint8] | str:
        camera = self._camera
        self._throw_away()
        if (reason := self._too_late(mine)) is not None:
            self._counts.busy += 1
            return reason
        camera.TriggerSoftware.Execute()
        left_ms = _ms(mine.until_s - self._clock())
        result = camera.RetrieveResult(left_ms, pylon.TimeoutHandling_Return)
        if not result.IsValid():
            return self._unanswered()
        self._silent = 0
        try:
            return self._copied(result)
        finally:
            result.Release()

    def _too_late(self, mine: Exposure) -> str | None:
        """Waits until the camera can be triggered; says so if that is too late."""
        last_s = mine.due_s + self._settings.late_ms / 1000
        camera, is_ready = self._camera, True
        if camera.CanWaitForFrameTriggerReady():
            left_ms = _ms(last_s - self._clock())
            is_ready = camera.WaitForFrameTriggerReady(
                left_ms, pylon.TimeoutHandling_Return
            )
        now_s = self._clock()
        if is_ready and now_s <= last_s:
            return None
        late_ms = (now_s - mine.due_s) * 1000
        return f"the camera was busy: {late_ms:.0f} ms late for this item"

    def _copied(self, result: Any) -> NDArray[np.uint8] | str:
        if not result.GrabSucceeded():
            self._counts.broken += 1
            return f"the picture did not come whole: {result.GetErrorDescription()}"
        turns = -(self._settings.rotate // 90)
        with result.GetArrayZeroCopy() as buffer:
            # The one copy; no view of the buffer may outlive it.
            return np.array(np.rot90(buffer, turns), dtype=np.uint8, order="C")

    def _unanswered(self) -> str:
        self._counts.silent += 1
        self._silent += 1
        if self._silent >= SILENT_TIMES:
            raise OSError(f"{SILENT_TIMES} triggers in a row brought no picture")
        self._restart()
        return "the camera was triggered and sent no picture in time"

    def _restart(self) -> None:
        """A picture that is still on its way comes to nobody."""
        self._camera.StopGrabbing()
        self._camera.StartGrabbing(pylon.GrabStrategy_OneByOne)

    def _throw_away(self) -> None:
        """What lies there before a trigger is nobody's picture."""
        while True:
            result = self._camera.RetrieveResult(0, pylon.TimeoutHandling_Return)
            if not result.IsValid():
                return
            result.Release()
            self._counts.unasked += 1


def _ms(seconds: float) -> int:
    return max(0, int(seconds * 1000))


@contextmanager
def _lost() -> Iterator[None]:
    """Whatever pylon raises that we do not expect: the camera is lost."""
    try:
        yield
    except genicam.GenericException as error:
        raise OSError(words_of(error)) from None

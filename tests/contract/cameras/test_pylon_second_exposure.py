"""A second exposure against glare: the Basler driver on pylon's camera emulator.

The emulator shows the pictures of a folder in turn, one a trigger; it begins anew when
the camera is started again.
"""

import asyncio
import random
import warnings

import cv2
import numpy as np
import pytest
from pydantic import ValidationError

from agent.domain.code_format import Digits
from agent.eye.eye import Eye
from agent.line.verifying import CameraReads
from agent.vision.reading.reader import CodeVision
from agent.vision.symbology import Symbology
from drivers.cameras.frame import Frame
from drivers.cameras.pylon_camera.settings import PylonCameraSettings
from simulators.cameras.rendered import PrintedMark
from simulators.cameras.two_exposures import ShortExposure, two_exposures

with warnings.catch_warnings():
    # Its wrapper warns of its own types while it is loaded, and does not survive that
    # being an error.
    warnings.simplefilter("ignore")
    pytest.importorskip("pypylon.pylon", reason="pip install 'line-agent[basler]'")
    from pypylon import pylon

    from drivers.cameras.pylon_camera.driver import PylonCamera

KIND = "pylon_camera"
TRANSPORTS = {"": "pylon emulator"}
LONG_US, SHORT_US = 2000, 300
TEXT = "0123456789"
FORMAT = Digits(length=10)
DARK = np.full((200, 320), 100, np.uint8)
MATRIX = frozenset({Symbology.DATA_MATRIX})


@pytest.fixture(autouse=True)
def emulated(monkeypatch):
    monkeypatch.setenv("PYLON_CAMEMU", "1")


def glared(moved_px=(0.0, 0.0)):
    """The long and the short exposure of one print under a lamp."""
    return two_exposures(
        PrintedMark(symbology=Symbology.DATA_MATRIX, text=TEXT),
        np.random.default_rng(1),
        short=ShortExposure(share=SHORT_US / LONG_US, moved_px=moved_px),
        size=(320, 200),
    )


def shows(folder, *pictures):
    """Settings of a camera that shows these in turn."""
    shown = folder / "shown"
    shown.mkdir()
    for number, picture in enumerate(pictures):
        cv2.imwrite(str(shown / f"{number}.png"), picture)
    features = folder / "camera.pfs"
    height, width = pictures[0].shape
    features.write_text(
        "# {05D8C294-F295-4dfb-9D01-096BD04049F4}\n"
        "# GenApi persistence file (version 3.1.0)\n"
        f"Width\t{width}\nHeight\t{height}\nPixelFormat\tMono8\n"
        f"TestImageSelector\tOff\nImageFilename\t{shown}\nImageFileMode\tOn\n"
    )
    return {"features": features}


def camera_of(**more):
    # Patient with a busy machine: what a test does not mean must not be late.
    patient = {"late_ms": 1000, "timeout_ms": 5000, "second_wait_ms": 1000}
    exposed = {"exposure_us": LONG_US, "second_exposure_us": SHORT_US}
    settings = PylonCameraSettings.model_validate(
        {"kind": KIND, **patient, **exposed, **more}
    )
    return PylonCamera("camera", settings, rng=random.Random(1))


class Watched:
    """The emulator, its exposures noted at each trigger, and faults it cannot show."""

    def __init__(self, camera):
        self._capture = camera._last._capture
        self._device = self._capture._camera
        self._capture._camera = self
        self.exposed_us = []
        self.is_short_silent = False
        self.on_short = lambda: None

    def __getattr__(self, name):
        return getattr(self._device, name)

    @property
    def device(self):
        return self._device

    @property
    def TriggerSoftware(self):
        return self

    def Execute(self):
        self.exposed_us.append(self._device.ExposureTime.Value)
        if self._is_short:
            self.on_short()
        self._device.TriggerSoftware.Execute()

    def RetrieveResult(self, wait_ms, how):
        if self.is_short_silent and self._is_short:
            return pylon.GrabResult()
        return self._device.RetrieveResult(wait_ms, how)

    @property
    def _is_short(self):
        return self._device.ExposureTime.Value == SHORT_US


async def frame_of(camera, item):
    camera.expose(item)
    async with asyncio.timeout(30):
        return await camera.frame()


def readings(camera):
    return {each.name: each.value for each in camera.readings()}


def same(one, other):
    return one is not None and np.array_equal(one, other)


async def test_a_burnt_picture_gets_a_second_one_under_a_shorter_exposure(
    running, tmp_path
):
    long, short = glared()
    camera = camera_of(**shows(tmp_path, long, short))
    async with running(camera):
        watched = Watched(camera)
        for item in (7, 8):
            frame = await frame_of(camera, item)
            assert frame.item == item
            assert same(frame.image, long)
            assert same(frame.second, short)
        assert watched.exposed_us == [LONG_US, SHORT_US, LONG_US, SHORT_US]
        counts = readings(camera)
        assert (counts["second_taken"], counts["second_missing"]) == (2, 0)
        assert (counts["pictures"], counts["unasked"]) == (2, 0)


async def test_a_picture_that_is_not_burnt_out_is_enough(running, tmp_path):
    camera = camera_of(**shows(tmp_path, DARK))
    async with running(camera):
        watched = Watched(camera)
        assert (await frame_of(camera, 7)).second is None
        assert watched.exposed_us == [LONG_US]
        counts = readings(camera)
        assert (counts["second_taken"], counts["second_missing"]) == (0, 0)


async def test_both_pictures_are_turned(running, tmp_path):
    long, short = glared()
    camera = camera_of(**shows(tmp_path, long, short), rotate=90)
    async with running(camera):
        frame = await frame_of(camera, 7)
    assert same(frame.image, np.rot90(long, -1))
    assert same(frame.second, np.rot90(short, -1))


@pytest.mark.fault("F30")
async def test_a_second_that_never_comes_leaves_the_first_and_the_next_item_its_own(
    running, tmp_path
):
    """What comes after all is lost when the camera stops and starts: nothing is left
    that could be taken for the next item's."""
    long, short = glared()
    camera = camera_of(**shows(tmp_path, long, short), second_wait_ms=200)
    async with running(camera):
        watched = Watched(camera)
        watched.is_short_silent = True
        for item in (7, 8, 9):
            frame = await frame_of(camera, item)
            assert (frame.item, frame.second) == (item, None)
            assert same(frame.image, long)
        counts = readings(camera)
        assert (counts["second_missing"], counts["missed"]) == (3, 0)
        assert counts["unasked"] == 0
        assert watched.exposed_us.count(LONG_US) == 3
        assert camera.session == 1


async def test_the_next_item_is_not_kept_waiting_for_a_second(running, tmp_path):
    camera = camera_of(**shows(tmp_path, *glared()), late_ms=700)
    async with running(camera):
        watched = Watched(camera)
        watched.is_short_silent = True
        loop = asyncio.get_running_loop()
        watched.on_short = lambda: loop.call_soon_threadsafe(camera.expose, 8)
        first = await frame_of(camera, 7)
        watched.on_short = lambda: None
        async with asyncio.timeout(30):
            second = await camera.frame()
        assert [(each.item, type(each)) for each in (first, second)] == [
            (7, Frame),
            (8, Frame),
        ]
        assert readings(camera)["busy"] == 0


@pytest.mark.fault("F30")
async def test_a_second_that_did_not_come_whole_leaves_the_first(running, tmp_path):
    long, short = glared()
    camera = camera_of(**shows(tmp_path, long, short))
    async with running(camera):
        watched = Watched(camera)

        def fails():
            watched.device.ForceFailedBufferCount.Value = 1
            watched.device.ForceFailedBuffer.Execute()

        watched.on_short = fails
        frame = await frame_of(camera, 7)
        assert (frame.item, frame.second) == (7, None)
        assert same(frame.image, long)
        counts = readings(camera)
        assert (counts["second_missing"], counts["broken"]) == (1, 1)


@pytest.mark.fault("F30")
async def test_a_camera_lost_at_the_second_still_gives_the_first(running, tmp_path):
    camera = camera_of(**shows(tmp_path, *glared()))
    async with running(camera):
        watched = Watched(camera)
        watched.on_short = watched.device.Close
        frame = await frame_of(camera, 7)
        assert isinstance(frame, Frame)
        assert (frame.item, frame.second) == (7, None)
        async with asyncio.timeout(30):
            while camera.session != 2:  # noqa: ASYNC110
                await asyncio.sleep(0.005)


@pytest.mark.parametrize("moved_px", [(0.0, 0.0), (14.0, -6.0)])
@pytest.mark.parametrize(("second", "keys"), [(True, (TEXT,)), (False, ())])
async def test_glare_costs_a_read_with_one_exposure_and_none_with_two(
    running, tmp_path, moved_px, second, keys
):
    """From the camera to what the line is told of the item."""
    camera = camera_of(
        **shows(tmp_path, *glared(moved_px)),
        second_exposure_us=SHORT_US if second else None,
    )
    eye = Eye(CodeVision(MATRIX, budget_ms=60_000), FORMAT, budget_ms=5000)

    async def look(frame):
        return await asyncio.to_thread(eye.look, frame.image, frame.second)

    reads = CameraReads(camera.frame, look, FORMAT)
    async with running(camera):
        camera.expose(7)
        async with asyncio.timeout(30):
            read = await reads.next()
    assert (read.item, read.keys) == (7, keys)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"exposure_us": None}, "set `exposure_us`"),
        ({"second_exposure_us": LONG_US}, "is not shorter than"),
    ],
)
def test_a_second_exposure_must_be_the_shorter_one(settings, words):
    with pytest.raises(ValidationError, match=words):
        camera_of(**settings)

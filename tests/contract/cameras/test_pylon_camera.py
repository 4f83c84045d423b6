"""Basler cameras: the driver on pylon itself, with pylon's own camera emulator."""

import asyncio
import random
import sys
import time
import warnings

import cv2
import numpy as np
import pytest

from drivers.around import Around
from drivers.base import Camera, Diagnosable, Exposed, LinkState
from drivers.cameras.frame import BadFrame, Frame
from drivers.cameras.pylon_camera.settings import PylonCameraSettings
from drivers.errors import LinkDown, MisuseError
from drivers.link import Backoff
from drivers.registry import open_device
from drivers.transports.memory import MemoryNetwork

with warnings.catch_warnings():
    # Its wrapper warns of its own types while it is loaded, and does not survive that
    # being an error.
    warnings.simplefilter("ignore")
    pytest.importorskip("pypylon.pylon", reason="pip install 'line-agent[basler]'")
    from drivers.cameras.pylon_camera.driver import PylonCamera

KIND = "pylon_camera"
TRANSPORTS = {"": "pylon emulator"}
SERIAL = "0815-0000"
ROI = {"x": 8, "y": 16, "width": 320, "height": 200}
SOON = Backoff(first_s=0.02, cap_s=0.05)


@pytest.fixture(autouse=True)
def emulated(monkeypatch):
    """Two cameras, 0815-0000 and 0815-0001."""
    monkeypatch.setenv("PYLON_CAMEMU", "2")


def camera_of(**more):
    # Patient with a busy machine: what a test does not mean must not be late.
    given = {"serial": SERIAL, "roi": ROI, "exposure_us": 1000, "late_ms": 1000, **more}
    settings = PylonCameraSettings.model_validate(
        {"kind": KIND, "timeout_ms": 5000, **given}
    )
    return PylonCamera("camera", settings, rng=random.Random(1), backoff=SOON)


def device_of(camera):
    """pylon's own handle, to play faults on it."""
    return camera._last._capture._camera


class Played:
    """The emulator with faults it cannot show: it is busy, or slower than patience."""

    def __init__(self, device):
        self._device = device
        self.busy_s = 0.0
        self.patience_ms = 5000

    @classmethod
    def over(cls, camera):
        played = cls(device_of(camera))
        camera._last._capture._camera = played
        return played

    def __getattr__(self, name):
        return getattr(self._device, name)

    def WaitForFrameTriggerReady(self, wait_ms, how):
        time.sleep(self.busy_s)
        return not self.busy_s and self._device.WaitForFrameTriggerReady(wait_ms, how)

    def RetrieveResult(self, wait_ms, how):
        return self._device.RetrieveResult(min(wait_ms, self.patience_ms), how)


async def frame_of(camera, item):
    camera.expose(item)
    async with asyncio.timeout(30):
        return await camera.frame()


async def until(condition):
    async with asyncio.timeout(30):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.005)


def readings(camera):
    return {each.name: each.value for each in camera.readings()}


async def test_it_is_a_camera_that_is_told_when_to_look_and_shows_itself():
    camera: Camera = camera_of()
    assert isinstance(camera, Exposed)
    assert isinstance(camera, Diagnosable)
    with pytest.raises(LinkDown, match="not opened yet"):
        await camera.frame()


async def test_each_item_gets_one_picture_of_its_own(running):
    camera = camera_of()
    async with running(camera):
        for item in (1, 2, 4_000_000_123):
            frame = await frame_of(camera, item)
            assert isinstance(frame, Frame)
            assert (frame.item, frame.image.shape) == (item, (200, 320))
            assert frame.image.dtype == np.uint8
            assert frame.image.flags.owndata
        assert str(camera.identity) == "Basler Emulation 0815-0000 1.1"
        counts = readings(camera)
        assert (counts["pictures"], counts["missed"], counts["unasked"]) == (3, 0, 0)
        assert camera.latency.by_exchange["picture"].total == 3
    assert camera.status().link is LinkState.CLOSED


async def test_nothing_is_taken_unasked(running):
    camera = camera_of()
    async with running(camera):
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(camera.frame(), 0.1)
        assert device_of(camera).NumReadyBuffers.Value == 0


async def test_a_picture_is_taken_after_the_delay(running):
    camera = camera_of(delay_ms=150)
    loop = asyncio.get_running_loop()
    async with running(camera):
        began_s = loop.time()
        frame = await frame_of(camera, 1)
        assert frame.captured_at_s - began_s >= 0.15


async def test_two_items_at_once_never_share_a_picture(running):
    camera = camera_of(delay_ms=20)
    async with running(camera):
        camera.expose(7)
        camera.expose(8)
        first, second = [await camera.frame() for _ in range(2)]
        assert isinstance(first, BadFrame)
        assert (first.item, first.reason) == (7, "item 8 came before a picture of it")
        assert (second.item, isinstance(second, Frame)) == (8, True)


async def test_a_busy_camera_is_not_triggered_too_late(running):
    camera = camera_of(late_ms=10)
    async with running(camera):
        played = Played.over(camera)
        played.busy_s = 0.05
        bad = await frame_of(camera, 1)
        assert isinstance(bad, BadFrame)
        assert "the camera was busy" in bad.reason
        played.busy_s = 0.0
        await asyncio.sleep(0.05)
        assert played.NumReadyBuffers.Value == 0
        assert readings(camera)["busy"] == 1


async def test_a_late_picture_is_never_the_next_items(running):
    """The emulator takes 10 ms; the first item's picture is given up before that."""
    camera = camera_of()
    async with running(camera):
        played = Played.over(camera)
        played.patience_ms = 1
        bad = await frame_of(camera, 1)
        assert isinstance(bad, BadFrame)
        assert "sent no picture in time" in bad.reason
        played.patience_ms = 5000
        for item in (2, 3):
            taken = await frame_of(camera, item)
            assert (taken.item, isinstance(taken, Frame)) == (item, True)
        await asyncio.sleep(0.05)
        # Had the picture of 1 come after all, each would have got the one before.
        assert played.NumReadyBuffers.Value == 0
        assert readings(camera)["unasked"] == 0


async def test_three_silent_triggers_open_the_camera_anew(running):
    camera = camera_of()
    async with running(camera):
        Played.over(camera).patience_ms = 1
        for item in (1, 2, 3):
            bad = await frame_of(camera, item)
            assert isinstance(bad, BadFrame)
            assert bad.item == item
        await until(lambda: camera.session == 2)
        assert readings(camera)["silent"] == 3
        assert isinstance(await frame_of(camera, 4), Frame)


async def test_a_picture_that_did_not_come_whole_is_a_no_read(running):
    camera = camera_of()
    async with running(camera):
        device = device_of(camera)
        device.ForceFailedBufferCount.Value = 1
        device.ForceFailedBuffer.Execute()
        bad = await frame_of(camera, 5)
        assert isinstance(bad, BadFrame)
        assert "did not come whole" in bad.reason
        good = await frame_of(camera, 6)
        assert (good.item, isinstance(good, Frame)) == (6, True)
        assert readings(camera)["broken"] == 1


async def test_a_picture_nobody_asked_for_is_thrown_away(running):
    camera = camera_of()
    async with running(camera):
        device = device_of(camera)
        assert device.WaitForFrameTriggerReady(1000)
        device.TriggerSoftware.Execute()
        await until(lambda: device.NumReadyBuffers.Value == 1)
        frame = await frame_of(camera, 5)
        assert (frame.item, isinstance(frame, Frame)) == (5, True)
        counts = readings(camera)
        assert (counts["unasked"], counts["pictures"]) == (1, 1)


@pytest.mark.fault("F30")
async def test_a_lost_camera_costs_no_reads_and_comes_back(running):
    camera = camera_of(delay_ms=400)
    async with running(camera):
        camera.expose(1)
        camera.expose(2)
        device_of(camera).StopGrabbing()
        lost = [await camera.frame() for _ in range(2)]
        assert [each.item for each in lost] == [1, 2]
        assert all("the camera stopped sending" in each.reason for each in lost)
        await until(lambda: camera.session == 2)
        assert isinstance(await frame_of(camera, 3), Frame)


async def test_settings_reach_the_camera(running, tmp_path):
    features = tmp_path / "camera.pfs"
    features.write_text(
        "# {05D8C294-F295-4dfb-9D01-096BD04049F4}\n"
        "# GenApi persistence file (version 3.1.0)\n"
        "TriggerMode\tOff\nPixelFormat\tMono16\nTestImageSelector\tTestimage1\n"
    )
    camera = camera_of(features=features, exposure_us=2500, gain=1.5)
    async with running(camera):
        device = device_of(camera)
        assert device.TestImageSelector.Value == "Testimage1"
        # Whatever the file says, pictures are asked for, and grey.
        assert (device.TriggerMode.Value, device.TriggerSource.Value) == (
            "On",
            "Software",
        )
        assert device.PixelFormat.Value == "Mono8"
        assert device.ExposureTime.Value == 2500
        assert device.Gain.Value == pytest.approx(1.5, abs=0.01)
        size = (device.OffsetX, device.OffsetY, device.Width, device.Height)
        assert [each.Value for each in size] == [8, 16, 320, 200]


async def test_a_picture_is_turned_clockwise(running, tmp_path):
    image = np.zeros((200, 320), np.uint8)
    image[:40, :40] = 200
    camera = camera_of(features=shown(tmp_path, image), rotate=90, roi=None)
    async with running(camera):
        frame = await frame_of(camera, 1)
    assert frame.image.shape == (320, 200)
    assert frame.image[5, -5] == 200
    assert frame.image[5, 5] == frame.image[-5, 5] == 0


def shown(folder, image):
    """A feature file that makes the emulator show `image`."""
    picture = folder / "picture.png"
    cv2.imwrite(str(picture), image)
    features = folder / "camera.pfs"
    height, width = image.shape
    features.write_text(
        "# {05D8C294-F295-4dfb-9D01-096BD04049F4}\n"
        "# GenApi persistence file (version 3.1.0)\n"
        f"Width\t{width}\nHeight\t{height}\nPixelFormat\tMono8\n"
        f"TestImageSelector\tOff\nImageFilename\t{picture}\nImageFileMode\tOn\n"
    )
    return features


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"serial": "40012345"}, "serial number 40012345 was found; there: Emulation"),
        ({"serial": ""}, "several cameras: set `serial`"),
        ({"identity": "acA1300"}, "another device answers here: Basler Emulation"),
        ({"roi": {**ROI, "width": 5000}}, "roi: "),
        ({"exposure_us": 10_000_000, "gain": 1e9}, "gain: "),
        ({"features": "/nowhere/camera.pfs"}, "features: "),
    ],
)
async def test_what_stands_against_it_is_said(running, settings, words):
    camera = camera_of(**settings)
    async with running(camera, ready=False):
        await until(lambda: words in camera.status().detail)
        camera.expose(1)
        assert isinstance(await camera.frame(), BadFrame)


def test_without_its_library_it_is_said_what_to_install(monkeypatch):
    settings = PylonCameraSettings(kind=KIND)
    around = Around(dialer=MemoryNetwork(), rng=random.Random(1))
    for module in ("driver", "device"):
        monkeypatch.delitem(sys.modules, f"drivers.cameras.pylon_camera.{module}")
    monkeypatch.setitem(sys.modules, "pypylon", None)
    with pytest.raises(MisuseError, match=r"pip install 'line-agent\[basler\]'"):
        open_device("eye", settings, around)

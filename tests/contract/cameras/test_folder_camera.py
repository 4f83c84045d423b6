"""The camera driver against the simulated camera, over a real folder."""

import asyncio
import os
from collections.abc import Callable

import cv2
import numpy as np
import pytest

from drivers.base import Device, Diagnosable, Exposed, LinkState
from drivers.cameras.frame import BadFrame, Frame
from drivers.cameras.opencv_camera import BACKLOG, OpenCvFolderCamera
from drivers.errors import LinkDown, MisuseError
from simulators.cameras.folder_camera import FolderCamera

KIND = "opencv_camera"
TRANSPORTS = {"": "folder"}


def picture(item: int) -> np.ndarray:
    return np.full((6, 8), item % 256, np.uint8)


class Waits:
    """Stands for sleeping: each wait runs the next thing that happens meanwhile."""

    def __init__(self) -> None:
        self.slept_s: list[float] = []
        self.happens: list[Callable[[], object]] = []

    async def __call__(self, seconds: float) -> None:
        self.slept_s.append(seconds)
        assert self.happens, "the camera waits for a picture that never comes"
        self.happens.pop(0)()


@pytest.fixture
def waits() -> Waits:
    return Waits()


@pytest.fixture
def camera(folder, waits) -> OpenCvFolderCamera:
    return OpenCvFolderCamera("camera", folder=folder, keep=3, sleep=waits)


def files(folder) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.is_file())


def kept(folder) -> list[str]:
    return sorted(path.name for path in (folder / "kept").iterdir())


async def items(camera, count: int) -> list[int]:
    return [(await camera.frame()).item for _ in range(count)]


def test_it_is_a_device(camera):
    device: Device = camera
    assert device.status().link is LinkState.DOWN
    assert isinstance(camera, Diagnosable)
    # Its pictures bring their item numbers: it is never told when to look.
    assert not isinstance(camera, Exposed)


async def test_it_shows_its_counts(folder, camera):
    await camera.open()
    (folder / "item_1.pgm").write_bytes(b"")
    for item in (2, 3):
        FolderCamera(folder).shoot(item, picture(item))
    await items(camera, 2)
    await camera.open()
    assert {each.name: each.value for each in camera.readings()} == {
        "pictures": 2,
        "bad": 1,
        "dropped": 0,
        "stale": 1,
        "waiting": 0,
    }
    assert camera.tap.entries() == ()
    assert camera.latency.by_exchange == {}


@pytest.mark.parametrize("kind", ["pgm", "bmp"])
async def test_a_picture_comes_with_its_item_and_its_pixels(folder, camera, kind):
    await camera.open()
    FolderCamera(folder, kind).shoot(4_000_000_123, picture(7))
    frame = await camera.frame()
    assert isinstance(frame, Frame)
    assert frame.item == 4_000_000_123
    assert np.array_equal(frame.image, picture(7))
    assert frame.image.dtype == np.uint8


async def test_colour_pictures_come_grey(folder, camera):
    await camera.open()
    cv2.imwrite(str(folder / "L1-0012.png"), np.full((4, 5, 3), 90, np.uint8))
    frame = await camera.frame()
    assert (frame.item, frame.image.shape, frame.image[0, 0]) == (12, (4, 5), 90)


async def test_pictures_come_in_item_order_as_they_arrive(folder, camera, waits):
    shooter = FolderCamera(folder)
    await camera.open()
    for item in (9, 10, 8):
        shooter.shoot(item, picture(item))
    waits.happens = [lambda: shooter.shoot(11, picture(11))]
    assert await items(camera, 4) == [8, 9, 10, 11]


async def test_items_may_begin_again(folder, camera, waits):
    shooter = FolderCamera(folder)
    await camera.open()
    shooter.shoot(500, picture(1))
    waits.happens = [lambda: shooter.shoot(1, picture(1))]
    assert await items(camera, 2) == [500, 1]


async def test_the_clock_tells_when_a_picture_was_seen(folder, waits):
    times = iter([10.0, 20.0, 30.0])
    camera = OpenCvFolderCamera(
        "camera", folder=folder, sleep=waits, clock=lambda: next(times)
    )
    await camera.open()
    shooter = FolderCamera(folder)
    for item in (1, 2):
        shooter.shoot(item, picture(item))
    seen = [(await camera.frame()).captured_at_s for _ in range(2)]
    assert seen == [20.0, 20.0]


async def test_a_picture_being_written_is_left_alone(folder, camera, waits):
    await camera.open()
    half = folder / "item_0000000005.pgm.part"
    half.write_bytes(b"P5\n8 6\n255\n")
    waits.happens = [
        lambda: None,
        lambda: FolderCamera(folder).shoot(5, picture(5)),
    ]
    assert await items(camera, 1) == [5]
    assert len(waits.slept_s) == 2


async def test_other_files_and_folders_are_left_alone(folder, camera):
    (folder / "README.txt").write_text("7")
    (folder / "12.pgm").mkdir()
    await camera.open()
    FolderCamera(folder).shoot(3, picture(3))
    assert await items(camera, 1) == [3]
    assert files(folder) == ["README.txt"]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b"no picture at all", "17 bytes are no complete picture"),
        (b"P5\n800 600\n255\n" + bytes(100), "no complete picture"),
    ],
)
async def test_an_unreadable_picture_is_told_and_the_next_one_comes(
    folder, camera, content, reason
):
    await camera.open()
    (folder / "item_1.pgm").write_bytes(content)
    FolderCamera(folder).shoot(2, picture(2))
    bad, good = await camera.frame(), await camera.frame()
    assert isinstance(bad, BadFrame)
    assert bad.item == 1
    assert reason in bad.reason
    assert good.item == 2
    assert (camera.counts.pictures, camera.counts.bad) == (2, 1)


async def test_a_picture_that_vanishes_is_told(folder, camera):
    await camera.open()
    for item in (1, 2):
        FolderCamera(folder).shoot(item, picture(item))
    assert (await camera.frame()).item == 1
    (folder / "item_0000000002.pgm").unlink()
    bad = await camera.frame()
    assert isinstance(bad, BadFrame)
    assert "vanished" in bad.reason


async def test_the_last_pictures_are_kept_and_all_others_deleted(folder, camera):
    await camera.open()
    for item in range(1, 6):
        FolderCamera(folder).shoot(item, picture(item))
    await items(camera, 5)
    assert files(folder) == []
    assert kept(folder) == [f"item_{item:010d}.pgm" for item in (3, 4, 5)]


async def test_a_restart_takes_up_what_was_kept(folder, camera):
    ring = folder / "kept"
    ring.mkdir()
    for age, name in enumerate(("newest.pgm", "b.pgm", "c.pgm", "oldest.pgm")):
        (ring / name).write_bytes(b"x")
        os.utime(ring / name, (1000 - age, 1000 - age))
    await camera.open()
    assert kept(folder) == ["b.pgm", "c.pgm", "newest.pgm"]
    FolderCamera(folder).shoot(1, picture(1))
    await camera.frame()
    assert kept(folder) == ["b.pgm", "item_0000000001.pgm", "newest.pgm"]


async def test_keeping_nothing_keeps_nothing(folder, waits):
    camera = OpenCvFolderCamera("camera", folder=folder, keep=0, sleep=waits)
    await camera.open()
    FolderCamera(folder).shoot(1, picture(1))
    assert await items(camera, 1) == [1]
    assert files(folder) == kept(folder) == []


async def test_old_pictures_never_speak_for_new_items(folder, camera, waits):
    """Item numbers begin again with the PLC; what lies there is of another life."""
    shooter = FolderCamera(folder)
    shooter.shoot(1, picture(100))
    await camera.open()
    waits.happens = [lambda: shooter.shoot(1, picture(200))]
    frame = await camera.frame()
    assert frame.image[0, 0] == 200
    assert camera.counts.stale == 1


async def test_a_backlog_drops_the_oldest_and_counts_them(folder, camera):
    await camera.open()
    for item in range(1, BACKLOG + 11):
        FolderCamera(folder).shoot(item, picture(item))
    assert await items(camera, BACKLOG) == list(range(11, BACKLOG + 11))
    assert camera.dropped == 10
    assert files(folder) == []


async def test_an_absent_folder_is_a_dead_link(tmp_path):
    camera = OpenCvFolderCamera("camera", folder=tmp_path / "nowhere")
    with pytest.raises(LinkDown, match="nowhere: No such file"):
        await camera.open()
    assert camera.status().link is LinkState.DOWN
    with pytest.raises(LinkDown, match="nowhere"):
        await camera.frame()


async def test_a_folder_that_vanishes_takes_the_link_down(folder, camera, waits):
    await camera.open()
    FolderCamera(folder).shoot(1, picture(1))
    FolderCamera(folder).shoot(2, picture(2))
    await camera.frame()
    gone = folder.with_name("gone")
    folder.rename(gone)
    with pytest.raises(LinkDown, match="pictures: No such file"):
        await camera.frame()
    assert "pictures" in camera.status().detail
    gone.rename(folder)
    await camera.open()
    waits.happens = [lambda: FolderCamera(folder).shoot(3, picture(3))]
    assert (await camera.frame()).item == 3
    assert camera.counts.stale == 1


async def test_a_folder_that_vanishes_while_waiting_takes_the_link_down(
    folder, camera, waits
):
    await camera.open()
    waits.happens = [lambda: folder.rename(folder.with_name("gone"))]
    with pytest.raises(LinkDown):
        await camera.frame()


async def test_nothing_comes_before_opening_or_after_closing(folder, camera):
    with pytest.raises(LinkDown, match="not open"):
        await camera.frame()
    await camera.open()
    FolderCamera(folder).shoot(1, picture(1))
    await camera.close()
    with pytest.raises(LinkDown, match="closed"):
        await camera.frame()


async def test_run_opens_again_when_the_folder_is_back(folder):
    """Kept open by `run`: gone, noticed, back, and every untaken picture bounded."""
    gone = folder.with_name("gone")
    steps: list[LinkState] = []
    done = asyncio.Event()

    def happen() -> None:
        steps.append(camera.status().link)
        match len(steps):
            case 1:
                folder.rename(gone)
            case 2:
                gone.rename(folder)
            case 3:
                for item in range(BACKLOG + 5):
                    FolderCamera(folder).shoot(item, picture(item))
            case 4:
                done.set()

    async def sleep(_seconds: float) -> None:
        if done.is_set():
            await asyncio.Event().wait()
        happen()

    camera = OpenCvFolderCamera("camera", folder=folder, sleep=sleep)
    running = asyncio.create_task(camera.run())
    await asyncio.wait_for(done.wait(), 30)
    assert steps == [
        LinkState.READY,
        LinkState.DOWN,
        LinkState.READY,
        LinkState.READY,
    ]
    assert camera.dropped == 5
    assert len(files(folder)) == BACKLOG
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert camera.status().link is LinkState.CLOSED


async def test_taking_and_looking_at_once_lose_and_double_nothing(folder):
    async def sleep(_seconds: float) -> None:
        await asyncio.sleep(0)

    camera = OpenCvFolderCamera("camera", folder=folder, sleep=sleep)
    await camera.open()
    running = asyncio.create_task(camera.run())
    for item in range(40):
        FolderCamera(folder).shoot(item, picture(item))
    assert await items(camera, 40) == list(range(40))
    assert camera.counts.bad == 0
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running


@pytest.mark.parametrize(
    ("pattern", "words"),
    [("(?P<item>[0-9]+", "pattern"), (r"([0-9]+)\.bmp", r"no group \(\?P<item>")],
)
def test_a_useless_pattern_is_refused(folder, pattern, words):
    with pytest.raises(MisuseError, match=words):
        OpenCvFolderCamera("camera", folder=folder, pattern=pattern)


async def test_a_pattern_of_ones_own_and_names_without_item(folder, waits):
    camera = OpenCvFolderCamera(
        "camera",
        folder=folder,
        pattern=r"LINE1(?:_(?P<item>\w+))?_(?:OK|NG)\.bmp",
        sleep=waits,
    )
    await camera.open()
    for name in ("LINE1_OK.bmp", "LINE1_abc_OK.bmp", "LINE1_42_NG.bmp"):
        cv2.imwrite(str(folder / name), picture(1))
    assert await items(camera, 1) == [42]
    assert files(folder) == ["LINE1_OK.bmp", "LINE1_abc_OK.bmp"]

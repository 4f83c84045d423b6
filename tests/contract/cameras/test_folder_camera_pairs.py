"""Two picture files of one item: the driver against the simulated camera."""

from collections.abc import Callable

import numpy as np
import pytest

from drivers.cameras.frame import Frame
from drivers.cameras.opencv_camera import OpenCvFolderCamera
from drivers.errors import MisuseError
from simulators.cameras.folder_camera import SECOND, FolderCamera

KIND = "opencv_camera"
TRANSPORTS = {"": "folder"}

WAIT_S = 0.05
POLL_S = 0.01


def picture(grey: int) -> np.ndarray:
    return np.full((6, 8), grey, np.uint8)


class Time:
    """A clock that sleeping moves; what happens at its times happens then."""

    def __init__(self) -> None:
        self.now_s = 100.0
        self.happens: list[tuple[float, Callable[[], object]]] = []

    def after(self, seconds: float, what: Callable[[], object]) -> None:
        self.happens.append((self.now_s + seconds, what))

    async def sleep(self, seconds: float) -> None:
        assert self.now_s < 200, "the camera waits for ever"
        self.now_s += seconds
        due = [what for at_s, what in self.happens if at_s <= self.now_s]
        self.happens = [each for each in self.happens if each[0] > self.now_s]
        for what in due:
            what()


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def shooter(folder) -> FolderCamera:
    return FolderCamera(folder)


@pytest.fixture
def camera(folder, time) -> OpenCvFolderCamera:
    return OpenCvFolderCamera(
        "camera",
        folder=folder,
        poll_s=POLL_S,
        second_pattern=SECOND,
        second_wait_s=WAIT_S,
        clock=lambda: time.now_s,
        sleep=time.sleep,
    )


async def told(camera) -> tuple[int, int, int | None]:
    """Item, grey of the first, grey of the second."""
    frame = await camera.frame()
    assert isinstance(frame, Frame)
    second = None if frame.second is None else int(frame.second[0, 0])
    return frame.item, int(frame.image[0, 0]), second


def left(folder) -> list[str]:
    return [path.name for path in folder.iterdir() if path.is_file()]


@pytest.mark.parametrize("second_comes_s", [-0.02, 0.0, 0.03])
async def test_both_pictures_come_with_their_item(
    camera, shooter, time, folder, second_comes_s
):
    await camera.open()
    time.after(0.1, lambda: shooter.shoot(7, picture(200)))
    time.after(0.1 + second_comes_s, lambda: shooter.shoot_second(7, picture(40)))
    assert await told(camera) == (7, 200, 40)
    assert time.now_s < 100.1 + WAIT_S
    assert (camera.counts.second_taken, camera.counts.second_missing) == (1, 0)
    assert left(folder) == []


async def test_a_first_whose_second_never_comes_goes_alone(camera, shooter, time):
    await camera.open()
    shooter.shoot(7, picture(200))
    assert await told(camera) == (7, 200, None)
    assert WAIT_S <= time.now_s - 100 <= WAIT_S + 2 * POLL_S
    assert camera.counts.second_missing == 1
    named = {each.name: each.value for each in camera.readings()}
    assert named["second_missing"] == 1


async def test_one_that_waits_holds_nobody_up(camera, shooter):
    await camera.open()
    for item in (7, 8):
        shooter.shoot(item, picture(item))
    shooter.shoot_second(8, picture(40))
    assert [await told(camera) for _ in range(2)] == [(8, 8, 40), (7, 7, None)]


async def test_a_second_that_comes_late_never_joins_another_first(
    camera, shooter, time, folder
):
    """Item numbers begin again with the PLC."""
    await camera.open()
    shooter.shoot(7, picture(200))
    time.after(0.2, lambda: shooter.shoot_second(7, picture(40)))
    time.after(0.4, lambda: shooter.shoot(7, picture(201)))
    assert [await told(camera) for _ in range(2)] == [(7, 200, None), (7, 201, None)]
    assert camera.counts.second_alone == 1
    assert left(folder) == []


async def test_a_second_that_cannot_be_read_leaves_the_first(camera, shooter, folder):
    await camera.open()
    shooter.shoot(7, picture(200))
    shooter.shoot_second(7, picture(40)).write_bytes(b"P5\n8 6\n255\n")
    assert await told(camera) == (7, 200, None)
    assert (camera.counts.second_missing, camera.counts.bad) == (1, 0)


async def test_seconds_found_on_opening_are_deleted(camera, shooter, folder):
    shooter.shoot_second(7, picture(40))
    await camera.open()
    assert left(folder) == []
    shooter.shoot(7, picture(200))
    assert await told(camera) == (7, 200, None)


async def test_a_second_is_known_by_its_name_though_a_first_may_have_it(folder, time):
    camera = OpenCvFolderCamera(
        "camera",
        folder=folder,
        second_pattern=r"short_(?P<item>[0-9]+)\.pgm",
        clock=lambda: time.now_s,
        sleep=time.sleep,
    )
    await camera.open()
    FolderCamera(folder).shoot(7, picture(200)).rename(folder / "long_7.pgm")
    FolderCamera(folder).shoot(7, picture(40)).rename(folder / "short_7.pgm")
    assert await told(camera) == (7, 200, 40)


def test_a_pattern_without_item_is_refused(folder):
    with pytest.raises(MisuseError, match="no group"):
        OpenCvFolderCamera("camera", folder=folder, second_pattern="short.pgm")

"""When a second exposure is not begun, on a clock that is set and a camera played."""

import warnings

import numpy as np
import pytest

from drivers.cameras.exposures import Exposures

with warnings.catch_warnings():
    # Its wrapper warns of its own types while it is loaded, and does not survive that
    # being an error.
    warnings.simplefilter("ignore")
    pytest.importorskip("pypylon.pylon", reason="pip install 'line-agent[basler]'")
    from drivers.cameras.pylon_camera.second import SecondCounts, SecondExposure

BURNT = np.full((20, 20), 255, np.uint8)
SHORT = np.full((20, 20), 40, np.uint8)


class Played:
    """Camera, node and grab result in one: a picture 12 ms after each trigger."""

    def __init__(self):
        self.now_s = 1000.0
        self.triggers = 0
        self.here_s = 0.0
        self.Value = 0
        self.TriggerSoftware = self

    def CanWaitForFrameTriggerReady(self):
        return False

    def Execute(self):
        self.triggers += 1
        self.here_s = self.now_s + 0.012

    def RetrieveResult(self, _wait_ms, _how):
        return self

    def IsValid(self):
        return self.now_s >= self.here_s

    def Release(self):
        pass

    def pause(self, seconds):
        self.now_s += seconds


@pytest.fixture
def camera():
    return Played()


@pytest.fixture
def exposures(camera):
    made = Exposures(
        delay_s=0, timeout_s=0.2, clock=lambda: camera.now_s, wake=lambda: None
    )
    made.open()
    return made


@pytest.fixture
def second(camera, exposures):
    return SecondExposure(
        exposure=camera,
        first_us=2000,
        second_us=300,
        wait_s=0.05,
        exposures=exposures,
        counts=SecondCounts(),
        copied=lambda _result: SHORT,
        clock=lambda: camera.now_s,
        pause=camera.pause,
    )


def the_next(exposures, item):
    exposures.expose(item)
    return exposures.next_due(0)


def test_it_is_not_begun_when_it_could_not_end_before_the_items_time_is_up(
    camera, exposures, second
):
    """Begun and left, it would make the camera stop and start."""
    assert second.of(camera, the_next(exposures, 1), BURNT) is SHORT
    mine = the_next(exposures, 2)
    camera.now_s = mine.until_s - 0.015
    assert second.of(camera, mine, BURNT) is None
    assert (camera.triggers, second.is_adrift) == (1, False)
    assert (second.counts.taken, second.counts.missing) == (1, 1)


def test_it_is_left_when_it_does_not_come_in_its_time(camera, exposures, second):
    second.wait_s = 0.01
    mine = the_next(exposures, 1)
    assert second.of(camera, mine, BURNT) is None
    assert second.is_adrift
    assert camera.now_s < mine.due_s + 0.012
    second.give_back()
    assert camera.Value == 2000


def test_a_missing_first_has_no_second(camera, exposures, second):
    assert second.of(camera, the_next(exposures, 1), "torn") is None
    assert (camera.triggers, second.counts.missing) == (0, 0)

"""Which picture belongs to which item: the rules of time, on a clock that is set."""

import threading

import numpy as np
import pytest

from drivers.cameras.exposures import STALE_S, WAITING, Exposures
from drivers.cameras.frame import BadFrame, Frame

PICTURE = np.zeros((2, 3), np.uint8)


class Rig:
    """Exposures with a delay of 100 ms and a timeout of 200 ms."""

    def __init__(self):
        self.now_s = 1000.0
        self.woken = 0
        self.took = []
        self.exposures = Exposures(
            delay_s=0.1,
            timeout_s=0.2,
            clock=lambda: self.now_s,
            wake=self.wake,
            book=self.took.append,
        )
        self.exposures.open()

    def wake(self):
        self.woken += 1

    def at(self, ms):
        self.now_s = 1000.0 + ms / 1000
        return self

    def expose(self, *items):
        for item in items:
            self.exposures.expose(item)

    def frame(self, begin_ms, arrives_ms):
        """A frame of a stream; whose it was."""
        self.at(arrives_ms)
        mine = self.exposures.shown_at(1000.0 + begin_ms / 1000)
        if mine is None:
            return None
        self.exposures.deliver(mine, PICTURE)
        return mine.item

    def results(self):
        found = []
        while (result := self.exposures.take()) is not None:
            found.append((result.item, isinstance(result, Frame)))
        return found

    def reasons(self):
        found = []
        while (result := self.exposures.take()) is not None:
            assert isinstance(result, BadFrame)
            found.append((result.item, result.reason))
        return found


@pytest.fixture
def rig():
    return Rig()


def test_the_first_frame_begun_after_the_moment_is_the_items(rig):
    rig.at(0).expose(5)
    # Begun before the moment, here after it: that is the picture of before.
    assert rig.frame(begin_ms=99, arrives_ms=139) is None
    assert rig.frame(begin_ms=116, arrives_ms=156) == 5
    assert rig.frame(begin_ms=133, arrives_ms=173) is None
    assert rig.results() == [(5, True)]
    assert rig.took == [pytest.approx(0.056)]


def test_frames_before_anything_was_asked_are_nobodys(rig):
    assert rig.frame(begin_ms=-50, arrives_ms=-10) is None
    rig.at(0).expose(5)
    assert rig.frame(begin_ms=-10, arrives_ms=30) is None
    assert rig.results() == []


def test_each_item_gets_its_own_frame(rig):
    rig.at(0).expose(1)
    rig.at(50).expose(2)
    assert rig.frame(begin_ms=110, arrives_ms=120) == 1
    assert rig.frame(begin_ms=145, arrives_ms=150) is None
    assert rig.frame(begin_ms=151, arrives_ms=160) == 2
    assert rig.results() == [(1, True), (2, True)]


def test_two_items_before_a_frame_the_older_has_gone_past(rig):
    rig.at(0).expose(1)
    rig.at(20).expose(2)
    assert rig.frame(begin_ms=125, arrives_ms=130) == 2
    assert rig.results() == [(1, False), (2, True)]
    assert (rig.exposures.counts.pictures, rig.exposures.counts.missed) == (1, 1)


def test_two_items_in_one_poll_never_share_a_frame(rig):
    rig.at(0).expose(1, 2)
    assert rig.frame(begin_ms=101, arrives_ms=102) == 2
    assert rig.frame(begin_ms=118, arrives_ms=119) is None
    assert rig.results() == [(1, False), (2, True)]


@pytest.mark.fault("F30")
def test_no_frame_in_time_is_a_no_read_and_the_late_frame_nobodys(rig):
    rig.at(0).expose(1)
    rig.at(299)
    assert rig.results() == []
    rig.at(301)
    assert rig.reasons() == [(1, "no picture within 200 ms of its moment")]
    rig.at(310).expose(2)
    assert rig.frame(begin_ms=150, arrives_ms=320) is None
    assert rig.exposures.counts.late == 1
    assert rig.frame(begin_ms=411, arrives_ms=420) == 2
    assert rig.results() == [(2, True)]


@pytest.mark.fault("F30")
def test_a_picture_that_is_ready_too_late_is_dropped(rig):
    rig.at(0).expose(1)
    rig.at(110)
    mine = rig.exposures.shown_at(1000.105)
    rig.at(305)
    rig.exposures.deliver(mine, PICTURE)
    assert rig.results() == [(1, False)]
    assert rig.exposures.counts.late == 1


def test_a_frame_that_cannot_be_used_is_a_no_read_of_its_item(rig):
    rig.at(0).expose(1)
    rig.at(110)
    rig.exposures.deliver(rig.exposures.shown_at(1000.105), "torn")
    assert rig.reasons() == [(1, "torn")]
    assert rig.took == [None]


@pytest.mark.fault("F30")
def test_a_lost_camera_answers_for_all_who_wait(rig):
    rig.at(0).expose(1)
    mine = rig.at(105).exposures.shown_at(1000.101)
    rig.expose(2)
    rig.exposures.close("unplugged")
    rig.exposures.deliver(mine, PICTURE)
    assert rig.reasons() == [(n, "the camera was lost: unplugged") for n in (1, 2)]
    rig.expose(3)
    assert rig.reasons() == [(3, "no camera: unplugged")]
    assert rig.exposures.counts.late == 1
    rig.exposures.open()
    assert rig.frame(begin_ms=400, arrives_ms=400) is None


def test_a_flood_of_items_is_bounded_and_each_is_answered(rig):
    rig.at(0).expose(*range(WAITING + 10))
    assert rig.reasons() == [(n, "too many items at once") for n in range(10)]
    rig.at(400)
    assert rig.results() == [(n, False) for n in range(10, WAITING + 10)]


def test_results_nobody_takes_are_bounded(rig):
    for n in range(WAITING + 10):
        rig.at(n * 10).expose(n)
        rig.frame(begin_ms=n * 10 + 100, arrives_ms=n * 10 + 101)
    taken = rig.results()
    assert [item for item, _ in taken] == list(range(10, WAITING + 10))
    assert rig.exposures.counts.dropped == 10


def test_an_old_result_never_speaks_for_a_new_item_of_its_number(rig):
    rig.at(0).expose(1)
    rig.frame(begin_ms=101, arrives_ms=102)
    rig.at(102 + STALE_S * 1000 + 1)
    assert rig.results() == []
    assert rig.exposures.counts.dropped == 1


def test_the_next_end_is_that_of_the_first_who_waits(rig):
    assert rig.exposures.next_end_s() is None
    rig.at(0).expose(1)
    rig.at(50).expose(2)
    assert rig.exposures.next_end_s() == pytest.approx(1000.3)


def test_everybody_is_woken_by_everything(rig):
    rig.at(0).expose(1)
    assert rig.woken == 1
    rig.frame(begin_ms=101, arrives_ms=102)
    assert rig.woken == 2
    rig.exposures.close("gone")
    assert rig.woken == 3


def test_a_triggered_camera_is_given_the_newest_item_that_is_due(rig):
    rig.at(0).expose(1)
    rig.at(10).expose(2)
    rig.at(100)
    assert rig.exposures.next_due(0).item == 1
    rig.at(105)
    assert rig.exposures.next_due(0) is None
    rig.expose(3)
    rig.at(206)
    assert rig.exposures.next_due(0).item == 3
    assert rig.reasons() == [(2, "item 3 came before a picture of it")]


def test_a_thread_that_waits_hears_of_a_new_item():
    exposures = Exposures(
        delay_s=0,
        timeout_s=10,
        clock=threading.TIMEOUT_MAX.__float__,
        wake=lambda: None,
    )
    exposures.open()
    found = []
    thread = threading.Thread(target=lambda: found.append(exposures.next_due(5)))
    thread.start()
    exposures.expose(7)
    thread.join(5)
    assert [each.item for each in found] == [7]

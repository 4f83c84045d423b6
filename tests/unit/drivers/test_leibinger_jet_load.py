"""What the buffer shows at every moment of a load, for printers of both habits."""

import pytest

from drivers.printers.leibinger_jet.load import Load
from drivers.printers.leibinger_jet.messages import FifoStatus

DEPTH = 256


def shown(*, first, count, begun, stale, stage):
    """`=SM` of a printer that holds `count` records from `first`, `begun` of them
    begun; with `stage` one more sits in the print stage and is not counted."""
    waiting = count - begun
    return FifoStatus(
        depth=DEPTH,
        entries=waiting - (stage and waiting > 0),
        last_started=first + begun - 1 if begun else stale,
        stop_at=0,
        finished=True,
        print_gos=0,
    )


@pytest.mark.parametrize("stage", [True, False])
@pytest.mark.parametrize("stale", [0, 1, 3, 9, 37])
@pytest.mark.parametrize("first", [1, 4, 38])
@pytest.mark.parametrize("skipped", [1, 3, 10])
def test_a_load_is_in_step_from_first_to_last(stage, stale, first, skipped):
    load = Load(session=1, stale=stale)
    empty = shown(first=first, count=0, begun=0, stale=stale, stage=stage)
    assert load.is_in_step(empty)
    assert load.started(empty) == 0
    load.first, load.last = first, first + 9
    for begun in range(0, 11, skipped):
        if begun == 1 and stale == first and not stage:
            continue  # the same picture as none begun and one in the print stage
        fifo = shown(first=first, count=10, begun=begun, stale=stale, stage=stage)
        assert load.is_in_step(fifo)
        assert load.started(fifo) == (first + begun - 1 if begun else 0)
        assert fifo.entries + load.staged(fifo) == 10 - begun


@pytest.mark.parametrize("missing", [2, 5, 9])
@pytest.mark.parametrize("stage", [True, False])
def test_records_that_went_missing_are_seen(missing, stage):
    load = Load(session=1, stale=0, first=1, last=10)
    fifo = shown(first=1, count=10 - missing, begun=0, stale=0, stage=stage)
    assert not load.is_in_step(fifo)


def test_a_full_buffer_that_is_one_short_refused_that_one():
    load = Load(session=1, stale=0, first=1, last=DEPTH)
    full = shown(first=1, count=DEPTH, begun=0, stale=0, stage=False)
    assert load.is_in_step(full)
    assert not load.holds(full, DEPTH + 1)
    assert not load.has_room(full, 1)


def test_after_a_clear_anything_in_the_buffer_is_somebody_elses():
    load = Load(session=1, stale=5)
    fifo = shown(first=1, count=1, begun=0, stale=5, stage=False)
    assert not load.is_in_step(fifo)

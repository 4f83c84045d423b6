"""The conversation with the PLC, and what reads become on their way in."""

import asyncio
import functools
from itertools import pairwise

import pytest

from agent.domain.code_format import Digits
from agent.domain.judging import ItemRead
from agent.domain.words import Reason
from agent.eye.look import Look
from agent.line.triggering import SILENT_S, Triggering
from agent.line.verifying import WAITING, CameraReads, ReaderReads, Verifying, item_read
from agent.vision.decoded import Decoded, VisionResult
from agent.vision.symbology import Symbology
from drivers.base import LineCommand, LinkState, TextRead
from drivers.cameras.frame import BadFrame, Frame
from drivers.errors import LinkDown
from simulators.bench.virtual_time import run_virtual


def on_virtual_time(test):
    return functools.wraps(test)(lambda *args, **kw: run_virtual(test(*args, **kw)))


FORMAT = Digits(length=4)


class Rig:
    def __init__(self, io):
        self.states, self.silences, self.turns = [], [], 0
        self.triggering = Triggering(
            io,
            poll_s=0.02,
            command=lambda: LineCommand(run=True, stop=False),
            on_state=self.states.append,
            on_silent=self.silent,
            on_turn=self.turn,
        )

    async def silent(self, detail):
        self.silences.append((asyncio.get_running_loop().time(), detail))

    def turn(self):
        self.turns += 1


@pytest.fixture
def rig(io):
    return Rig(io)


@on_virtual_time
async def test_heartbeat_every_100_ms_with_the_command(rig, io, background) -> None:
    async with background(rig.triggering.run()):
        await asyncio.sleep(2)
    steps = [later - earlier for earlier, later in pairwise(io.beats_s)]
    assert 18 <= len(io.beats_s) <= 21
    assert max(steps) < 0.15
    assert all(command.run for command in io.commands)
    assert len(rig.states) > 90
    assert rig.turns >= len(rig.states)


@pytest.mark.fault("F33")
@on_virtual_time
async def test_silence_is_told_after_half_a_second_and_not_before(
    rig, io, background
) -> None:
    async with background(rig.triggering.run()):
        await asyncio.sleep(1)
        io.link = LinkState.DOWN
        await asyncio.sleep(SILENT_S - 0.05)
        assert rig.silences == []
        assert rig.triggering.state is not None
        turns = rig.turns
        await asyncio.sleep(0.2)
        assert rig.silences[0][1] == "not connected"
        assert rig.triggering.state is None
        assert rig.turns > turns  # the loop turns on, whatever the PLC does
        io.link = LinkState.READY
        await asyncio.sleep(0.1)
        assert rig.triggering.state is not None


def reads(text, aim="]Q1"):
    return item_read(FORMAT, 5, [(text, aim)])


def test_one_good_code_among_others_counts() -> None:
    read = item_read(FORMAT, 5, [("EAN", None), ("1234", None), ("no", None)])
    assert read == ItemRead(item=5, keys=("1234",), text="1234")


def test_two_good_codes_are_both_named() -> None:
    assert item_read(FORMAT, 5, [("1234", None), ("5678", None)]).keys == (
        "1234",
        "5678",
    )


def test_the_same_code_twice_is_one() -> None:
    assert item_read(FORMAT, 5, [("1234", None)] * 2).keys == ("1234",)


def test_wrong_codes_say_why_and_nothing_is_nothing() -> None:
    assert reads("x").fault is Reason.WRONG_FORMAT
    assert item_read(FORMAT, 5, []) == ItemRead(item=5)


@on_virtual_time
async def test_reader_frames_without_an_item_are_dropped(reader) -> None:
    for text, item in (("1234", None), (None, 3), ("1234", 4)):
        reader.push(TextRead(text=text, aim=None, item=item, received_at_s=0))
    source = ReaderReads(reader.read, FORMAT)
    assert await source.next() == ItemRead(item=3)
    assert await source.next() == ItemRead(item=4, keys=("1234",), text="1234")


@on_virtual_time
async def test_pictures_become_reads_and_bad_ones_no_reads() -> None:
    frames = [
        BadFrame(item=1, reason="empty"),
        Frame(item=2, image=None, captured_at_s=0.0),
        Frame(item=3, image=None, captured_at_s=0.0),
    ]

    async def frame():
        return frames.pop(0)

    async def look(picture):
        payload = b"1234" if picture.item == 2 else b"\xff1"
        code = Decoded(
            payload=payload,
            text="",
            aim="]d1",
            symbology=Symbology.DATA_MATRIX,
            decoder="zxing",
            variant="plain",
            corners=((0, 0), (1, 0), (1, 1), (0, 1)),
        )
        return Look(
            result=VisionResult(codes=(code,), elapsed_ms=1, tries=(), timed_out=False)
        )

    source = CameraReads(frame, look, FORMAT)
    assert await source.next() == ItemRead(item=1)
    assert await source.next() == ItemRead(item=2, keys=("1234",), text="1234")
    broken = await source.next()
    assert (broken.keys, broken.fault) == ((), Reason.WRONG_FORMAT)
    assert broken.text == "\\xff1"


class Source:
    """Reads as the test says; an exception is raised."""

    def __init__(self, *reads):
        self._reads = list(reads)

    async def next(self):
        if not self._reads:
            await asyncio.sleep(3600)
        read = self._reads.pop(0)
        if isinstance(read, Exception):
            raise read
        return read


@on_virtual_time
async def test_a_source_that_breaks_is_asked_again(background) -> None:
    source = Source(LinkDown("camera", "gone"), ItemRead(item=1))
    verifying = Verifying(source)
    async with background(verifying.run()):
        await asyncio.sleep(0.1)
        assert verifying.fault == "gone"
        assert verifying.reads.empty()
        await asyncio.sleep(1)
    assert verifying.fault == ""
    assert verifying.reads.get_nowait() == ItemRead(item=1)


@pytest.mark.fault("F38")
@on_virtual_time
async def test_the_oldest_reads_give_way(background) -> None:
    verifying = Verifying(Source(*(ItemRead(item=n) for n in range(WAITING + 3))))
    async with background(verifying.run()):
        await asyncio.sleep(1)
    assert verifying.dropped == 3
    assert verifying.reads.get_nowait().item == 3

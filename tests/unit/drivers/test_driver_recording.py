"""What the line asked of a device stands in its tap, in order with the bytes."""

import asyncio
import random

import pytest
from pydantic import TypeAdapter

from drivers.around import Around
from drivers.base import LineCommand
from drivers.errors import LinkDown
from drivers.recording import NotedRandom
from drivers.registry import open_device
from drivers.settings import DeviceSettings
from drivers.transports.memory import MemoryNetwork
from drivers.transports.memory_wires import joined
from drivers.wiretap import (
    CallNote,
    Direction,
    OutcomeNote,
    WireEvent,
    WireNote,
    WireTap,
)

ADAPTER = TypeAdapter(DeviceSettings)
COMMAND = LineCommand(run=True, stop=False)


def made(rng, **settings):
    around = Around(dialer=MemoryNetwork(), rng=rng)
    return open_device("dev", ADAPTER.validate_python(settings), around)


async def test_a_call_and_what_came_of_it():
    plc = made(random.Random(1), kind="line_io", address="modbus://a")
    with pytest.raises(LinkDown):
        await plc.beat(COMMAND)
    asked, refused = plc.tap.entries()
    assert isinstance(asked, CallNote)
    assert (asked.name, asked.arguments) == ("beat", (COMMAND,))
    assert isinstance(refused, OutcomeNote)
    assert (refused.call, refused.error) == (asked.call, "LinkDown")
    assert "not connected" in refused.message


async def test_a_cancelled_call_is_noted_and_stays_cancelled():
    reader = made(
        random.Random(1), kind="text_reader", address="tcp://a:1", no_read="NR"
    )
    reading = asyncio.create_task(reader.read())
    await asyncio.sleep(0)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert [type(e) for e in reader.tap.entries()] == [CallNote, OutcomeNote]
    assert reader.tap.entries()[-1].error == "CancelledError"


async def test_the_numbers_drawn_are_those_of_the_source_and_are_kept():
    plain = random.Random(7).randrange(1, 1 << 16)
    plc = made(random.Random(7), kind="line_io", address="modbus://a")
    assert plc.boot_id == plain
    assert plc.tap.drawn


async def test_chance_goes_on_where_the_source_was():
    source, noted = random.Random(3), NotedRandom(random.Random(3))
    assert [noted.uniform(0, 5), noted.randrange(9), noted.random()] == [
        source.uniform(0, 5),
        source.randrange(9),
        source.random(),
    ]


async def test_connections_are_numbered_and_their_ends_told_apart():
    tap = WireTap("jet")
    ours, theirs = joined()
    one = tap.wrap(ours)
    await theirs.close()
    assert await one.receive() == b""
    await one.close()
    two = tap.wrap(joined()[0])
    await two.send(b"x")
    await two.close()
    notes = [(e.wire, e.event) for e in tap.entries() if isinstance(e, WireNote)]
    assert notes == [
        (1, WireEvent.OPENED),
        (1, WireEvent.ENDED),
        (2, WireEvent.OPENED),
        (2, WireEvent.CLOSED),
    ]
    (frame,) = tap.frames()
    assert (frame.wire, frame.direction) == (2, Direction.SENT)
    assert [e.seq for e in tap.entries()] == sorted(e.seq for e in tap.entries())


async def test_notes_are_bounded_by_themselves():
    tap = WireTap("plc", frames=2, notes=3)
    tap.record(Direction.SENT, b"kept")
    for _ in range(4):
        tap.asked("poll", ())
    assert len(tap.entries()) == 4
    assert (tap.dropped, tap.notes_dropped) == (0, 1)

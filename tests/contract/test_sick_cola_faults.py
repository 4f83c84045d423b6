"""F27, F37, F38 for SICK readers: two framings on one wire, strangers, floods."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.readers.reads import QUEUE_READS
from drivers.readers.sick_cola.codec import framer
from simulators.readers.sick_cola import SickReader

KIND = "sick_cola"
GIVEN = {"kind": KIND, "reply_timeout_s": 0.3, "trigger_ms": 500}
HELLO = {b"DeviceIdent": b"\x02sRA DeviceIdent 3 CLV 2 V1\x03"}
CODES = st.text("ABC0123456789", min_size=1, max_size=20).map(str.encode)
ANSWER = b"sAN mTCgateon 1"


@pytest.mark.fault("F27")
@given(
    st.lists(st.one_of(CODES, st.just(ANSWER))),
    st.integers(1, 7),
    st.booleans(),
    st.integers(0, 200),
)
def test_results_between_answers_whatever_the_pieces(said, piece, framed, cut):
    taker = framer(results_framed=framed, max_frame=40, gap_s=0)
    wire = b"".join(
        b"\x02" + one + b"\x03" if framed or one == ANSWER else one + b"\r\n"
        for one in said
    )[:cut]
    frames = [
        frame
        for start in range(0, len(wire), piece)
        for frame in taker.feed(wire[start : start + piece], at_s=0)
    ]
    assert frames == said[: len(frames)]
    taker.restart()
    end = (b"\x02NEXT\x03", b"NEXT\r")[not framed]
    assert taker.feed(end, at_s=0) == [b"NEXT"]


@pytest.mark.fault("F27")
@pytest.mark.parametrize(
    ("framed", "said", "texts", "broken"),
    [
        (False, b"ONE\r\nTWO\nTHREE\r", ["ONE", "TWO", "THREE"], 0),
        (False, b"HALF\x02ONE\x03", ["ONE"], 1),
        (False, b"\x02HALF\x02ONE\x03", ["ONE"], 1),
        (False, b"x" * 2000 + b"\rONE\r", ["ONE"], 1),
        (True, b"\x02ONE\x03\r\n\x02TWO\x03", ["ONE", "TWO"], 0),
        (True, b"ONE\x03\x02TWO\x03", ["TWO"], 1),
    ],
)
def test_dirt(
    virtual, memory_wires, running, reader_on, played, framed, said, texts, broken
):
    async def story():
        wires = memory_wires()
        device = played(1.0, said, answers=HELLO)
        driver = reader_on(
            wires, await wires.serve(device), results_framed=framed, **GIVEN
        )
        async with running(driver):
            await asyncio.sleep(2)
            assert [
                (await driver.read()).text for _ in range(driver.counts.results)
            ] == texts
            assert driver.broken_frames == broken

    virtual(story())


@pytest.mark.fault("F27")
async def test_one_byte_at_a_time(any_wires, running, reader_on, peer):
    device = peer(lambda _said: HELLO[b"DeviceIdent"], end=b"\x03", piece=1)
    driver = reader_on(any_wires, await any_wires.serve(device), **GIVEN)
    async with running(driver):
        assert str(driver.identity) == "SICK CLV V1"


@pytest.mark.fault("F37")
@pytest.mark.parametrize(
    "says", [b"", b"CODE\r\n", b"\x02sAN mTCgateon 1\x03", b"\x02sFA what\x03"]
)
def test_a_stranger_under_its_address_never_becomes_ready(
    virtual, memory_wires, running, reader_on, peer, says
):
    async def story():
        wires = memory_wires()
        device = peer(lambda _said: says, end=b"\x03")
        driver = reader_on(wires, await wires.serve(device), **GIVEN)
        async with running(driver, ready=False):
            await asyncio.sleep(5)
            assert driver.session == 0
            assert driver.status().detail == "no answer in time"

    virtual(story())


@pytest.mark.fault("F37")
def test_another_reader_is_noticed(virtual, memory_wires, running, reader_on):
    async def story():
        wires = memory_wires()
        address = await wires.serve(SickReader().serve)
        driver = reader_on(wires, address, identity="Lector", **GIVEN)
        async with running(driver, ready=False):
            await asyncio.sleep(1)
            assert "another device answers here: SICK CLV65x" in driver.status().detail

    virtual(story())


@pytest.mark.fault("F38")
def test_a_flood_is_bounded_and_counted(virtual, memory_wires, running, reader_on):
    async def story():
        wires = memory_wires()

        async def handler(stream):
            await stream.receive()
            await stream.send(HELLO[b"DeviceIdent"])
            for number in range(5000):
                await stream.send(b"CODE-%d\r\n" % number)
            await stream.receive()

        driver = reader_on(wires, await wires.serve(handler), probe_every_s=0, **GIVEN)
        async with running(driver):
            ticks = 0
            while driver.counts.reads < 5000:
                await asyncio.sleep(0)
                ticks += 1
            assert ticks > 1000
            assert driver.counts.dropped == 5000 - QUEUE_READS

    virtual(story())


def test_a_peer_gone_silent_is_noticed(virtual, memory_wires, running, reader_on, peer):
    async def story():
        wires = memory_wires()
        device = peer(lambda _said: HELLO[b"DeviceIdent"], end=b"\x03")
        driver = reader_on(wires, await wires.serve(device), **GIVEN)
        async with running(driver):
            device.silent = True
            await asyncio.sleep(7)
            device.silent = False
            await driver.link.wait_ready()
            assert driver.session == 2

    virtual(story())

"""F27, F29, F37, F38 for the Keyence SR."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.readers.keyence_sr.codec import Framing
from drivers.readers.keyence_sr.messages import Counters
from drivers.readers.keyence_sr.reconcile import Reconciler
from drivers.readers.reads import QUEUE_READS
from simulators.readers.keyence_sr import KeyenceReader

KIND = "keyence_sr"
GIVEN = {"kind": KIND, "reply_timeout_s": 0.3}
CODES = st.text("ABC0123456789", min_size=1, max_size=20).map(str.encode)


@pytest.mark.fault("F27")
@given(st.lists(CODES), st.integers(1, 7), st.sampled_from(Framing), st.data())
def test_frames_whatever_the_pieces(codes, piece, framing, data):
    framer = framing.framer(max_frame=30, gap_s=0)
    wire = b"".join(framing.frame(code.decode()) for code in codes)
    cut = data.draw(st.integers(0, len(wire)))
    fed = [
        frame
        for start in range(0, cut, piece)
        for frame in framer.feed(wire[start : min(cut, start + piece)], at_s=0)
    ]
    # What was cut never becomes a code: neither its half, nor joined to the next.
    framer.restart()
    fed += framer.feed(framing.frame("NEXT"), at_s=0)
    *whole, last = fed
    assert last == b"NEXT"
    assert whole == codes[: len(whole)]


@pytest.mark.fault("F27")
@pytest.mark.parametrize("framing", ["cr", "stx_etx"])
async def test_one_byte_at_a_time(any_wires, running, reader_on, peer, framing):
    identity = Framing(framing).frame("OK,KEYENCE,SR-1000,1.0")
    end = b"\r" if framing == "cr" else b"\x03"
    device = peer(
        lambda said: identity if b"KEYENCE" in said else b"", end=end, piece=1
    )
    driver = reader_on(
        any_wires, await any_wires.serve(device), framing=framing, **GIVEN
    )
    async with running(driver):
        assert driver.identity.model == "SR-1000"


@pytest.mark.fault("F27")
@pytest.mark.parametrize(
    ("framing", "said", "texts", "broken"),
    [
        ("cr", b"ONE\rTWO\r\nTHREE\r", ["ONE", "TWO", "THREE"], 0),
        ("cr", b"x" * 2000 + b"\rONE\r", ["ONE"], 1),
        ("stx_etx", b"\x02ONE\x03\r\n\x02TWO\x03", ["ONE", "TWO"], 0),
        ("stx_etx", b"\x02HALF\x02ONE\x03", ["ONE"], 1),
        ("stx_etx", b"NE\x03\x02TWO\x03", ["TWO"], 1),
        ("stx_etx", b"ONE\r\x02TWO\x03", ["TWO"], 1),
    ],
)
def test_dirt(
    virtual, memory_wires, running, reader_on, played, framing, said, texts, broken
):
    async def story():
        wires = memory_wires()
        identity = Framing(framing).frame("OK,KEYENCE,SR-1000,1.0")
        device = played(1.0, said, answers={b"KEYENCE": identity})
        driver = reader_on(wires, await wires.serve(device), framing=framing, **GIVEN)
        async with running(driver):
            await asyncio.sleep(2)
            assert [
                (await driver.read()).text for _ in range(driver.counts.results)
            ] == texts
            assert driver.broken_frames == broken

    virtual(story())


@pytest.mark.fault("F37")
@pytest.mark.parametrize(
    "says", [b"", b"CODE\r", b"^0=RS2\t5\r", b"OK,NUM,1,2,3,4,5\r"]
)
def test_a_stranger_under_its_address_never_becomes_ready(
    virtual, memory_wires, running, reader_on, peer, says
):
    async def story():
        wires = memory_wires()
        device = peer(lambda _said: says)
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
        address = await wires.serve(KeyenceReader().serve)
        driver = reader_on(wires, address, identity="SR-2000", **GIVEN)
        async with running(driver, ready=False):
            await asyncio.sleep(1)
            assert "another device answers here" in driver.status().detail

    virtual(story())


@pytest.mark.fault("F38")
def test_a_flood_is_bounded_and_counted(virtual, memory_wires, running, reader_on):
    async def story():
        wires = memory_wires()

        async def handler(stream):
            await stream.receive()
            await stream.send(b"OK,KEYENCE,SR-1000,1.0\r")
            for number in range(5000):
                await stream.send(b"CODE-%d\r" % number)
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


@pytest.mark.fault("F29")
@pytest.mark.parametrize("answer", [b"OK,NUM,1,2\r", b"OK,NUM,a,b,c,d,e\r", b""])
def test_nonsense_for_counters_ends_the_link(
    virtual, memory_wires, running, reader_on, peer, answer
):
    async def story():
        wires = memory_wires()
        answers = {b"KEYENCE\r": b"OK,KEYENCE,SR,1\r", b"NUM\r": answer}
        driver = reader_on(wires, await wires.serve(peer(answers.get)), **GIVEN)
        async with running(driver):
            await asyncio.sleep(8)
            assert driver.session == 2

    virtual(story())


@pytest.mark.fault("F37")
def test_a_reader_without_counters_stays(
    virtual, memory_wires, running, reader_on, peer
):
    async def story():
        wires = memory_wires()
        answers = {b"KEYENCE\r": b"OK,KEYENCE,BL,1\r", b"NUM\r": b"ER,NUM,00\r"}
        driver = reader_on(wires, await wires.serve(peer(answers.get)), **GIVEN)
        async with running(driver):
            await asyncio.sleep(20)
            assert driver.session == 1

    virtual(story())


@given(st.lists(st.integers(0, 300), max_size=20), st.integers(0, 65535))
def test_counters_that_wrap_reconcile(rises, begin):
    reconciler = Reconciler()
    given_, ours = begin, 7
    for rise in [0, *rises]:
        given_ += rise
        ours += rise
        counters = Counters(ok=given_ % 65536, ng=0, error=0, stable=0, triggers=0)
        assert reconciler.missing(counters, ours) == 0

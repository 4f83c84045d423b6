"""F27, F28, F37, F38 for SSI: every byte spoilt in its turn, ACKs lost, strangers."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.base import LinkState
from drivers.readers.reads import QUEUE_READS
from drivers.readers.ssi.codec import PacketParser
from drivers.readers.ssi.joining import Joiner
from drivers.readers.ssi.messages import Packet, Spoilt
from simulators.readers.ssi import SsiDevice, packet

KIND = "ssi"
GIVEN = {"kind": KIND, "wakeup": False, "trigger_ms": 500, "probe_every_s": 0}
REVISION = packet(0xA4, b"R")
TEXTS = st.binary(min_size=1, max_size=30)


@pytest.mark.fault("F27")
@given(st.lists(TEXTS), st.integers(1, 9), st.binary(max_size=4))
def test_packets_whatever_the_pieces_and_the_noise(texts, piece, noise):
    noise = bytes(byte for byte in noise if byte < 4)  # what cannot begin a packet
    wire = b"".join(noise + packet(0xF3, text) for text in texts)
    parser = PacketParser()
    heard = [
        p
        for start in range(0, len(wire), piece)
        for p in parser.feed(wire[start : start + piece], at_s=0)
    ]
    assert [p.data for p in heard] == texts
    assert parser.broken == 0


@pytest.mark.fault("F27")
@given(st.data())
def test_a_spoilt_byte_never_makes_a_code(data):
    texts = [b"]d2CODE-1", b"]d2CODE-2"]
    wire = bytearray(b"".join(packet(0xF3, b"\x1b" + text) for text in texts))
    place = data.draw(st.integers(0, len(wire) - 1))
    wire[place] ^= data.draw(st.integers(1, 255))
    parser = PacketParser()
    heard = [*parser.feed(bytes(wire), at_s=0), *parser.feed(b"", at_s=1)]
    told = [p.data[1:] for p in heard if isinstance(p, Packet) and p.opcode == 0xF3]
    assert [text for text in told if text not in texts] == []
    assert len(told) < 2 or place in {3, len(wire) // 2 + 3}


@pytest.mark.fault("F27")
def test_a_pause_inside_a_packet_discards_it():
    parser = PacketParser(gap_s=0.5)
    whole = packet(0xF3, b"\x1bCODE")
    assert parser.feed(whole[:5], at_s=0) == []
    assert [p.data for p in parser.feed(whole, at_s=1)] == [b"\x1bCODE"]
    assert parser.broken == 1


def spoiling(*which):
    """Turns over a byte of the outgoing packets with these numbers."""
    sent = 0

    def spoil(data):
        nonlocal sent
        sent += 1
        return data[:-1] + bytes([data[-1] ^ 1]) if sent in which else data

    return spoil


@pytest.mark.fault("F27")
@pytest.mark.parametrize(
    ("spoilt", "texts"),
    [
        ((1,), ["AB" * 200, "NEXT"]),  # the first part, once
        ((2, 3), ["AB" * 200, "NEXT"]),  # the second, twice
        ((2, 3, 4), ["NEXT"]),  # given up: lost whole, and joined to nothing
        ((1, 2, 3), ["NEXT"]),
    ],
)
def test_spoilt_parts_are_asked_for_again(
    virtual, memory_wires, running, reader_on, spoilt, texts
):
    async def story():
        wires = memory_wires()
        device = SsiDevice()
        driver = reader_on(wires, await wires.serve(device.serve), **GIVEN)
        async with running(driver):
            device.spoil = spoiling(*spoilt)
            device.read("AB" * 200, aim="]Q1")
            await asyncio.sleep(0.1)
            device.spoil = lambda data: data
            device.read("NEXT", aim="]Q1")
            await asyncio.sleep(0.1)
            assert [
                (await driver.read()).text for _ in range(driver.counts.reads)
            ] == texts
            assert device.given_up == 2 - len(texts)

    virtual(story())


@pytest.mark.fault("F28")
def test_lost_acks_bring_no_scan_twice(virtual, memory_wires, running, reader_on):
    async def story():
        wires = memory_wires()

        class Deaf(SsiDevice):
            deaf = False

            def session(self):
                session = super().session()
                hear = session.feed
                session.feed = lambda data, now_s: (
                    b"" if self.deaf else hear(data, now_s)
                )
                return session

        device = Deaf()
        address = await wires.serve(device.serve)
        driver = reader_on(wires, address, repeat_ms=0, **GIVEN)
        async with running(driver):
            device.deaf = True
            device.read("CODE", aim="]Q1")
            await asyncio.sleep(10)  # sent three times, acknowledged three times
            device.deaf = False
            assert driver.counts.reads == 1
            assert driver._joiner.repeats == 2
            assert device.given_up == 1
            device.read("CODE", aim="]Q1")  # scanned again: a scan of its own
            await asyncio.sleep(0.1)
            assert driver.counts.reads == 2

    virtual(story())


def part(text, *, again=False, more=False):
    return Packet(opcode=0xF3, status=again | more << 1, data=b"\x1c" + text)


BEGUN = part(b"A", more=True)


@pytest.mark.parametrize(
    ("steps", "scans"),
    [
        ([BEGUN, part(b"B")], [b"AB"]),
        (
            [part(b"A", more=True), part(b"A", more=True, again=True), part(b"B")],
            [b"AB"],
        ),
        ([BEGUN, "spoilt", part(b"B", again=True)], [b"AB"]),
        ([BEGUN, "spoilt", part(b"B")], [b"B"]),
        ([BEGUN, "late", part(b"B")], [b"B"]),
        ([part(b"A"), part(b"A", again=True)], [b"A"]),
        ([part(b"A"), part(b"A")], [b"A", b"A"]),
        ([part(b"A"), "spoilt", part(b"A", again=True)], [b"A", b"A"]),
        ([part(b"x" * 60, more=True), part(b"x" * 60), part(b"B")], [b"B"]),
        ([Packet(opcode=0xF3), part(b"B")], [b"B"]),
        (
            [part(b"A", more=True), Packet(opcode=0xF3, data=b"\x0fB"), part(b"C")],
            [b"C"],
        ),
    ],
)
def test_parts_are_joined_or_dropped(steps, scans):
    joiner = Joiner(longest=100, gap_s=2)
    at_s, joined = 0.0, []
    for step in steps:
        if step == "spoilt":
            joiner.spoilt()
        elif step == "late":
            at_s += 3
        elif (scan := joiner.join(step, at_s=at_s)) is not None:
            joined.append(scan[1])
    assert joined == scans


def test_a_scan_without_end_is_not_kept():
    joiner = Joiner(longest=1000, gap_s=0)
    for _ in range(10_000):
        joiner.join(part(b"x" * 250, more=True), at_s=0)
    assert len(joiner._so_far) < 2000
    joiner.join(part(b"x"), at_s=0)
    assert joiner.broken == 1


@pytest.mark.fault("F37")
@pytest.mark.parametrize("says", [b"", b"]d2CODE\r\n", packet(0xD0), b"\xff" * 300])
def test_a_stranger_under_its_address_never_becomes_ready(
    virtual, memory_wires, running, reader_on, peer, says
):
    async def story():
        wires = memory_wires()
        device = peer(lambda _said: says, end=b"")
        driver = reader_on(wires, await wires.serve(device), **GIVEN)
        async with running(driver, ready=False):
            await asyncio.sleep(30)
            assert driver.session == 0
            assert driver.status().link is not LinkState.READY
            assert driver.counts.results == 0

    virtual(story())


@pytest.mark.fault("F38")
def test_a_flood_is_bounded_and_counted(virtual, memory_wires, running, reader_on):
    async def story():
        wires = memory_wires()

        async def handler(stream):
            await stream.receive()
            await stream.send(REVISION)
            hearing = asyncio.create_task(drain(stream))
            for number in range(5000):
                await stream.send(packet(0xF3, b"\x1c]Q1CODE-%d" % number))
            await hearing

        async def drain(stream):
            while await stream.receive():
                pass

        driver = reader_on(wires, await wires.serve(handler), **GIVEN)
        async with running(driver):
            ticks = 0
            while driver.counts.reads < 5000:
                await asyncio.sleep(0)
                ticks += 1
            assert ticks > 1000
            assert driver.counts.dropped == 5000 - QUEUE_READS

    virtual(story())


@pytest.mark.fault("F27")
async def test_one_byte_at_a_time(any_wires, running, reader_on, peer):
    device = peer(lambda _said: REVISION, end=b"", piece=1)
    driver = reader_on(any_wires, await any_wires.serve(device), **GIVEN)
    async with running(driver):
        assert driver.identity.firmware == "R"


def test_spoilt_is_told_once_for_all_that_follows():
    parser = PacketParser()
    spoilt = bytearray(packet(0xF3, b"\x1c" + b"\x05\x06\x00" * 20))
    spoilt[-1] ^= 1
    assert parser.feed(bytes(spoilt), at_s=0) == [Spoilt()]
    assert parser.feed(bytes(spoilt), at_s=1) == [Spoilt()]
    assert [p.opcode for p in parser.feed(packet(0xD0), at_s=2)] == [0xD0]

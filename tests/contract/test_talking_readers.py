"""What holds for every reader that answers commands on its result wire."""

import asyncio

import pytest

from drivers.errors import LinkDown
from simulators.readers.dataman import DataManReader
from simulators.readers.keyence_sr import KeyenceReader
from simulators.readers.sick_cola import SickReader
from simulators.readers.ssi import SsiDevice, packet

MADE = {
    "dataman": (DataManReader, {"no_read": "NOREAD"}),
    "keyence_sr": (KeyenceReader, {}),
    "sick_cola": (SickReader, {}),
    "ssi": (SsiDevice, {"wakeup": False}),
}
SAID = {
    "dataman": b"||[1]WHOLE\r\n",
    "keyence_sr": b"WHOLE\r",
    "sick_cola": b"WHOLE\r\n",
    "ssi": packet(0xF3, b"\x1c]Q1WHOLE"),
}
# What each sends to have the reader look.
LOOK = {
    "dataman": b"TRIGGER",
    "keyence_sr": b"LON",
    "sick_cola": b"gateon",
    "ssi": b"\xe4",
}


class Cutting:
    """A simulated reader whose first connection says `said` once it was greeted, and
    ends when it hears `until`."""

    def __init__(self, kind, *, said=b"", until=b""):
        self.reader = MADE[kind][0]()
        self.said, self.until = said, until
        self.connections = 0

    async def __call__(self, stream):
        self.connections += 1
        if self.connections > 1:
            await self.reader.serve(stream)
            return
        cutting = asyncio.create_task(self._cut(stream))
        watched = Watched(stream, self.until, cutting)
        await self.reader.serve(watched)
        cutting.cancel()

    async def _cut(self, stream):
        await asyncio.sleep(0.5)
        if self.said:
            await stream.send(self.said)
            await stream.close()


class Watched:
    """A stream that ends when `until` comes."""

    def __init__(self, stream, until, cutting):
        self._stream, self._until, self._cutting = stream, until, cutting

    async def receive(self):
        data = await self._stream.receive()
        return b"" if self._until and self._until in data else data

    async def send(self, data):
        await self._stream.send(data)

    async def close(self):
        await self._stream.close()


@pytest.mark.fault("F27")
@pytest.mark.parametrize("kind", MADE)
def test_half_a_frame_is_not_joined_to_the_next_connections(
    virtual, memory_wires, running, reader_on, kind
):
    async def story():
        wires = memory_wires()
        device = Cutting(kind, said=SAID[kind][:-4])
        given = {"kind": kind, "probe_every_s": 0, **MADE[kind][1]}
        driver = reader_on(wires, await wires.serve(device), **given)
        async with running(driver):
            await asyncio.sleep(1)
            await driver.link.wait_ready()
            device.reader.read("NEXT", aim="]Q1")
            assert (await driver.read()).text == "NEXT"
            assert driver.session == 2
            assert (driver.counts.results, driver.broken_frames) == (1, 1)

    virtual(story())


@pytest.mark.fault("F23")
@pytest.mark.parametrize("kind", MADE)
def test_a_question_ends_with_the_connection_and_not_with_its_time(
    virtual, memory_wires, running, reader_on, kind
):
    async def story():
        wires = memory_wires()
        device = Cutting(kind, until=LOOK[kind])
        given = {"kind": kind, "probe_every_s": 0, **MADE[kind][1]}
        driver = reader_on(wires, await wires.serve(device), **given)
        loop = asyncio.get_running_loop()
        async with running(driver):
            begun_s = loop.time()
            with pytest.raises(LinkDown):
                await driver.trigger()
            assert loop.time() - begun_s < 0.1
            await driver.link.wait_ready()

    virtual(story())


@pytest.mark.parametrize("kind", MADE)
def test_looks_and_signs_of_life_take_turns(
    virtual, memory_wires, running, reader_on, kind
):
    async def story():
        wires = memory_wires()
        device = MADE[kind][0]()
        device.scene = "CODE"
        given = {"kind": kind, "probe_every_s": 0.05, **MADE[kind][1]}
        driver = reader_on(wires, await wires.serve(device.serve), **given)
        async with running(driver):
            for _ in range(50):
                await asyncio.gather(driver.trigger(), driver.trigger())
                await asyncio.sleep(0.6)  # over the repeat window of a handheld
            assert driver.session == 1
            assert driver.foreign == 0
            assert driver.counts.results + driver.counts.repeated == 100
            assert driver.latency.by_exchange["probe"].total > 100

    virtual(story())


@pytest.mark.parametrize("turns", range(8))
@pytest.mark.parametrize("kind", MADE)
def test_an_end_in_the_moment_the_link_breaks_is_heard(
    virtual, memory_wires, running, reader_on, kind, turns
):
    """The agent is told to end while the reader's power goes: it must not dial on."""

    async def story():
        wires = memory_wires()
        device = MADE[kind][0]()
        address = await wires.serve(device.serve)
        given = {"kind": kind, "probe_every_s": 1, **MADE[kind][1]}
        driver = reader_on(wires, address, **given)
        task = asyncio.create_task(driver.run())
        await driver.link.wait_ready()
        wires.dialer.cut(address)
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
        done, _ = await asyncio.wait({task}, timeout=60)
        assert done == {task}
        assert task.cancelled()

    virtual(story())

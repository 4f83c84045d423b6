"""A link's life on virtual time: back-off, loss, exchanges, sessions, probes."""

import asyncio
import logging
import random

import pytest

from drivers.base import LinkState
from drivers.errors import DeviceFault, LinkDown, ProtocolFault
from drivers.link import Backoff, Link, received
from drivers.transports.memory import MemoryNetwork
from drivers.transports.memory_wires import joined

ADDRESS = "tcp://device:1"


async def echo(stream):
    while data := await stream.receive():
        await stream.send(data)


def link_to(network, **settings):
    settings.setdefault("rng", random.Random(5))
    return Link("dev", lambda: network.open_stream(ADDRESS), **settings)


def test_it_comes_up_and_closes_with_its_task(virtual, running):
    async def story():
        network = MemoryNetwork()
        network.listen(ADDRESS, echo)
        link = link_to(network)
        assert link.status().link is LinkState.DOWN
        async with running(_Device(link)):
            assert link.status().link is LinkState.READY
            assert link.session == 1
            async with link.exchange(timeout_s=1) as wire:
                await wire.send(b"hello")
                assert await received(wire) == b"hello"
        assert link.status().link is LinkState.CLOSED
        with pytest.raises(LinkDown, match=r"not connected \(closed\)"):
            async with link.exchange(timeout_s=1):
                pass

    virtual(story())


class _Device:
    def __init__(self, link):
        self.link = link

    async def run(self):
        await self.link.run()


def test_backoff_grows_to_its_cap_with_full_jitter():
    backoff = Backoff(first_s=0.2, cap_s=5.0)
    rng = random.Random(1)
    for failures in range(1, 40):
        ceiling = min(5.0, 0.2 * 2 ** (failures - 1))
        pauses = [backoff.pause_s(failures, rng) for _ in range(200)]
        assert min(pauses) >= 0.01
        assert max(pauses) <= ceiling
        assert max(pauses) > ceiling * 0.9


def test_refusals_back_off_and_only_the_first_is_news(virtual, running, caplog):
    caplog.set_level(logging.DEBUG, logger="drivers.link")

    async def story():
        network = MemoryNetwork()
        dials = []

        async def connect():
            dials.append(asyncio.get_running_loop().time())
            return await network.open_stream(ADDRESS)

        link = Link("dev", connect, rng=random.Random(5))
        async with running(_Device(link), ready=False):
            await asyncio.sleep(60)
            assert "nobody listens" in link.status().detail
            network.listen(ADDRESS, echo)
            await link.wait_ready()
        # Full jitter up to 5 s: two dozen attempts a minute, neither 3 nor 6,000.
        assert 15 < len(dials) < 60
        assert link.session == 1

    virtual(story())
    warnings = [r for r in caplog.records if r.levelno == logging.WARNING]
    assert [r.getMessage() for r in warnings] == [
        "dev: nobody listens at tcp://device:1"
    ]


def test_a_peer_that_accepts_and_closes_is_not_hammered(virtual, running):
    async def story():
        network = MemoryNetwork()
        connections = []

        async def slam(stream):
            connections.append(stream)

        async def listen(wire):
            while await received(wire):
                pass

        network.listen(ADDRESS, slam)
        link = link_to(network, serve=listen)
        async with running(_Device(link), ready=False):
            await asyncio.sleep(60)
        assert 15 < len(connections) < 60

    virtual(story())


def test_a_link_that_stood_long_is_redialled_soon(virtual, running):
    async def story():
        loop = asyncio.get_running_loop()
        network = MemoryNetwork()
        network.listen(ADDRESS, echo)
        link = link_to(network, serve=_listen)
        async with running(_Device(link)):
            for session in range(2, 40):
                await asyncio.sleep(10)
                network.cut(ADDRESS)
                await asyncio.sleep(0)
                cut_s = loop.time()
                await link.wait_ready()
                assert link.session == session
                assert loop.time() - cut_s <= 0.25

    virtual(story())


async def _asked(link, question, *, timeout_s):
    async with link.exchange(timeout_s=timeout_s) as wire:
        await wire.send(question)
        return await received(wire)


async def _listen(wire):
    while await received(wire):
        pass


def test_silence_times_out_and_closes_the_wire(virtual, running):
    async def story():
        ours, theirs = joined()

        async def connect():
            return ours

        link = Link("dev", connect, rng=random.Random(5))
        async with running(_Device(link)):
            with pytest.raises(LinkDown, match="dev: no answer in time"):
                await _asked(link, b"anybody?", timeout_s=1.5)
            assert asyncio.get_running_loop().time() == pytest.approx(1.5)
            assert link.status().link is LinkState.DOWN
            assert await theirs.receive() == b"anybody?"
            assert await theirs.receive() == b""

    virtual(story())


@pytest.mark.parametrize(
    "error", [ProtocolFault("dev", "nonsense"), DeviceFault("dev", "x")]
)
def test_whatever_leaves_an_exchange_closes_it_and_passes_through(
    virtual, running, error
):
    async def story():
        network = MemoryNetwork()
        network.listen(ADDRESS, echo)
        link = link_to(network)
        async with running(_Device(link)):
            with pytest.raises(type(error)) as caught:
                async with link.exchange(timeout_s=1):
                    raise error
            assert caught.value is error
            assert link.status().link is LinkState.DOWN
            await link.wait_ready()
            assert link.session == 2

    virtual(story())


def test_a_cancelled_exchange_closes_the_wire(virtual, running):
    async def story():
        network = MemoryNetwork()
        network.listen(ADDRESS, echo)
        link = link_to(network)

        async def ask():
            async with link.exchange(timeout_s=60) as wire:
                await received(wire)

        async with running(_Device(link)):
            asking = asyncio.create_task(ask())
            await asyncio.sleep(1)
            asking.cancel()
            with pytest.raises(asyncio.CancelledError):
                await asking
            assert link.status().detail == "an exchange was cancelled"
            with pytest.raises(LinkDown):
                async with link.exchange(timeout_s=1):
                    pass
            await link.wait_ready()
            assert link.session == 2

    virtual(story())


def test_a_cancelled_wait_for_its_turn_harms_nobody(virtual, running):
    async def story():
        network = MemoryNetwork()
        network.listen(ADDRESS, echo)
        link = link_to(network)

        async def ask(text, pause_s):
            async with link.exchange(timeout_s=60) as wire:
                await wire.send(text)
                await asyncio.sleep(pause_s)
                return await received(wire)

        async with running(_Device(link)):
            first = asyncio.create_task(ask(b"1", 2))
            second = asyncio.create_task(ask(b"2", 0))
            await asyncio.sleep(1)
            second.cancel()
            assert await first == b"1"
            assert link.session == 1
            assert link.status().link is LinkState.READY

    virtual(story())


def test_exchanges_take_turns(virtual, running):
    async def story():
        network = MemoryNetwork()
        network.listen(ADDRESS, echo)
        link = link_to(network)
        spans = []

        async def ask(text):
            async with link.exchange(timeout_s=5) as wire:
                begin = len(spans)
                spans.append(text)
                await wire.send(text)
                await asyncio.sleep(0.1)
                assert await received(wire) == text
                assert spans[begin:] == [text]

        async with running(_Device(link)):
            await asyncio.gather(*(ask(b"%d" % n) for n in range(20)))
            assert link.session == 1

    virtual(story())


def test_who_waited_for_a_lost_wire_gets_link_down_or_the_next_one(virtual, running):
    async def story():
        network = MemoryNetwork()
        network.listen(ADDRESS, echo)
        link = link_to(network)

        async def silent():
            async with link.exchange(timeout_s=1) as wire:
                await received(wire)

        async with running(_Device(link)):
            results = await asyncio.gather(silent(), silent(), return_exceptions=True)
            assert [type(result) for result in results] == [LinkDown, LinkDown]
            assert "not connected" in results[1].message

    virtual(story())


def test_nobody_uses_a_wire_that_has_not_shown_who_it_is(virtual, running):
    async def story():
        network = MemoryNetwork()
        network.listen(ADDRESS, echo)
        greetings = []

        async def greet(wire):
            greetings.append(wire)
            if len(greetings) == 1:
                raise ProtocolFault("dev", "a stranger")
            await asyncio.sleep(1)

        link = link_to(network, on_up=greet)
        async with running(_Device(link), ready=False):
            await asyncio.sleep(0)
            assert link.status().detail == "a stranger"
            await asyncio.sleep(0.5)
            assert link.status().link is LinkState.OPENING
            with pytest.raises(LinkDown):
                async with link.exchange(timeout_s=1):
                    pass
            await link.wait_ready()
            assert link.session == 1
            assert await greetings[0].receive() == b""

    virtual(story())


def test_a_greeting_that_hangs_is_given_up(virtual, running):
    async def story():
        network = MemoryNetwork()
        network.listen(ADDRESS, echo)

        async def greet(wire):
            await received(wire)

        link = link_to(network, on_up=greet, up_timeout_s=2)
        async with running(_Device(link), ready=False):
            await asyncio.sleep(2.001)
            assert link.status().detail == "no answer in time"

    virtual(story())


def test_an_idle_link_is_probed_and_a_busy_one_is_not(virtual, running):
    async def story():
        network = MemoryNetwork()
        network.listen(ADDRESS, echo)
        probes = []

        async def probe(wire):
            probes.append(asyncio.get_running_loop().time())
            await wire.send(b"?")
            await received(wire)

        link = link_to(network, probe=probe, probe_every_s=5)
        async with running(_Device(link)):
            for _ in range(20):
                await asyncio.sleep(1)
                async with link.exchange(timeout_s=1):
                    pass
            assert probes == []
            await asyncio.sleep(21)
            assert len(probes) >= 3
            network.cut(ADDRESS)
            await asyncio.sleep(11)
            assert link.session == 2

    virtual(story())


def test_a_program_error_while_dialling_is_not_hidden(virtual):
    async def story():
        async def connect():
            raise ValueError("bad address")

        link = Link("dev", connect, rng=random.Random(5))
        with pytest.raises(ValueError, match="bad address"):
            await link.run()
        assert link.status().link is LinkState.CLOSED

    virtual(story())

"""Replies nobody asked for: counted, never believed, over TCP and RTU (F35, F27, F38).

A scripted server says exactly what the test wants it to say.
"""

import asyncio
import random
import struct
from contextlib import suppress

import pytest

from drivers.errors import LinkDown
from drivers.io.line_io.driver import ModbusLineIO
from drivers.link import Link
from drivers.transports import modbus
from drivers.transports.addresses import parse_registers
from drivers.transports.base import RegisterRefusedError
from drivers.transports.dialer import RealDialer
from drivers.wiretap import Direction, WireTap
from simulators.modbus_rtu import RtuLine, crc


class Script:
    """A TCP server that sends `says(request)` for each request, in pieces if asked."""

    def __init__(self, says, *, piece=0):
        self.says = says
        self.piece = piece
        self.connections = 0
        self._tasks = set()

    async def __aenter__(self):
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        port = self._server.sockets[0].getsockname()[1]
        self.address = f"modbus://127.0.0.1:{port}/1"
        return self

    async def __aexit__(self, *_error):
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()

    async def _serve(self, reader, writer):
        self.connections += 1
        self._tasks.add(asyncio.current_task())
        try:
            while head := await reader.read(7):
                size = int.from_bytes(head[4:6], "big") - 1
                reply = self.says(head + await reader.readexactly(size))
                if reply is None:
                    break
                step = self.piece or max(1, len(reply))
                for start in range(0, len(reply), step):
                    writer.write(reply[start : start + step])
                    await writer.drain()
                    await asyncio.sleep(0)
        except (ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.close()


def mbap(transaction, pdu, unit=1):
    return struct.pack(">HHHB", transaction, 0, len(pdu) + 1, unit) + pdu


def number(request):
    return int.from_bytes(request[:2], "big")


RIGHT = bytes.fromhex("0304002a002b")
STRANGERS = {
    "late reply to an earlier request": lambda n: mbap(n - 1, RIGHT),
    "another unit": lambda n: mbap(n, RIGHT, unit=2),
    "another function": lambda n: mbap(n, bytes.fromhex("0404002a002b")),
    "too few registers": lambda n: mbap(n, bytes.fromhex("0302002a")),
    "too many registers": lambda n: mbap(n, bytes.fromhex("0306002a002b002c")),
    "a byte count that lies": lambda n: mbap(n, bytes.fromhex("0306002a002b")),
    "the exception of another function": lambda n: mbap(n, b"\x90\x02"),
    "an exception without its code": lambda n: mbap(n, b"\x83\x02\x00"),
}


async def opened(address, tap):
    return await RealDialer().open_registers(address, tap)


async def given_up(asking, tap):
    """Gives the question up once a stranger came: that was no answer."""
    asking = asyncio.ensure_future(asking)
    async with asyncio.timeout(30):
        while not tap.foreign:  # noqa: ASYNC110 (a tap has no event for it)
            await asyncio.sleep(0.005)
    assert not asking.done()
    asking.cancel()
    await asyncio.wait({asking})


@pytest.mark.fault("F35")
@pytest.mark.parametrize("stranger", STRANGERS)
async def test_a_stranger_is_counted_and_the_answer_behind_it_believed(stranger):
    def says(request):
        return STRANGERS[stranger](number(request)) + mbap(number(request), RIGHT)

    tap = WireTap("plc")
    async with Script(says) as server:
        client = await opened(server.address, tap)
        assert await client.read_holding(0, 2) == (42, 43)
        await client.close()
    assert tap.foreign == 1


@pytest.mark.fault("F35")
@pytest.mark.parametrize("stranger", STRANGERS)
async def test_a_stranger_alone_is_no_answer(stranger):
    tap = WireTap("plc")
    async with Script(lambda request: STRANGERS[stranger](number(request))) as server:
        client = await opened(server.address, tap)
        await given_up(client.read_holding(0, 2), tap)
        with pytest.raises(OSError):
            await client.read_holding(0, 2)
    assert tap.foreign == 1


@pytest.mark.fault("F35")
async def test_two_strangers_reset_the_connection_at_once():
    def says(request):
        return mbap(number(request) + 7, RIGHT) * 2 + mbap(number(request), RIGHT)

    tap = WireTap("plc")
    async with Script(says) as server:
        client = await opened(server.address, tap)
        async with asyncio.timeout(20):
            with pytest.raises(OSError, match="nobody asked for"):
                await client.read_holding(0, 2)
        with pytest.raises(OSError):
            await client.read_holding(0, 2)
    assert tap.foreign == 2


@pytest.mark.fault("F35")
@pytest.mark.parametrize(
    "echo",
    ["0500040000", "050005ff00", "0f000400010101", "06000400ff"],
    ids=["other value", "other coil", "other function", "register for coil"],
)
async def test_a_write_is_believed_only_with_its_echo(echo):
    def says(request):
        return mbap(number(request), bytes.fromhex(echo))

    tap = WireTap("io")
    async with Script(says) as server:
        client = await opened(server.address, tap)
        await given_up(client.write_coil(4, True), tap)
    assert tap.foreign == 1


@pytest.mark.fault("F27")
async def test_one_byte_at_a_time_is_one_reply():
    async with Script(lambda r: mbap(number(r), RIGHT), piece=1) as server:
        client = await opened(server.address, None)
        for _ in range(5):
            assert await client.read_holding(0, 2) == (42, 43)
        await client.close()


@pytest.mark.fault("F23")
@pytest.mark.parametrize("kept", range(len(mbap(1, RIGHT))))
async def test_a_reply_cut_after_each_byte_fails_at_once(kept):
    heard = []

    def says(request):
        heard.append(request)
        return mbap(number(request), RIGHT)[:kept] if len(heard) == 1 else None

    async with Script(says) as server:
        server.says = says
        client = await opened(server.address, None)
        reading = asyncio.ensure_future(client.read_holding(0, 2))
        async with asyncio.timeout(20):
            while not heard:  # noqa: ASYNC110 (a list has no event)
                await asyncio.sleep(0.005)
        server._server.close()
        for task in server._tasks:
            task.cancel()
        async with asyncio.timeout(20):
            with pytest.raises(OSError, match="closed by the device"):
                await reading


@pytest.mark.fault("F35")
@pytest.mark.parametrize(
    "junk",
    [
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        bytes.fromhex("000100010006010304002a002b"),
        bytes.fromhex("0001000000020103"),
        bytes.fromhex("00010000ffff010304002a002b"),
    ],
    ids=["another protocol", "protocol number", "too short", "too long"],
)
async def test_what_is_no_modbus_ends_the_connection_at_once(junk):
    tap = WireTap("plc")
    async with Script(lambda _request: junk) as server:
        client = await opened(server.address, tap)
        async with asyncio.timeout(20):
            with pytest.raises(OSError, match="no Modbus frame"):
                await client.read_holding(0, 2)
    assert tap.foreign == 1
    assert junk in [f.data for f in tap.frames() if f.direction is Direction.RECEIVED]


@pytest.mark.fault("F38")
async def test_a_flood_of_replies_is_cut_off():
    flood = mbap(9999, RIGHT) * 100_000
    tap = WireTap("plc")
    async with Script(lambda _request: flood) as server:
        client = await opened(server.address, tap)
        async with asyncio.timeout(20):
            with pytest.raises(OSError):
                await client.read_holding(0, 2)
    assert tap.foreign == 2


@pytest.mark.fault("F35")
async def test_the_line_shows_the_strangers_and_goes_on(running):
    """Each connection is reset at its second stranger; the link dials again."""
    lies = 3

    def says(request):
        nonlocal lies
        count = int.from_bytes(request[10:12], "big")
        right = bytes((3, 2 * count, 0, 1)) + bytes(2 * count - 2)
        if count == 1 or not lies:
            return mbap(number(request), right)
        lies -= 1
        return mbap(number(request) + 1, right)

    async with Script(says) as server:
        driver = ModbusLineIO(
            "plc",
            address=server.address,
            dialer=RealDialer(),
            rng=random.Random(1),
            exchange_timeout_s=1,  # a right answer has time on a busy machine
        )
        async with running(driver):
            state = None
            while state is None:
                with suppress(LinkDown):
                    await driver.link.wait_ready()
                    state = await driver.poll()
            assert state.map_version == 1
            shown = {r.name: r.value for r in driver.readings()}
    assert shown["foreign_replies"] == 3
    assert server.connections == 4


# RTU: replies bear no number.


class Words:
    """Holding registers that count their reads: a stale block shows."""

    def __init__(self):
        self.reads = 0

    def read(self, address, count):
        if address >= 100:
            raise RegisterRefusedError(2)
        self.reads += 1
        return [self.reads] * count

    def write(self, address, values):
        pass

    def write_coils(self, address, values):
        pass


@pytest.fixture
async def rtu():
    async with RtuLine(Words()) as line:
        tap = WireTap("plc")
        client = await RealDialer().open_registers(line.address, tap)
        yield line, client, tap
        await client.close()


async def test_rtu_reads_writes_and_is_refused(rtu):
    _, client, tap = rtu
    assert await client.read_holding(0, 2) == (1, 1)
    await client.write_coil(3, True)
    await client.write_holding(5, [1, 2])
    with pytest.raises(RegisterRefusedError) as refused:
        await client.read_holding(100, 1)
    assert refused.value.code == 2
    assert await client.read_holding(0, 1) == (2,)
    sent = [f.data for f in tap.frames() if f.direction is Direction.SENT]
    assert sent[0] == bytes.fromhex("010300000002") + crc(bytes.fromhex("010300000002"))
    assert tap.foreign == 0


@pytest.mark.fault("F27")
async def test_rtu_noise_round_a_reply_is_left_out(rtu):
    line, client, _ = rtu
    line.before, line.behind = b"\x00\xff", b"\x00"
    assert await client.read_holding(0, 2) == (1, 1)
    assert await client.read_holding(0, 2) == (2, 2)


@pytest.mark.fault("F35")
async def test_rtu_two_replies_to_one_question_are_none(rtu):
    line, client, tap = rtu
    other = bytes.fromhex("010304006300ff")
    line.before = other + crc(other)
    async with asyncio.timeout(20):
        with pytest.raises(OSError, match="more than one reply"):
            await client.read_holding(0, 2)
    assert tap.foreign == 1


@pytest.mark.fault("F35")
@pytest.mark.parametrize(
    "frame", ["020304006300ff", "0104040063ff00", "01030200ff", "0190 02"]
)
async def test_rtu_a_reply_of_another_shape_is_none(rtu, frame):
    line, client, _ = rtu
    line.silent = True
    reading = asyncio.ensure_future(client.read_holding(0, 2))
    await asyncio.sleep(0.02)
    stranger = bytes.fromhex(frame)
    await line.say(stranger + crc(stranger))
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await reading
    with pytest.raises(OSError):
        await client.read_holding(0, 2)


@pytest.mark.fault("F35")
async def test_rtu_a_reply_with_a_flipped_bit_is_none(rtu):
    line, client, _ = rtu
    line.silent = True
    reading = asyncio.ensure_future(client.read_holding(0, 2))
    await asyncio.sleep(0.02)
    right = bytes.fromhex("010304002a002b")
    await line.say(right[:4] + b"\x2b" + right[5:] + crc(right))
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await reading


@pytest.mark.fault("F35")
async def test_rtu_a_late_reply_is_not_believed_after_reconnecting(running):
    """The line is left alone until the slowest reply must be over."""
    async with RtuLine(Words()) as line:
        address = line.address.replace("slowest_ms=20", "slowest_ms=2000")
        tap = WireTap("plc")
        link = Link(
            "plc",
            lambda: RealDialer().open_registers(address, tap),
            rng=random.Random(1),
        )

        class Device:
            pass

        device = Device()
        device.link, device.run = link, link.run
        async with running(device):
            line.late_s = 1
            with pytest.raises(LinkDown, match="no answer in time"):
                async with link.exchange(timeout_s=0.05) as client:
                    await client.read_holding(0, 2)
            async with asyncio.timeout(20):
                await link.wait_ready()
            async with link.exchange(timeout_s=20) as client:
                assert await client.read_holding(0, 2) == (2, 2)
    assert tap.foreign == 1


@pytest.mark.fault("F35")
async def test_rtu_another_master_on_the_line_keeps_us_off(monkeypatch):
    monkeypatch.setattr(modbus, "_ADAPTER_S", 2)  # a busy machine is no quiet line
    async with RtuLine(Words()) as line:
        address = line.address.replace("slowest_ms=20", "slowest_ms=1000")
        opening = asyncio.ensure_future(RealDialer().open_registers(address))

        async def chatter():
            await asyncio.sleep(0.01)
            while not opening.done():
                await line.say(b"\x02\x03\x00\x00")
                await asyncio.sleep(0.005)

        await asyncio.wait_for(chatter(), 30)
        with pytest.raises(OSError, match="somebody else talks"):
            await opening


@pytest.mark.fault("F38")
async def test_rtu_a_flood_is_cut_off(rtu):
    line, client, tap = rtu
    line.silent = True
    reading = asyncio.ensure_future(client.read_holding(0, 2))
    await asyncio.sleep(0.01)
    flooding = asyncio.ensure_future(line.say(b"\x55" * 200_000))
    with pytest.raises((TimeoutError, OSError)):
        async with asyncio.timeout(20):
            await reading
    await client.close()
    flooding.cancel()
    await asyncio.gather(flooding, return_exceptions=True)
    assert tap.foreign == 1


async def test_rtu_the_line_io_driver_runs_on_it(running):
    class Map(Words):
        def read(self, address, count):
            return ([1, 5] + [0] * 94)[address : address + count]

    async with RtuLine(Map()) as line:
        driver = ModbusLineIO(
            "plc",
            address=line.address,
            dialer=RealDialer(),
            rng=random.Random(1),
            exchange_timeout_s=20,
        )
        async with running(driver):
            assert (await driver.poll()).boot_id == 5


@pytest.mark.parametrize(
    ("call", "hops"), [(call, hops) for call in ("dial", "read") for hops in range(9)]
)
@pytest.mark.fault("F33")
async def test_a_cancellation_in_any_moment_is_heard(call, hops, monkeypatch):
    """`asyncio.wait_for` of Python 3.11 loses one in the moment its result is there."""
    loop = asyncio.get_running_loop()
    task = None

    def after(left):
        if left:
            loop.call_soon(after, left - 1)
        elif task is not None:
            task.cancel()

    async with Script(lambda r: mbap(number(r), RIGHT)) as server:
        client = None
        tap = WireTap("plc")

        async def work():
            nonlocal client
            client = await RealDialer().open_registers(server.address, tap)
            if call == "read":
                tap.watch(lambda f: f.direction is Direction.RECEIVED and after(hops))
                await client.read_holding(0, 2)
            await asyncio.sleep(30)

        if call == "dial":
            from drivers.transports import modbus_framing

            monkeypatch.setattr(
                modbus_framing.Conversation,
                "on_connect",
                lambda _self, connected: connected and after(hops),
            )
        task = asyncio.create_task(work())
        async with asyncio.timeout(20):
            await asyncio.wait({task})
        assert task.cancelled()
        if client is not None:
            await client.close()


def test_an_rtu_address_says_everything_about_the_line():
    parsed = parse_registers(
        "modbus-rtu:/dev/serial/by-id/usb-1?baud=38400&parity=n&stopbits=2&device_id=7"
    )
    assert (parsed.port.baud, parsed.port.parity, parsed.port.stopbits) == (
        38400,
        "N",
        2.0,
    )
    assert (parsed.device_id, parsed.slowest_ms) == (7, 1000)


@pytest.mark.parametrize(
    ("address", "complaint"),
    [
        ("modbus-rtu:/dev/x?device_id=0", "device_id must be 1 to 247"),
        ("modbus-rtu:/dev/x?slowest_ms=9000", "slowest_ms must be 20 to 2000"),
        ("modbus-rtu:/dev/x?unit=1", "unknown option 'unit'"),
        ("modbus-rtu://host/1", "must look like modbus-rtu:/dev"),
        ("serial:/dev/x?device_id=1", "must look like modbus://"),
    ],
)
def test_a_bad_rtu_address_says_what_is_wrong(address, complaint):
    with pytest.raises(ValueError, match=complaint):
        parse_registers(address)

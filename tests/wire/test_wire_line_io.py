"""Line I/O on Modbus TCP, byte for byte.

Sources: "MODBUS Application Protocol Specification V1.1b3", 6.3 (0x03), 6.12 (0x10) and
7 (exceptions); "MODBUS Messaging on TCP/IP Implementation Guide V1.0b", 3.1.3 (MBAP:
transaction, protocol 0, length, unit); the register map is section 5 of the design,
written out in docs/devices/line-io.md.
"""

import asyncio
import random

import pytest

from drivers.base import LineCommand, Outcome, Verdict
from drivers.errors import DeviceFault, LinkDown
from drivers.io.line_io.driver import ModbusLineIO
from drivers.transports.dialer import RealDialer

KIND = "line_io"
SOURCES = {
    "AP": "MODBUS Application Protocol Specification V1.1b3, 6.3, 6.12 and 7",
    "MBAP": "MODBUS Messaging on TCP/IP Implementation Guide V1.0b, 3.1.3",
    "MAP": "the line I/O contract, docs/devices/line-io.md",
}

VERSION_ASKED = "0001 0000 0006 11 03 1000 0001"
VERSION_TOLD = "0001 0000 0005 11 03 02 0001"
STATE_ASKED = "0002 0000 0006 11 03 1000 0060"


def state_told(registers):
    return "0002 0000 00c3 11 03 c0" + "".join(f"{value:04x}" for value in registers)


@pytest.fixture
async def plc():
    """A PLC that knows one conversation: (asked, told) pairs in hexadecimal."""
    servers = []

    async def start(*script):
        done = asyncio.get_running_loop().create_future()

        async def talk(reader, writer):
            try:
                for asked, told in script:
                    expected = bytes.fromhex(asked)
                    assert (await reader.readexactly(len(expected))).hex() == (
                        expected.hex()
                    )
                    writer.write(bytes.fromhex(told))
                if not done.done():
                    done.set_result(None)
                await reader.read()
            except AssertionError as error:
                done.set_exception(error)
            finally:
                writer.close()

        server = await asyncio.start_server(talk, "127.0.0.1", 0)
        servers.append(server)
        port = server.sockets[0].getsockname()[1]
        io = ModbusLineIO(
            "plc",
            address=f"modbus://127.0.0.1:{port}/17",
            dialer=RealDialer(),
            rng=random.Random(7),
            base=0x1000,
        )
        io.boot_id = 0xBEEF
        running = asyncio.create_task(io.run())
        servers.append(running)
        await io.link.wait_ready()
        return io, done

    yield start
    server, running = servers
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    server.close()


async def test_the_whole_picture_is_one_read(plc):
    registers = [1, 7, 65535, 0b1010101, 1, 2, 0, 65535, 0, 3, 0, 2, 480, 18, 52]
    registers += [0] * (96 - len(registers))
    registers[32 + 5] = 5 * 4 + 1
    registers[32 + 63] = 16383 * 4 + 3
    io, done = await plc(
        (VERSION_ASKED, VERSION_TOLD), (STATE_ASKED, state_told(registers))
    )
    state = await io.poll()
    await done
    assert (state.map_version, state.boot_id, state.heartbeat) == (1, 7, 65535)
    assert (state.running, state.estop, state.air_ok, state.bin_full) == (
        True,
        False,
        True,
        False,
    )
    assert (state.confirm_ok, state.manual, state.needs_reset) == (True, False, True)
    assert (state.items_at_trigger, state.items_at_gate) == (65536 + 2, 65535)
    assert (state.rejects_fired, state.rejects_confirmed) == (3, 2)
    assert (state.belt_mm_s, state.encoder) == (480, 18 * 65536 + 52)
    assert state.outcome(5) is Outcome.PASSED
    assert state.outcome(5 + 16384 * 2) is Outcome.PASSED
    assert state.outcome(16383) is Outcome.ABSENT
    assert state.outcome(6) is Outcome.NONE


async def test_a_beat_is_one_write_of_four(plc):
    told = "0000 0006 11 10 1064 0004"
    io, done = await plc(
        (VERSION_ASKED, VERSION_TOLD),
        ("0002 0000 000f 11 10 1064 0004 08 beef 0001 0001 0004", f"0002 {told}"),
        ("0003 0000 000f 11 10 1064 0004 08 beef 0002 0002 0009", f"0003 {told}"),
    )
    await io.beat(LineCommand(run=True, stop=False, beacon=4))
    await io.beat(LineCommand(run=False, stop=True, beacon=9))
    await done


async def test_verdicts_in_a_row_are_one_write(plc):
    io, done = await plc(
        (VERSION_ASKED, VERSION_TOLD),
        (
            "0002 0000 000b 11 10 1080 0002 04 0101 0106",
            "0002 0000 0006 11 10 1080 0002",
        ),
        ("0003 0000 0009 11 10 10bf 0001 02 fffd", "0003 0000 0006 11 10 10bf 0001"),
    )
    await io.write_verdicts({64: Verdict.PASS, 65: Verdict.REJECT, 16383: Verdict.PASS})
    await done


async def test_a_refusal_is_the_devices_no_and_leaves_the_link_up(plc):
    io, done = await plc(
        (VERSION_ASKED, VERSION_TOLD), (STATE_ASKED, "0002 0000 0003 11 83 02")
    )
    with pytest.raises(DeviceFault, match="Modbus exception 2"):
        await io.poll()
    await done
    assert io.status().link == "ready"


async def test_another_map_version_is_named_beside_ours(plc):
    io, done = await plc(
        (VERSION_ASKED, "0001 0000 0005 11 03 02 0002"),
        (STATE_ASKED, state_told([2] + [0] * 95)),
    )
    with pytest.raises(DeviceFault, match=r"version 2, this agent speaks version 1"):
        await io.beat(LineCommand(run=True, stop=False))
    with pytest.raises(DeviceFault, match=r"version 2, this agent speaks version 1"):
        await io.poll()
    await done


@pytest.mark.parametrize(
    "told",
    [
        "0009 0000 00c3 11 03 c0" + "0001" * 96,  # F35: another transaction's answer
        "0002 0000 0005 11 03 02 0001",  # too few registers
        "0002 0000 0006 11 10 1000 0060",  # the answer to another function
        "",  # silence
    ],
    ids=["foreign transaction", "short", "foreign function", "silence"],
)
async def test_what_is_no_answer_is_never_believed(plc, told):
    io, _ = await plc((VERSION_ASKED, VERSION_TOLD), (STATE_ASKED, told))
    session = io.link.session
    with pytest.raises(LinkDown):
        await io.poll()
    assert io.status().link != "ready"
    assert io.link.session == session

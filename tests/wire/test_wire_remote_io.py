"""Remote I/O boxes, byte for byte, and Modbus itself on TCP and RTU.

Sources: "MODBUS Application Protocol Specification V1.1b3", section 6, prints each of
the examples under SPEC; "MODBUS over Serial Line V1.02", 6.2.2, has the checksum of
02 07. Moxa ioLogik E1200 Series User's Manual, appendix A, E1212 Modbus Mapping: DO
Pulse Operate Status from 0x0010, DI Counter Operate Status from 0x0100, counters with
the high word first, and exception 3 for a 0 written to Clear Count Value. Advantech
ADAM-6000 Series User's Manual: the examples of functions 05 and 06, and the mapping
table (counters from 40001, DO from 00017, module name 40211); the order low width, high
width, absolute, incremental of the pulse registers is printed in the ADAM-4100 manual,
appendix B. WAGO 750-841 manual: Counter Modules (status, D1 D0, D3 D2), registers
0x1000 and 0x1006. Captures: zeek's Modbus traces modbusSmall, fuzz-1011, 4SICS.
"""

import asyncio

import pytest

from drivers.io.remote_io.box import Box
from drivers.io.remote_io.maps import load_map
from drivers.transports import adu
from drivers.transports.memory import MemoryNetwork
from drivers.wiretap import Direction, WireTap
from simulators.io.remote_io import BRANDS, BoxBank, RemoteBox
from simulators.modbus_rtu import RtuSlave, answer, crc

KIND = "remote_io"
SOURCES = {
    "SPEC": "MODBUS Application Protocol Specification V1.1b3, section 6",
    "RTU": "MODBUS over Serial Line V1.02, 6.2.2",
    "MX": "Moxa ioLogik E1200 Series User's Manual, appendix A",
    "AD": "Advantech ADAM-6000 Series User's Manual; ADAM-4100 manual, appendix B",
    "WG": "WAGO 750-841 manual, Modbus functions and process image",
    "CAP": "zeek traces modbusSmall, fuzz-1011 and 4SICS (BSD-3-Clause)",
}

READS = {
    # SPEC 6.1 to 6.4: request, reply, values
    "coils": (
        "01 0013 0013",
        "01 03 CD6B05",
        [1, 0, 1, 1, 0, 0, 1, 1, 1, 1, 0, 1, 0, 1, 1, 0, 1, 0, 1],
    ),
    "discrete inputs": (
        "02 00C4 0016",
        "02 03 ACDB35",
        [0, 0, 1, 1, 0, 1, 0, 1, 1, 1, 0, 1, 1, 0, 1, 1, 1, 0, 1, 0, 1, 1],
    ),
    "holding registers": ("03 006B 0003", "03 06 022B00000064", [555, 0, 100]),
    "input register": ("04 0008 0001", "04 02 000A", [10]),
}


@pytest.mark.parametrize("table", READS)
def test_reads_as_the_specification_prints_them(table):
    asked, told, values = READS[table]
    request, reply = bytes.fromhex(asked), bytes.fromhex(told)
    function, address = request[0], int.from_bytes(request[1:3], "big")
    assert adu.read_request(function, address, len(values)) == request
    assert adu.read_reply(function, values) == reply
    assert adu.is_answer(request, reply)
    assert not adu.is_answer(request, reply[:-1])

    class Bank:
        def part(self, at, count):
            assert (at, count) == (address, len(values))
            return values

        read_coils = read_discrete = read = read_input = part

    assert answer(Bank(), request) == reply


WRITES = {
    # SPEC 6.5, 6.6, 6.11, 6.12 and AD: request, reply, address, values
    "one coil": ("05 00AC FF00", "05 00AC FF00", 0xAC, [1]),
    "one register": ("06 0001 0003", "06 0001 0003", 1, [3]),
    "ten coils": (
        "0F 0013 000A 02 CD01",
        "0F 0013 000A",
        0x13,
        [1, 0, 1, 1, 0, 0, 1, 1, 1, 0],
    ),
    "two registers": ("10 0001 0002 04 000A0102", "10 0001 0002", 1, [10, 258]),
    "ADAM-6000: coil 00003 on": ("05 0003 FF00", "05 0003 FF00", 3, [1]),
    "ADAM-6000: register 40002": ("06 0002 0004", "06 0002 0004", 2, [4]),
}


@pytest.mark.parametrize("what", WRITES)
def test_writes_as_the_manuals_print_them(what):
    asked, told, address, values = WRITES[what]
    request, reply = bytes.fromhex(asked), bytes.fromhex(told)
    assert adu.write_request(request[0], address, values) == request
    assert adu.write_reply(request) == reply
    assert adu.is_answer(request, reply)
    written = []

    class Bank:
        def write(self, at, what):
            written.append((at, list(what)))

        write_coils = write

    assert answer(Bank(), request) == reply
    assert written == [(address, values)]


def test_a_refusal_as_the_specification_prints_it():
    """SPEC 7: reading coil 1185 of a device that has fewer."""
    request, reply = bytes.fromhex("01 04A1 0001"), bytes.fromhex("81 02")
    assert adu.refusal(1, 2) == reply
    assert adu.is_answer(request, reply)


def test_the_checksum_of_rtu():
    """RTU 6.2.2: 02 07 is followed by 41 12."""
    assert crc(bytes.fromhex("02 07")) == bytes.fromhex("41 12")


def test_an_rtu_slave_answers_its_own_frames_only():
    class Bank:
        def read(self, _address, count):
            return [10] * count

    slave = RtuSlave(Bank(), unit=1)
    asked = bytes.fromhex("01 03 0000 0001")
    told = bytes.fromhex("01 03 02 000A")
    assert slave.feed(asked[:4]) == b""
    assert slave.feed(asked[4:] + crc(asked)) == told + crc(told)
    other = bytes.fromhex("02 03 0000 0001")
    assert slave.feed(other + crc(other)) == b""
    assert slave.feed(asked + b"\x00\x00" + asked + crc(asked)) == told + crc(told)


def test_every_pair_of_a_real_capture_is_question_and_answer(transcript):
    """CAP modbusSmall: sixteen exchanges of functions 1 and 15."""
    frames = [
        bytes.fromhex(r["adu_hex"]) for r in transcript("modbus_pcap/modbusSmall.jsonl")
    ]
    assert len(frames) == 32
    for asked, told in zip(frames[::2], frames[1::2], strict=True):
        assert adu.mbap_size(asked) == len(asked)
        assert adu.mbap_size(told) == len(told)
        assert adu.is_answer(asked[adu.MBAP_BYTES :], told[adu.MBAP_BYTES :])
        assert told == adu.mbap(1, 1, told[adu.MBAP_BYTES :])


def test_no_damaged_reply_of_a_capture_is_an_answer(transcript):
    """CAP fuzz-1011: other transactions, and a reply shorter than it says."""
    asked, told, *_ = (
        bytes.fromhex(r["adu_hex"]) for r in transcript("modbus_pcap/fuzz-1011.jsonl")
    )
    assert asked[:2] != told[:2]
    assert not adu.is_answer(asked[adu.MBAP_BYTES :], told[adu.MBAP_BYTES :])


def test_a_frame_whose_length_is_a_lie_is_no_frame(transcript):
    """CAP 4SICS: 260 bytes that say 254, and the device's refusal."""
    asked, told = (
        bytes.fromhex(r["adu_hex"])
        for r in transcript("modbus_pcap/4SICS-GeekLounge-151022-min.jsonl")
    )
    assert adu.mbap_size(asked) == 260
    assert adu.mbap_size(told) == 9
    assert told[adu.MBAP_BYTES :] == adu.refusal(0x17, 10)


# The boxes: what is asked, in the driver's words, and the bytes of both sides.

BOXES = {
    "MX look: counters high word first, DI word at 0x30": (
        "moxa_e1212",
        "look",
        [
            (
                "04 0010 0021",
                "04 42 00011170 0001E240 00000005 00000002" + 24 * "0000" + "0030",
            )
        ],
    ),
    "MX reject: DO0 Pulse Operate Status": (
        "moxa_e1212",
        "fire",
        [("05 0010 FF00", "05 0010 FF00")],
    ),
    "MX outputs: DO1 and DO7 alone": (
        "moxa_e1212",
        ("run_permit", "reset_lamp"),
        [("05 0001 FF00", "05 0001 FF00"), ("05 0007 FF00", "05 0007 FF00")],
    ),
    "MX outputs: DO1 and DO2 in one": (
        "moxa_e1212",
        ("run_permit", "infeed"),
        [("0F 0001 0002 01 03", "0F 0001 0002")],
    ),
    "MX counters: DI Counter Operate Status": (
        "moxa_e1212",
        "start_counters",
        [
            ("01 0100 0001", "01 01 00"),
            ("05 0100 FF00", "05 0100 FF00"),
            ("01 0101 0001", "01 01 01"),
            ("01 0102 0001", "01 01 01"),
            ("01 0103 0001", "01 01 01"),
        ],
    ),
    "AD 6052 look: counters low word first, DI as coils": (
        "adam_6052",
        "look",
        [
            ("03 0000 0008", "03 10 11700001 E2400001 00050000 00020000"),
            ("01 0004 0004", "01 01 03"),
        ],
    ),
    "AD 6052 reject: one pulse more at 40065": (
        "adam_6052",
        "fire",
        [("10 0040 0002 04 00010000", "10 0040 0002")],
    ),
    "AD 6052 outputs: 00018": (
        "adam_6052",
        ("run_permit",),
        [("05 0011 FF00", "05 0011 FF00")],
    ),
    "AD 6052 name at 40211": (
        "adam_6052",
        "identify",
        [("03 00D2 0002", "03 04 60520000")],
    ),
    "AD 6060 look": (
        "adam_6060",
        "look",
        [
            ("03 0000 0008", "03 10 11700001 E2400001 00050000 00020000"),
            ("01 0004 0002", "01 01 01"),
        ],
    ),
    "AD 6060 reject: one pulse more at 40049": (
        "adam_6060",
        "fire",
        [("10 0030 0002 04 00010000", "10 0030 0002")],
    ),
    "WG look: D1 D0, D3 D2 behind each status": (
        "wago_750",
        "look",
        [
            (
                "04 0001 000B",
                "04 16 11700001 0000 E2400001 0000 00050000 0000 00020000",
            ),
            ("02 0000 0004", "02 01 03"),
        ],
    ),
    "WG reject: DO1": ("wago_750", "fire", [("05 0000 FF00", "05 0000 FF00")]),
    "WG watchdog: time and status": (
        "wago_750",
        "watchdog",
        [("03 1000 0001", "03 02 000A"), ("03 1006 0001", "03 02 0001")],
    ),
}


def standing_box(kind):
    """70,000 items, encoder 123,456, 5 at the gate, 2 fallen; DI0's counter stands."""
    box = RemoteBox(BRANDS[kind](), watchdog_s=1.0)
    box.counters = {"trigger": 70_000, "gate": 5, "confirm": 2}
    box.counting[0] = False
    box._encoder_from_mm = 0.0
    return box, BoxBank(box, lambda: (0.0, 123_456.0))


def pdus(tap):
    frames = [
        f for f in tap.frames() if f.direction in (Direction.SENT, Direction.RECEIVED)
    ]
    pdu = [f.data[adu.MBAP_BYTES :].hex() for f in frames]
    return list(zip(pdu[::2], pdu[1::2], strict=True))


@pytest.mark.parametrize("case", BOXES)
async def test_a_box_is_asked_and_answers_as_its_manual_says(case):
    kind, what, expected = BOXES[case]
    _, bank = standing_box(kind)
    network, tap = MemoryNetwork(), WireTap("io")
    network.bank("modbus://io/1", bank)
    wire = await network.open_registers("modbus://io/1", tap)
    asked = Box(load_map(kind), base=0)
    if isinstance(what, tuple):
        await asked.set(wire, dict.fromkeys(what, True))
    else:
        await getattr(asked, what)(wire)
    assert pdus(tap) == [
        (bytes.fromhex(one).hex(), bytes.fromhex(other).hex())
        for one, other in expected
    ]
    if what == "look":
        seen = await asked.look(wire)
        assert (seen.trigger, seen.encoder) == (70_000, 123_456)
        assert (seen.gate, seen.confirm) == (5, 2)
        assert (seen.estop, seen.air_ok, seen.reset) == (False, True, False)


@pytest.mark.parametrize("case", BOXES)
def test_a_simulated_box_answers_the_same_bytes_on_its_own(case):
    """Through the RTU slave, which shares nothing with the driver."""
    kind, _, expected = BOXES[case]
    _, bank = standing_box(kind)
    for asked, told in expected:
        assert answer(bank, bytes.fromhex(asked)) == bytes.fromhex(told)


@pytest.mark.parametrize(
    ("kind", "asked", "told"),
    [
        ("moxa_e1212", "05 0110 0000", "85 03"),  # MX: only a 1 clears a counter
        ("moxa_e1212", "05 0110 FF00", "05 0110 FF00"),
        ("moxa_e1212", "04 0031 0001", "84 02"),
        ("moxa_e1212", "03 4000 0001", "83 02"),
        ("adam_6052", "05 0003 FF00", "85 02"),  # an input is not written
        ("wago_750", "01 0201 0001", "01 01 00"),  # WG: outputs read back at 0x0200
        ("wago_750", "01 0400 0001", "81 02"),  # WG: the gap from 0x0400
    ],
)
def test_what_a_box_refuses(kind, asked, told):
    _, bank = standing_box(kind)
    assert answer(bank, bytes.fromhex(asked)) == bytes.fromhex(told)


def test_an_address_base_moves_every_address():
    """AD: manuals and programs disagree by one about the first coil."""

    async def main():
        _, bank = standing_box("adam_6052")
        network, tap = MemoryNetwork(), WireTap("io")
        network.bank("modbus://io/1", bank)
        wire = await network.open_registers("modbus://io/1", tap)
        await Box(load_map("adam_6052"), base=-1).set(wire, {"run_permit": True})
        assert pdus(tap)[0][0] == "050010ff00"

    asyncio.run(main())

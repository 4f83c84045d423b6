"""Hitachi over Modbus TCP, register for register.

Sources, quoted as found:
[MAN]   Hitachi "Instruction Manual for LAN Communication TUP-I", 5th ed., by section;
        its frames in hexadecimal, header and all (transaction 0000)
[TWIN]  Hitachi UX twin nozzle "Instruction manual for Ethernet Communication Modbus":
        the same frames, printed again
[RX]    Hitachi "RX Technical Manual" rev. D, 5-34: the codes, as MAN 5.6 (5) says
[LOG]   HitachiEtherNetIP, Documentation: retrieving_comprehensive.txt, a conversation
        with a UX-D161W by addresses and values (`Get[addr] name = value`)
[BYTES] the same, traffic_write_register.txt: one answer, byte by byte
[XML]   the same, comprehensive_label.xml: the label that [LOG] read
"""

import os
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from drivers.printers.hitachi_modbus import codec
from drivers.printers.hitachi_modbus.item import CodeItem
from drivers.printers.hitachi_modbus.messages import (
    Flag,
    Holding,
    Input,
    Operation,
    Remote,
)
from drivers.printers.hitachi_modbus.registers import Pace, Registers
from drivers.printers.hitachi_modbus.texts import BLOCK, FACTOR, OPERATION, WARNING
from drivers.transports import adu
from drivers.transports.adu import Function
from drivers.transports.base import RegisterRefusedError
from drivers.transports.memory_wires import MemoryRegisters
from drivers.wiretap import Direction, WireTap
from simulators.printers.hitachi_modbus import (
    HitachiModbusPlan,
    HitachiModbusPrinter,
    Stored,
)

KIND = "hitachi_modbus"
SOURCES = {
    "MAN": "Hitachi Instruction Manual for LAN Communication TUP-I, 5th ed.",
    "TWIN": "Hitachi UX twin nozzle, Ethernet Communication (Modbus)",
    "RX": "Hitachi RX Technical Manual rev. D, section 5 (communication)",
    "LOG": "HitachiEtherNetIP, Documentation/retrieving_comprehensive.txt",
    "BYTES": "HitachiEtherNetIP, Documentation/traffic_write_register.txt",
    "XML": "HitachiEtherNetIP, Documentation/comprehensive_label.xml",
    "STATUS": "HitachiEtherNetIP, HitachiModbus_DLL/Modbus/Status.cs",
}


def printed(frame):
    """A frame as the manual prints it; `…` stands for what it leaves out."""
    return bytes.fromhex(frame.replace(" ", ""))


ABC123 = [0, 0x41, 0, 0x42, 0, 0x43, 0, 0x31, 0, 0x32, 0, 0x33]
START = "0000 0000 0009 01 10 0000 0001 02 0001"
STOP = "0000 0000 0009 01 10 0000 0001 02 0002"
# MAN 5.7 (2), TWIN: "In case of setting the print contents of Item 1 to "ABC123"".
SETTING_ABC123 = [
    (START, "0000 0000 0006 01 10 0000 0001"),
    ("0000 0000 0009 01 10 0020 0001 02 0006", "0000 0000 0006 01 10 0020 0001"),
    (
        "0000 0000 001F 01 10 0084 000C 18 "
        "0000 0041 0000 0042 0000 0043 0000 0031 0000 0032 0000 0033",
        "0000 0000 0006 01 10 0084 000C",
    ),
    (STOP, "0000 0000 0006 01 10 0000 0001"),
]


@pytest.mark.parametrize(
    ("address", "words", "frame"),
    [
        (Holding.FLAG, [Flag.START], START),  # MAN 5.7 (2), step 1
        (Holding.COUNTS, [6], SETTING_ABC123[1][0]),  # step 2
        (Holding.TEXT, codec.encode_text("ABC123"), SETTING_ABC123[2][0]),  # step 3
        (Holding.FLAG, [Flag.STOP], STOP),  # step 4
        (0x1042, [5], "0000 0000 0009 01 10 1042 0001 02 0005"),  # MAN 5.7 (1)
        (
            Holding.TEXT,
            [0xF260, 0, 0xF251, 0, 0xF272, 0],
            "0000 0000 0013 01 10 0084 0006 0C F260 0000 F251 0000 F272 0000",
        ),  # MAN 5.7 (3): calendar characters stand in the attribute
    ],
)
def test_what_is_written(address, words, frame):
    pdu = adu.write_request(Function.WRITE_HOLDING, address, words)
    assert adu.mbap(0, 1, pdu) == printed(frame)


@pytest.mark.parametrize("character", "@\\^`{|}~\x7f")
def test_a_character_the_printer_has_not_is_not_written(character):
    # RX 5-34: unusable, or another character; MAN 5.6 (5): "Character codes are the
    # same as those which are used in Standard communication"
    with pytest.raises(ValueError, match="at position 1"):
        codec.checked(f"A{character}")


def test_the_unit_information_is_read():
    # MAN 5.7 (4), TWIN: online, can receive, paused, no warning, no error
    pdu = adu.read_request(Function.READ_INPUT, Input.STATUS, codec.STATUS_WORDS)
    assert adu.mbap(0, 1, pdu) == printed("0000 0000 0006 01 04 0000 0008")
    answer = printed("0000 0000 0013 01 04 10 0031 0031 0030 0030 0000 0000 0000 0000")
    words = [int.from_bytes(answer[at : at + 2], "big") for at in range(9, 25, 2)]
    status = codec.decode_status(words)
    assert (status.is_online, status.can_receive) == (True, True)
    assert (status.operation, status.warning) == (Operation.PAUSED, 0x30)
    assert codec.decode_analysis(words[4:]).factor == 0


def test_an_answer_of_a_printer():
    # BYTES: to a write of one word to the online switch
    answer = bytes.fromhex("73 72 00 00 00 06 01 10 24 90 00 01")
    request = adu.write_request(Function.WRITE_HOLDING, Holding.ONLINE, [1])
    assert adu.is_answer(request, answer[7:])
    assert adu.mbap(0x7372, 1, adu.write_reply(request)) == answer


def tapped_registers(printer):
    tap = WireTap("printer")
    wire = MemoryRegisters(printer.bank(lambda: 10.0), tap=tap)
    return Registers(wire, Pace(pause_s=0.0), 1.0), tap


def frames(tap, direction):
    """What went over the wire, without the transaction number."""
    return [f.data[2:] for f in tap.frames() if f.direction is direction]


async def test_driver_and_simulator_set_a_text_as_the_manual_does():
    # MAN 5.7 (2), request by request and answer by answer
    plan = HitachiModbusPlan(messages={1: Stored(name="M", items=("X",))}, item=1)
    printer = HitachiModbusPrinter(plan)
    registers, tap = tapped_registers(printer)
    await CodeItem(1, read_back=False).blank(registers, "ABC123")
    sent = [f for f in frames(tap, Direction.SENT) if f[5] == 0x10]
    assert sent == [printed(request)[2:] for request, _ in SETTING_ABC123]
    heard = [f for f in frames(tap, Direction.RECEIVED) if f[5] == 0x10]
    assert heard == [printed(answer)[2:] for _, answer in SETTING_ABC123]
    assert printer.texts == ["ABC123"]


@pytest.mark.parametrize(
    ("address", "words"),
    [
        # MAN 5.4, addresses as the tables print them
        (Holding.FLAG, 0x0000),
        (Holding.ITEMS, 0x0008),
        (Holding.MESSAGE_ASKED, 0x0010),
        (Holding.COUNTS, 0x0020),
        (Holding.TEXT, 0x0084),
        (Holding.RECALL, 0x1006),
        (Holding.ONLINE, 0x2490),
        (Holding.REMOTE, 0x2494),
        (Input.ANALYSIS, 0x0004),
        (Input.TYPE, 0x0010),
        (Input.MANAGEMENT, 0x0050),
        (Input.PRINT_COUNT, 0x0052),
        (Input.ALARMS, 0x0070),
        (Input.MESSAGE, 0x0E40),
        (Remote.JET_START, 0),
        (Remote.JET_STOP, 1),
        (Remote.DEFLECTION_ON, 2),
        (Remote.DEFLECTION_OFF, 3),
    ],
)
def test_addresses_and_values(address, words):
    assert address == words


def test_the_values_of_ink_and_head():
    # MAN 5.4: "255 = 0.255 MPa", "57 = 5.7 kV", "754 = 75.4 kHz", temperature -99…100
    words = [1200, 5000, 0, 678, 0, 0, 1, 35, 255, 0x10000 - 5, 57, 12, 754]
    condition = codec.decode_condition(words, "high_first")
    assert condition.pressure_mpa == 0.255
    assert condition.deflection_kv == 5.7
    assert condition.excitation_khz == 75.4
    assert condition.ambient_c == -5
    assert (condition.prints, condition.viscosity) == (678, 35)


@pytest.mark.parametrize(
    ("words", "order", "count"),
    [
        # The manual gives two words and 0 to 999999999, and no order.
        ([0x3B9A, 0xC9FF], "high_first", 999_999_999),
        ([0xC9FF, 0x3B9A], "low_first", 999_999_999),
        ([0, 678], "high_first", 678),
        ([678, 0], "low_first", 678),
    ],
)
def test_counts_of_two_words(words, order, count):
    assert codec.decode_count(words, order) == count


@pytest.mark.parametrize("words", [[0x3B9A, 0xCA00], [0xFFFF, 0xFFFF], [35_000, 0]])
def test_a_count_above_its_range_asks_for_the_word_order(words):
    with pytest.raises(ValueError, match="is word_order right"):
        codec.decode_count(words, "high_first")


@pytest.mark.parametrize(
    ("texts", "code", "english"),
    [
        # MAN 5.5 (1)
        (FACTOR, 0x01, "invalid function code"),
        (FACTOR, 0x02, "invalid address"),
        (FACTOR, 0x03, "invalid data size"),
        (FACTOR, 0x05, "offline"),
        (FACTOR, 0x07, "not allowed while ink ejection is stopped"),
        (FACTOR, 0x10, "invalid data"),
        (BLOCK, 0x01, "index"),
        (BLOCK, 0x02, "print description"),
        (BLOCK, 0x04, "print data recall"),
        (BLOCK, 0x0E, "online/offline"),
        (BLOCK, 0x0F, "remote operation"),
        # STATUS
        (OPERATION, 0x30, "paused"),
        (OPERATION, 0x31, "not ready"),
        (OPERATION, 0x32, "ready"),
        (OPERATION, 0x38, "head cover open"),
        (OPERATION, 0x3B, "target spacing too close"),
        (OPERATION, 0x43, "print overlap fault"),
        (OPERATION, 0x44, "ink low fault"),
        (OPERATION, 0x49, "stopping"),
        (OPERATION, 0x59, "changeover in progress"),
        (OPERATION, 0x69, "data changeover timing fault"),
        (WARNING, 0x31, "ink low"),
        (WARNING, 0x32, "make-up low"),
        (WARNING, 0x3C, "ink pressure low"),
        (WARNING, 0x40, "high ink viscosity"),
    ],
)
def test_codes_in_words(texts, code, english):
    assert english in texts[code]


LOG_LINE = re.compile(r"(Get|Set)\[([0-9A-F]{4})(?:\+([0-9A-F]{4}))?\] (\S+) = (.*)")


def transcript_of(name):
    given = os.environ.get("LINE_AGENT_SHARED_DATA")
    data = Path(given or Path(__file__).parents[2].parent / "shared" / "data")
    path = data / "transcripts" / "hitachi_modbus" / name
    if not path.exists():
        pytest.skip(f"{path} is not here; set LINE_AGENT_SHARED_DATA")
    return path.read_text(encoding="utf-8-sig")


@pytest.fixture
def conversation():
    """(Get or Set, address, name, value) of each line of LOG."""
    lines = transcript_of("retrieving_comprehensive.txt").splitlines()
    return [
        (m[1], int(m[2], 16) + int(m[3] or "0", 16), m[4], m[5])
        for m in map(LOG_LINE.match, lines)
        if m
    ]


@pytest.fixture
def label():
    """The label of XML."""
    return ElementTree.fromstring(transcript_of("comprehensive_label.xml"))


def test_items_are_numbered_down_each_column(conversation, label):
    """LOG, XML: the first column from above, then the next."""
    read = [v.strip('"') for _, _, n, v in conversation if "Character_String" in n]
    assert [text.text for text in label.iter("Text")] == read
    columns = [len(column.findall("Item")) for column in label.iter("Column")]
    assert columns == [3, 3, 1, 1]


def test_items_stand_one_behind_the_other(conversation):
    """LOG: eight items; each text is read where the counts before it say."""
    counts = [int(v) for _, _, n, v in conversation if "Characters_per_Item" in n]
    places = [a for _, a, n, _ in conversation if "Print_Character_String" in n]
    items = [int(v) for _, _, n, v in conversation if n == "Number_Of_Items"]
    assert items == [len(counts)] == [8]
    assert counts == [19, 19, 19, 7, 10, 9, 1, 1]
    assert places == [codec.item_address(counts, n) for n in range(1, 9)]
    assert [a for _, a, n, _ in conversation if "Characters_per_Item" in n] == [
        Holding.COUNTS + n for n in range(8)
    ]


def test_writes_stand_between_start_and_stop(conversation):
    """LOG: also a single one."""
    told = [(a, v) for act, a, _, v in conversation if act == "Set"]
    assert told == [
        (Holding.FLAG, "1"),
        (0x0012, "1"),
        (Holding.FLAG, "2"),
        (Holding.FLAG, "1"),
        (0x0013, "Size18x24"),
        (Holding.FLAG, "2"),
    ]


def test_the_type_name(conversation, label):
    """LOG, XML: sixteen characters with spaces behind; a register each (MAN 5.4)."""
    (name,) = [v.strip('"') for _, a, n, v in conversation if n == "Model_Name"]
    assert len(name) == 16
    assert label.find("Printer").get("Model") == name
    unit = codec.decode_unit([*map(ord, name), 0x00BC, 0x614E], "high_first")
    assert (unit.type_name, unit.serial) == ("UX-D161W", "12345678")


def test_the_online_switch_is_looked_at_first(conversation):
    assert conversation[0] == ("Get", Holding.ONLINE, "Online_Offline", "Online")


@pytest.mark.parametrize(
    ("offline", "address", "count", "factor", "code"),
    [
        # MAN 5.6 (1), (2); 5.3: at most 125 words
        (True, 0x0084, 2, 5, 3),
        (False, 0x0010, 0x20, 2, 2),
        (False, 0x0084, 126, 3, 3),
    ],
)
def test_the_simulated_printer_refuses_as_the_manual_says(
    offline, address, count, factor, code
):
    printer = HitachiModbusPrinter()
    printer.online = not offline
    with pytest.raises(RegisterRefusedError) as refused:
        printer.read(address, count)
    assert refused.value.code == code
    told = codec.decode_analysis(printer.read_input(0x0004, 4, 10.0))
    assert (told.function, told.factor) == (0x03, factor)


def test_the_simulated_printer_is_read_as_the_manual_says():
    # MAN 5.7 (4)
    printer = HitachiModbusPrinter()
    printer.jet_on = False
    assert printer.read_input(0, 8, 10.0) == [0x31, 0x31, 0x30, 0x30, 0, 0, 0, 0]

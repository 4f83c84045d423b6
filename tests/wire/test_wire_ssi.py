r"""SSI packets, byte for byte.

Sources, quoted as found:
[REF]    the checksum rule of the manuals, computed by hand in the project's reference:
         ACK `04 D0 04 00 FF 28`, start `04 E4 04 00 FF 14`, NAK resend
         `05 D1 04 00 01 FF 25`, beep 0 `05 E6 04 00 00 FF 11`
[ENIOKA] enioka_scan, SsiChecksumTest: host ACK ends FF 28, start session FF 14, scan
         enable with status 08 FF 07; the scanner's ACK with status 80 FE AC
[GM67]   a public driver of a module that speaks SSI, frames from its manual
[SE923]  SE-923 Integration Guide p. 6-15, 6-26: DECODE_DATA is length, F3, 00, status
         (bit 0 retransmit), bar code type, data; REPLY_REVISION is A4
[SE955]  a public driver's header: NAK causes 1 resend, 2 bad context, 6 denied
"""

import pytest

from drivers.readers.ssi.codec import HOST, PacketParser, encode
from drivers.readers.ssi.messages import Nak, Opcode, Packet
from simulators.readers.ssi import SsiDevice, packet

KIND = "ssi"
SOURCES = {
    "REF": "SSI checksum rule, computed by hand",
    "ENIOKA": "enioka_scan, SsiChecksumTest",
    "GM67": "public driver of a module that speaks SSI, frames from its manual",
    "SE923": "Symbol SE-923 Integration Guide, chapter 6",
    "SE955": "public driver of the SE-955",
}


@pytest.mark.parametrize(
    ("sent", "wire"),
    [
        (Packet(opcode=Opcode.ACK), "04 D0 04 00 FF 28"),  # [REF] [ENIOKA] [GM67]
        (
            Packet(opcode=Opcode.NAK, data=b"\x01"),
            "05 D1 04 00 01 FF 25",  # [REF] [GM67]
        ),
        (Packet(opcode=Opcode.NAK, data=b"\x02"), "05 D1 04 00 02 FF 24"),  # [GM67]
        (Packet(opcode=Opcode.NAK, data=b"\x06"), "05 D1 04 00 06 FF 20"),  # [GM67]
        (Packet(opcode=Opcode.START_SESSION), "04 E4 04 00 FF 14"),  # [REF] [GM67]
        (Packet(opcode=Opcode.STOP_SESSION), "04 E5 04 00 FF 13"),  # [GM67]
        (Packet(opcode=Opcode.BEEP, data=b"\x00"), "05 E6 04 00 00 FF 11"),  # [REF]
        (Packet(opcode=Opcode.BEEP, data=b"\x01"), "05 E6 04 00 01 FF 10"),  # [GM67]
        (Packet(opcode=Opcode.SCAN_ENABLE), "04 E9 04 00 FF 0F"),  # [GM67]
        (Packet(opcode=Opcode.SCAN_ENABLE, status=8), "04 E9 04 08 FF 07"),  # [ENIOKA]
        (Packet(opcode=Opcode.SCAN_DISABLE), "04 EA 04 00 FF 0E"),  # [GM67]
    ],
)
def test_packets_of_the_host(sent, wire):
    assert encode(sent) == bytes.fromhex(wire)


@pytest.mark.parametrize(
    ("wire", "heard"),
    [
        ("04 D0 00 80 FE AC", Packet(opcode=0xD0, status=0x80)),  # [ENIOKA]
        ("05 F6 00 00 20 FE E5", Packet(opcode=0xF6, data=b"\x20")),  # [ENIOKA]
        ("05 F6 00 00 21 FE E4", Packet(opcode=0xF6, data=b"\x21")),  # [ENIOKA]
        (
            "08 F3 00 00 0F 41 42 43 FE 30",  # [SE923] its form
            Packet(opcode=0xF3, data=b"\x0fABC"),
        ),
        (
            "08 F3 00 01 0F 41 42 43 FE 2F",  # [SE923] sent again
            Packet(opcode=0xF3, status=1, data=b"\x0fABC"),
        ),
    ],
)
def test_packets_of_the_scanner(wire, heard):
    parser = PacketParser()
    data = bytes.fromhex(wire)
    assert [p for b in data for p in parser.feed(bytes([b]), at_s=0)] == [heard]


def test_the_simulated_scanners_packets():
    assert packet(0xD0, status=0x80) == bytes.fromhex("04 D0 00 80 FE AC")  # [ENIOKA]
    assert packet(0xF6, b"\x20") == bytes.fromhex("05 F6 00 00 20 FE E5")  # [ENIOKA]


def test_the_simulated_scanner_takes_the_hosts_bytes():
    device = SsiDevice()
    session = device.open_session()
    pushed = []
    session.push = pushed.append
    session.feed(bytes.fromhex("05 E6 04 00 01 FF 10"), 0)  # [GM67]
    assert device.beeps == [1]
    assert pushed == [packet(0xD0)]


def test_causes():  # [SE955]
    assert [(cause.name, cause.value) for cause in Nak] == [
        ("RESEND", 1),
        ("BAD_CONTEXT", 2),
        ("DENIED", 6),
    ]


def test_a_packet_holds_251_bytes_and_is_257_long():  # [REF]
    whole = encode(Packet(opcode=0xF3, data=bytes(251)), source=HOST)
    assert len(whole) == 257
    with pytest.raises(ValueError, match="do not fit"):
        encode(Packet(opcode=0xF3, data=bytes(252)))

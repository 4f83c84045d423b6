r"""Handheld scanners on a serial line, byte for byte.

Sources, quoted as found:
[HW]    Honeywell user guides, "Serial Trigger Command": on `16 54 0D`, off `16 55 0D`;
        the same in enioka_scan, ActivateTrigger: `{0x16, 0x54, 0x0D}`
[MI]    Mindeo scanners behind a converter: SYN T CR, SYN U CR
[AIM]   AIM identifier tables (ISO/IEC 15424): `]d2` GS1 Data Matrix, `]C1` GS1-128,
        `]Q3` GS1 QR, `]Q1` QR, `]E0` EAN
"""

import pytest

from drivers.readers.framing import Framer
from drivers.readers.handheld.driver import SYN_T, SYN_U
from drivers.readers.output import Interpreter
from simulators.readers.handheld import HandheldScanner

KIND = "handheld"
SOURCES = {
    "HW": "Honeywell handheld user guides, serial trigger command",
    "MI": "Mindeo scanners behind a TCP converter",
    "AIM": "AIM identifier tables after ISO/IEC 15424",
}


@pytest.mark.parametrize(
    ("sent", "wire"),
    [(SYN_T, "16 54 0D"), (SYN_U, "16 55 0D")],  # [HW] [MI]
)
def test_the_trigger(sent, wire):
    assert sent == bytes.fromhex(wire)


@pytest.mark.parametrize("end", [b"\r", b"\n", b"\r\n"])
@pytest.mark.parametrize(
    ("wire", "aim", "text"),
    [
        (b"]d20106141411234567\x1d21ABC", "]d2", "0106141411234567\x1d21ABC"),  # [AIM]
        (b"]C100061414112345678908", "]C1", "00061414112345678908"),  # [AIM]
        (b"]Q30106141411234567", "]Q3", "0106141411234567"),  # [AIM]
        (b"]Q1https://id.gs1.org/01/1", "]Q1", "https://id.gs1.org/01/1"),  # [AIM]
        (b"]E06901234567892", "]E0", "6901234567892"),  # [AIM]
        (b"]d1A\x1eB\x04C", "]d1", "A\x1eB\x04C"),  # [AIM] RS, EOT are data
    ],
)
def test_scans(wire, end, aim, text):
    (frame,) = Framer().feed(wire + end, at_s=0)
    reading = Interpreter(require_aim=True).read(frame)
    assert (reading.aim, reading.text) == (aim, text)


def test_the_simulated_scanner_hears_its_trigger():  # [HW]
    scanner = HandheldScanner(serial_trigger=True)
    scanner.scene = "0106"
    session = scanner.open_session()
    pushed = []
    session.push = pushed.append
    for byte in bytes.fromhex("16 54 0D"):
        session.feed(bytes([byte]), 0)
    assert pushed == [b"]d20106\r\n"]

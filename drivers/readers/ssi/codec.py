"""SSI packets: length, opcode, source, status, data, checksum (high byte first).

The length leaves out the checksum, which is the two's complement of the sum of all
bytes before it.
"""

from drivers.readers.ssi.messages import Packet, Spoilt

SCANNER, HOST = 0x00, 0x04
WAKEUP = b"\x00"
_HEADER = 4
_CHECKSUM = 2


def checksum(body: bytes) -> bytes:
    """The two bytes after `body`."""
    return (-sum(body) & 0xFFFF).to_bytes(_CHECKSUM, "big")


def encode(packet: Packet, *, source: int = HOST) -> bytes:
    """`ValueError` when the data do not fit into one packet."""
    size = _HEADER + len(packet.data)
    if size > 0xFF:
        raise ValueError(f"{len(packet.data)} bytes do not fit into a packet")
    body = bytes([size, packet.opcode, source, packet.status]) + packet.data
    return body + checksum(body)


class PacketParser:
    """Bytes in any pieces to the scanner's packets.

    What cannot begin a packet is skipped. Where a checksum is wrong, `Spoilt` is told
    once for its bytes, and the next packet is looked for among them: text has no 00
    where a packet has its source, so a code's bytes are not taken for one. A pause
    over `gap_s` inside a packet discards it.
    """

    def __init__(self, *, gap_s: float = 0.5) -> None:
        self.broken = 0
        self._gap_s = gap_s
        self._last_s = 0.0
        self._buffer = bytearray()
        self._suspect = 0

    def restart(self) -> None:
        """A new connection begins."""
        self._discard()

    def feed(self, data: bytes, *, at_s: float) -> list[Packet | Spoilt]:
        """What `data`, received at `at_s`, complete."""
        if 0 < self._gap_s < at_s - self._last_s:
            self._discard()
        self._last_s = at_s
        self._buffer += data
        found: list[Packet | Spoilt] = []
        while self._take(found):
            pass
        return found

    def _discard(self) -> None:
        self.broken += len(self._buffer) > self._suspect
        self._buffer.clear()
        self._suspect = 0

    def _take(self, found: list[Packet | Spoilt]) -> bool:
        """One step; False when more bytes are needed."""
        buffer = self._buffer
        if not buffer:
            return False
        size = buffer[0]
        if size < _HEADER or (len(buffer) > 2 and buffer[2] != SCANNER):
            self._skip()
            return True
        if len(buffer) < size + _CHECKSUM:
            return False
        body = bytes(buffer[:size])
        if checksum(body) != bytes(buffer[size : size + _CHECKSUM]):
            if not self._suspect:
                self.broken += 1
                self._suspect = size + _CHECKSUM
                found.append(Spoilt())
            self._skip()
            return True
        self._suspect = 0
        del buffer[: size + _CHECKSUM]
        found.append(Packet(opcode=body[1], status=body[3], data=body[_HEADER:]))
        return True

    def _skip(self) -> None:
        del self._buffer[0]
        self._suspect = max(0, self._suspect - 1)

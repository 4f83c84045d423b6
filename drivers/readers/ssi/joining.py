"""Decode data of one or several packets to one scan, never to two halves of two."""

from drivers.readers.ssi.messages import Packet


class Joiner:
    """Each packet of a scan begins with the bar code type.

    Parts belong together when they have the same type and follow each other within
    `gap_s`, and when what a spoilt packet took away was sent again. A packet sent
    again because our ACK was lost is not taken twice.

    `broken` counts scans that were begun and not ended, or grew over `longest` bytes.
    """

    def __init__(self, *, longest: int, gap_s: float) -> None:
        self.broken = 0
        self.repeats = 0
        self._longest = longest
        self._gap_s = gap_s
        self._so_far = b""
        self._inside = False
        self._type = 0
        self._last: Packet | None = None
        self._last_s = 0.0
        self._missing = False

    def restart(self) -> None:
        """A new connection begins: the rest of a scan never comes."""
        self._abandon()
        self._last = None
        self._missing = False

    def spoilt(self) -> None:
        """A packet came with a wrong checksum; only its repeat fills the place."""
        self._missing = True

    def join(self, packet: Packet, *, at_s: float) -> tuple[int, bytes] | None:
        """The bar code type and the text of a scan that `packet` completes."""
        missing, self._missing = self._missing, False
        if packet.is_repeat and not missing and self._is_last(packet):
            self.repeats += 1
            return None
        late = 0 < self._gap_s < at_s - self._last_s
        if late or (missing and not packet.is_repeat):
            self._abandon()
        self._last, self._last_s = packet, at_s
        return self._take(packet.data[:1], packet.data[1:], packet)

    def _take(
        self, kind: bytes, text: bytes, packet: Packet
    ) -> tuple[int, bytes] | None:
        if not kind or (self._inside and kind[0] != self._type):
            self._so_far, self._inside = b"", False
            self.broken += 1
            return None
        self._type = kind[0]
        self._so_far += text if len(self._so_far) <= self._longest else b""
        self._inside = packet.is_continued
        if packet.is_continued:
            return None
        whole, self._so_far = self._so_far, b""
        if len(whole) > self._longest:
            self.broken += 1
            return None
        return self._type, whole

    def _abandon(self) -> None:
        self.broken += self._inside
        self._so_far, self._inside = b"", False

    def _is_last(self, packet: Packet) -> bool:
        last = self._last
        return (
            last is not None
            and last.data == packet.data
            and last.is_continued == packet.is_continued
        )

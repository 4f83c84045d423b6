"""Bytes from a Codenet printer to what they mean, by their shape.

The print-done byte comes whenever a print is finished: before a reply, glued to it, in
the same packet as the next one. So nothing is told apart by its order.
"""

from drivers.printers.domino_codenet.messages import Ack, Done, Heard, Nak, Reply

ESC, EOT, ACK, NAK = 0x1B, 0x04, 0x06, 0x15
# The byte that `I` sets up, and the only one that was seen.
DONE = 0x32
ZERO, NINE = 0x30, 0x39
CODE_DIGITS = 3
# The longest answer known has 14 bytes. Past this it is not the protocol.
MAX_REPLY = 256


class ReplyParser:
    """Bytes in any pieces to what they mean. `foreign` counts what fits no shape.

    A NAK has three digits, or none on the A200+; every known code begins with 0, which
    no other byte does, so a 32h after a bare NAK is a finished print. A NAK at the end
    of what came so far stays open (`is_open`) until more comes or `close` says that
    nothing will. With "fixed" response length an ACK has three zeros behind it.
    """

    def __init__(self) -> None:
        self.foreign = 0
        self._reply: bytearray | None = None
        self._is_skipping = False
        self._digits: str | None = None
        self._padding = 0
        self._is_late = False
        self._heard: list[Heard] = []

    @property
    def is_open(self) -> bool:
        """Whether a NAK waits for its digits."""
        return self._digits is not None

    def feed(self, data: bytes) -> list[Heard]:
        """What `data` completes, in order."""
        for byte in data:
            self._take(byte)
        return self._all()

    def close(self) -> list[Heard]:
        """The NAK that waited in vain for digits. Late digits are taken for its own."""
        if self._digits is None:
            return []
        self._padding, self._is_late = CODE_DIGITS - len(self._digits), True
        self._end_nak()
        return self._all()

    def _all(self) -> list[Heard]:
        heard, self._heard = self._heard, []
        return heard

    def _take(self, byte: int) -> None:
        if self._reply is not None:
            self._in_reply(byte, self._reply)
        elif not (self._is_digit_of_nak(byte) or self._is_padding(byte)):
            self._begin(byte)

    def _in_reply(self, byte: int, reply: bytearray) -> None:
        if byte == ESC:
            # The rest of the one before was lost.
            self.foreign += 1
            self._start_reply()
        elif byte == EOT:
            self._reply = None
            if not self._is_skipping:
                self._heard.append(Reply(reply.decode("latin-1")))
        elif len(reply) < MAX_REPLY:
            reply.append(byte)
        elif not self._is_skipping:
            self.foreign += 1
            self._is_skipping = True

    def _start_reply(self) -> None:
        self._reply = bytearray()
        self._is_skipping = False

    def _is_digit_of_nak(self, byte: int) -> bool:
        if self._digits is None:
            return False
        if byte == ZERO or (self._digits and ZERO <= byte <= NINE):
            self._digits += chr(byte)
            if len(self._digits) == CODE_DIGITS:
                self._end_nak()
            return True
        self.foreign += len(self._digits)
        self._digits = ""
        self._end_nak()
        return False

    def _end_nak(self) -> None:
        code = self._digits or ""
        self._digits = None
        self._heard.append(Nak(code if len(code) == CODE_DIGITS else ""))

    def _is_padding(self, byte: int) -> bool:
        has_begun = self._is_late and self._padding < CODE_DIGITS
        if self._padding and (byte == ZERO or (has_begun and ZERO <= byte <= NINE)):
            self._padding -= 1
            return True
        self._padding, self._is_late = 0, False
        return False

    def _begin(self, byte: int) -> None:
        match byte:
            case 0x1B:
                self._start_reply()
            case 0x06:
                self._heard.append(Ack())
                self._padding = CODE_DIGITS
            case 0x15:
                self._digits = ""
            case 0x32:
                self._heard.append(Done())
            case _:
                self.foreign += 1

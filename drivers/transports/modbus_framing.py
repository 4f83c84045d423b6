"""Framers that believe only an answer to what was asked, for pymodbus.

pymodbus's own take a reply of any function and length, and drop a foreign one without
a word.
"""

import asyncio
from typing import Final, Protocol

from pymodbus.exceptions import ModbusIOException
from pymodbus.framer import FramerRTU, FramerSocket
from pymodbus.pdu import DecodePDU, ModbusPDU
from pymodbus.transaction import TransactionManager

from drivers.transports import adu
from drivers.transports.frame_tap import FrameTap
from drivers.wiretap import WireEvent

# One stray reply happens (a gateway's late answer); two mean we are out of step.
FOREIGN_REPLIES: Final = 2
_CRC_BYTES: Final = 2
# The shortest frame on RTU, an exception, has five bytes; less is noise of the line.
_NOISE_BYTES: Final = 4
# No reply is longer than 256 bytes; so much without one is a flood.
_FLOOD_BYTES: Final = 512
# pymodbus drops what comes in one piece larger than this; the framers judge it instead.
BUFFER_BYTES: Final = 1 << 20


class _Client(Protocol):
    ctx: TransactionManager

    def close(self) -> None: ...


class Conversation:
    """What was asked last on one connection, and what came that is no answer to it.

    Until it is `settled`, replies to an earlier connection are counted but forgiven.
    """

    client: _Client

    def __init__(self, tap: FrameTap, *, settled: bool = True) -> None:
        self.tap = tap
        self.settled = settled
        self.request = b""
        self.over = False
        self.heard_s = 0.0
        """Loop time of the last byte that came in."""
        self._foreign = 0

    def asked(self, frame: bytes, pdu: bytes) -> None:
        """A request goes out."""
        self.request = pdu
        self.tap.sent(frame)

    def heard(self, frame: bytes) -> None:
        """Something came in."""
        self.heard_s = asyncio.get_running_loop().time()
        self.tap.received(frame)

    def answered(self) -> None:
        """The request has its answer; whatever comes now is foreign."""
        self.request = b""

    def stray(self) -> None:
        """A frame that answers nothing: count it, and do not listen to many."""
        self.tap.stray()
        self._foreign += self.settled
        if self._foreign >= FOREIGN_REPLIES:
            self.broken("replies that nobody asked for; connection reset")

    def broken(self, why: str, event: WireEvent = WireEvent.CLOSED) -> None:
        """Close, and fail the request under way now, not when its time is up."""
        self.over = True
        self.tap.ended(event)
        waiting = self.client.ctx.response_future
        if self.request and not waiting.done():
            waiting.set_exception(ModbusIOException(why))
        self.request = b""
        self.client.close()

    def on_connect(self, connected: bool) -> None:
        """pymodbus tells of the connection; a lost one answers nothing any more."""
        if not connected:
            self.broken("closed by the device", WireEvent.ENDED)


class StrictTcp(FramerSocket):
    """Believes a reply only with the right transaction, unit, function and length."""

    def __init__(self, conversation: Conversation) -> None:
        super().__init__(DecodePDU(False))
        self._talk = conversation

    def buildFrame(self, message: ModbusPDU) -> bytes:  # noqa: N802
        """A request, noted."""
        frame = super().buildFrame(message)
        self._talk.asked(frame, frame[adu.MBAP_BYTES :])
        return frame

    def handleFrame(  # noqa: N802
        self, data: bytes, exp_devid: int, exp_tid: int
    ) -> tuple[int, ModbusPDU | None]:
        """Bytes used, and the answer if it is among them."""
        used = 0
        while not self._talk.over:
            try:
                size = adu.mbap_size(data[used:])
            except ValueError as error:
                self._talk.heard(data[used:])
                self._talk.tap.stray()
                self._talk.broken(str(error))
                break
            if size is None or len(data) < used + size:
                return used, None
            frame = data[used : used + size]
            used += size
            if (reply := self._take(frame, exp_devid, exp_tid)) is not None:
                return used, reply
        return len(data), None

    def _take(self, frame: bytes, unit: int, transaction: int) -> ModbusPDU | None:
        self._talk.heard(frame)
        pdu = frame[adu.MBAP_BYTES :]
        ours = int.from_bytes(frame[:2], "big") == transaction and frame[6] == unit
        request = self._talk.request
        if not (ours and request and adu.is_answer(request, pdu)):
            self._talk.stray()
            return None
        return _believed(self, self._talk, pdu, unit, transaction)


class StrictRtu(FramerRTU):
    """Believes a reply only with the right unit, function, length and checksum.

    Replies bear no number: a late one of the same shape cannot be told from the right
    one, so after any doubt the line must be left alone (`modbus.dial_modbus`).
    """

    def __init__(self, conversation: Conversation) -> None:
        super().__init__(DecodePDU(False))
        self._talk = conversation

    def buildFrame(self, message: ModbusPDU) -> bytes:  # noqa: N802
        """A request, noted."""
        frame = super().buildFrame(message)
        self._talk.asked(frame, frame[1:-_CRC_BYTES])
        return frame

    def handleFrame(  # noqa: N802
        self, data: bytes, exp_devid: int, exp_tid: int
    ) -> tuple[int, ModbusPDU | None]:
        """All bytes and the answer, once it is whole; until then none."""
        talk = self._talk
        if not talk.request:
            talk.heard(data)
            talk.stray()
            return len(data), None
        talk.heard_s = asyncio.get_running_loop().time()
        if len(data) > _FLOOD_BYTES:
            return self._give_up(data, "a flood of bytes that are no reply")
        for start in range(len(data)):
            size = self._answer_size(data[start:], exp_devid)
            if size is None:
                continue
            behind = len(data) - start - size
            if start >= _NOISE_BYTES or behind >= _NOISE_BYTES:
                # Two frames to one question: no telling which is ours.
                return self._give_up(data, "more than one reply to one question")
            self._note(data, start, size)
            pdu = data[start + 1 : start + size - _CRC_BYTES]
            return len(data), _believed(self, talk, pdu, exp_devid, exp_tid)
        return 0, None

    def _give_up(self, data: bytes, why: str) -> tuple[int, None]:
        self._talk.heard(data)
        self._talk.tap.stray()
        self._talk.broken(why)
        return len(data), None

    def _answer_size(self, data: bytes, unit: int) -> int | None:
        """Bytes of the answer that begins `data`, if one does."""
        request = self._talk.request
        if len(data) < 2 or data[0] != unit or data[1] & 0x7F != request[0]:
            return None
        size = 1 + adu.reply_size(request, data[1]) + _CRC_BYTES
        if len(data) < size:
            return None
        body, crc = data[: size - _CRC_BYTES], data[size - _CRC_BYTES : size]
        if not self.check_CRC(body, int.from_bytes(crc, "big")):
            return None
        return size if adu.is_answer(request, body[1:]) else None

    def _note(self, data: bytes, start: int, size: int) -> None:
        for noise in (data[:start], data[start + size :]):
            if noise:
                self._talk.heard(noise)
        self._talk.heard(data[start : start + size])


def _believed(
    framer: FramerSocket | FramerRTU,
    talk: Conversation,
    pdu: bytes,
    unit: int,
    transaction: int,
) -> ModbusPDU | None:
    reply = framer.decoder.decode(pdu)
    assert reply is not None, "a checked reply decodes"
    talk.answered()
    reply.dev_id, reply.transaction_id = unit, transaction
    return reply

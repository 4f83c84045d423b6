"""A Zebra SSI scanner: packets, checksums, and patience for two repeats.

Traps it has: it may lose the byte that wakes it; a packet it sent and got no ACK for
comes again with the retransmit bit, twice, and then it gives up; a long code comes in
several packets; its own packets may be spoilt on the way.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import suppress

from drivers.transports.base import ByteStream
from simulators.readers.output import Output
from simulators.readers.talking import PushingReader, Session

_ACK, _NAK = 0xD0, 0xD1
_DECODE, _REVISION, _START, _ENABLE = 0xF3, 0xA4, 0xE4, 0xE9
_RESEND, _BAD_CONTEXT, _DENIED = 1, 2, 6
_SCANNER, _HOST = 0x00, 0x04
_RETRANSMIT, _CONTINUED = 1, 2
_SENDINGS = 3
_WAITS_S = 2.0
_LAST_BEEP = 0x1A
_QR, _GS1_128, _DATA_MATRIX = 0x1C, 0x0F, 0x1B


def packet(opcode: int, data: bytes = b"", *, status: int = 0) -> bytes:
    """A packet of the scanner."""
    body = bytes([4 + len(data), opcode, _SCANNER, status]) + data
    return body + (-sum(body) & 0xFFFF).to_bytes(2, "big")


class SsiDevice(PushingReader):
    """`scene` is what a session finds. `part` is the most text in one packet.

    `spoil` may change a packet on its way out; `now_s` says the time, for repeats.
    """

    def __init__(
        self,
        *,
        aim: bool = True,
        part: int = 250,
        sleeps: bool = False,
        now_s: Callable[[], float] = lambda: 0.0,
    ) -> None:
        super().__init__()
        self.enabled = True
        self.in_session = False
        self.beeps: list[int] = []
        self.given_up = 0
        self.spoil: Callable[[bytes], bytes] = lambda data: data
        self.sleeps = sleeps
        self.part = part
        self.now_s = now_s
        self._output = Output(read="{aim}{payload}" if aim else "{payload}")

    def session(self) -> "SsiSession":
        return SsiSession(self)

    def result(self, payload: str | None, aim: str, item: int) -> bytes:
        return self._output.text(payload, aim, item).encode("utf-8")

    def read(self, payload: str | None, *, aim: str = "", item: int = 0) -> bool:
        """Scan something; nothing legible is not told at all."""
        if payload is None or not self.enabled:
            return False
        self.in_session = False
        self.reads += 1
        kind = {"]C1": _GS1_128, "]d2": _DATA_MATRIX}.get(aim, _QR)
        told = self.connected > 0
        for session in self.sessions:
            assert isinstance(session, SsiSession)
            session.send_scan(kind, self.result(payload, aim, item))
        self.lost += not told
        return told

    async def serve(self, stream: ByteStream) -> None:
        self.now_s = asyncio.get_running_loop().time
        ticking = asyncio.create_task(self._tick())
        try:
            await super().serve(stream)
        finally:
            ticking.cancel()
            with suppress(asyncio.CancelledError):
                await ticking

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(_WAITS_S / 4)
            for session in self.sessions:
                assert isinstance(session, SsiSession)
                session.tick(self.now_s())


class SsiSession(Session):
    """One connection: what waits for an ACK, and what was heard."""

    def __init__(self, device: SsiDevice) -> None:
        super().__init__()
        self._device = device
        self._heard = b""
        self._waiting: deque[tuple[int, bytes]] = deque()
        self._sent = 0
        self._sent_at_s = 0.0
        self._awake_at_s = -10.0

    def send_scan(self, kind: int, text: bytes) -> None:
        """Queue a scan; each packet goes when the one before is acknowledged."""
        size = self._device.part
        parts = [text[i : i + size] for i in range(0, len(text), size)]
        idle = not self._waiting
        for number, part in enumerate(parts, 1):
            status = _CONTINUED if number < len(parts) else 0
            self._waiting.append((status, bytes([kind]) + part))
        if idle:
            self._send(again=False)

    def tick(self, now_s: float) -> None:
        """Time passes: what was not acknowledged goes again, twice."""
        if self._waiting and now_s - self._sent_at_s >= _WAITS_S:
            self._again()

    def feed(self, data: bytes, now_s: float) -> bytes:
        self._heard += self._awake(data, now_s)
        while self._heard:
            size = self._heard[0]
            if size < 4:
                self._heard = self._heard[1:]
                continue
            if len(self._heard) < size + 2:
                break
            whole, self._heard = self._heard[: size + 2], self._heard[size + 2 :]
            self._hear(whole)
        return b""

    def _awake(self, data: bytes, now_s: float) -> bytes:
        """A sleeping scanner loses the first byte it is sent."""
        asleep = self._device.sleeps and now_s - self._awake_at_s > 1.0
        self._awake_at_s = now_s
        return data[1:] if asleep else data

    def _hear(self, whole: bytes) -> None:
        body, check = whole[:-2], whole[-2:]
        if (-sum(body) & 0xFFFF).to_bytes(2, "big") != check or body[2] != _HOST:
            self._say(packet(_NAK, bytes([_RESEND])))
            return
        opcode, data = body[1], body[4:]
        if opcode == _ACK:
            self._acknowledged()
        elif opcode == _NAK:
            if data[:1] == bytes([_RESEND]):
                self._again()
            else:
                self._acknowledged()
        else:
            self._carry_out(opcode, data)

    def _carry_out(self, opcode: int, data: bytes) -> None:
        device = self._device
        match opcode:
            case 0xA3:
                self._say(packet(_REVISION, b"PAABLC00-003-R02 A 27 5F2B"))
                return
            case 0xE4 if not device.enabled:
                self._say(packet(_NAK, bytes([_DENIED])))
                return
            case 0xE6 if data and data[0] > _LAST_BEEP:
                self._say(packet(_NAK, bytes([_DENIED])))
                return
            case 0xE4:
                device.in_session = True
            case 0xE5:
                device.in_session = False
            case 0xE6:
                device.beeps.append(data[0] if data else 0)
            case 0xE9 | 0xEA:
                device.enabled = opcode == _ENABLE
            case _:
                self._say(packet(_NAK, bytes([_BAD_CONTEXT])))
                return
        self._say(packet(_ACK))
        if opcode == _START and device.scene is not None:
            device.read(device.scene, aim="]d2")

    def _acknowledged(self) -> None:
        if not self._waiting:
            return
        self._waiting.popleft()
        self._sent = 0
        if self._waiting:
            self._send(again=False)

    def _again(self) -> None:
        if not self._waiting:
            return
        if self._sent < _SENDINGS:
            self._send(again=True)
            return
        # Transmit error: four low beeps, and the scan is lost.
        self._device.given_up += 1
        while self._waiting and self._waiting[0][0] & _CONTINUED:
            self._waiting.popleft()
        if self._waiting:
            self._waiting.popleft()
        self._sent = 0

    def _send(self, *, again: bool) -> None:
        status, data = self._waiting[0]
        self._sent += 1
        self._sent_at_s = self._device.now_s()
        self._say(packet(_DECODE, data, status=status | (_RETRANSMIT * again)))

    def _say(self, data: bytes) -> None:
        self.push(self._device.spoil(data))

"""A handheld scanner on a serial line: it sends what is scanned, and hears little.

Traps it has: any of three line ends; GS as it is, replaced, or left out; the AIM
identifier on or off; a trigger held too long scans twice; SYN T makes it look only in
its serial trigger mode.
"""

from simulators.readers.output import Output
from simulators.readers.talking import PushingReader, Session

_SYN_T, _SYN_U = b"\x16T\r", b"\x16U\r"


class HandheldScanner(PushingReader):
    """`scene` is what a triggered look finds; without one it looks until SYN U."""

    def __init__(
        self,
        *,
        end: str = "\r\n",
        aim: bool = True,
        gs: str = "\x1d",
        doubles: bool = False,
        serial_trigger: bool = False,
    ) -> None:
        super().__init__()
        self.looking = False
        self.serial_trigger = serial_trigger
        self._output = Output(read="{aim}{payload}" if aim else "{payload}")
        self._end = end
        self._gs = gs
        self._doubles = doubles

    def session(self) -> "HandheldSession":
        return HandheldSession(self)

    def read(self, payload: str | None, *, aim: str = "", item: int = 0) -> bool:
        """Scan something; nothing legible is not told at all."""
        self.looking = False
        if payload is None:
            return False
        return super().read(payload, aim=aim, item=item)

    def result(self, payload: str | None, aim: str, item: int) -> bytes:
        text = self._output.text(payload, aim, item).replace("\x1d", self._gs)
        return (text + self._end).encode("utf-8") * (1 + self._doubles)

    def pull_trigger(self) -> None:
        """SYN T."""
        if not self.serial_trigger:
            return
        self.looking = True
        if self.scene is not None:
            self.read(self.scene, aim="]d2")


class HandheldSession(Session):
    """What it hears on its line."""

    def __init__(self, scanner: HandheldScanner) -> None:
        super().__init__()
        self._scanner = scanner
        self._heard = b""

    def feed(self, data: bytes, now_s: float) -> bytes:  # noqa: ARG002
        for number in data:
            self._heard = (self._heard + bytes([number]))[-len(_SYN_T) :]
            if self._heard == _SYN_T:
                self._scanner.pull_trigger()
            elif self._heard == _SYN_U:
                self._scanner.looking = False
        return b""

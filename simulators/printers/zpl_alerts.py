"""`^SX` in a simulated printer: who is told what, and in which words."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from simulators.printers.zpl_text import Command

_DONE: Final = "K"
_WORDS: Final = {
    "A": ("ERROR", "PAPER OUT"),
    "B": ("ERROR", "RIBBON OUT"),
    "E": ("ERROR", "HEAD OPEN"),
    "J": ("ALERT", "PRINTER PAUSED"),
    _DONE: ("ALERT", "PQ JOB COMPLETED"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """A line to be sent: to `host` and `port`, or (no host) to the serial port."""

    host: str
    port: int
    line: bytes


class AlertBook:
    """What `^SX` set. A destination other than serial (A) and TCP (D) is kept only."""

    def __init__(self, serial_number: str) -> None:
        self._serial_number = serial_number
        self._rows: dict[tuple[str, str], list[str]] = {}
        self._standing: dict[str, bool] = {}

    def set(self, command: Command) -> None:
        """`^SXcondition,destination,set,clear,address,port`, or `^SQ` to end it."""
        given = [part.strip() for part in command.body.decode("latin-1").split(",")]
        condition, destination, *rest = [*given, "", "", "", "", ""][:6]
        if condition not in (*_WORDS, "*") or not destination:
            return
        if command.code == "^SQ" or rest[:2] == ["N", "N"]:
            self._rows.pop((condition, destination), None)
        else:
            self._rows[condition, destination] = rest

    def table(self) -> str:
        """`~HU`: a line each; nothing at all when none is set."""
        return "".join(
            f"{condition},{destination},{','.join(rest[:3])},{rest[3] or 0}\r\n"
            for (condition, destination), rest in self._rows.items()
        )

    def news(
        self, standing: Mapping[str, bool], *, done: bool, now_s: float
    ) -> Iterator[Outgoing]:
        """Alerts for conditions that began or went since the last call."""
        for condition, is_set in standing.items():
            if is_set != self._standing.get(condition, False):
                yield from self._alert(condition, now_s, is_set=is_set)
        self._standing.update(standing)
        if done:
            yield from self._alert(_DONE, now_s, is_set=True)

    def _alert(
        self, condition: str, now_s: float, *, is_set: bool
    ) -> Iterator[Outgoing]:
        for (armed, destination), (on_set, on_clear, host, port) in self._rows.items():
            wanted = (on_set or "Y") if is_set else (on_clear or "N")
            if armed not in (condition, "*") or wanted != "Y":
                continue
            line = self._line(condition, now_s, is_set=is_set)
            if destination == "D":
                yield Outgoing(host=host, port=int(port), line=line)
            elif destination == "A":
                yield Outgoing(host="", port=0, line=line)

    def _line(self, condition: str, now_s: float, *, is_set: bool) -> bytes:
        kind, words = _WORDS[condition]
        if not is_set:
            kind = f"{kind} CLEARED"
        elif kind == "ERROR":
            kind = "ERROR CONDITION"
        at = datetime.fromtimestamp(now_s, UTC).strftime("%Y-%m-%d %H:%M:%S")
        return f"{kind}: {words} [{at}] [{self._serial_number}]\r\n".encode()

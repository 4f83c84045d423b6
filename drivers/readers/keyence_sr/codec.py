"""Keyence SR frames: text CR, or STX text ETX; a reply comes as its command went."""

import re
from enum import StrEnum

from drivers.readers.framing import Framer
from drivers.readers.keyence_sr.messages import Reply

STX, ETX, ESC = b"\x02", b"\x03", b"\x1b"

_REPLY = re.compile(rb"(OK|ER),([A-Z0-9]{1,8})(?:,([ -~]*))?")


class Framing(StrEnum):
    """How commands, replies and results are framed."""

    CR = "cr"
    STX_ETX = "stx_etx"

    def framer(self, *, max_frame: int, gap_s: float) -> Framer:
        """Takes such frames out of a stream."""
        if self is Framing.CR:
            return Framer(max_frame=max_frame, gap_s=gap_s)
        return Framer(start=STX, terminators=(ETX,), max_frame=max_frame, gap_s=gap_s)

    def frame(self, command: str) -> bytes:
        """One command, framed."""
        body = command.encode("ascii")
        return body + b"\r" if self is Framing.CR else STX + body + ETX


def decode_reply(frame: bytes) -> Reply | None:
    """A frame as the answer to a command; None for anything else, such as a read."""
    match = _REPLY.fullmatch(frame)
    if match is None:
        return None
    verdict, command, rest = (part.decode("ascii") for part in match.groups(b""))
    if verdict == "OK":
        fields = tuple(rest.split(",")) if rest else ()
        return Reply(command=command, fields=fields)
    return Reply(command=command, error=int(rest)) if rest.isdigit() else None

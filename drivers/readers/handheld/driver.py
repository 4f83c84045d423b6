"""A handheld scanner as a `CodeReader`."""

from drivers.around import Around
from drivers.base import CodeReader
from drivers.link import Backoff
from drivers.readers.framing import Framer
from drivers.readers.handheld.settings import HandheldSettings
from drivers.readers.listening import ListeningReader, TriggerBytes, TriggeredReader
from drivers.readers.output import Interpreter

# Honeywell and Mindeo, in manual or serial trigger mode.
SYN_T = b"\x16T\r"
SYN_U = b"\x16U\r"

# Scanners are unplugged, dropped and plugged in again; somebody waits to scan.
_REPLUG_BACKOFF = Backoff(first_s=0.1, cap_s=1.0)


class Handheld(ListeningReader):
    """CR, LF and CR LF end a scan alike; no other control byte is touched."""


class TriggeredHandheld(Handheld, TriggeredReader):
    """One that can be told to look."""


def from_settings(name: str, settings: HandheldSettings, around: Around) -> CodeReader:
    """The scanner that `settings` describe."""
    family = TriggeredHandheld if settings.trigger else Handheld
    return family(
        name,
        address=settings.address,
        dialer=around.dialer,
        rng=around.rng,
        framer=Framer(max_frame=settings.max_frame, gap_s=settings.gap_ms / 1000),
        interpreter=Interpreter(
            encoding=settings.encoding,
            pattern=settings.pattern,
            split_aim=settings.aim != "off",
            require_aim=settings.aim == "required",
            separator=settings.separator,
        ),
        repeat_s=settings.repeat_ms / 1000,
        trigger=TriggerBytes(on=SYN_T, off=SYN_U, window_s=settings.trigger_ms / 1000),
        backoff=_REPLUG_BACKOFF,
    )

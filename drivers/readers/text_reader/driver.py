"""A reader that pushes one line of text a read, as a `CodeReader`."""

from drivers.around import Around
from drivers.base import CodeReader
from drivers.readers.framing import Framer
from drivers.readers.listening import ListeningReader, TriggerBytes, TriggeredReader
from drivers.readers.output import Interpreter
from drivers.readers.text_reader.settings import TextReaderSettings


class TextReader(ListeningReader):
    """Any reader set to plain output."""


class TriggeredTextReader(TextReader, TriggeredReader):
    """The same, where settings tell how it is triggered."""


def from_settings(
    name: str, settings: TextReaderSettings, around: Around
) -> CodeReader:
    """The reader that `settings` describe."""

    def encoded(text: str) -> bytes:
        return text.encode(settings.encoding)

    framer = Framer(
        terminators=map(encoded, settings.terminators),
        start=encoded(settings.start),
        max_frame=settings.max_frame,
        gap_s=settings.gap_ms / 1000,
        resync=settings.resync,
        by_silence=settings.flush_ms > 0,
    )
    interpreter = Interpreter(
        no_read=settings.no_read,
        encoding=settings.encoding,
        pattern=settings.pattern,
        split_aim=settings.aim,
        ignore=settings.ignore,
        heartbeat=settings.heartbeat,
    )
    trigger = TriggerBytes(
        on=encoded(settings.trigger_on),
        off=encoded(settings.trigger_off),
        window_s=settings.trigger_ms / 1000,
    )
    family = TriggeredTextReader if trigger.on else TextReader
    return family(
        name,
        address=settings.address,
        dialer=around.dialer,
        rng=around.rng,
        framer=framer,
        interpreter=interpreter,
        silent_after_s=settings.silent_after_s,
        flush_s=settings.flush_ms / 1000,
        trigger=trigger,
    )

"""Readers: how each is built, and the settings of an agent for it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol

from drivers.transports.base import ByteStream
from simulators.readers.dataman import DataManReader
from simulators.readers.handheld import HandheldScanner
from simulators.readers.keyence_sr import KeyenceReader
from simulators.readers.output import with_item
from simulators.readers.sick_cola import SickReader
from simulators.readers.ssi import SsiDevice
from simulators.readers.text_reader import ITEM_FORMAT, LABEL_FORMAT, TextReader


class LineReader(Protocol):
    """What the line needs of a reader."""

    lost: int
    reads: int

    @property
    def connected(self) -> int: ...

    def read(self, payload: str | None, *, aim: str = "", item: int = 0) -> bool: ...

    async def serve(self, stream: ByteStream) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """`settings` without address and kind."""

    kind: str
    build: Callable[[], LineReader]
    settings: Mapping[str, object] = field(default_factory=dict)


_ITEM: Final = {"pattern": r"(?P<item>\d+);(?P<code>.*)"}

# Fixed readers over the belt. Each is set to put the PLC's item number before a result.
READERS: Final[Mapping[str, Reader]] = {
    "text_reader": Reader(
        kind="text_reader",
        build=lambda: TextReader(ITEM_FORMAT),
        settings={"no_read": "NOREAD", **_ITEM},
    ),
    "dataman": Reader(
        kind="dataman",
        build=lambda: DataManReader(with_item("NOREAD")),
        settings={"no_read": "NOREAD", **_ITEM},
    ),
    "keyence_sr": Reader(
        kind="keyence_sr",
        build=lambda: KeyenceReader(with_item("ERROR")),
        settings=_ITEM,
    ),
    "sick_cola": Reader(
        kind="sick_cola",
        build=lambda: SickReader(with_item("NoRead")),
        settings=_ITEM,
    ),
}
# Readers of labels at packing stations.
PACKING_READERS: Final[Mapping[str, Reader]] = {
    "text_reader": Reader(
        kind="text_reader",
        build=lambda: TextReader(LABEL_FORMAT),
        settings={"no_read": "NOREAD"},
    ),
    "handheld": Reader(kind="handheld", build=HandheldScanner),
    "ssi": Reader(kind="ssi", build=SsiDevice),
    "dataman": Reader(
        kind="dataman", build=DataManReader, settings={"no_read": "NOREAD"}
    ),
    "keyence_sr": Reader(kind="keyence_sr", build=KeyenceReader),
    "sick_cola": Reader(kind="sick_cola", build=SickReader),
}

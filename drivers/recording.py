"""Notes in a device's tap what the line asked of it, so that it can be played back."""

import functools
import random
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from drivers.base import (
    CodePrinter,
    CodeReader,
    Diagnosable,
    LabelPrinter,
    LineIO,
    Role,
    TriesPrinting,
    Triggered,
)
from drivers.base.forcing import Forcible
from drivers.wiretap import ASKED, WireTap

# The calls of each role that make a device say or do something, by the protocol that
# declares them.
CALLS: Mapping[Role, Mapping[str, type]] = {
    Role.PRINTER: dict.fromkeys(
        ("status_of_printer", "job", "start", "stop", "clear", "queue", "progress"),
        CodePrinter,
    ),
    Role.LABELLER: {
        **dict.fromkeys(
            ("print_label", "status_of_printer", "cancel_all"), LabelPrinter
        ),
        "print_test": TriesPrinting,
    },
    Role.READER: {"read": CodeReader, "trigger": Triggered},
    Role.CAMERA: {},
    Role.LINE_IO: {
        **dict.fromkeys(("poll", "beat", "write_verdicts"), LineIO),
        **dict.fromkeys(("force", "release"), Forcible),
    },
}
# A driver draws a boot id or a session id, when it is made or begins anew.
DRAWN = 16


class NotedRandom(random.Random):
    """Chance from `source`, draw for draw, with the first few whole numbers kept."""

    def __init__(self, source: random.Random) -> None:
        super().__init__(0)
        self._source = source
        self.drawn: list[int] = []

    def random(self) -> float:
        """As `source`."""
        return self._source.random()

    def getrandbits(self, k: int, /) -> int:
        """As `source`; noted."""
        value = self._source.getrandbits(k)
        if len(self.drawn) < DRAWN:
            self.drawn.append(value)
        return value


def note_calls(device: object, role: Role, rng: NotedRandom) -> None:
    """From now on the calls of `device` stand in its tap; nothing, if it has none."""
    if not isinstance(device, Diagnosable):
        return
    device.tap.drawn = rng.drawn
    for name in CALLS[role]:
        call = getattr(device, name, None)
        if call is not None:
            setattr(device, name, _noted(device.tap, name, call))


def _noted(
    tap: WireTap, name: str, call: Callable[..., Awaitable[Any]]
) -> Callable[..., Awaitable[Any]]:
    @functools.wraps(call)
    async def noted(*arguments: Any) -> Any:
        number = tap.asked(name, arguments)
        before = ASKED.set(True)
        try:
            result = await call(*arguments)
        except BaseException as error:
            tap.refused(number, type(error).__name__, str(error))
            raise
        finally:
            ASKED.reset(before)
        tap.answered(number, result)
        return result

    return noted

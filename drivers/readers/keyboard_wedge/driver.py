"""A scanner that types, as a `CodeReader`."""

import asyncio
import random
from collections.abc import Awaitable, Callable

from drivers.around import Around
from drivers.base import CodeReader, TextRead
from drivers.device import LinkedDevice
from drivers.link import Backoff
from drivers.readers.keyboard_wedge.codec import KeyDecoder
from drivers.readers.keyboard_wedge.keyboard import Keyboard, open_keyboard
from drivers.readers.keyboard_wedge.settings import KeyboardWedgeSettings
from drivers.readers.output import Interpreter
from drivers.readers.reads import ReaderCounts, ReadQueue
from drivers.wiretap import Direction, WireTap

_REPLUG_BACKOFF = Backoff(first_s=0.1, cap_s=1.0)


class KeyboardWedge(LinkedDevice[Keyboard]):
    """`connect` opens the keyboard and grabs it, again after each replug.

    Its tap shows what was typed as `code:value` for each key event.
    """

    def __init__(
        self,
        name: str,
        connect: Callable[[], Awaitable[Keyboard]],
        *,
        rng: random.Random,
        decoder: KeyDecoder,
        interpreter: Interpreter,
        repeat_s: float = 0.5,
        identity: str = "",
    ) -> None:
        super().__init__(
            name,
            connect,
            tap=WireTap(name),
            rng=rng,
            on_up=self._greet,
            serve=self._take_keys,
            backoff=_REPLUG_BACKOFF,
        )
        self._decoder = decoder
        self._interpreter = interpreter
        self._expected = identity
        self._queue = ReadQueue(
            self.board, broken=lambda: decoder.broken, repeat_s=repeat_s
        )

    @property
    def counts(self) -> ReaderCounts:
        """What came of its lines."""
        return self._queue.counts

    @property
    def broken_frames(self) -> int:
        """Lines that were discarded."""
        return self._decoder.broken

    async def read(self) -> TextRead:
        """The oldest read not yet taken; waits for one, over reconnections too."""
        return await self._queue.read()

    async def _greet(self, keyboard: Keyboard) -> None:
        self.known_as(keyboard.identity, expected=self._expected)

    async def _take_keys(self, keyboard: Keyboard) -> None:
        self._decoder.restart()
        while True:
            events = await keyboard.events()
            now_s = asyncio.get_running_loop().time()
            shown = " ".join(f"{event.code}:{event.value}" for event in events)
            self.tap.record(Direction.RECEIVED, shown.encode("ascii"))
            for event in events:
                line = self._decoder.feed(event, at_s=now_s)
                if line is not None:
                    self._queue.take(self._interpreter.understand(line), now_s)
            # A key held down must not keep the rest of the line waiting.
            await asyncio.sleep(0)


def from_settings(
    name: str, settings: KeyboardWedgeSettings, around: Around
) -> CodeReader:
    """The scanner that `settings` describe."""
    return KeyboardWedge(
        name,
        lambda: open_keyboard(settings.path),
        rng=around.rng,
        decoder=KeyDecoder(max_frame=settings.max_frame, gap_s=settings.gap_ms / 1000),
        interpreter=Interpreter(
            pattern=settings.pattern,
            split_aim=settings.aim != "off",
            require_aim=settings.aim == "required",
            separator=settings.separator,
        ),
        repeat_s=settings.repeat_ms / 1000,
        identity=settings.identity,
    )

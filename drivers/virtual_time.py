"""An event loop whose clock jumps to the next timer instead of waiting.

Nothing here may touch a socket or a thread: with no timer and nothing ready, the
simulated world has come to rest for ever, and that is reported as an error.
"""

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class AtRestError(RuntimeError):
    """Every task waits for something that nothing will bring about."""


class _NoWaitSelector(selectors.SelectSelector):
    """Never waits: time passes on the loop's own clock instead."""

    def __init__(self) -> None:
        super().__init__()
        self.skipped_s = 0.0

    def select(
        self, timeout: float | None = None
    ) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise AtRestError("no timer is set and nothing is ready")
        if timeout > 0:
            self.skipped_s += timeout
        return []


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """A loop on simulated seconds, starting at zero."""

    def __init__(self) -> None:
        self._instant = _NoWaitSelector()
        super().__init__(self._instant)

    def time(self) -> float:
        """Simulated seconds."""
        return self._instant.skipped_s


def run_virtual(main: Coroutine[Any, Any, T]) -> T:
    """Run `main` on a virtual-time loop of its own."""
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        return runner.run(main)

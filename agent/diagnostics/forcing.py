"""Single outputs held by hand, and released by themselves.

An output is released when its time is over, when the one who forced it goes away, when
an order starts, and when the agent stops. One output a device at a time.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass

from agent.api.ports import ActRefusedError
from agent.api.trial_models import ForcedModel, ForceRequest
from drivers.base import Forcible

# How soon an order that starts is noticed; a driver of line I/O notices by itself.
LOOK_S = 0.05
TELL_S = 0.5
TIME_IS_UP = "time is up 时间到"
ORDER = "an order starts 生产任务开始"


@dataclass(slots=True)
class _Held:
    act: ForceRequest
    until_s: float
    ended: str = ""


class Forcing:
    """Holds outputs while `is_free` says that no order runs."""

    def __init__(self, is_free: Callable[[], bool]) -> None:
        self._is_free = is_free
        self._held: dict[str, _Held] = {}

    def is_forced(self, device: str, output: str) -> bool:
        """Whether this output is held now."""
        held = self._held.get(device)
        return held is not None and held.act.output == output

    async def hold(
        self, name: str, device: Forcible, act: ForceRequest
    ) -> AsyncGenerator[ForcedModel, None]:
        """Force, and tell how long it still lasts; closing the generator releases."""
        if name in self._held:
            raise ActRefusedError(
                f"{name}: {self._held[name].act.output} is forced already"
            )
        loop = asyncio.get_running_loop()
        held = _Held(act=act, until_s=loop.time() + act.for_s)
        self._held[name] = held
        # A task of its own: a listener that stalls must not keep an output on.
        holding = asyncio.create_task(self._hold(name, device, held))
        try:
            await asyncio.sleep(0)
            while not holding.done():
                yield _told(held, loop.time())
                await asyncio.wait({holding}, timeout=TELL_S)
            await holding
            yield _told(held, loop.time())
        finally:
            holding.cancel()
            await asyncio.gather(holding, return_exceptions=True)

    async def _hold(self, name: str, device: Forcible, held: _Held) -> None:
        loop = asyncio.get_running_loop()
        try:
            await device.force(held.act.output, held.act.value)
            while loop.time() < held.until_s:
                if not self._is_free():
                    held.ended = ORDER
                    return
                await asyncio.sleep(min(LOOK_S, held.until_s - loop.time()))
            held.ended = TIME_IS_UP
        finally:
            del self._held[name]
            await device.release()


def _told(held: _Held, now_s: float) -> ForcedModel:
    return ForcedModel(
        output=held.act.output,
        value=held.act.value,
        left_s=0.0 if held.ended else max(0.0, held.until_s - now_s),
        ended=held.ended,
    )

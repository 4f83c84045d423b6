"""A repeated act gets its first answer and has no second effect."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, TypeVar

from agent.api.models import ActRequest, Model, Problem
from agent.api.problems import ProblemError

A = TypeVar("A", bound=Model)
# A person acts a few times an hour: this is weeks of acts, and a few hundred kB.
REMEMBERED = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    what: str
    act: ActRequest
    task: asyncio.Task[Any]


class Repeats:
    """The acts of this process by `act_id`, the last `limit` of them.

    An act runs as a task of its own: a caller who leaves does not cut it in half,
    and a repeat that arrives while it runs waits for the same answer. A refusal is an
    answer too. When all remembered acts are still running, a new one is refused.
    """

    def __init__(self, limit: int = REMEMBERED) -> None:
        self._limit = limit
        self._acts: OrderedDict[str, _Known] = OrderedDict()

    async def once(
        self,
        what: str,
        act: ActRequest,
        perform: Callable[[], Coroutine[None, None, A]],
    ) -> A:
        """Perform `what`, or give the answer it got before."""
        known = self._acts.get(act.act_id)
        if known is None:
            self._make_room()
            task = asyncio.create_task(perform(), name=f"act {act.act_id}")
            known = _Known(what=what, act=act, task=task)
            self._acts[act.act_id] = known
        elif (known.what, known.act) != (what, act):
            raise _reused(act.act_id)
        answer: A = await asyncio.shield(known.task)
        return answer

    def _make_room(self) -> None:
        if len(self._acts) < self._limit:
            return
        for act_id, known in self._acts.items():
            if known.task.done():
                del self._acts[act_id]
                return
        raise ProblemError(
            Problem(
                status=503,
                title="too many acts at once",
                detail=f"{self._limit} acts are under way",
                where="acts",
                remedy="wait, then send the same act again",
            )
        )


def _reused(act_id: str) -> ProblemError:
    return ProblemError(
        Problem(
            status=409,
            title="act_id used before",
            detail=f"act_id {act_id!r} belongs to another act",
            where="body.act_id",
            remedy="give every act an id of its own; repeat an act unchanged",
        )
    )

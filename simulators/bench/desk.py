"""The operator's desk of an agent in this very process."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from agent.api.models import ActAnswer, ActRequest, CodeModel, StatusModel
from agent.api.ports import ActRefusedError, AgentView
from simulators.bench.life import KilledError
from simulators.people import NotNowError

T = TypeVar("T")


class LocalDesk:
    """`view` gives the agent's face, or None while it is dead."""

    def __init__(self, view: Callable[[], AgentView | None]) -> None:
        self._view = view

    def _agent(self) -> AgentView:
        view = self._view()
        if view is None:
            raise NotNowError("the agent is dead")
        return view

    async def status(self) -> StatusModel:
        """The line now."""
        return self._agent().status()

    async def code(self, text: str) -> CodeModel | None:
        """What became of a code."""
        return self._agent().code(text)

    async def start_order(self, order: str, act: ActRequest) -> ActAnswer:
        """Begin an order."""
        return await _done(self._agent().start_order(order, act))

    async def resume(self, act: ActRequest) -> ActAnswer:
        """Go on after a stop."""
        return await _done(self._agent().resume(act))

    async def relabel(self, container: int, act: ActRequest) -> ActAnswer:
        """Print another label."""
        return await _done(self._agent().relabel(container, act))


async def _done(act: Awaitable[T]) -> T:
    """An act may be refused, and the process may die under the operator's hands."""
    try:
        return await act
    except (ActRefusedError, KilledError) as error:
        raise NotNowError(str(error)) from None

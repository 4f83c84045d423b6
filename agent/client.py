"""Typed client of the agent's API, for screens, commands and other programs."""

import uuid
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

from pydantic import TypeAdapter, ValidationError

from agent.api.models import (
    ActAnswer,
    ActRequest,
    CodeModel,
    HealthModel,
    JournalPage,
    OrderModel,
    Reconciliation,
    StatusModel,
)
from agent.api.quality_models import PicturesModel, QualityModel
from agent.api.trial_models import TrialRequest
from agent.api_socket import (
    AgentRefused,
    AgentUnreachable,
    ApiSocket,
    not_understood,
    parsed,
    refusal,
)
from agent.device_client import DeviceClient
from agent.domain.words import Level

__all__ = ["AgentClient", "AgentRefused", "AgentUnreachable", "new_act"]

# An act waits for a commit, and a commit may wait for a slow disk.
TIMEOUT_S = 10.0
ORDERS = TypeAdapter(tuple[OrderModel, ...])


def new_act(by: str, reason: str = "") -> ActRequest:
    """An act with an id of its own. `ValueError` if a text is not fit for the books."""
    return ActRequest(by=by, reason=reason, act_id=uuid.uuid4().hex)


class AgentClient:
    """The agent behind one Unix socket. Use as an async context manager.

    Every call raises `AgentUnreachable` or `AgentRefused` and nothing else.
    """

    def __init__(self, socket_path: Path, *, timeout_s: float = TIMEOUT_S) -> None:
        self.socket_path = socket_path
        self._socket = ApiSocket(socket_path, timeout_s=timeout_s)
        self.devices = DeviceClient(self._socket)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Give the connections back."""
        await self._socket.aclose()

    async def status(self) -> StatusModel:
        """The line now."""
        return parsed(StatusModel, await self._get("/v1/status"))

    async def live(self, interval_s: float = 1.0) -> AsyncGenerator[StatusModel, None]:
        """The line as it changes, at least every `interval_s`.

        Ends only by an error: `AgentUnreachable` when the agent stops or falls silent.
        """
        params = {"interval_s": interval_s}
        async with aclosing(self._socket.stream("/v1/live", params)) as lines:
            async for line in lines:
                yield parsed(StatusModel, line)
        raise AgentUnreachable("the agent ended the stream: it is stopping")

    async def orders(self) -> tuple[OrderModel, ...]:
        """Every order the line knows."""
        body = await self._get("/v1/orders")
        try:
            return ORDERS.validate_json(body)
        except ValidationError as error:
            raise not_understood(error) from None

    async def reconciliation(self, order: str) -> Reconciliation:
        """The books of an order; `AgentRefused` with status 404 if it is unknown."""
        path = f"/v1/orders/{quote(order, safe='')}/reconciliation"
        return parsed(Reconciliation, await self._get(path))

    async def code(self, text: str) -> CodeModel:
        """What became of a code; `AgentRefused` with status 404 if it is unknown."""
        return parsed(CodeModel, await self._get("/v1/codes", code=text))

    async def journal(self, after: int = 0, limit: int = 100) -> JournalPage:
        """Facts above `after`; go on with the page's `next_after`."""
        body = await self._get("/v1/journal", after=after, limit=limit)
        return parsed(JournalPage, body)

    async def quality(self) -> QualityModel:
        """Charts and warnings of the line's prints."""
        return parsed(QualityModel, await self._get("/v1/quality"))

    async def pictures(self) -> PicturesModel:
        """The kept pictures of rejects, the newest first."""
        return parsed(PicturesModel, await self._get("/v1/pictures"))

    async def picture(self, name: str) -> bytes:
        """A kept picture as a PNG file; `AgentRefused` with 404 if it is gone."""
        return await self._bytes(f"/v1/pictures/{quote(name)}")

    async def small_picture(self, name: str) -> bytes:
        """The same small and grey (PGM), for a screen of characters."""
        return await self._bytes(f"/v1/pictures/{quote(name)}/small")

    async def _bytes(self, path: str) -> bytes:
        response = await self._socket.send("GET", path)
        if response.is_error:
            raise refusal(response)
        return response.content

    async def log(self, lines: int = 200) -> str:
        """The last lines of its log."""
        return await self._get("/v1/log", lines=lines)

    async def health(self) -> HealthModel:
        """Ready or not, with reasons."""
        response = await self._socket.send("GET", "/v1/health")
        if response.status_code not in (200, 503):
            raise refusal(response)
        return parsed(HealthModel, response.text)

    async def start_order(self, order: str, act: ActRequest) -> ActAnswer:
        """Begin an order."""
        return await self._act(f"/v1/orders/{quote(order, safe='')}/start", act)

    async def resume(self, act: ActRequest) -> ActAnswer:
        """Go on after a stop."""
        return await self._act("/v1/acts/resume", act)

    async def close_short(self, level: Level, act: ActRequest) -> ActAnswer:
        """Close the open container of `level` with what it has (尾箱)."""
        return await self._act(f"/v1/acts/close-short/{level}", act)

    async def relabel(self, container: int, act: ActRequest) -> ActAnswer:
        """Void the lost label of `container` and print another."""
        return await self._act(f"/v1/acts/relabel/{container}", act)

    async def reset_charts(self, head: str, act: TrialRequest) -> ActAnswer:
        """Let the charts of a head learn anew what is usual."""
        path = f"/v1/acts/reset-charts/{quote(head, safe='')}"
        return await self._act(path, act)

    async def _act(self, path: str, act: ActRequest) -> ActAnswer:
        return parsed(ActAnswer, await self._socket.post(path, act))

    async def _get(self, path: str, **params: str | int) -> str:
        return await self._socket.get(path, params)

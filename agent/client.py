"""Typed client of the agent's API, for screens, commands and other programs."""

import uuid
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar
from urllib.parse import quote

import httpx
from pydantic import TypeAdapter, ValidationError

from agent.api.models import (
    ActAnswer,
    ActRequest,
    CodeModel,
    HealthModel,
    JournalPage,
    Model,
    OrderModel,
    Problem,
    Reconciliation,
    StatusModel,
)
from agent.domain.words import Level

# An act waits for a commit, and a commit may wait for a slow disk.
TIMEOUT_S = 10.0
# The stream writes something at least every 2 s; three missed means it is gone.
SILENCE_S = 6.0

# A status is a few kilobytes.
MAX_LINE_BYTES = 1024 * 1024

M = TypeVar("M", bound=Model)
ORDERS = TypeAdapter(tuple[OrderModel, ...])


class AgentUnreachable(Exception):
    """Nobody answers, or the answer broke off. Whether an act was done is unknown:
    repeat it with the same `ActRequest`."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class AgentRefused(Exception):
    """The agent answered, and the answer is no. `status` is the HTTP status."""

    def __init__(self, message: str, *, status: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.status = status


def new_act(by: str, reason: str = "") -> ActRequest:
    """An act with an id of its own. `ValueError` if a text is not fit for the books."""
    return ActRequest(by=by, reason=reason, act_id=uuid.uuid4().hex)


class AgentClient:
    """The agent behind one Unix socket. Use as an async context manager.

    Every call raises `AgentUnreachable` or `AgentRefused` and nothing else.
    """

    def __init__(self, socket_path: Path, *, timeout_s: float = TIMEOUT_S) -> None:
        self.socket_path = socket_path
        self._http = httpx.AsyncClient(
            transport=httpx.AsyncHTTPTransport(uds=str(socket_path)),
            base_url="http://agent",
            timeout=timeout_s,
            trust_env=False,
        )

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
        await self._http.aclose()

    async def status(self) -> StatusModel:
        """The line now."""
        return _parsed(StatusModel, await self._get("/v1/status"))

    async def live(self, interval_s: float = 1.0) -> AsyncGenerator[StatusModel, None]:
        """The line as it changes, at least every `interval_s`.

        Ends only by an error: `AgentUnreachable` when the agent stops or falls silent.
        """
        request = self._http.build_request(
            "GET",
            "/v1/live",
            params={"interval_s": interval_s},
            timeout=httpx.Timeout(SILENCE_S),
        )
        try:
            response = await self._http.send(request, stream=True)
            try:
                if response.is_error:
                    await response.aread()
                    raise _refusal(response)
                async for line in _lines(response):
                    yield _parsed(StatusModel, line)
            finally:
                await response.aclose()
        except httpx.HTTPError as error:
            raise self._unreachable(error) from None
        raise AgentUnreachable("the agent ended the stream: it is stopping")

    async def orders(self) -> tuple[OrderModel, ...]:
        """Every order the line knows."""
        body = await self._get("/v1/orders")
        try:
            return ORDERS.validate_json(body)
        except ValidationError as error:
            raise _not_understood(error) from None

    async def reconciliation(self, order: str) -> Reconciliation:
        """The books of an order; `AgentRefused` with status 404 if it is unknown."""
        path = f"/v1/orders/{quote(order, safe='')}/reconciliation"
        return _parsed(Reconciliation, await self._get(path))

    async def code(self, text: str) -> CodeModel:
        """What became of a code; `AgentRefused` with status 404 if it is unknown."""
        return _parsed(CodeModel, await self._get("/v1/codes", code=text))

    async def journal(self, after: int = 0, limit: int = 100) -> JournalPage:
        """Facts above `after`; go on with the page's `next_after`."""
        body = await self._get("/v1/journal", after=after, limit=limit)
        return _parsed(JournalPage, body)

    async def health(self) -> HealthModel:
        """Ready or not, with reasons."""
        response = await self._send("GET", "/v1/health")
        if response.status_code not in (200, 503):
            raise _refusal(response)
        return _parsed(HealthModel, response.text)

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

    async def _act(self, path: str, act: ActRequest) -> ActAnswer:
        response = await self._send("POST", path, act)
        if response.is_error:
            raise _refusal(response)
        return _parsed(ActAnswer, response.text)

    async def _get(self, path: str, **params: str | int) -> str:
        response = await self._send("GET", path, params=params)
        if response.is_error:
            raise _refusal(response)
        return response.text

    async def _send(
        self,
        method: str,
        path: str,
        act: ActRequest | None = None,
        params: Mapping[str, str | int] | None = None,
    ) -> httpx.Response:
        body = None if act is None else act.model_dump_json()
        try:
            return await self._http.request(
                method,
                path,
                params=params,
                content=body,
                headers={"content-type": "application/json"} if body else None,
            )
        except httpx.InvalidURL as error:
            raise AgentRefused(f"this cannot be asked: {error}") from None
        except httpx.HTTPError as error:
            raise self._unreachable(error) from None

    def _unreachable(self, error: httpx.HTTPError) -> AgentUnreachable:
        reason = str(error) or type(error).__name__
        return AgentUnreachable(
            f"the agent does not answer on {self.socket_path} ({reason}): "
            "is it running?"
        )


async def _lines(response: httpx.Response) -> AsyncIterator[bytes]:
    """Lines by newline alone: `aiter_lines` also splits inside JSON texts that hold
    U+2028 or U+0085. Empty lines are heartbeats."""
    rest = b""
    async for chunk in response.aiter_bytes():
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            if line:
                yield line
        if len(rest) > MAX_LINE_BYTES:
            raise AgentRefused("the agent's stream has a line beyond all measure")


def _parsed(model: type[M], body: str | bytes) -> M:
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        raise _not_understood(error) from None


def _not_understood(error: ValidationError) -> AgentRefused:
    first = error.errors(include_input=False)[0]
    where = ".".join(str(part) for part in first["loc"])[:60]
    return AgentRefused(
        f"the agent's answer is not understood ({where}: {first['msg']}): "
        "are the agent and this program of the same version?"
    )


def _refusal(response: httpx.Response) -> AgentRefused:
    try:
        problem = Problem.model_validate_json(response.content)
    except ValidationError:
        return AgentRefused(
            f"the agent answered {response.status_code} {response.reason_phrase}",
            status=response.status_code,
        )
    return AgentRefused(
        f"{problem.detail} ({problem.where}): {problem.remedy}", status=problem.status
    )

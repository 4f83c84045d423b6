"""HTTP to the agent over its Unix socket, and what its errors mean."""

from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from pathlib import Path
from typing import TypeVar

import httpx
from pydantic import ValidationError

from agent.api.models import ActRequest, Model, Problem

# The stream writes something at least every 2 s; three missed means it is gone.
SILENCE_S = 6.0

# A status is a few kilobytes.
MAX_LINE_BYTES = 1024 * 1024

M = TypeVar("M", bound=Model)
Params = Mapping[str, str | int | float | bool]


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


class ApiSocket:
    """Requests to the agent behind one Unix socket.

    Every call raises `AgentUnreachable` or `AgentRefused` and nothing else.
    """

    def __init__(self, path: Path, *, timeout_s: float) -> None:
        self.path = path
        self._http = httpx.AsyncClient(
            transport=httpx.AsyncHTTPTransport(uds=str(path)),
            base_url="http://agent",
            timeout=timeout_s,
            trust_env=False,
        )

    async def aclose(self) -> None:
        """Give the connections back."""
        await self._http.aclose()

    async def get(self, path: str, params: Params | None = None) -> str:
        """The body of a good answer."""
        response = await self.send("GET", path, params=params)
        if response.is_error:
            raise refusal(response)
        return response.text

    async def post(
        self, path: str, act: ActRequest, *, timeout_s: float | None = None
    ) -> str:
        """Do an act; the body of a good answer."""
        response = await self.send("POST", path, act, timeout_s=timeout_s)
        if response.is_error:
            raise refusal(response)
        return response.text

    async def stream(
        self, path: str, params: Params | None = None, act: ActRequest | None = None
    ) -> AsyncGenerator[bytes, None]:
        """Lines of a live stream until the agent ends it; with `act` it is one."""
        body = None if act is None else act.model_dump_json()
        request = self._http.build_request(
            "GET" if act is None else "POST",
            path,
            params=params,
            content=body,
            headers={"content-type": "application/json"} if body else None,
            timeout=httpx.Timeout(SILENCE_S),
        )
        try:
            response = await self._http.send(request, stream=True)
            try:
                if response.is_error:
                    await response.aread()
                    raise refusal(response)
                async for line in lines(response):
                    yield line
            finally:
                await response.aclose()
        except httpx.HTTPError as error:
            raise self._unreachable(error) from None

    async def send(
        self,
        method: str,
        path: str,
        act: ActRequest | None = None,
        *,
        params: Params | None = None,
        timeout_s: float | None = None,
    ) -> httpx.Response:
        """Any answer, good or not."""
        body = None if act is None else act.model_dump_json()
        patience = httpx.USE_CLIENT_DEFAULT if timeout_s is None else timeout_s
        try:
            return await self._http.request(
                method,
                path,
                params=params,
                content=body,
                headers={"content-type": "application/json"} if body else None,
                timeout=patience,
            )
        except httpx.InvalidURL as error:
            raise AgentRefused(f"this cannot be asked: {error}") from None
        except httpx.HTTPError as error:
            raise self._unreachable(error) from None

    def _unreachable(self, error: httpx.HTTPError) -> AgentUnreachable:
        reason = str(error) or type(error).__name__
        return AgentUnreachable(
            f"the agent does not answer on {self.path} ({reason}): is it running?"
        )


async def lines(response: httpx.Response) -> AsyncIterator[bytes]:
    """Lines by newline alone: `aiter_lines` also splits inside JSON texts that hold
    U+2028 or U+0085. Empty lines are heartbeats."""
    rest = b""
    async for chunk in response.aiter_bytes():
        *whole, rest = (rest + chunk).split(b"\n")
        for line in whole:
            if line:
                yield line
        if len(rest) > MAX_LINE_BYTES:
            raise AgentRefused("the agent's stream has a line beyond all measure")


def parsed(model: type[M], body: str | bytes) -> M:
    """The answer as `model`; `AgentRefused` if it is none."""
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        raise not_understood(error) from None


def not_understood(error: ValidationError) -> AgentRefused:
    """An answer that does not fit its model."""
    first = error.errors(include_input=False)[0]
    where = ".".join(str(part) for part in first["loc"])[:60]
    return AgentRefused(
        f"the agent's answer is not understood ({where}: {first['msg']}): "
        "are the agent and this program of the same version?"
    )


def refusal(response: httpx.Response) -> AgentRefused:
    """What an answer that is an error says."""
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

"""The last lines of the agent's log."""

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import PlainTextResponse

from agent.recent_log import LINES, recent_lines


def router() -> APIRouter:
    """`/v1/log?lines=`."""
    routes = APIRouter(tags=["log"])

    @routes.get("/v1/log", response_class=PlainTextResponse)
    async def log(
        lines: Annotated[int, Query(ge=1, le=LINES)] = 200,
    ) -> PlainTextResponse:
        """What the agent logged last, oldest first."""
        return PlainTextResponse("".join(f"{line}\n" for line in recent_lines(lines)))

    return routes

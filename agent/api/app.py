"""The HTTP application: one router per subject over one view of the agent."""

import asyncio

from fastapi import FastAPI

from agent.api import (
    acts,
    codes,
    devices,
    health,
    journal,
    logs,
    orders,
    quality,
    status,
    trials,
)
from agent.api.limits import BodyLimit
from agent.api.models import Problem
from agent.api.ports import AgentView
from agent.api.problems import install
from agent.api.repeats import Repeats

# Quick enough for a person to see a stop at once, rare enough to cost the loop
# nothing beside a 20 ms PLC poll.
LOOK_S = 0.25


def create_app(view: AgentView, *, look_s: float = LOOK_S) -> FastAPI:
    """The application over `view`; live streams look for a change every `look_s`.

    Setting `app.state.closing` (an `asyncio.Event`) ends the live streams.
    """
    app = FastAPI(
        title="line agent",
        version="1",
        openapi_url="/v1/openapi.json",
        # Their pages load scripts from the internet; a line has none.
        docs_url=None,
        redoc_url=None,
        responses={"default": {"model": Problem, "description": "what, where, remedy"}},
    )
    closing = asyncio.Event()
    app.state.closing = closing
    repeats = Repeats()
    app.add_middleware(BodyLimit)
    install(app)
    app.include_router(status.router(view, look_s=look_s, closing=closing))
    app.include_router(orders.router(view, repeats))
    app.include_router(codes.router(view))
    app.include_router(acts.router(view, repeats))
    app.include_router(devices.router(view, closing))
    app.include_router(trials.router(view, repeats))
    app.include_router(trials.line_router(view, repeats))
    app.include_router(devices.look(view))
    app.include_router(journal.router(view))
    app.include_router(quality.router(view))
    app.include_router(logs.router())
    app.include_router(health.router(view))
    return app

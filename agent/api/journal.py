"""The journal, page by page."""

from typing import Annotated

from fastapi import APIRouter, Query

from agent.api.models import JournalPage
from agent.api.ports import AgentView


def router(view: AgentView) -> APIRouter:
    """`/v1/journal?after=&limit=`."""
    routes = APIRouter(tags=["journal"])

    @routes.get("/v1/journal")
    async def journal(
        after: Annotated[int, Query(ge=0, lt=2**63)] = 0,
        limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    ) -> JournalPage:
        """Facts with a sequence above `after`, oldest first."""
        entries = await view.journal(after, limit)
        next_after = entries[-1].seq if entries else after
        return JournalPage(entries=entries, next_after=next_after)

    return routes

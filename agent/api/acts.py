"""What a person may do to the running line. Each act says who, why, and its id."""

from typing import Annotated

from fastapi import APIRouter, Path

from agent.api.models import MAX_ID_CHARS, ActAnswer, ActRequest, PlainText
from agent.api.ports import AgentView
from agent.api.repeats import Repeats
from agent.api.trial_models import TrialRequest
from agent.domain.words import Level

HeadName = Annotated[PlainText, Path(max_length=MAX_ID_CHARS)]


def router(view: AgentView, repeats: Repeats) -> APIRouter:
    """`/v1/acts/…`; a repeat with the same `act_id` is harmless."""
    routes = APIRouter(prefix="/v1/acts", tags=["acts"])

    @routes.post("/resume")
    async def resume(act: ActRequest) -> ActAnswer:
        """Go on after a stop."""
        return await repeats.once("resume", act, lambda: view.resume(act))

    @routes.post("/close-short/{level}")
    async def close_short(level: Level, act: ActRequest) -> ActAnswer:
        """Close the open container with what it has (尾箱)."""
        return await repeats.once(
            f"close-short {level}", act, lambda: view.close_short(level, act)
        )

    @routes.post("/relabel/{container}")
    async def relabel(
        container: Annotated[int, Path(ge=1, lt=2**63)], act: ActRequest
    ) -> ActAnswer:
        """The label of a container is lost: void its code, print another."""
        return await repeats.once(
            f"relabel {container}", act, lambda: view.relabel(container, act)
        )

    @routes.post("/reset-charts/{head:path}")
    async def reset_charts(head: HeadName, act: TrialRequest) -> ActAnswer:
        """A head was cleaned or changed: its charts learn anew what is usual."""
        return await repeats.once(
            f"reset-charts {head}", act, lambda: view.reset_charts(head, act)
        )

    return routes

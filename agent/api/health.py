"""Ready or not, with reasons; and the figures a monitor scrapes."""

from fastapi import APIRouter, Response
from fastapi.responses import PlainTextResponse

from agent.api.metrics import exposition
from agent.api.models import HealthModel, StatusModel
from agent.api.ports import AgentView
from agent.domain.run_state import RunState

METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"


def router(view: AgentView) -> APIRouter:
    """`/v1/health` and `/v1/metrics`."""
    routes = APIRouter(tags=["health"])

    @routes.get("/v1/health", responses={503: {"model": HealthModel}})
    async def health(response: Response) -> HealthModel:
        """200 when ready, 503 with the reasons when not."""
        found = health_of(view.status())
        response.status_code = 200 if found.ready else 503
        return found

    @routes.get("/v1/metrics", response_class=PlainTextResponse)
    async def metrics() -> PlainTextResponse:
        """Status, print quality and pictures as Prometheus text."""
        text = exposition(view.status(), view.quality(points=False), view.pictures())
        return PlainTextResponse(text, media_type=METRICS_TYPE)

    return routes


def health_of(status: StatusModel) -> HealthModel:
    """Ready means: nothing needs a hand. Working offline is ready."""
    reasons: list[str] = []
    if status.run_state is RunState.HELD:
        reasons.append(f"line held: {status.stop_cause}: {status.detail}")
    if status.needs_reset:
        reasons.append("the PLC waits for its reset button")
    reasons += [
        f"{device.name}: link {device.link} {device.detail}".strip()
        for device in status.devices
        if device.link != "ready"
    ]
    reasons += [
        f"{container.level}: {container.attention}"
        for container in status.containers
        if container.attention
    ]
    if status.sync.held:
        reasons.append(f"return to the platform stopped: {status.sync.last_error}")
    return HealthModel(ready=not reasons, reasons=tuple(reasons))

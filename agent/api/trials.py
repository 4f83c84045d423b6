"""Acts at devices: each a supervisor's, with who, why, and its id."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing

from fastapi import APIRouter
from fastapi.responses import StreamingResponse

from agent.api.check_models import ChecksAnswer, FailSafeAnswer
from agent.api.devices import known
from agent.api.models import ActAnswer
from agent.api.ports import ActRefusedError, AgentView
from agent.api.repeats import Repeats
from agent.api.streams import streaming
from agent.api.trial_models import (
    ForcedModel,
    ForceRequest,
    LoopBackAnswer,
    LoopBackRequest,
    PointsModel,
    ReadAnswer,
    TrialRequest,
)


def router(view: AgentView, repeats: Repeats) -> APIRouter:
    """`/v1/devices/{name}/…`; refused while an order runs, where it could disturb."""
    routes = APIRouter(prefix="/v1/devices", tags=["trials"])

    @routes.post("/{name:path}/loop-back")
    async def loop_back(name: str, act: LoopBackRequest) -> LoopBackAnswer:
        """Ask something harmless `times` times."""
        trials = known(view, name).trials
        return await repeats.once(
            f"loop-back {name}", act, lambda: trials.loop_back(name, act)
        )

    @routes.post("/{name:path}/test-print")
    async def test_print(name: str, act: TrialRequest) -> ActAnswer:
        """Print a text that is no code."""
        trials = known(view, name).trials
        return await repeats.once(
            f"test-print {name}", act, lambda: trials.test_print(name, act)
        )

    @routes.post("/{name:path}/read")
    async def read(name: str, act: TrialRequest) -> ReadAnswer:
        """Trigger a reader or camera; result, picture, every decoder's answer."""
        trials = known(view, name).trials
        return await repeats.once(f"read {name}", act, lambda: trials.read(name, act))

    @routes.post("/{name:path}/check")
    async def check(name: str, act: TrialRequest) -> ChecksAnswer:
        """The commissioning checks of one device."""
        trials = known(view, name).trials
        return await repeats.once(f"check {name}", act, lambda: trials.check(name, act))

    @routes.post("/{name:path}/force", response_class=StreamingResponse)
    async def force(name: str, act: ForceRequest) -> StreamingResponse:
        """Hold an output as long as this stream (NDJSON) is listened to, at most
        `for_s`."""
        trials = known(view, name).trials
        begun: list[AsyncGenerator[ForcedModel, None]] = []

        async def begin() -> ActAnswer:
            begun.append(await trials.force(name, act))
            return ActAnswer(done=True)

        await repeats.once(f"force {name}", act, begin)
        if not begun:
            raise ActRefusedError("this act was done already: give it an id of its own")
        first = await anext(begun[0])
        return streaming(_told(first, begun[0]))

    @routes.get("/{name:path}/io")
    async def points(name: str) -> PointsModel:
        """Inputs and outputs by name."""
        return known(view, name).trials.points(name)

    return routes


def line_router(view: AgentView, repeats: Repeats) -> APIRouter:
    """What is tried at the line as a whole."""
    routes = APIRouter(prefix="/v1/acts", tags=["trials"])

    @routes.post("/fail-safe")
    async def fail_safe(act: TrialRequest) -> FailSafeAnswer:
        """Stop the heartbeat at the empty line for a second, and watch the PLC."""
        trials = view.devices.trials
        return await repeats.once("fail-safe", act, lambda: trials.prove_fail_safe(act))

    return routes


async def _told(
    first: ForcedModel, stream: AsyncGenerator[ForcedModel, None]
) -> AsyncIterator[str]:
    async with aclosing(stream) as lines:
        yield first.model_dump_json() + "\n"
        async for line in lines:
            yield line.model_dump_json() + "\n"

"""What the API needs of devices."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Protocol

from agent.api.capture_models import CaptureHeader, EntryLine
from agent.api.check_models import ChecksAnswer, FailSafeAnswer
from agent.api.device_models import DeviceDetail, DeviceSummary
from agent.api.models import ActAnswer
from agent.api.trial_models import (
    ForcedModel,
    ForceRequest,
    LoopBackAnswer,
    LoopBackRequest,
    PointsModel,
    ReadAnswer,
    TrialRequest,
)


class TrialView(Protocol):
    """What may be tried at a device of this line. Each raises `ActRefusedError` where
    it is not possible now, and is durable in the journal before it is done."""

    async def loop_back(self, name: str, act: LoopBackRequest) -> LoopBackAnswer: ...

    async def test_print(self, name: str, act: TrialRequest) -> ActAnswer: ...

    async def read(self, name: str, act: TrialRequest) -> ReadAnswer: ...

    async def check(self, name: str, act: TrialRequest) -> ChecksAnswer: ...

    async def prove_fail_safe(self, act: TrialRequest) -> FailSafeAnswer: ...

    def points(self, name: str) -> PointsModel: ...

    async def force(
        self, name: str, act: ForceRequest
    ) -> AsyncGenerator[ForcedModel, None]:
        """Closing the generator releases the output."""
        ...


class DeviceView(Protocol):
    """The line's devices as the API sees them. Looking costs a device nothing."""

    @property
    def trials(self) -> TrialView: ...

    def all(self) -> tuple[DeviceSummary, ...]: ...

    def one(self, name: str) -> DeviceDetail | None:
        """None: there is no device of this name in a station of this line."""
        ...

    def tap(
        self, name: str, *, follow: bool, heartbeat_s: float, closing: asyncio.Event
    ) -> AsyncGenerator[CaptureHeader | EntryLine | None, None] | None:
        """The device's tap as a capture: what it holds, and where `follow` what comes
        until `closing`, with None where nothing did for `heartbeat_s`.

        None instead of all that: there is no such device, or it has no bytes to show.
        """
        ...

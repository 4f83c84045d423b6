"""What the API needs of devices."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Protocol

from agent.api.capture_models import CaptureHeader, EntryLine
from agent.api.device_models import DeviceDetail, DeviceSummary


class DeviceView(Protocol):
    """The line's devices as the API sees them. Looking costs a device nothing."""

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

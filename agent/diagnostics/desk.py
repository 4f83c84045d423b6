"""The running agent's devices, opened to its API (implements `api.DeviceView`)."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

from agent.api.capture_models import CaptureHeader, EntryLine
from agent.api.device_models import DeviceDetail, DeviceSummary
from agent.app import Agent
from agent.diagnostics import shown
from agent.diagnostics.capture import header_of
from agent.diagnostics.tapping import Listening
from agent.diagnostics.trials import Trials
from drivers.base import Diagnosable
from drivers.wiretap import WireTap


class DeviceDesk:
    """Shows the devices that stations of the line use; `trials` tries them."""

    def __init__(self, agent: Agent) -> None:
        self._wall_ms = agent.around.wall_ms
        self._settings = agent.settings.devices
        self._devices = {device.name: device for device in agent.devices.all}
        self.trials = Trials(agent)

    def all(self) -> tuple[DeviceSummary, ...]:
        """In the order the line opened them."""
        now_s = asyncio.get_running_loop().time()
        return tuple(
            shown.summary(device, self._settings[name], now_s)
            for name, device in self._devices.items()
        )

    def one(self, name: str) -> DeviceDetail | None:
        """One of them, with all it shows."""
        device = self._devices.get(name)
        if device is None:
            return None
        now_s = asyncio.get_running_loop().time()
        return shown.detail(device, self._settings[name], now_s)

    def tap(
        self, name: str, *, follow: bool, heartbeat_s: float, closing: asyncio.Event
    ) -> AsyncGenerator[CaptureHeader | EntryLine | None, None] | None:
        """Its bytes; None where there are none to show."""
        device = self._devices.get(name)
        if not isinstance(device, Diagnosable):
            return None
        return self._tapped(device.tap, follow, heartbeat_s, closing)

    async def _tapped(
        self, tap: WireTap, follow: bool, heartbeat_s: float, closing: asyncio.Event
    ) -> AsyncGenerator[CaptureHeader | EntryLine | None, None]:
        yield header_of(
            tap,
            self._settings[tap.device],
            at_ms=self._wall_ms(),
            at_s=asyncio.get_running_loop().time(),
        )
        listening = Listening(tap)
        if not follow:
            for line in listening.held():
                yield line
            return
        lines = listening.lines(heartbeat_s=heartbeat_s, closing=closing)
        async with aclosing(lines) as coming:
            async for each in coming:
                yield each

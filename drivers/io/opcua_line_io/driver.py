"""The line I/O contract over OPC UA, as a `LineIO`.

OPC UA is taken as state: every poll reads everything, and after a lost session names
are resolved anew. A server goes on answering when its PLC program stands still (a CPU
in STOP shows its last values), so the PLC's heartbeat decides what is believed.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence

from drivers.around import Around
from drivers.base import LineCommand, LineIO, LineState, Verdict
from drivers.device import LinkedDevice, noted
from drivers.errors import DeviceFault, LinkDown, MisuseError
from drivers.io.line_io.messages import MAP_VERSION
from drivers.io.line_points import ForciblePoints, LinePoints
from drivers.io.opcua_line_io.codec import decode_state, encode_beat, encode_verdicts
from drivers.io.opcua_line_io.messages import (
    AGENT_NODES,
    PLC_NODES,
    VERDICT_TYPE,
    VERDICTS,
)
from drivers.io.opcua_line_io.settings import OpcUaLineIOSettings
from drivers.io.state_readings import StateReadings
from drivers.link import Backoff

# Here, not when it is dialled: loading takes a second, in which a line would stand, and
# a missing extra is said when the device is opened.
from drivers.transports import opcua as _library  # noqa: F401
from drivers.transports.base import NodeClient
from drivers.transports.nodes import NodeRefusedError, NodeWrite, Typed
from drivers.wiretap import WireTap

# A stopped heartbeat stops the line, so the PLC is dialled again sooner than others.
_BACKOFF = Backoff(first_s=0.1, cap_s=1.0)
# How often the heartbeat is looked at while the link comes up; it moves every 100 ms.
_LOOK_S = 0.05


class OpcUaLineIO(ForciblePoints, LinkedDevice[NodeClient]):
    """Talks to one PLC through the members of `owner`.

    The agent's boot id is drawn when this object is made: a restarted agent shows.
    """

    def __init__(
        self,
        name: str,
        connect: Callable[[WireTap], Awaitable[NodeClient]],
        *,
        rng: random.Random,
        owner: str,
        slot_node: str = "",
        exchange_timeout_s: float = 0.3,
        heartbeat_timeout_s: float = 0.3,
    ) -> None:
        tap = WireTap(name)
        super().__init__(
            name,
            noted(lambda: connect(tap), tap),
            tap=tap,
            rng=rng,
            on_up=self._greet,
            serve=_until_gone,
            backoff=_BACKOFF,
        )
        self.boot_id = rng.randrange(1, 1 << 16)
        self._owner = owner
        self._slot_node = slot_node
        self._timeout_s = exchange_timeout_s
        self._stale_s = heartbeat_timeout_s
        self._heartbeat = 0
        self._nodes: dict[str, str] = {}
        self._plc_nodes: Sequence[str] = ()
        self._map_version: int | None = None
        self._heard: tuple[int, float] = (-1, 0.0)
        self._shown = StateReadings(self.board)
        self.points = LinePoints(name)

    async def poll(self) -> LineState:
        """Everything the PLC shows, in one Read.

        Raises on another map version, and `LinkDown` when its heartbeat stands still.
        """
        refused = None
        values: Sequence[Typed] = ()
        async with self.link.exchange("poll", timeout_s=self._timeout_s) as wire:
            try:
                values = await wire.read(self._plc_nodes)
            except NodeRefusedError as error:
                refused = error
            else:
                self._check_alive(values)
        if refused is not None:
            raise self._refused(refused)
        state = self._state(values)
        self._map_version = state.map_version
        self._check_version()
        self._shown.show(state)
        self.points.heard(state)
        return state

    async def beat(self, command: LineCommand) -> None:
        """One heartbeat with the command; the PLC counts 500 ms from each."""
        self._check_version()
        self._heartbeat = (self._heartbeat + 1) % (1 << 16)
        told = self.points.told(command)
        await self._write(
            "beat",
            lambda: [
                NodeWrite(node=self._nodes[name], typed=typed)
                for name, typed in encode_beat(self.boot_id, self._heartbeat, told)
            ],
        )

    async def write_verdicts(self, verdicts: Mapping[int, Verdict]) -> None:
        """Put verdicts into the ring, in one Write.

        Only their own slots are written: an array written whole would bring back
        verdicts of before a PLC restart, whose item numbers begin again.
        """
        self._check_version()
        try:
            runs = tuple(encode_verdicts(verdicts))
        except ValueError as error:
            raise MisuseError(self.name, str(error)) from None
        if runs:
            await self._write("verdicts", lambda: self._verdict_writes(runs))

    def _verdict_writes(
        self, runs: Sequence[tuple[int, tuple[int, ...]]]
    ) -> list[NodeWrite]:
        if not self._slot_node:
            ring = self._nodes[VERDICTS]
            return [
                NodeWrite(node=ring, typed=Typed(VERDICT_TYPE, values), first=first)
                for first, values in runs
            ]
        return [
            NodeWrite(
                node=self._slot_node.replace("{slot}", str(first + offset)),
                typed=Typed(VERDICT_TYPE, value),
            )
            for first, values in runs
            for offset, value in enumerate(values)
        ]

    async def _write(self, what: str, writes: Callable[[], list[NodeWrite]]) -> None:
        refused = None
        async with self.link.exchange(what, timeout_s=self._timeout_s) as wire:
            try:
                await wire.write(writes())
            except NodeRefusedError as error:
                refused = error
        if refused is not None:
            raise self._refused(refused)

    async def _greet(self, wire: NodeClient) -> None:
        """Find the nodes, know the map version and see the PLC's heart beat."""
        try:
            await self._know_version(wire)
            names = [*PLC_NODES, *AGENT_NODES]
            if not self._slot_node:
                names.append(VERDICTS)
            members = await wire.members(self._owner, names)
            self._nodes = dict(zip(names, members, strict=True))
            self._plc_nodes = [self._nodes[name] for name in PLC_NODES]
            first = self._state(await wire.read(self._plc_nodes))
            await self._beating(wire, first.heartbeat)
        except NodeRefusedError as error:
            raise self._refused(error) from None

    async def _know_version(self, wire: NodeClient) -> None:
        # Alone and first: another version may have other nodes.
        (node,) = await wire.members(self._owner, ["MapVersion"])
        ((_, version),) = await wire.read([node])
        self._map_version = version if isinstance(version, int) else None
        if version != MAP_VERSION:
            raise self._other_version(version)

    async def _beating(self, wire: NodeClient, before: int) -> None:
        node = self._nodes["Heartbeat"]
        loop = asyncio.get_running_loop()
        until_s = loop.time() + self._stale_s
        while loop.time() < until_s:
            await asyncio.sleep(_LOOK_S)
            ((_, value),) = await wire.read([node])
            if value != before:
                self._heard = (-1, loop.time())
                return
        raise self._stands_still()

    def _check_alive(self, values: Sequence[Typed]) -> None:
        """`LinkDown`, inside the exchange so that the link falls, for a still heart."""
        heartbeat = values[list(PLC_NODES).index("Heartbeat")].value
        now_s = asyncio.get_running_loop().time()
        before, since_s = self._heard
        if heartbeat != before:
            self._heard = (int(heartbeat) if isinstance(heartbeat, int) else -1, now_s)
        elif now_s - since_s >= self._stale_s:
            raise self._stands_still()

    def _stands_still(self) -> LinkDown:
        return LinkDown(
            self.name,
            "the server answers, but the PLC's heartbeat stands still "
            f"({self._stale_s:g} s): is its program running?",
        )

    def _state(self, values: Sequence[Typed]) -> LineState:
        try:
            return decode_state(values)
        except ValueError as error:
            raise DeviceFault(
                self.name, f"the nodes are not those of the contract: {error}"
            ) from None

    def _check_version(self) -> None:
        # Unknown while the link never came up; the exchange says so better.
        if self._map_version not in (None, MAP_VERSION):
            raise self._other_version(self._map_version)

    def _other_version(self, version: object) -> DeviceFault:
        return DeviceFault(
            self.name,
            f"the PLC has line I/O map version {version}, "
            f"this agent speaks version {MAP_VERSION}",
        )

    def _refused(self, error: NodeRefusedError) -> DeviceFault:
        hint = "; is object right?" if error.status in _NOT_THERE else ""
        if error.status == "BadWriteNotSupported" and not self._slot_node:
            hint = "; does it refuse index ranges? Then set slot_node"
        return DeviceFault(self.name, f"the PLC refuses: {error}{hint}")


_NOT_THERE = frozenset({"BadNodeIdUnknown", "BadNodeIdInvalid", "BadNoMatch"})


async def _until_gone(wire: NodeClient) -> None:
    await wire.watch()


def from_settings(name: str, settings: OpcUaLineIOSettings, around: Around) -> LineIO:
    """The PLC that `settings` describe."""

    async def connect(tap: WireTap) -> NodeClient:
        return await around.dialer.open_nodes(
            settings.address, settings.node_security(), tap
        )

    return OpcUaLineIO(
        name,
        connect,
        rng=around.rng,
        owner=settings.object,
        slot_node=settings.slot_node,
        exchange_timeout_s=settings.exchange_timeout_s,
        heartbeat_timeout_s=settings.heartbeat_timeout_s,
    )

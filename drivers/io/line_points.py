"""Inputs and outputs of the line I/O map by name, and outputs held by hand.

Both faces of the map use this: what is forced is put into the command of each
heartbeat, so it ends with the agent, and within 500 ms the PLC does without it.
"""

from collections.abc import Mapping
from dataclasses import fields, replace

from drivers.base import Beacon, LineCommand, LineState
from drivers.errors import MisuseError

# Everything the PLC tells but the rings and what identifies it.
_INPUTS = tuple(
    each.name
    for each in fields(LineState)
    if each.name not in ("map_version", "boot_id", "outcomes")
)
_BEACON = {f"beacon_{bit.name.lower()}": bit for bit in Beacon}
_OUTPUTS = ("run", "stop", *_BEACON)


class LinePoints:
    """The points of one PLC, called `device` (implements `base.Forcible` for it)."""

    def __init__(self, device: str) -> None:
        self._device = device
        self._state: LineState | None = None
        self._told: LineCommand | None = None
        self._forced: dict[str, bool] = {}

    def heard(self, state: LineState) -> None:
        """What the PLC shows now."""
        self._state = state

    def told(self, command: LineCommand) -> LineCommand:
        """The command as it goes out. A line that runs has nothing forced."""
        if command.run:
            self._forced.clear()
        if self._forced:
            command = self._with_forced(command)
        self._told = command
        return command

    def _with_forced(self, command: LineCommand) -> LineCommand:
        beacon = command.beacon
        for name, bit in _BEACON.items():
            if name in self._forced:
                beacon = beacon | bit if self._forced[name] else beacon & ~bit
        return replace(
            command,
            run=self._forced.get("run", command.run),
            stop=self._forced.get("stop", command.stop),
            beacon=beacon,
        )

    def inputs(self) -> Mapping[str, bool | int]:
        """As last heard; empty before anything was."""
        if self._state is None:
            return {}
        return {name: getattr(self._state, name) for name in _INPUTS}

    def outputs(self) -> Mapping[str, bool]:
        """As last told; all off before anything was."""
        told = self._told or LineCommand(run=False, stop=False)
        beacon = {name: bool(told.beacon & bit) for name, bit in _BEACON.items()}
        return {"run": told.run, "stop": told.stop, **beacon}

    def force(self, name: str, value: bool) -> None:
        """Hold output `name`; `MisuseError` if there is no such output."""
        if name not in _OUTPUTS:
            raise MisuseError(
                self._device,
                f"there is no output {name!r}; there is {', '.join(_OUTPUTS)}",
            )
        self._forced[name] = value

    def release(self) -> None:
        """Every output follows the line again."""
        self._forced.clear()


class ForciblePoints:
    """What a driver of the map adds to be `base.Forcible`; it has `points`."""

    points: LinePoints

    def inputs(self) -> Mapping[str, bool | int]:
        """Inputs by name."""
        return self.points.inputs()

    def outputs(self) -> Mapping[str, bool]:
        """Outputs by name, forced ones as forced."""
        return self.points.outputs()

    async def force(self, name: str, value: bool) -> None:
        """Hold an output from the next heartbeat on."""
        self.points.force(name, value)

    async def release(self) -> None:
        """All outputs follow the line from the next heartbeat on."""
        self.points.release()

"""Single inputs and outputs by name, for the engineer at the line."""

from collections.abc import Mapping
from typing import Protocol, runtime_checkable


@runtime_checkable
class Points(Protocol):
    """A device whose inputs and outputs can be looked at one by one."""

    def inputs(self) -> Mapping[str, bool | int]:
        """As last heard; empty while nothing was."""
        ...

    def outputs(self) -> Mapping[str, bool]:
        """As last told to the device; a forced one as forced."""
        ...


@runtime_checkable
class Forcible(Points, Protocol):
    """A device whose single outputs can be held against the line's own command.

    What is forced stays so until `release`; the caller sees to it that it comes
    (`agent.diagnostics.forcing`), and asks only while no order runs. A device forgets
    its forced outputs when the agent restarts, because they are kept in the agent.
    """

    async def force(self, name: str, value: bool) -> None:
        """Hold output `name` at `value`. `MisuseError` if there is no such output."""
        ...

    async def release(self) -> None:
        """All outputs follow the line's command again. Harmless when none is forced."""
        ...

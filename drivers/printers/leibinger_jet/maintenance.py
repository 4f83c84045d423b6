"""What maintenance asks of a JET: nozzle, power, errors, counters, job.

Each asks for a state and returns once the printer shows it or is on its way there; a
repeated call is harmless. Nothing here is done while it prints.
"""

from collections.abc import Callable

from drivers.errors import DeviceFault, MisuseError
from drivers.printers.leibinger_jet.codec import (
    encode_action,
    encode_counter_reset,
    encode_select,
)
from drivers.printers.leibinger_jet.conversation import JetConversation
from drivers.printers.leibinger_jet.messages import (
    MACHINE_TEXTS,
    Counters,
    MachineState,
    NozzleState,
    RunStatus,
)

_OPEN = (NozzleState.OPENING, NozzleState.OPEN)
_CLOSED = (NozzleState.CLOSING, NozzleState.CLOSED)
# A printer in standby, or on its way there, no longer shows an open nozzle.
_OFF = (NozzleState.INVALID, *_CLOSED)


class JetMaintenance(JetConversation):
    """A JET and what may be asked of it beside printing."""

    async def open_nozzle(self) -> None:
        """Start the jet. It takes minutes: `status_of_printer` says when it is up."""
        await self._bring("NO", "open its nozzle", lambda s: s.nozzle in _OPEN)

    async def close_nozzle(self) -> None:
        """Stop the jet. What is in the buffer is gone with it."""
        self._forget("the nozzle was closed")
        await self._bring("NC", "close its nozzle", lambda s: s.nozzle in _CLOSED)

    async def power_on(self) -> None:
        """Out of standby."""
        await self._bring(
            "PO", "leave standby", lambda s: s.machine != MachineState.STANDBY
        )

    async def standby(self) -> None:
        """Into standby; it closes its nozzle by itself before."""
        self._forget("it was sent into standby")
        await self._bring("PF", "go into standby", lambda s: s.nozzle in _OFF)

    async def acknowledge(self) -> None:
        """Acknowledge a standing error, and see that it is gone."""
        async with self._long_exchange("acknowledge") as wire:
            status = await self._run_status(wire)
            if status.error:
                await wire.send(encode_action("EQ"))
                status = await self._until(
                    wire, self._run_status, lambda s: not s.error
                )
        if status.error:
            raise DeviceFault(self.name, f"error {status.error} stands again")

    async def counters(self) -> Counters:
        """Prints since the counter was reset, and in the printer's life."""
        async with self.link.exchange("counters", timeout_s=self._reply_s) as wire:
            return await self._counters(wire)

    async def reset_counter(self) -> None:
        """The product counter to 0, and see that it is."""
        async with self._long_exchange("counters") as wire:
            await wire.send(encode_counter_reset())
            now = await self._until(wire, self._counters, lambda c: c.product == 0)
        if now.product:
            raise DeviceFault(self.name, f"product counter stays at {now.product}")

    async def select_job(self, path: str) -> None:
        r"""Load the job at `path` (`\FFSDISK\JOBS\name.job`), and see that it is."""
        try:
            data = encode_select(path)
        except ValueError as error:
            raise MisuseError(self.name, str(error)) from None
        self._forget("another job was loaded")
        loaded = ""
        async with self._long_exchange("job") as wire:
            status = await self._run_status(wire)
            if not (prints := status.machine == MachineState.PRINTING):
                await wire.send(data)
                loaded = await self._until(wire, self._job, lambda job: job == path)
        if prints:
            raise DeviceFault(self.name, "prints: stop it before loading a job")
        if loaded != path:
            raise DeviceFault(self.name, f"keeps job {loaded!r} instead of {path!r}")

    def _forget(self, why: str) -> None:
        """What the buffer holds is not known after this."""
        raise NotImplementedError

    async def _bring(
        self, action: str, what: str, is_so: Callable[[RunStatus], bool]
    ) -> None:
        async with self._long_exchange(what) as wire:
            status = await self._run_status(wire)
            prints = status.machine == MachineState.PRINTING
            if not prints and not is_so(status):
                await wire.send(encode_action(action))
                status = await self._until(wire, self._run_status, is_so)
        if not is_so(status):
            why = MACHINE_TEXTS.get(status.machine, f"state {status.machine}")
            raise DeviceFault(self.name, f"does not {what}: {why}")

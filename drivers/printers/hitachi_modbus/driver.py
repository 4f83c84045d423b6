"""A Hitachi ink-jet printer on Modbus TCP as a `CodePrinter`: one code at a time, by
its count.

The printer has no queue over Modbus. One print item holds the code of the next product;
when the print count shows that it was printed, the next takes its place (`live_feed`).
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from drivers.around import Around
from drivers.base import (
    CodePrinter,
    Confirmation,
    Identity,
    LinkState,
    PrinterState,
    PrinterStatus,
    PrintProgress,
    PrintRecord,
)
from drivers.device import LinkedDevice
from drivers.errors import DeviceFault, LinkDown, MisuseError, ProtocolFault
from drivers.printers.hitachi_modbus import codec
from drivers.printers.hitachi_modbus.item import CodeItem
from drivers.printers.hitachi_modbus.messages import (
    COUNT_MODULUS,
    Holding,
    Input,
    MessageInfo,
    Operation,
    Remote,
    UnitStatus,
)
from drivers.printers.hitachi_modbus.registers import Pace, Registers, Unfit
from drivers.printers.hitachi_modbus.settings import HitachiModbusSettings
from drivers.printers.hitachi_modbus.status import (
    OFFLINE,
    RESTING,
    described,
    refusal,
    show_condition,
    show_status,
)
from drivers.printers.live_feed import LiveFeed
from drivers.transports.base import Dialer, RegisterClient, RegisterRefusedError
from drivers.wiretap import WireTap

_T = TypeVar("_T")
# A put is at most this many requests: a message of 1000 characters read and written.
_LONGEST = 80
# Ink and head change slowly: they are looked at with every so many looks at the status.
_CONDITION_EVERY = 50
# Between two looks whether the printer became ready.
_READY_LOOK_S = 0.25


class HitachiModbus(LinkedDevice[RegisterClient]):
    """Talks to one printer as its settings say."""

    confirmation = Confirmation.COUNTER

    def __init__(
        self,
        name: str,
        settings: HitachiModbusSettings,
        *,
        dialer: Dialer,
        rng: random.Random,
    ) -> None:
        tap = WireTap(name)

        async def connect() -> RegisterClient:
            return await dialer.open_registers(settings.address, tap)

        super().__init__(
            name,
            connect,
            tap=tap,
            rng=rng,
            on_up=self._greet,
            probe=self._probe,
            up_timeout_s=3 * settings.reply_timeout_s,
        )
        self._set = settings
        self._pace = Pace(pause_s=settings.pause_ms / 1000)
        self._item = CodeItem(settings.item, read_back=settings.read_back)
        self._looks = 0
        self._feed = LiveFeed(self, poll_s=settings.poll_s, count_modulus=COUNT_MODULUS)
        self._show_own()

    async def run(self) -> None:
        """Keep the link up, and put the next code whenever one was printed."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.link.run())
            tasks.create_task(self._feed.run())

    async def status_of_printer(self) -> PrinterStatus:
        return self._described(await self._do("status", self._look))

    async def job(self) -> str:
        """Name of the message that prints, or its number where it has no name."""
        info = await self._do("message", self._message)
        return info.name or str(info.number)

    async def progress(self) -> PrintProgress:
        """As far as the print count told; asks nothing."""
        if self.status().link is not LinkState.READY:
            raise LinkDown(self.name, f"not connected ({self.status().detail})")
        return self._feed.progress()

    async def start(self) -> None:
        """Jet (where settings say so) and deflection on; returns once it is ready."""
        await self._do("start", self._check_before_start)
        if self._set.operate == "jet":
            await self._do("remote", self._start_jet)
            await self._until(Operation.NOT_READY, Operation.READY)
        if self._set.operate != "none":
            await self._do("remote", self._switch_deflection_on)
        await self._until(Operation.READY)

    async def stop(self) -> None:
        """Deflection off (and the jet, where settings say so): nothing is printed.

        What the item holds is of unknown fate until the next `clear`.
        """
        self._feed.rest()
        if self._set.operate == "none":
            return
        await self._do("remote", self._switch_off)
        await self._until(*RESTING)

    async def clear(self) -> None:
        """Recall the message, if settings name one, and blank the item."""
        await self._do("recall", self._recall)
        await self._feed.clear()

    async def queue(self, records: Sequence[PrintRecord]) -> None:
        """Take `records`; the first goes to the printer if its item is blank."""
        try:
            texts = [codec.checked(record.text) for record in records]
        except ValueError as error:
            raise MisuseError(self.name, f"cannot print {error}") from None
        if self._set.blank in texts:
            raise MisuseError(
                self.name, f"cannot print {self._set.blank!r}: it is the blank"
            )
        await self._feed.queue(records)

    async def put_text(self, text: str | None) -> None:
        """The item's text from now on; None: the blank."""

        async def put(registers: Registers) -> bool:
            if text is None:
                await self._item.blank(registers, self._set.blank)
            elif self.link.session == self._feed.ledger.session:
                await self._item.put(registers, text)
            else:
                return False
            return True

        if not await self._do("text", put):
            raise LinkDown(self.name, "the connection was lost")

    async def print_count(self) -> int:
        """How much was printed so far."""
        return await self._do("count", self._count)

    async def _do(self, what: str, act: Callable[[Registers], Awaitable[_T]]) -> _T:
        """One exchange. A refusal is `DeviceFault` in words, and the link stays."""
        timeout_s = _LONGEST * self._set.reply_timeout_s
        async with self.link.exchange(what, timeout_s=timeout_s) as wire:
            registers = Registers(wire, self._pace, self._set.reply_timeout_s)
            try:
                return await act(registers)
            except Unfit as unfit:
                why = str(unfit)
            except RegisterRefusedError as error:
                why = await self._why(registers, error)
            except ValueError as error:
                raise ProtocolFault(self.name, str(error)) from None
        raise DeviceFault(self.name, f"{what}: {why}")

    async def _why(self, registers: Registers, error: RegisterRefusedError) -> str:
        try:
            words = await registers.read_input(Input.ANALYSIS, codec.ANALYSIS_WORDS)
        except RegisterRefusedError:
            return refusal(error.code, None)
        said = refusal(error.code, codec.decode_analysis(words))
        self.board.put("last refusal", said)
        return said

    async def _greet(self, wire: RegisterClient) -> None:
        """It must be such a printer, and tell its count. Nothing is written."""
        registers = Registers(wire, self._pace, self._set.reply_timeout_s)
        self._item.forget()
        try:
            await self._status(registers)
            words = await registers.read_input(Input.TYPE, codec.UNIT_WORDS)
            unit = codec.decode_unit(words, self._set.word_order)
            identity = Identity(
                make="Hitachi", model=unit.type_name, serial=unit.serial
            )
            self.known_as(identity, expected=self._set.identity)
            await self._condition(registers)
        except RegisterRefusedError as error:
            raise DeviceFault(
                self.name, f"no Hitachi printer: it refuses input registers ({error})"
            ) from None
        except ValueError as error:
            raise DeviceFault(self.name, str(error)) from None

    async def _probe(self, wire: RegisterClient) -> None:
        await self._status(Registers(wire, self._pace, self._set.reply_timeout_s))

    async def _look(self, registers: Registers) -> UnitStatus:
        status = await self._status(registers)
        self._looks += 1
        if self._looks % _CONDITION_EVERY == 0:
            await self._condition(registers)
        return status

    async def _status(self, registers: Registers) -> UnitStatus:
        words = await registers.read_input(Input.STATUS, codec.STATUS_WORDS)
        status = codec.decode_status(words)
        show_status(self.board, status)
        return status

    async def _condition(self, registers: Registers) -> None:
        order = self._set.word_order
        words = await registers.read_input(Input.MANAGEMENT, codec.CONDITION_WORDS)
        alarms = await registers.read_input(Input.ALARMS, codec.ALARM_WORDS)
        show_condition(
            self.board, codec.decode_condition(words, order), codec.decode_alarm(alarms)
        )

    async def _count(self, registers: Registers) -> int:
        words = await registers.read_input(Input.PRINT_COUNT, 2)
        count = codec.decode_count(words, self._set.word_order)
        self.board.put("print count", count)
        return count

    async def _message(self, registers: Registers) -> MessageInfo:
        await self._go_online(registers)
        await registers.write_held((Holding.MESSAGE_ASKED, [0]))
        words = await registers.read_input(Input.MESSAGE, codec.MESSAGE_WORDS)
        info = codec.decode_message(words)
        self.board.put("message", f"{info.number} {info.name}".strip())
        return info

    async def _recall(self, registers: Registers) -> None:
        await self._go_online(registers)
        if not (wanted := self._set.message):
            return
        await registers.write_held((Holding.RECALL, [wanted]))
        info = await self._message(registers)
        if info.number != wanted:
            raise Unfit(f"message {info.number} is loaded, settings want {wanted}")

    async def _go_online(self, registers: Registers) -> None:
        if (await self._status(registers)).is_online:
            return
        if not self._set.switch_online:
            raise Unfit(OFFLINE)
        await registers.write(Holding.ONLINE, [1])
        if not (await self._status(registers)).is_online:
            raise Unfit(OFFLINE)

    async def _check_before_start(self, registers: Registers) -> None:
        await self._go_online(registers)
        status = self._described(await self._status(registers))
        if status.state in (PrinterState.OFF, PrinterState.FAULT):
            raise Unfit(f"does not start: {status.detail}")
        if self._set.message:
            info = await self._message(registers)
            if info.number != self._set.message:
                raise Unfit(
                    f"does not start: message {info.number} is loaded, settings want "
                    f"{self._set.message}"
                )

    async def _start_jet(self, registers: Registers) -> None:
        if (await self._status(registers)).operation == Operation.PAUSED:
            await registers.write(Holding.REMOTE, [Remote.JET_START])

    async def _switch_deflection_on(self, registers: Registers) -> None:
        if (await self._status(registers)).operation != Operation.READY:
            await registers.write(Holding.REMOTE, [Remote.DEFLECTION_ON])

    async def _switch_off(self, registers: Registers) -> None:
        operation = (await self._status(registers)).operation
        if operation not in RESTING:
            await self._go_online(registers)
            await registers.write(Holding.REMOTE, [Remote.DEFLECTION_OFF])
        if self._set.operate == "jet" and operation != Operation.PAUSED:
            await self._go_online(registers)
            await registers.write(Holding.REMOTE, [Remote.JET_STOP])

    async def _until(self, *wanted: Operation) -> None:
        """Returns once the printer is in a wanted state. `DeviceFault` if it is in a
        fault, or in another state for `start_timeout_s`."""
        shown: PrinterStatus | None = None
        # Counted, not timed: so a recording plays back.
        for _ in range(1 + int(self._set.start_timeout_s / _READY_LOOK_S)):
            status = await self._do("status", self._look)
            if status.operation in wanted:
                return
            shown = self._described(status)
            if shown.state is PrinterState.FAULT:
                raise DeviceFault(self.name, f"fault: {shown.detail}")
            await asyncio.sleep(_READY_LOOK_S)
        assert shown is not None
        raise DeviceFault(
            self.name,
            f"not switched within {self._set.start_timeout_s:g} s: {shown.detail}",
        )

    def _described(self, status: UnitStatus) -> PrinterStatus:
        may_switch = self._set.switch_online and not self._feed.progress().queued
        return described(status, operated=self._set.operate, may_switch=may_switch)

    def _show_own(self) -> None:
        ledger, board = self._feed.ledger, self.board
        board.live("records in printer", lambda: ledger.in_printer)
        board.live("records ahead", lambda: ledger.unprinted)
        board.live("prints seen", lambda: ledger.triggers)
        board.live("foreign replies", lambda: self.tap.foreign)


def from_settings(
    name: str, settings: HitachiModbusSettings, around: Around
) -> CodePrinter:
    """The printer that `settings` describe."""
    return HitachiModbus(name, settings, dialer=around.dialer, rng=around.rng)

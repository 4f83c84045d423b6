"""The print item that holds the code, among others that must stay as they are.

Items follow one another in the registers: when one gets longer, all behind it move. So
the counts of all items are read before every text, and the words of the later items
are written again where the length changes.
"""

from drivers.printers.hitachi_modbus import codec
from drivers.printers.hitachi_modbus.messages import Holding
from drivers.printers.hitachi_modbus.registers import Registers, Unfit


class CodeItem:
    """Item number `number`. What it knows of the message is of one connection."""

    def __init__(self, number: int, *, read_back: bool) -> None:
        self._number = number
        self._read_back = read_back
        self._others: tuple[int, ...] | None = None
        self._is_torn = True

    def forget(self) -> None:
        """A new connection: the message may be another, and writes may be held."""
        self._others = None
        self._is_torn = True

    async def blank(self, registers: Registers, text: str) -> None:
        """Put the blank, whatever message there is: its items are learnt from here."""
        items = codec.decode_items(await registers.read(Holding.ITEMS, 1))
        if items < self._number:
            raise Unfit(
                f"the message has {items} print items, settings say item {self._number}"
            )
        counts = codec.decode_counts(await registers.read(Holding.COUNTS, items))
        await self._write(registers, counts, text)
        self._others = self._without_code(counts)

    async def put(self, registers: Registers, text: str) -> None:
        """Put a code, if the message still is the one that was blanked."""
        if self._others is None:
            raise Unfit("the message is not known: clear first")
        items = len(self._others) + 1
        counts = codec.decode_counts(await registers.read(Holding.COUNTS, items))
        if self._without_code(counts) != self._others:
            raise Unfit("the message was changed at the printer: its items differ")
        await self._write(registers, counts, text)

    async def _write(
        self, registers: Registers, counts: tuple[int, ...], text: str
    ) -> None:
        later = sum(counts[self._number :])
        # A bracket left open by a lost connection may hold writes of another length.
        whole = self._is_torn or len(text) != counts[self._number - 1]
        tail: tuple[int, ...] = ()
        if later and whole:
            begin = codec.item_address(counts, self._number + 1)
            tail = await registers.read(begin, 2 * later)
        self._is_torn = True
        await registers.write_held(
            *codec.text_writes(counts, self._number, text, tail, count_too=whole)
        )
        self._is_torn = False
        if self._read_back:
            await self._check(registers, counts, text)

    async def _check(
        self, registers: Registers, counts: tuple[int, ...], text: str
    ) -> None:
        """The item as the printer has it now."""
        held = await registers.read(Holding.COUNTS + self._number - 1, 1)
        at = codec.item_address(counts, self._number)
        seen = codec.decode_text(await registers.read(at, 2 * len(text)))
        if held != (len(text),) or seen != text:
            raise Unfit(
                f"item {self._number} reads back as {seen!r} of {held[0]} characters, "
                f"{len(text)} were written"
            )

    def _without_code(self, counts: tuple[int, ...]) -> tuple[int, ...]:
        return counts[: self._number - 1] + counts[self._number :]

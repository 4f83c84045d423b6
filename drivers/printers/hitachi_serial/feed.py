"""The next record once the printer takes one; the blank when there is none."""

from drivers.printers.text_printer.feeds import HandshakeFeed


class PermissionFeed(HandshakeFeed):
    """`HandshakeFeed` for a printer that goes on printing what it has.

    The text stays after it was printed, so the blank takes its place as soon as no
    record follows, or as soon as nobody knows any more which product got which.
    """

    async def _drained(self) -> None:
        if not self._is_empty:
            await self._printer.put_blank()
            self._is_empty = True

    async def _end(self) -> None:
        await self._printer.put_blank()

"""A USB serial adapter that comes and goes under one stable path."""

from pathlib import Path

from simulators.hosting import Handler
from simulators.pty_host import PtyDevice


class UsbSerialPort:
    """`path` stands for one under /dev/serial/by-id: it is there while a device is
    plugged in, and each time leads to another device node.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._device: PtyDevice | None = None

    @property
    def address(self) -> str:
        """As settings write it."""
        return f"serial:{self.path}?baud=115200"

    async def plug(self, handler: Handler) -> None:
        """Plug in a device."""
        assert self._device is None, "something is plugged in"
        self._device = PtyDevice(handler)
        await self._device.__aenter__()
        self.path.symlink_to(self._device.path)

    async def unplug(self) -> None:
        """Pull it. Whoever has it open is left with a dead descriptor."""
        if self._device is None:
            return
        self.path.unlink()
        device, self._device = self._device, None
        await device.__aexit__(None, None, None)

"""What one Modbus connection notes in its device's tap, where there is one."""

from drivers.wiretap import Direction, WireEvent, WireTap


class FrameTap:
    """One connection: its frames, its strangers, its end. The first end counts."""

    def __init__(self, tap: WireTap | None) -> None:
        self._tap = tap
        self._wire = 0 if tap is None else tap.opened()
        self._over = False

    def sent(self, frame: bytes) -> None:
        """A request goes out."""
        if self._tap is not None:
            self._tap.record(Direction.SENT, frame, wire=self._wire)

    def received(self, frame: bytes) -> None:
        """A frame, or what is no frame, came in."""
        if self._tap is not None:
            self._tap.record(Direction.RECEIVED, frame, wire=self._wire)

    def stray(self) -> None:
        """What came in answers nothing."""
        if self._tap is not None:
            self._tap.foreign += 1

    def ended(self, event: WireEvent) -> None:
        """The connection is over."""
        if self._tap is not None and not self._over:
            self._over = True
            self._tap.became(event, self._wire)

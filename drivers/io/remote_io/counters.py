"""Hardware counters of 16 or 32 bits, followed over their wrap."""


def rise(earlier: int, later: int, bits: int) -> int:
    """How far a counter of `bits` went on; negative when it went back."""
    half = 1 << (bits - 1)
    return (later - earlier + half) % (2 * half) - half


class WideCounter:
    """What a counter of `bits` has counted since it was first looked at.

    `value` begins at the raw reading, so that numbers stay those of the box.
    """

    def __init__(self, bits: int) -> None:
        self._bits = bits
        self._raw: int | None = None
        self.value = 0

    def begin(self, raw: int) -> None:
        """Count from this reading on."""
        self._raw = self.value = raw

    def rise(self, raw: int) -> int:
        """How far it went on since the last reading; negative when it went back."""
        assert self._raw is not None, "begin first"
        risen = rise(self._raw, raw, self._bits)
        self._raw = raw
        self.value += risen
        return risen

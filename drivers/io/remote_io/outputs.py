"""What the box's outputs shall be, and what it was told last. No I/O."""

from collections.abc import Iterable, Mapping

from drivers.base import Beacon
from drivers.io.remote_io.shift_register import ShiftRegister

# Outputs are told again this often: a box may have dropped them by itself.
_REFRESH_S = 0.5
_BEACONS = {
    "red": Beacon.RED,
    "amber": Beacon.AMBER,
    "green": Beacon.GREEN,
    "buzzer": Beacon.BUZZER,
}


class Outputs:
    """Of one box; `wired` are the names it has. `forced` ones follow nobody else."""

    def __init__(self, wired: Iterable[str]) -> None:
        self.told: dict[str, bool] = {}
        self.forced: dict[str, bool] = {}
        self._wired = dict.fromkeys(wired)
        self._told_s = 0.0
        self._pulse = False

    def beat(self) -> None:
        """The heartbeat output turns over."""
        self._pulse = not self._pulse

    def forget(self) -> None:
        """Nobody knows what the box's outputs are."""
        self.told.clear()

    def changes(
        self, register: ShiftRegister, beacon: int, now_s: float
    ) -> Mapping[str, bool]:
        """What to tell the box now; all of it every half second."""
        wanted = self._wanted(register, beacon)
        if now_s - self._told_s >= _REFRESH_S:
            self._told_s = now_s
            self.told.clear()
        return {n: value for n, value in wanted.items() if self.told.get(n) != value}

    def _wanted(self, register: ShiftRegister, beacon: int) -> dict[str, bool]:
        values = {
            "run_permit": register.permit,
            "infeed": register.infeed,
            "heartbeat": self._pulse,
            "reset_lamp": bool(register.stopped),
            **{name: bool(beacon & bit) for name, bit in _BEACONS.items()},
            **self.forced,
        }
        return {name: value for name, value in values.items() if name in self._wired}

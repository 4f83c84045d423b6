"""The shape of the simulated line: distances, speeds, sizes, and the people at it."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorPlan:
    """How long the person at the line takes, in seconds.

    `rescan_s` to scan a label again that was not read; `partial_s` a printed label
    may wait at an idle line before the open container is pushed to it; `reset_s` to
    press the PLC's reset; `retry_s` between two tries of anything; `empty_bin_s` to
    empty the reject bin.
    """

    rescan_s: float = 5.0
    partial_s: float = 3.0
    reset_s: float = 3.0
    retry_s: float = 1.0
    empty_bin_s: float = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class LinePlan:
    """Positions are mm downstream of the trigger sensor, where the printer sits.

    Bottles enter `infeed_mm` upstream of it, `pitch_mm` apart give or take
    `jitter_mm`. The PLC matches a bottle at the gate to its shift register within
    `window_mm`, and rejects once the agent's heartbeat has stood still for
    `watchdog_s`. `bottles` bounds the supply (None: endless).
    """

    speed_mm_s: float = 1000.0
    pitch_mm: float = 100.0
    jitter_mm: float = 12.0
    infeed_mm: float = 200.0
    camera_mm: float = 400.0
    gate_mm: float = 900.0
    packer_mm: float = 1300.0
    window_mm: float = 30.0
    bounce_mm: float = 8.0
    bottles: int | None = None
    watchdog_s: float = 0.5
    confirm_s: float = 0.06
    bin_capacity: int = 200
    read_delay_s: float = 0.03
    case_size: int = 24
    pallet_size: int = 60
    label_to_reader_s: float = 2.0
    scan_spacing_s: float = 0.5
    operator: OperatorPlan = field(default_factory=OperatorPlan)

    def __post_init__(self) -> None:
        if not 0 < self.camera_mm < self.gate_mm < self.packer_mm:
            raise ValueError("camera_mm, gate_mm and packer_mm must rise from 0")
        if self.pitch_mm - self.jitter_mm <= self.slip_mm + self.window_mm:
            raise ValueError(
                f"pitch_mm {self.pitch_mm} less jitter_mm {self.jitter_mm} must exceed"
                f" 2.5 times window_mm {self.window_mm}: neighbours would be mistaken"
            )
        if self.speed_mm_s <= 0 or self.case_size < 1 or self.pallet_size < 1:
            raise ValueError("speed_mm_s, case_size and pallet_size must be positive")

    @property
    def slip_mm(self) -> float:
        """A slip that leaves the PLC's window and does not reach the neighbour's."""
        return 1.5 * self.window_mm

"""Where things are on a line with remote I/O, and how long they may take."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Geometry:
    """Distances in mm along the belt, times in s.

    `gate_mm` is the way from the trigger to the gate sensor, or, where `sees_gate` is
    false, to the reject itself; `reject_mm` from the gate sensor on to the reject. An
    item arrives within `window_mm` of its place. Two triggers nearer than
    `min_pitch_mm` cannot be told apart. The belt runs on for `clear_mm` behind the gate
    to empty itself, and never faster than `max_mm_s`. `confirm_s` 0: nothing confirms.
    """

    gate_mm: float
    reject_mm: float
    window_mm: float
    min_pitch_mm: float
    mm_per_count: float
    sees_gate: bool
    confirm_s: float
    clear_mm: float = 1000.0
    max_mm_s: float = 3000.0
    watchdog_s: float = 0.5
    encoder_bits: int = 32
    counter_bits: int = 32

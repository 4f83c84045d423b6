"""Items by sequence number, from the trigger to the gate.

The PLC numbers items; this register knows which were judged and which left, and
turns a new gate count into one event per item, in order.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

COUNTER_MODULUS = 1 << 32


def steps(earlier: int, later: int) -> int:
    """How far a wrapping u32 counter went on; a large number means it went back."""
    return (later - earlier) % COUNTER_MODULUS


@dataclass(frozen=True, slots=True, kw_only=True)
class GateEvent:
    """Item `number` left the register. `passed_verdict` is None if it had none."""

    number: int
    outcome: str
    passed_verdict: bool | None


@dataclass(slots=True)
class ItemRegister:
    """Items of one PLC boot. `gated` is the last item whose outcome is known."""

    boot: int
    triggered: int
    gated: int
    _verdicts: dict[int, bool] = field(default_factory=dict)

    def judged(self, number: int, passed: bool) -> None:
        """A verdict exists (durable or about to be)."""
        self._verdicts[number] = passed

    def is_judged(self, number: int) -> bool:
        """Whether `number` has its verdict already."""
        return number in self._verdicts

    def is_gone(self, number: int) -> bool:
        """Whether `number` is past the gate (or was never ours)."""
        return steps(number, self.gated) < COUNTER_MODULUS // 2

    def is_due(self, number: int) -> bool:
        """Whether `number` was triggered and is still before the gate."""
        return 0 < steps(self.gated, number) <= steps(self.gated, self.triggered)

    def on_belt(self) -> int:
        """Numbered items between trigger and gate."""
        return steps(self.gated, self.triggered)

    def judged_passing(self) -> int:
        """Items before the gate with a passing verdict."""
        return sum(self._verdicts.values())

    def unjudged(self) -> int:
        """Items before the gate without a verdict."""
        return self.on_belt() - len(self._verdicts)

    def abandon(self) -> list[GateEvent]:
        """The PLC forgot its items: nobody will ever see what became of them."""
        events = [
            GateEvent(number=number, outcome="unknown", passed_verdict=passed)
            for number, passed in self._verdicts.items()
        ]
        self._verdicts.clear()
        return events

    def advance(
        self, triggered: int, at_gate: int, outcome_of: Callable[[int], str]
    ) -> list[GateEvent]:
        """Take over the PLC's counts; one event per item that left since."""
        self.triggered = triggered
        events = []
        for _ in range(steps(self.gated, at_gate)):
            number = (self.gated + 1) % COUNTER_MODULUS
            self.gated = number
            verdict = self._verdicts.pop(number, None)
            events.append(
                GateEvent(
                    number=number,
                    outcome=outcome_of(number),
                    passed_verdict=verdict,
                )
            )
        return events

"""When rejects in a row mean that something is wrong with more than one item."""

from dataclasses import dataclass

from agent.domain.words import Reason, StopCause


@dataclass(slots=True)
class RejectRun:
    """Counts consecutive rejects; `limit` of any kind or `sequence_limit` sequence
    faults stop the line."""

    limit: int
    sequence_limit: int
    rejects: int = 0
    sequence_faults: int = 0

    def take(self, reason: Reason | None) -> StopCause | None:
        """One more judged item (`reason` None: passed). Says whether to stop."""
        if reason is None:
            self.clear()
            return None
        if reason is Reason.ORDER_FULL:
            return None
        self.rejects += 1
        self.sequence_faults += reason is Reason.SEQUENCE_FAULT
        if self.sequence_faults >= self.sequence_limit:
            return StopCause.SEQUENCE
        if self.rejects >= self.limit:
            return StopCause.CONSECUTIVE_REJECTS
        return None

    def clear(self) -> None:
        """An item passed, or a person answered for going on."""
        self.rejects = self.sequence_faults = 0

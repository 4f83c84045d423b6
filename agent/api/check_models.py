"""Commissioning checks: what was looked at, and what was seen."""

from enum import StrEnum

from pydantic import Field

from agent.api.models import Model


class Verdict(StrEnum):
    """How a check ended."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"
    """There is nothing to check, or nothing that could be checked by itself."""


class CheckModel(Model):
    """One thing that was checked."""

    device: str = Field(description="empty: the line as a whole")
    what: str
    verdict: Verdict
    seen: str = Field(description="what was seen, or why it was not looked at")


class ChecksAnswer(Model):
    """Everything that was checked at one device."""

    checks: tuple[CheckModel, ...]


class FailSafeAnswer(Model):
    """The heartbeat stopped on purpose, and what the PLC did."""

    needs_reset_after_ms: float | None = Field(
        description="from the last heartbeat; None: never within the silence"
    )
    stays: bool = Field(description="it still wanted its reset once we beat again")
    silent_ms: float
    limit_ms: float = Field(description="the contract's time with our own poll added")

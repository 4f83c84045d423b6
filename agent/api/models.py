"""What the API says. Closed, versioned by path, plain JSON."""

from pydantic import BaseModel, ConfigDict, Field

from agent.domain.run_state import RunState
from agent.domain.words import Level, StopCause


class Model(BaseModel):
    """A frozen value that forbids what it does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ContainerStatus(Model):
    """The packing of one level: the open container and those on their way."""

    level: Level
    size: int
    held: int
    waiting_for_label: int
    waiting_for_scan: tuple[int, ...] = Field(description="container ids")
    closed: int
    attention: str = ""


class DeviceModel(Model):
    """A device's link and what it says of itself."""

    name: str
    link: str
    since_s: float = Field(description="seconds in this state")
    detail: str = ""


class SyncModel(Model):
    """How far the platform has our facts."""

    online: bool
    backlog: int = Field(description="facts the platform has not confirmed")
    mark: int
    head: int
    held: bool = Field(description="stopped for a disagreement that needs a person")
    last_error: str = ""


class OrderModel(Model):
    """An order as the line knows it."""

    order: str
    product: str
    batch: str
    target: int
    state: str = Field(description="received, started or closed")


class StatusModel(Model):
    """Everything a screen shows of the line. Counts are of durable facts only."""

    line: str
    version: str
    at_ms: int
    run_state: RunState
    stop_cause: StopCause | None
    detail: str
    order: OrderModel | None
    passed: int
    rejected: int
    reasons: dict[str, int]
    unnumbered: int
    on_belt: int
    rate_per_h: int
    needs_reset: bool
    codes_left: dict[Level, int]
    containers: tuple[ContainerStatus, ...]
    devices: tuple[DeviceModel, ...]
    sync: SyncModel


class BooksLine(Model):
    """Reconciliation (对账) of one level: the six states add up to `issued`."""

    level: Level
    issued: int
    unused: int
    in_flight: int
    good: int
    rejected: int
    voided: int
    sampled: int

    @property
    def difference(self) -> int:
        """Zero when the books close."""
        return self.issued - (
            self.unused
            + self.in_flight
            + self.good
            + self.rejected
            + self.voided
            + self.sampled
        )


class Reconciliation(Model):
    """The books of an order: codes by level, items, containers."""

    order: str
    product: str
    batch: str
    target: int
    closed: bool
    codes: tuple[BooksLine, ...]
    items_judged: int
    items_passed: int
    items_rejected: int
    reasons: dict[str, int]
    unnumbered: int
    containers: dict[str, int] = Field(description="closed containers by level")
    partial: int = Field(description="containers closed short")
    head_seq: int
    head_hash: str

    @property
    def balanced(self) -> bool:
        """Codes and items both add up, and nothing is left in flight."""
        codes = all(
            line.difference == 0 and (not self.closed or line.in_flight == 0)
            for line in self.codes
        )
        items = self.items_judged == self.items_passed + self.items_rejected
        return codes and items


class CodeModel(Model):
    """What became of one code."""

    code: str
    level: Level
    package: str
    index: int
    state: str
    cause: str = ""
    item: str = ""
    container: int | None = None
    parents: tuple[str, ...] = Field(default=(), description="label codes, outwards")


class ActRequest(Model):
    """Who does something, and why. `act_id` makes a repeat harmless."""

    by: str = Field(min_length=1, max_length=64)
    reason: str = Field(default="", max_length=200)
    act_id: str = Field(min_length=8, max_length=64)


class ActAnswer(Model):
    """Whether the act changed anything, and what to know."""

    done: bool
    message: str = ""

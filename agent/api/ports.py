"""What the API needs of the agent, no more. The composition root implements it."""

from typing import Protocol

from agent.api.device_ports import DeviceView
from agent.api.models import (
    ActAnswer,
    ActRequest,
    CodeModel,
    JournalEntry,
    OrderModel,
    Reconciliation,
    StatusModel,
)
from agent.api.quality_models import PicturesModel, QualityModel
from agent.api.trial_models import TrialRequest
from agent.domain.words import Level


class ActRefusedError(Exception):
    """An act that is not possible now; `message` says why and what to do."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class AgentView(Protocol):
    """The agent as its API sees it.

    Reads are answered from memory or a read-only connection and must be quick: they
    run on the agent's own loop. Acts return when their effect is durable, or raise
    `ActRefusedError`; the API sees to it that a repeated `act_id` never gets here.
    """

    @property
    def devices(self) -> DeviceView:
        """What its devices show of themselves, and what may be tried at them."""
        ...

    def status(self) -> StatusModel: ...

    def quality(self, *, points: bool = True) -> QualityModel:
        """Charts of the prints, with the points to draw or without."""
        ...

    def pictures(self) -> PicturesModel: ...

    async def picture(self, name: str) -> bytes | None:
        """The PNG file of a kept picture; None if there is none of that name."""
        ...

    async def small_picture(self, name: str) -> bytes | None:
        """The same 72 pixels wide, as a grey PGM file."""
        ...

    def orders(self) -> tuple[OrderModel, ...]: ...

    def reconciliation(self, order: str) -> Reconciliation | None:
        """The books of `order` as of the last commit; None if it is unknown."""
        ...

    def code(self, text: str) -> CodeModel | None:
        """What became of a code as printed or scanned; None if it is not ours."""
        ...

    async def journal(self, after: int, limit: int) -> tuple[JournalEntry, ...]:
        """At most `limit` facts with a sequence above `after`, in sequence."""
        ...

    async def start_order(self, order: str, act: ActRequest) -> ActAnswer: ...

    async def resume(self, act: ActRequest) -> ActAnswer: ...

    async def close_short(self, level: Level, act: ActRequest) -> ActAnswer: ...

    async def relabel(self, container: int, act: ActRequest) -> ActAnswer: ...

    async def reset_charts(self, head: str, act: TrialRequest) -> ActAnswer: ...

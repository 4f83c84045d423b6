"""An agent in memory behind the API's port: it does what it is asked, and counts."""

from dataclasses import dataclass, field

from agent.api.models import (
    ActAnswer,
    ActRequest,
    BooksLine,
    CodeModel,
    ContainerStatus,
    DeviceModel,
    JournalEntry,
    OrderModel,
    Reconciliation,
    StatusModel,
    SyncModel,
)
from agent.api.ports import ActRefusedError
from agent.api.quality_models import PicturesModel, QualityModel
from agent.api.trial_models import TrialRequest
from agent.domain.run_state import RunState
from agent.domain.words import Level, StopCause

ORDER = OrderModel(
    order="PO-2026-0117",
    product="06901234567892",
    batch="B260117",
    target=2880,
    state="started",
)
CODE = CodeModel(
    code="010690123456789221ABC",
    level=Level.UNIT,
    package="pkg-1",
    index=17,
    state="good",
    item="7/42",
    container=3,
    parents=("00369012340000000012",),
)

RUNNING = StatusModel(
    line="LINE-1",
    version="0.1.0",
    at_ms=1_768_600_000_000,
    run_state=RunState.EXECUTE,
    stop_cause=None,
    detail="",
    order=ORDER,
    passed=1234,
    rejected=21,
    reasons={"no_read": 15, "late": 4, "duplicate": 2},
    unnumbered=0,
    on_belt=6,
    rate_per_h=35870,
    needs_reset=False,
    codes_left={Level.UNIT: 1640, Level.CASE: 69, Level.PALLET: 2},
    containers=(
        ContainerStatus(
            level=Level.CASE,
            size=24,
            held=10,
            waiting_for_label=1,
            waiting_for_scan=(51,),
            closed=50,
        ),
        ContainerStatus(
            level=Level.PALLET,
            size=60,
            held=50,
            waiting_for_label=0,
            waiting_for_scan=(),
            closed=0,
        ),
    ),
    devices=(
        DeviceModel(name="jet", link="ready", since_s=812.5),
        DeviceModel(name="plc", link="ready", since_s=813.0),
        DeviceModel(
            name="case-labels",
            link="backing_off",
            since_s=4.2,
            detail="connection refused",
        ),
    ),
    sync=SyncModel(online=True, backlog=12, mark=5200, head=5212, held=False),
)


def held(cause: StopCause, detail: str = "") -> StatusModel:
    """The running line, stopped for `cause`."""
    return RUNNING.model_copy(
        update={"run_state": RunState.HELD, "stop_cause": cause, "detail": detail}
    )


def books(*, closed: bool = True, good: int = 2880, escaped: int = 0) -> Reconciliation:
    """The order's books; they balance with 2,880 good codes."""
    unit = BooksLine(
        level=Level.UNIT,
        issued=3000,
        unused=60,
        in_flight=0,
        good=good,
        rejected=40,
        voided=20,
        sampled=0,
    )
    case = BooksLine(
        level=Level.CASE,
        issued=125,
        unused=5,
        in_flight=0,
        good=120,
        rejected=0,
        voided=0,
        sampled=0,
    )
    return Reconciliation(
        order=ORDER.order,
        product=ORDER.product,
        batch=ORDER.batch,
        target=ORDER.target,
        closed=closed,
        codes=(unit, case),
        items_judged=2925,
        items_passed=2880,
        items_rejected=44,
        items_absent=1,
        items_unknown=0,
        items_escaped=escaped,
        reasons={"no_read": 40, "late": 4},
        unnumbered=0,
        containers={"case": 120, "pallet": 2},
        partial=0,
        head_seq=9001,
        head_hash="ab" * 32,
    )


@dataclass
class FakeView:
    """Implements `agent.api.ports.AgentView`. `acts` lists what was really done."""

    now: StatusModel = RUNNING
    listed: tuple[OrderModel, ...] = (ORDER,)
    books: dict[str, Reconciliation] = field(
        default_factory=lambda: {ORDER.order: books(closed=False)}
    )
    codes: dict[str, CodeModel] = field(default_factory=lambda: {CODE.code: CODE})
    facts: list[JournalEntry] = field(default_factory=list)
    acts: list[tuple[str, ActRequest]] = field(default_factory=list)
    refusal: str = ""
    prints: QualityModel = field(default_factory=QualityModel)
    kept: PicturesModel = field(default_factory=PicturesModel)
    files: dict[str, bytes] = field(default_factory=dict)
    asked_codes: list[str] = field(default_factory=list)
    devices: object = None

    def status(self) -> StatusModel:
        return self.now

    def quality(self, *, points: bool = True) -> QualityModel:
        return self.prints

    def pictures(self) -> PicturesModel:
        return self.kept

    async def picture(self, name: str) -> bytes | None:
        return self.files.get(name)

    async def small_picture(self, name: str) -> bytes | None:
        return self.files.get(f"{name} small")

    def orders(self) -> tuple[OrderModel, ...]:
        return self.listed

    def reconciliation(self, order: str) -> Reconciliation | None:
        return self.books.get(order)

    def code(self, text: str) -> CodeModel | None:
        self.asked_codes.append(text)
        return self.codes.get(text)

    async def journal(self, after: int, limit: int) -> tuple[JournalEntry, ...]:
        return tuple(f for f in self.facts if f.seq > after)[:limit]

    async def start_order(self, order: str, act: ActRequest) -> ActAnswer:
        return self._do(f"start {order}", act)

    async def resume(self, act: ActRequest) -> ActAnswer:
        answer = self._do("resume", act)
        self.now = self.now.model_copy(
            update={"run_state": RunState.EXECUTE, "stop_cause": None, "detail": ""}
        )
        return answer

    async def close_short(self, level: Level, act: ActRequest) -> ActAnswer:
        return self._do(f"close-short {level}", act)

    async def relabel(self, container: int, act: ActRequest) -> ActAnswer:
        return self._do(f"relabel {container}", act)

    async def reset_charts(self, head: str, act: TrialRequest) -> ActAnswer:
        return self._do(f"reset-charts {head}", act)

    def _do(self, what: str, act: ActRequest) -> ActAnswer:
        if self.refusal:
            raise ActRefusedError(self.refusal)
        self.acts.append((what, act))
        return ActAnswer(done=True, message=what)

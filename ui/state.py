"""From what the agent says to what the screen shows. Pure; tested without a screen.

Every text from outside goes through `plain` here, so widgets may show what they get.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from agent.api.models import ContainerStatus, QualityNote, StatusModel, SyncModel
from agent.domain.words import Level, Reason
from ui.plain import plain
from ui.signs import (
    LEVELS,
    LINK_SIGNS,
    OFFLINE,
    ONLINE,
    RUN_SIGNS,
    RUN_UNKNOWN,
    SYNC_DONE,
    SYNC_HELD,
    SYNC_SENDING,
    SYNC_WAITING,
    UNKNOWN,
)
from ui.texts import NOTICES, REASONS, STOPS
from ui.words import Advice, Sign, Tone, Words

NEEDS_RESET = Words(
    zh="PLC 等待复位：按柜上的复位按钮。",
    en="The PLC waits for its reset button.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunView:
    """The big state, why the line stands, and what else needs a hand."""

    sign: Sign
    stop: Advice | None = None
    detail: str = ""
    notices: tuple[Words, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderView:
    """The order and how far it is."""

    order: str
    product: str
    batch: str
    target: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CountsView:
    """Figures of durable facts."""

    passed: int
    rejected: int
    rate_per_h: int
    on_belt: int
    unnumbered: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectRow:
    """One reject reason with its count."""

    name: Words
    count: int
    remedy: Words | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PackRow:
    """The packing of one level."""

    name: Words
    held: int
    size: int
    closed: int
    waiting_for_label: int
    waiting_for_scan: tuple[int, ...]
    attention: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceRow:
    """One device's link."""

    name: str
    sign: Sign
    since: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncView:
    """How far the platform has our facts."""

    sign: Sign
    link: Sign
    backlog: int
    mark: int
    head: int
    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeView:
    """All of the home screen."""

    line: str
    version: str
    at: str
    run: RunView
    order: OrderView | None
    counts: CountsView
    rejects: tuple[RejectRow, ...]
    packing: tuple[PackRow, ...]
    codes_left: tuple[tuple[Words, int], ...]
    devices: tuple[DeviceRow, ...]
    sync: SyncView


def home_view(status: StatusModel) -> HomeView:
    """The screen for one status."""
    return HomeView(
        line=plain(status.line, 32),
        version=plain(status.version, 16),
        at=clock(status.at_ms),
        run=_run(status),
        order=_order(status),
        counts=CountsView(
            passed=status.passed,
            rejected=status.rejected,
            rate_per_h=status.rate_per_h,
            on_belt=status.on_belt,
            unnumbered=status.unnumbered,
        ),
        rejects=_rejects(status.reasons),
        packing=tuple(_pack(c) for c in status.containers),
        codes_left=tuple((LEVELS[level], n) for level, n in _by_level(status)),
        devices=tuple(
            DeviceRow(
                name=plain(d.name, 20),
                sign=link_sign(d.link),
                since=span(d.since_s),
                detail=plain(d.detail, 60),
            )
            for d in status.devices
        ),
        sync=_sync(status.sync),
    )


def away_view(last: HomeView) -> HomeView:
    """While the agent is away: the last figures, and no state claimed (promise 11)."""
    return replace(
        last,
        run=RunView(sign=RUN_UNKNOWN),
        devices=tuple(replace(d, sign=UNKNOWN, since="") for d in last.devices),
        sync=replace(last.sync, sign=UNKNOWN, link=UNKNOWN),
    )


def ended_order(known: str, status: StatusModel) -> str:
    """The order that ended, if one did; `known` is the open order seen last."""
    order = status.order
    if order is not None and order.state == "closed":
        return order.order
    if known and (order is None or order.order != known):
        return known
    return ""


def link_sign(link: str) -> Sign:
    """The sign of a link state; a word this screen does not know stays visible."""
    unknown = Words(zh="未知", en=plain(link, 16))
    return LINK_SIGNS.get(link, Sign(symbol="?", words=unknown, tone=Tone.WARN))


def span(seconds: float) -> str:
    """A duration in one unit: `42s`, `17min`, `5h`, `3d`."""
    for limit_s, unit_s, unit in (
        (120, 1, "s"),
        (7200, 60, "min"),
        (172_800, 3600, "h"),
    ):
        if seconds < limit_s:
            return f"{max(0, int(seconds / unit_s))}{unit}"
    return f"{int(seconds / 86_400)}d"


def clock(at_ms: int) -> str:
    """Local time of day of a stamp."""
    at = datetime.fromtimestamp(at_ms / 1000, tz=UTC).astimezone()
    return at.strftime("%H:%M:%S")


def _run(status: StatusModel) -> RunView:
    cause = status.stop_cause
    return RunView(
        sign=RUN_SIGNS[status.run_state],
        stop=None if cause is None else STOPS[cause],
        detail=plain(status.detail),
        notices=(
            *([NEEDS_RESET] if status.needs_reset else []),
            *(NOTICES[notice] for notice in status.notices),
            *(_quality(note) for note in status.quality),
        ),
    )


def _quality(note: QualityNote) -> Words:
    """Head, likely cause and remedy of a print that gets worse."""
    where = plain(" ".join(each for each in (note.head, note.detail) if each), 60)
    before = f"{where}: " if where else ""
    return Words(
        zh=f"{before}{note.cause_zh}{note.remedy_zh}",
        en=f"{note.cause_en} {note.remedy_en}",
    )


def _order(status: StatusModel) -> OrderView | None:
    order = status.order
    if order is None:
        return None
    return OrderView(
        order=plain(order.order, 40),
        product=plain(order.product, 40),
        batch=plain(order.batch, 40),
        target=order.target,
    )


def _rejects(reasons: dict[str, int]) -> tuple[RejectRow, ...]:
    """Most frequent first; a reason this screen does not know stays visible."""
    rows: list[RejectRow] = []
    for reason, count in sorted(reasons.items(), key=lambda r: (-r[1], r[0])):
        advice = REASONS[Reason(reason)] if reason in set(Reason) else None
        rows.append(
            RejectRow(
                name=advice.name if advice else Words(zh="其他", en=plain(reason, 20)),
                count=count,
                remedy=advice.remedy if advice else None,
            )
        )
    return tuple(rows)


def _pack(container: ContainerStatus) -> PackRow:
    return PackRow(
        name=LEVELS[container.level],
        held=container.held,
        size=container.size,
        closed=container.closed,
        waiting_for_label=container.waiting_for_label,
        waiting_for_scan=container.waiting_for_scan,
        attention=plain(container.attention, 80),
    )


def _by_level(status: StatusModel) -> list[tuple[Level, int]]:
    order = list(Level)
    return sorted(status.codes_left.items(), key=lambda pair: order.index(pair[0]))


def _sync(sync: SyncModel) -> SyncView:
    if sync.held:
        state = SYNC_HELD
    elif sync.backlog == 0:
        state = SYNC_DONE
    else:
        state = SYNC_SENDING if sync.online else SYNC_WAITING
    return SyncView(
        sign=state,
        link=ONLINE if sync.online else OFFLINE,
        backlog=sync.backlog,
        mark=sync.mark,
        head=sync.head,
        error=plain(sync.last_error, 80),
    )

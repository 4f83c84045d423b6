"""What an operator may do, each on its key: the one table of acts."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from agent.api.models import ActAnswer, ActRequest, OrderModel, StatusModel
from agent.client import AgentClient
from agent.domain.run_state import RunState
from agent.domain.words import Level
from ui.plain import plain
from ui.signs import LEVELS
from ui.words import Words


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One thing an act can be done to."""

    key: str
    label: str


Choices = Callable[[StatusModel, tuple[OrderModel, ...]], tuple[Choice, ...]]
Perform = Callable[[AgentClient, str, ActRequest], Awaitable[ActAnswer]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """An act: its keys and words, what it can be done to, and the request it is.

    `choices` gives what is possible now; none means the act is not, and `impossible`
    says so.
    """

    name: str
    keys: str
    words: Words
    choices: Choices
    impossible: Words
    perform: Perform

    @property
    def key_shown(self) -> str:
        """The key to be shown: the first."""
        return self.keys.split(",")[0].upper()


def _held(status: StatusModel, _: tuple[OrderModel, ...]) -> tuple[Choice, ...]:
    held = status.run_state is RunState.HELD
    return (Choice(key=status.line, label=plain(status.line, 40)),) if held else ()


def _startable(
    status: StatusModel, orders: tuple[OrderModel, ...]
) -> tuple[Choice, ...]:
    if status.run_state is not RunState.IDLE:
        return ()
    return tuple(
        Choice(
            key=o.order,
            label=f"{plain(o.order, 40)}  {plain(o.product, 20)}  "
            f"批 {plain(o.batch, 20)}  × {o.target:,}",
        )
        for o in orders
        if o.state != "closed"
    )


def _open_containers(
    status: StatusModel, _: tuple[OrderModel, ...]
) -> tuple[Choice, ...]:
    return tuple(
        Choice(
            key=c.level.value,
            label=f"{LEVELS[c.level]}  {c.held} / {c.size}",
        )
        for c in status.containers
        if c.held
    )


def _labelled(status: StatusModel, _: tuple[OrderModel, ...]) -> tuple[Choice, ...]:
    return tuple(
        Choice(key=str(number), label=f"{LEVELS[c.level]}  № {number}")
        for c in status.containers
        for number in c.waiting_for_scan
    )


ACTS: tuple[Act, ...] = (
    Act(
        name="resume",
        keys="r,f9",
        words=Words(zh="恢复", en="Resume"),
        choices=_held,
        impossible=Words(zh="产线没有停线。", en="The line is not held."),
        perform=lambda client, _, act: client.resume(act),
    ),
    Act(
        name="start",
        keys="f2",
        words=Words(zh="开工", en="Start"),
        choices=_startable,
        impossible=Words(
            zh="产线不空闲，或没有待开工的任务。",
            en="The line is not idle, or no order waits.",
        ),
        perform=lambda client, order, act: client.start_order(order, act),
    ),
    Act(
        name="close_short",
        keys="f5",
        words=Words(zh="尾箱", en="Short"),
        choices=_open_containers,
        impossible=Words(zh="没有未满的箱或垛。", en="No case or pallet is open."),
        perform=lambda client, level, act: client.close_short(Level(level), act),
    ),
    Act(
        name="relabel",
        keys="f6",
        words=Words(zh="补标", en="Label"),
        choices=_labelled,
        impossible=Words(
            zh="没有等待扫描标签的箱或垛。", en="No case or pallet waits for a scan."
        ),
        perform=lambda client, number, act: client.relabel(int(number), act),
    ),
)
BY_NAME: dict[str, Act] = {act.name: act for act in ACTS}

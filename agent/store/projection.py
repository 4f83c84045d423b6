"""What each kind of fact does to the tables: one function each, in one table."""

import sqlite3
from collections.abc import Callable

from agent.domain.code_state import IllegalTransitionError
from agent.domain.facts import (
    ActDone,
    AgentStarted,
    CodeSeen,
    CodesLeased,
    CodesReleased,
    CodesVoided,
    ContainerClosed,
    ContainerFilled,
    ContainerOpened,
    Fact,
    ItemGated,
    ItemJudged,
    LabelSent,
    LineResumed,
    LineStopped,
    OrderClosed,
    OrderReceived,
    OrderStarted,
    PackageAccepted,
    Packed,
    UnnumberedRejected,
)
from agent.store import project_codes, project_containers, project_items, project_orders
from agent.store.errors import FactRefusedError
from agent.store.tables import ContradictionError, Tables


def _nothing(_tables: Tables, _fact: Fact, _seq: int) -> None:
    """The journal alone keeps it."""


APPLY: dict[type[Fact], Callable[..., None]] = {
    AgentStarted: _nothing,
    OrderReceived: project_orders.order_received,
    PackageAccepted: project_codes.package_accepted,
    OrderStarted: project_orders.order_started,
    OrderClosed: project_orders.order_closed,
    CodesLeased: project_codes.codes_leased,
    CodesReleased: project_codes.codes_released,
    CodesVoided: project_codes.codes_voided,
    ItemJudged: project_items.item_judged,
    CodeSeen: project_codes.code_seen,
    ItemGated: project_items.item_gated,
    UnnumberedRejected: project_items.unnumbered_rejected,
    ContainerOpened: project_containers.container_opened,
    Packed: project_containers.packed,
    ContainerFilled: project_containers.container_filled,
    LabelSent: project_containers.label_sent,
    ContainerClosed: project_containers.container_closed,
    ActDone: _nothing,
    LineStopped: _nothing,
    LineResumed: _nothing,
}


def project(tables: Tables, fact: Fact, seq: int) -> None:
    """Change the tables by one fact; `FactRefusedError` if it cannot be true."""
    try:
        APPLY[type(fact)](tables, fact, seq)
    except (
        ContradictionError,
        IllegalTransitionError,
        sqlite3.IntegrityError,
        OverflowError,
    ) as error:
        raise FactRefusedError(fact, str(error)) from error

"""Which order the demo works on: the unfinished one, or a new one."""

from dataclasses import dataclass
from pathlib import Path

from agent.documents import OrderDocument
from agent.domain.words import Level
from agent.vision.symbology import Symbology
from simulators.demo.settings import LINE
from simulators.platform import (
    OrderPlan,
    PlatformLedger,
    UserCodesError,
    issue_order,
    read_user_codes,
)
from simulators.platform.issuing import target_for

BOTTLES = 2880
# Codes a few stops, kills and bad prints may cost.
SPARE = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoOrder:
    """An order to work on; `is_new` if it was issued just now."""

    order: str
    target: int
    symbology: Symbology
    is_new: bool


class DemoError(Exception):
    """The demo cannot begin; says what to do."""


def pick_order(
    ledger: PlatformLedger, *, bottles: int | None, package: Path | None
) -> DemoOrder:
    """Go on with the last order unless its books were returned; else issue one."""
    number = _last_number(ledger)
    last = ledger.catalogue.order(_name(number)) if number else None
    if last is None or ledger.settlements.reconciliation(last.order) is not None:
        return _issue(ledger, _name(number + 1), bottles=bottles, package=package)
    if package is not None:
        raise DemoError(
            f"order {last.order} is unfinished: finish it without --package, "
            "or begin in another folder with --folder"
        )
    return _known(ledger, last, is_new=False)


def _name(number: int) -> str:
    return f"DEMO-{number:04}"


def _last_number(ledger: PlatformLedger) -> int:
    number = 0
    while ledger.catalogue.order(_name(number + 1)) is not None:
        number += 1
    return number


def _issue(
    ledger: PlatformLedger, order: str, *, bottles: int | None, package: Path | None
) -> DemoOrder:
    try:
        units = None if package is None else read_user_codes(package)
        enough = BOTTLES
        if units is not None:
            count = len(units.codes)
            enough = min(enough, target_for(count), max(count // 2, count - SPARE))
        target = bottles or enough
        plan = OrderPlan(
            line=LINE,
            order=order,
            target=target,
            seed=int(order[-4:]),
            # Unattended, a kill or two must not run the order out of codes; each
            # costs a lease, however small the order is.
            margin=max(0.25, 2 * SPARE / target),
        )
        issued = issue_order(ledger, plan, units)
    except (UserCodesError, ValueError, OSError) as error:
        raise DemoError(str(error)) from None
    return _known(ledger, issued.order, is_new=True)


def _known(ledger: PlatformLedger, order: OrderDocument, *, is_new: bool) -> DemoOrder:
    spec = ledger.catalogue.spec(LINE, order.spec)
    assert spec is not None, f"order {order.order} was issued with a spec"
    unit = next(level for level in spec.levels if level.level is Level.UNIT)
    return DemoOrder(
        order=order.order,
        target=order.target,
        symbology=Symbology(unit.symbology),
        is_new=is_new,
    )

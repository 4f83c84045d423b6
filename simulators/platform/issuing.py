"""Issue an order with spec and code packages (发码), from a seed or a user's file."""

import hashlib
import math
import random
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice

from agent.documents import (
    BrandUrlDocument,
    FormatDocument,
    Gs1ElementDocument,
    LevelDocument,
    OrderDocument,
    PackageDocument,
    SpecDocument,
    SsccDocument,
    SymbologyName,
)
from agent.domain.words import Level, Mode
from simulators.platform.ledger import PlatformLedger
from simulators.platform.serials import serials, sscc
from simulators.platform.user_codes import UserCodes, UserCodesError

MARGIN = 0.1


class Carrier(StrEnum):
    """What a unit carries."""

    GS1_ELEMENT = "gs1_element"
    BRAND_URL = "brand_url"


class AlreadyIssuedError(ValueError):
    """An order or codes that were issued before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderPlan:
    """What to issue. `margin` is the share of codes beyond the target (0.1: 10 %),
    for bad prints and voids; cases and pallets get two more on top. `minimum_grade` is
    what the spec demands of a unit's print."""

    line: str
    order: str
    target: int
    seed: int
    product: str = "青柠气泡水 330 ml"
    batch: str = "L20260302"
    spec: str = "LIME-330"
    carrier: Carrier = Carrier.GS1_ELEMENT
    unit_mode: Mode = Mode.PRINT
    gtin: str = "06901234567892"
    company_prefix: str = "6901234"
    url_stem: str = "https://c.example.com/t/"
    per_case: int = 24
    per_pallet: int = 60
    margin: float = MARGIN
    close_short: bool = True
    minimum_grade: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Issued:
    """What was published: packages from the unit outwards."""

    order: OrderDocument
    spec: SpecDocument
    packages: tuple[PackageDocument, ...]


def issue_order(
    ledger: PlatformLedger, plan: OrderPlan, units: UserCodes | None = None
) -> Issued:
    """Publish a spec (if it is new), an order and its packages to a line.

    `units` are a user's own unit codes, else they are made from the seed.
    `AlreadyIssuedError` for an order name or a user's code issued before,
    `UserCodesError` for fewer codes than the target; then nothing is published.
    """
    catalogue = ledger.catalogue
    if catalogue.order(plan.order) is not None:
        raise AlreadyIssuedError(f"order {plan.order} was issued before")
    if units is None:
        codes = _new_units(ledger, plan)
        body = _lines(codes)
    else:
        codes, body = _own_units(ledger, plan, units), units.body
    spec = _publish_spec(ledger, plan, units)
    order = OrderDocument(
        order=plan.order,
        product=plan.product,
        batch=plan.batch,
        target=plan.target,
        spec=spec.spec,
        spec_version=spec.version,
        close_short=plan.close_short,
    )
    catalogue.mark_issued(codes)
    catalogue.publish(plan.line, "orders", order.order, order)
    packages = [_publish(ledger, plan, Level.UNIT, len(codes), body)]
    for level, count in _containers(plan):
        labels = _new_labels(ledger, plan, count)
        packages.append(_publish(ledger, plan, level, count, _lines(labels)))
    ledger.announce()
    return Issued(order=order, spec=spec, packages=tuple(packages))


def with_margin(count: int, margin: float) -> int:
    """How many codes to issue for `count` good ones."""
    # Rounded first: 50 * 1.1 is a little more than 55.
    return math.ceil(round(count * (1 + margin), 6))


def target_for(codes: int, margin: float = MARGIN) -> int:
    """The largest target that leaves `margin` of spare codes; one at least."""
    return max(1, math.floor(codes / (1 + margin)))


def _containers(plan: OrderPlan) -> list[tuple[Level, int]]:
    cases = math.ceil(plan.target / plan.per_case)
    pallets = math.ceil(cases / plan.per_pallet)
    return [
        (Level.CASE, with_margin(cases, plan.margin) + 2),
        (Level.PALLET, with_margin(pallets, plan.margin) + 2),
    ]


def _new_units(ledger: PlatformLedger, plan: OrderPlan) -> list[str]:
    stem = f"01{plan.gtin}21" if plan.carrier is Carrier.GS1_ELEMENT else plan.url_stem
    made = (stem + serial for serial in serials(random.Random(plan.seed)))
    count = with_margin(plan.target, plan.margin)
    return list(islice(_never_issued(ledger, made), count))


def _never_issued(ledger: PlatformLedger, codes: Iterable[str]) -> Iterator[str]:
    seen: set[str] = set()
    for code in codes:
        if code in seen or any(ledger.catalogue.issued_before([code])):
            continue
        seen.add(code)
        yield code


def _own_units(ledger: PlatformLedger, plan: OrderPlan, units: UserCodes) -> list[str]:
    codes = list(units.codes)
    if len(codes) < plan.target:
        raise UserCodesError(
            f"{len(codes)} codes for a target of {plan.target}; "
            f"with spare ones this file is enough for {target_for(len(codes))}"
        )
    again = next(ledger.catalogue.issued_before(codes), None)
    if again is not None:
        raise AlreadyIssuedError(
            f"code {again[:60]!r} (line {codes.index(again) + 1}) was issued before; "
            "a code is issued once, give a new file or go on with the old order"
        )
    return codes


def _new_labels(ledger: PlatformLedger, plan: OrderPlan, count: int) -> list[str]:
    numbers = ledger.catalogue.take_numbers(f"sscc {plan.company_prefix}", count)
    return [f"00{sscc(plan.company_prefix, number)}" for number in numbers]


def _publish(
    ledger: PlatformLedger, plan: OrderPlan, level: Level, count: int, body: bytes
) -> PackageDocument:
    package = PackageDocument(
        package=f"{plan.order}-{level}",
        level=level,
        order=plan.order,
        product=plan.product,
        codes=count,
        sha256=hashlib.sha256(body).hexdigest(),
    )
    ledger.catalogue.publish_package(plan.line, package, body)
    return package


def _publish_spec(
    ledger: PlatformLedger, plan: OrderPlan, units: UserCodes | None
) -> SpecDocument:
    """The latest version, if it says the same; else the next one."""
    latest = ledger.catalogue.spec(plan.line, plan.spec)
    wanted = SpecDocument(
        spec=plan.spec,
        version=latest.version if latest else 1,
        product=plan.product,
        levels=_levels(plan, units),
    )
    if wanted == latest:
        return latest
    if latest is not None:
        wanted = wanted.model_copy(update={"version": latest.version + 1})
    ledger.catalogue.publish(plan.line, "specs", wanted.spec, wanted)
    return wanted


def _levels(plan: OrderPlan, units: UserCodes | None) -> tuple[LevelDocument, ...]:
    unit_format, symbology = _unit_carrier(plan, units)
    label_format = SsccDocument(company_prefix=plan.company_prefix)
    unit = LevelDocument(
        level=Level.UNIT,
        mode=plan.unit_mode,
        format=unit_format,
        symbology=symbology,
        minimum_grade=plan.minimum_grade,
    )
    case, pallet = (
        LevelDocument(
            level=level,
            mode=Mode.PRINT,
            format=label_format,
            symbology="gs1_128",
            holds=holds,
            template=level.value,
        )
        for level, holds in (
            (Level.CASE, plan.per_case),
            (Level.PALLET, plan.per_pallet),
        )
    )
    return unit, case, pallet


def _unit_carrier(
    plan: OrderPlan, units: UserCodes | None
) -> tuple[FormatDocument, SymbologyName]:
    if units is not None:
        return units.format, units.symbology
    if plan.carrier is Carrier.GS1_ELEMENT:
        return Gs1ElementDocument(gtin=plan.gtin), "gs1_data_matrix"
    # The same derivation a user's file gets: everything after the stem is the key.
    return BrandUrlDocument(pattern=f"^{re.escape(plan.url_stem)}(.+)$"), "qr"


def _lines(codes: list[str]) -> bytes:
    return "".join(f"{code}\n" for code in codes).encode()

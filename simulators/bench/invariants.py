"""I1 to I7, judged by the simulated world and the platform's ledger.

Each function returns sentences about what is wrong; none means that it holds. What
the agent counted itself is never the yardstick, only the thing measured.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator

from agent.domain.gs1 import parse_element_string
from agent.domain.words import Level
from agent.store.database import DATABASE_NAME
from agent.store.reader import StoreReader
from agent.store.replay import verify_chain, verify_projection
from agent.store.store import PACKAGES_NAME
from simulators.bench.run import LINE, ORDER, Outcome
from simulators.world.bottles import Bottle, Fate
from simulators.world.faults import PowerCycle, PrinterPower, PrinterSlip, Slip
from simulators.world.record import Container, Kind


def check_all(outcome: Outcome) -> list[str]:
    """Everything that is wrong with a finished run."""
    folder = outcome.folder
    with StoreReader(folder / DATABASE_NAME, folder / PACKAGES_NAME, 30.0) as reader:
        return [
            *one_mark(outcome),
            *one_parent(outcome, reader),
            *codes_add_up(outcome, reader),
            *items_add_up(outcome, reader),
            *verified_or_rejected(outcome, reader),
            *acknowledged_is_kept(outcome, reader),
            *one_effect(outcome, reader),
        ]


def one_mark(outcome: Outcome) -> Iterator[str]:
    """I1: no code goes to a printer twice, and none is on two good bottles."""
    received = Counter(outcome.line.printer.received)
    for text, times in received.items():
        if times > 1:
            yield f"I1: {text!r} was handed to the printer {times} times"
    passed = Counter(_texts(_with_fate(outcome, Fate.PASSED)))
    for text, times in passed.items():
        if times > 1:
            yield f"I1: {text!r} is on {times} bottles that passed"
    if not _repeats_by_itself(outcome):
        marked = Counter(_texts(outcome.line.record.bottles))
        for text, times in marked.items():
            if times > 1:
                yield f"I1: {text!r} was marked {times} times"


def _repeats_by_itself(outcome: Outcome) -> bool:
    """Whether the printer was made to print a code again on its own."""
    return any(
        (isinstance(f, PrinterPower) and f.mode is PowerCycle.LAST_AGAIN)
        or (isinstance(f, PrinterSlip) and f.slip is Slip.REPEAT)
        for f in outcome.scenario.faults.timed
    )


def _with_fate(outcome: Outcome, fate: Fate) -> list[Bottle]:
    return [b for b in outcome.line.record.bottles if b.fate is fate]


def _texts(bottles: Iterable[Bottle]) -> Iterator[str]:
    for bottle in bottles:
        for mark in bottle.marks:
            yield mark.text


def one_parent(outcome: Outcome, reader: StoreReader) -> Iterator[str]:
    """I2: what the books say is in a case is what lies in the case of that label."""
    labels: Counter[str] = Counter()
    for kind, level in ((Kind.CASE, Level.CASE), (Kind.PALLET, Level.PALLET)):
        for container in outcome.line.record.containers(kind):
            if container.label is None or container.label.text is None:
                yield f"I2: {kind} {container.number} left without a label"
                continue
            labels[container.label.text] += 1
            yield from _same_children(outcome, reader, container, level)
    for text, times in labels.items():
        if times > 1:
            yield f"I2: label {text} is on {times} containers"


def _same_children(
    outcome: Outcome, reader: StoreReader, container: Container, level: Level
) -> Iterator[str]:
    assert container.label is not None
    label = _key(container.label.text or "")
    standing = reader.find_key(ORDER, label, level)
    booked: set[str] = set()
    if standing is not None and standing.labels is not None:
        booked = {
            reader.packages.get(ref.package).text(ref.index)
            for ref in reader.children(standing.labels)
        }
    real = _contents(outcome, container)
    if booked != real:
        yield (
            f"I2: {level} {container.number} ({label}): {len(real - booked)} inside "
            f"are not booked, {len(booked - real)} booked are not inside"
        )


def _contents(outcome: Outcome, container: Container) -> set[str]:
    record = outcome.line.record
    if container.kind is Kind.CASE:
        return {record.bottle(n).readable or "" for n in container.children}
    return {_text_of(record.container(Kind.CASE, n)) for n in container.children}


def _text_of(container: Container) -> str:
    return "" if container.label is None else container.label.text or ""


def _key(text: str) -> str:
    """The SSCC of a label's element string."""
    return parse_element_string(text)[0].value


def codes_add_up(outcome: Outcome, reader: StoreReader) -> Iterator[str]:
    """I3: the six states make up what the platform issued; nothing is in flight."""
    for package in reader.books(ORDER).packages:
        issued = outcome.ledger.catalogue.package(package.package)
        states = (
            package.unused
            + package.in_flight
            + package.good
            + package.rejected
            + package.voided
            + package.sampled
        )
        if issued is None or states != issued.codes:
            yield f"I3: {package.package}: {states} codes, issued were {issued}"
        if package.in_flight:
            yield f"I3: {package.package}: {package.in_flight} still in flight"


def items_add_up(outcome: Outcome, reader: StoreReader) -> Iterator[str]:
    """I4: bottles add up in the world, and our books say the same of them."""
    counts = outcome.line.record.counts()
    if not counts.add_up:
        yield f"I4: the world does not add up: {counts}"
    if counts.on_belt:
        yield f"I4: {counts.on_belt} bottles are on the belt of a closed order"
    items = reader.books(ORDER).items
    produced = items.passed - sum(items.pulled.values()) - items.waiting
    if produced != counts.passed:
        yield f"I4: {counts.passed} bottles passed, the books say {produced}"
    if produced != outcome.scenario.bottles:
        yield f"I4: the order wanted {outcome.scenario.bottles}, {produced} passed"


def verified_or_rejected(outcome: Outcome, reader: StoreReader) -> Iterator[str]:
    """I5: every bottle past the gate had a good verdict on the code it carries."""
    good: dict[str, tuple[int, ...]] = {}
    for bottle in _with_fate(outcome, Fate.PASSED):
        text = bottle.readable
        if text is None:
            yield f"I5: bottle {bottle.number} passed without a readable code"
            continue
        standing = reader.find_key(ORDER, text, Level.UNIT)
        if standing is None or standing.state != "good" or standing.item is None:
            yield f"I5: bottle {bottle.number} passed, its code is {standing}"
        elif standing.item.number not in bottle.items:
            yield (
                f"I5: bottle {bottle.number} is item {bottle.items}, its code was "
                f"judged on item {standing.item.number}"
            )
        good[text] = tuple(bottle.items)


def acknowledged_is_kept(outcome: Outcome, reader: StoreReader) -> Iterator[str]:
    """I6: what was acknowledged before any kill is in the journal now, unchanged."""
    hashes = {row.seq: row.hash for row in reader.journal_after(0, 10_000_000)}
    for seq, head_hash in outcome.acknowledged.marks:
        if hashes.get(seq) != head_hash:
            yield f"I6: fact {seq} was acknowledged and is not there as it was"
            return
    database = outcome.folder / DATABASE_NAME
    bad = verify_chain(database)
    if bad is not None:
        yield f"I6: the hash chain breaks at {bad}"
    for difference in verify_projection(database):
        yield f"I6: replay differs: {difference}"


def one_effect(outcome: Outcome, reader: StoreReader) -> Iterator[str]:
    """I7: the platform has every fact of ours once, in order, and nothing else."""
    epoch = reader.life().epoch
    theirs = list(outcome.ledger.events.events(LINE, epoch))
    ours = reader.journal_after(0, 10_000_000)
    if [each.seq for each in theirs] != [row.seq for row in ours]:
        yield f"I7: the platform has {len(theirs)} facts, the journal {len(ours)}"
        return
    for row, entry in zip(ours, theirs, strict=True):
        if (row.kind, json.loads(row.payload)) != (
            entry.kind,
            json.loads(entry.payload),
        ):
            yield f"I7: fact {row.seq} differs at the platform"
            return

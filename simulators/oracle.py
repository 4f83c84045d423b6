"""I1 to I7, judged by the simulated world and the platform's ledger.

Each function returns sentences about what is wrong; none means that it holds. What
the agent counted itself is never the yardstick, only the thing measured.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from agent.domain.gs1 import parse_element_string
from agent.domain.words import Level
from agent.line_store import order_of
from agent.store.database import DATABASE_NAME
from agent.store.reader import StoreReader
from agent.store.replay import verify_chain, verify_projection
from agent.store.store import PACKAGES_NAME
from simulators.platform import PlatformLedger
from simulators.world.bottles import Bottle, Fate
from simulators.world.record import Container, Kind, Record


@dataclass(slots=True, kw_only=True)
class Evidence:
    """What is known of a closed order apart from the agent.

    `received` are the texts the bottle printer was ever sent, `repeats_by_itself`
    whether it was made to print some again; `acknowledged` the sequence and head
    hash at every moment something was acknowledged as durable; `folder` the agent's
    data.
    """

    record: Record
    received: list[str]
    repeats_by_itself: bool
    ledger: PlatformLedger
    folder: Path
    line: str
    order: str
    target: int
    acknowledged: list[tuple[int, bytes]]


def check_all(evidence: Evidence) -> list[str]:
    """Everything that is wrong with a finished run."""
    folder = evidence.folder
    with StoreReader(folder / DATABASE_NAME, folder / PACKAGES_NAME, 30.0) as reader:
        return [
            *one_mark(evidence),
            *one_parent(evidence, reader),
            *codes_add_up(evidence, reader),
            *items_add_up(evidence, reader),
            *verified_or_rejected(evidence, reader),
            *acknowledged_is_kept(evidence, reader),
            *one_effect(evidence, reader),
        ]


def one_mark(evidence: Evidence) -> Iterator[str]:
    """I1: no code goes to a printer twice, and none is on two good bottles."""
    received = Counter(evidence.received)
    for text, times in received.items():
        if times > 1:
            yield f"I1: {text!r} was handed to the printer {times} times"
    passed = Counter(_texts(_with_fate(evidence, Fate.PASSED)))
    for text, times in passed.items():
        if times > 1:
            yield f"I1: {text!r} is on {times} bottles that passed"
    if not evidence.repeats_by_itself:
        marked = Counter(_texts(evidence.record.bottles))
        for text, times in marked.items():
            if times > 1:
                yield f"I1: {text!r} was marked {times} times"


def _with_fate(evidence: Evidence, fate: Fate) -> list[Bottle]:
    return [b for b in evidence.record.bottles if b.fate is fate]


def _texts(bottles: Iterable[Bottle]) -> Iterator[str]:
    for bottle in bottles:
        for mark in bottle.marks:
            yield mark.text


def one_parent(evidence: Evidence, reader: StoreReader) -> Iterator[str]:
    """I2: what the books say is in a case is what lies in the case of that label."""
    labels: Counter[str] = Counter()
    for kind, level in ((Kind.CASE, Level.CASE), (Kind.PALLET, Level.PALLET)):
        for container in evidence.record.containers(kind):
            if container.label is None or container.label.text is None:
                yield f"I2: {kind} {container.number} left without a label"
                continue
            labels[container.label.text] += 1
            yield from _same_children(evidence, reader, container, level)
    for text, times in labels.items():
        if times > 1:
            yield f"I2: label {text} is on {times} containers"


def _same_children(
    evidence: Evidence, reader: StoreReader, container: Container, level: Level
) -> Iterator[str]:
    assert container.label is not None
    label = _key(container.label.text or "")
    standing = reader.find_key(evidence.order, label, level)
    booked: set[str] = set()
    if standing is not None and standing.labels is not None:
        booked = {
            reader.packages.get(ref.package).text(ref.index)
            for ref in reader.children(standing.labels)
        }
    real = _contents(evidence, container)
    if booked != real:
        yield (
            f"I2: {level} {container.number} ({label}): {len(real - booked)} inside "
            f"are not booked, {len(booked - real)} booked are not inside"
        )


def _contents(evidence: Evidence, container: Container) -> set[str]:
    record = evidence.record
    if container.kind is Kind.CASE:
        return {record.bottle(n).readable or "" for n in container.children}
    return {_text_of(record.container(Kind.CASE, n)) for n in container.children}


def _text_of(container: Container) -> str:
    return "" if container.label is None else container.label.text or ""


def _key(text: str) -> str:
    """The SSCC of a label's element string."""
    return parse_element_string(text)[0].value


def codes_add_up(evidence: Evidence, reader: StoreReader) -> Iterator[str]:
    """I3: the six states make up what the platform issued; nothing is in flight."""
    for package in reader.books(evidence.order).packages:
        issued = evidence.ledger.catalogue.package(package.package)
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


def items_add_up(evidence: Evidence, reader: StoreReader) -> Iterator[str]:
    """I4: bottles add up in the world, and our books say the same of them."""
    counts = evidence.record.counts()
    if not counts.add_up:
        yield f"I4: the world does not add up: {counts}"
    if counts.on_belt:
        yield f"I4: {counts.on_belt} bottles are on the belt of a closed order"
    items = reader.books(evidence.order).items
    produced = items.passed - sum(items.pulled.values()) - items.waiting
    if produced != counts.passed:
        yield f"I4: {counts.passed} bottles passed, the books say {produced}"
    if produced != evidence.target:
        yield f"I4: the order wanted {evidence.target}, {produced} passed"


def verified_or_rejected(evidence: Evidence, reader: StoreReader) -> Iterator[str]:
    """I5: every bottle past the gate had a good verdict on the code it carries."""
    view = reader.order(evidence.order)
    assert view is not None, f"{evidence.order} is on file"
    unit_format = order_of(view).spec.level(Level.UNIT).format
    for bottle in _with_fate(evidence, Fate.PASSED):
        text = bottle.readable
        if text is None:
            yield f"I5: bottle {bottle.number} passed without a readable code"
            continue
        standing = reader.find_key(evidence.order, unit_format.key(text), Level.UNIT)
        if standing is None or standing.state != "good" or standing.item is None:
            yield f"I5: bottle {bottle.number} passed, its code is {standing}"
        elif standing.item.number not in bottle.items:
            yield (
                f"I5: bottle {bottle.number} is item {bottle.items}, its code was "
                f"judged on item {standing.item.number}"
            )


def acknowledged_is_kept(evidence: Evidence, reader: StoreReader) -> Iterator[str]:
    """I6: what was acknowledged before any kill is in the journal now, unchanged."""
    hashes = {row.seq: row.hash for row in reader.journal_after(0, 10_000_000)}
    for seq, head_hash in evidence.acknowledged:
        if hashes.get(seq) != head_hash:
            yield f"I6: fact {seq} was acknowledged and is not there as it was"
            return
    database = evidence.folder / DATABASE_NAME
    bad = verify_chain(database)
    if bad is not None:
        yield f"I6: the hash chain breaks at {bad}"
    for difference in verify_projection(database):
        yield f"I6: replay differs: {difference}"


def one_effect(evidence: Evidence, reader: StoreReader) -> Iterator[str]:
    """I7: the platform has every fact of ours once, in order, and nothing else."""
    epoch = reader.life().epoch
    theirs = list(evidence.ledger.events.events(evidence.line, epoch))
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

"""A map's addresses to requests, and answers to a picture. No I/O, no state."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from drivers.io.remote_io.maps import CounterAt, InputAt, RemoteMap, Table
from drivers.io.remote_io.messages import BoxPicture

# What is read, by table: first address and values.
Answers = Mapping[Table, tuple[int, Sequence[int]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One read request."""

    table: Table
    address: int
    count: int


def questions(box: RemoteMap) -> tuple[Question, ...]:
    """The fewest reads that show everything: one a table, the counters first."""
    spans: dict[Table, tuple[int, int]] = {}
    for table, first, count in _places(box):
        low, high = spans.get(table, (first, first))
        spans[table] = min(low, first), max(high, first + count)
    return tuple(
        Question(table=table, address=low, count=high - low)
        for table, (low, high) in spans.items()
    )


def _places(box: RemoteMap) -> Iterator[tuple[Table, int, int]]:
    for _, counter in box.counters:
        if counter is not None:
            yield counter.table, counter.address, counter.bits // 16
    for _, single in box.inputs:
        if single is not None:
            yield single.table, single.address, 1


def picture(box: RemoteMap, answers: Answers) -> BoxPicture:
    """What the answers to `questions(box)` show."""
    counters, inputs = box.counters, box.inputs

    def count(at: CounterAt | None) -> int | None:
        return None if at is None else _counter(box, at, answers)

    def on(at: InputAt | None, *, without: bool) -> bool:
        return without if at is None else _input(at, answers)

    return BoxPicture(
        trigger=_counter(box, counters.trigger, answers),
        encoder=_counter(box, counters.encoder, answers),
        gate=count(counters.gate),
        confirm=count(counters.confirm),
        estop=not on(inputs.estop_ok, without=True),
        air_ok=on(inputs.air_ok, without=True),
        bin_full=on(inputs.bin_full, without=False),
        confirm_ok=on(inputs.confirm_ok, without=True),
        manual=on(inputs.manual, without=False),
        reset=_input(inputs.reset, answers),
    )


def _counter(box: RemoteMap, at: CounterAt, answers: Answers) -> int:
    first, values = answers[at.table]
    place = at.address - first
    if at.bits == 16:
        return values[place]
    one, other = values[place], values[place + 1]
    return one << 16 | other if box.high_word_first else other << 16 | one


def _input(at: InputAt, answers: Answers) -> bool:
    first, values = answers[at.table]
    return bool(int(values[at.address - first]) >> at.bit & 1) is not at.inverted


def pulses(box: RemoteMap, count: int) -> list[int]:
    """The two registers that ask for `count` pulses."""
    high, low = divmod(count, 1 << 16)
    return [high, low] if box.high_word_first else [low, high]


def coil_writes(values: Mapping[int, bool]) -> Iterator[tuple[int, list[bool]]]:
    """The fewest writes that set these coils and no other."""
    start, row = 0, list[bool]()
    for address in sorted(values):
        if row and address != start + len(row):
            yield start, row
            row = []
        if not row:
            start = address
        row.append(values[address])
    if row:
        yield start, row

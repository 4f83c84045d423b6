"""Packing things into containers, labelling those, and having their labels read.

Cases and pallets are packed alike: full containers wait for a label, carry it to a
reader, and only leave once it was read.
"""

import random
from collections import deque
from collections.abc import Callable
from functools import partial

from simulators.world.agenda import Timers
from simulators.world.labels import Label
from simulators.world.plan import LinePlan
from simulators.world.record import Container, Kind, Record

Scan = Callable[[Kind, Label | None], bool]


class PackStation:
    """One packer with its labeller and its reader.

    `on_scan` is told of every scan (None: no read) and says whether the read reached
    anyone. `on_done` gets each container read, `on_unread` hears of one stuck at the
    reader, `on_label_waits` of a label without a container.
    """

    def __init__(
        self,
        kind: Kind,
        plan: LinePlan,
        *,
        timers: Timers,
        record: Record,
        rng: random.Random,
        misreads: float,
    ) -> None:
        self.kind = kind
        self.size = plan.case_size if kind is Kind.CASE else plan.pallet_size
        self.on_scan: Scan = lambda _kind, _label: True
        self.on_done: Callable[[int, float], None] = lambda _number, _now_s: None
        self.on_unread: Callable[[PackStation, float], None] = lambda _pack, _now_s: (
            None
        )
        self.on_label_waits: Callable[[PackStation, float], None] = (
            lambda _pack, _now_s: None
        )
        self.open: Container | None = None
        self.labels: deque[Label] = deque()
        self.unlabelled: deque[Container] = deque()
        self.labelled = 0
        self._plan = plan
        self._timers = timers
        self._record = record
        self._rng = rng
        self._misreads = misreads
        self._at_reader: deque[Container] = deque()
        self._reader_busy = False
        self._stuck = False

    @property
    def quiet(self) -> bool:
        """No full container and no label of this station is on its way."""
        return not (self.labels or self.unlabelled or self.labelled)

    def add(self, child: int, now_s: float) -> None:
        """One more thing for the open container; a full one goes to the labeller."""
        if self.open is None:
            self.open = self._record.open_container(self.kind)
        self.open.children.append(child)
        if len(self.open.children) == self.size:
            self._to_labeller(self.open, now_s)

    def push_partial(self, now_s: float) -> None:
        """A hand pushes the open container to the labeller as it is."""
        if self.open is not None:
            self.open.short = True
            self._to_labeller(self.open, now_s)

    def label_printed(self, label: Label, now_s: float) -> None:
        """A label came out of the printer."""
        self.labels.append(label)
        self._label(now_s)
        if self.labels:
            self.on_label_waits(self, now_s)

    def rescan(self, now_s: float) -> None:
        """Scan the container stuck at the reader once more."""
        if self._stuck:
            self._scan(now_s)

    def scan_again(self, text: str) -> bool:
        """Scan a labelled container wherever it stands; False when there is none."""
        for container in reversed(self._record.containers(self.kind)):
            if container.label is not None and container.label.text == text:
                return self.on_scan(self.kind, container.label)
        return False

    def restore(self, open_number: int | None, labels: list[Label]) -> None:
        """Take up the containers of a loaded record."""
        self.labels.extend(labels)
        for container in self._record.containers(self.kind):
            if container.number == open_number:
                self.open = container
            elif container.label is None:
                self.unlabelled.append(container)
            elif not container.read:
                self.labelled += 1
                self._at_reader.append(container)

    def resume(self, now_s: float) -> None:
        """Go on after `restore`, once everything is connected."""
        self._label(now_s)
        if self.labels:
            self.on_label_waits(self, now_s)
        if self._at_reader:
            self._timers.at(now_s + self._plan.scan_spacing_s, self._reader_free)

    def _to_labeller(self, container: Container, now_s: float) -> None:
        self.open = None
        self.unlabelled.append(container)
        self._label(now_s)

    def _label(self, now_s: float) -> None:
        while self.unlabelled and self.labels:
            container = self.unlabelled.popleft()
            container.label = self.labels.popleft()
            self.labelled += 1
            arrives_s = now_s + self._plan.label_to_reader_s
            self._timers.at(arrives_s, partial(self._arrive, container))

    def _arrive(self, container: Container, now_s: float) -> None:
        self._at_reader.append(container)
        if not self._reader_busy:
            self._scan(now_s)

    def _scan(self, now_s: float) -> None:
        self._reader_busy = True
        container = self._at_reader[0]
        label = container.label
        missed = self._rng.random() < self._misreads
        if missed or label is None or label.text is None:
            label = None
        heard = self.on_scan(self.kind, label)
        self._stuck = label is None or not heard
        if self._stuck:
            self.on_unread(self, now_s)
            return
        self._at_reader.popleft()
        self.labelled -= 1
        container.read = True
        self._timers.at(now_s + self._plan.scan_spacing_s, self._reader_free)
        self.on_done(container.number, now_s)

    def _reader_free(self, now_s: float) -> None:
        self._reader_busy = False
        if self._at_reader:
            self._scan(now_s)

"""A coder that shows itself as OPC UA nodes: one text at a time, or a queue.

No maker's node set stands behind it; it is the plain coder that an integrator puts on a
PLC's server. Where makers differ the harsher reading is taken: a text stays until it is
overwritten, a stop keeps the queue, a clear keeps the number of the last print.
"""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import inf
from typing import Final

from drivers.transports.nodes import NodeRefusedError, NodeType, NodeValue, Typed
from simulators.nodes import Method, Node, NodeTable
from simulators.world.faults import PowerCycle, Slip

URI: Final = "urn:line-sim:coder"
OWNER: Final = "Coder"

OFF: Final = 0
STARTING: Final = 1
READY: Final = 2
PRINTING: Final = 3
FAULT: Final = 4
START: Final = 1
STOP: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class CoderPlan:
    """`queues`: it keeps a queue of `depth` records; otherwise one text."""

    queues: bool = False
    depth: int = 32
    job: str = "BEER 500ML"
    count: int = 65_530
    count_type: NodeType = NodeType.UINT16
    serial: str = "SIM-0042"
    init_s: float = 2.0
    print_s: float = 0.0


class OpcUaCoder:
    """The device; `table` are its nodes, at the time that `now_s` says."""

    def __init__(
        self,
        plan: CoderPlan | None = None,
        *,
        now_s: Callable[[], float],
        start_s: float = -inf,
    ) -> None:
        self.plan = plan or CoderPlan()
        self.belt_mm_s = 0.0
        self.received: list[str] = []
        """Every text it was ever sent, taken or not."""
        self.job = self.plan.job
        self.error = 0
        self.state = READY
        self.text = ""
        self.count = self.plan.count
        self.last_number = 0
        self.refuses = ""
        """A fault: OPC UA's status for the next text or record."""
        self.mangles = False
        """A fault: a text written is cut short, as a field too small for it does."""
        self.keeps_queue = False
        """A fault: a clear is answered, and changes nothing."""
        self.ignores_orders = False
        """A fault: start and stop are answered, and change nothing."""
        self._queue: deque[tuple[int, str]] = deque()
        self._slips: deque[Slip] = deque()
        self._last: tuple[int, str] = (0, "")
        self._now_s = now_s
        self._off_until_s = start_s
        self._busy_until_s = start_s
        self.table = self._nodes()

    # The product side.

    def product_trigger(self, now_s: float) -> str | None:
        """Something passes the head: the text printed on it, if any."""
        self._settle(now_s)
        if not self.powered(now_s) or self.state != PRINTING:
            return None
        slip = self._slips.popleft() if self._slips else None
        if self.plan.queues:
            return self._print_next(slip)
        self._counted()
        if slip is Slip.SKIP:
            return None  # counted, and nothing on the product
        text = self._last[1] if slip is Slip.REPEAT else self.text
        self._last = (0, text)
        return text.strip() or None

    def _print_next(self, slip: Slip | None) -> str | None:
        if slip is Slip.REPEAT and self._last[1]:
            self._counted()
            return self._last[1]
        if slip is Slip.SKIP and self._queue:
            self._queue.popleft()
        if not self._queue:
            return None
        self._last = self._queue.popleft()
        self.last_number = self._last[0]
        self._counted()
        return self._last[1]

    def _counted(self) -> None:
        bits = {NodeType.UINT16: 16, NodeType.INT32: 32, NodeType.UINT32: 32}
        size = 1 << bits[self.plan.count_type]
        self.count = (self.count + 1) % size
        if self.plan.count_type is NodeType.INT32 and self.count >= size // 2:
            self.count -= size

    def slip(self, slip: Slip) -> None:
        """At the next trigger leave the sequence by one."""
        self._slips.append(slip)

    def power_cycle(self, now_s: float, mode: PowerCycle, off_s: float) -> None:
        """Power goes now and comes back `off_s` later, with what `mode` says kept."""
        self._off_until_s = now_s + off_s
        self._busy_until_s = self._off_until_s + self.plan.init_s
        self._slips.clear()
        self.state = STARTING
        if mode is PowerCycle.LAST_AGAIN and self._last[1]:
            self._slips.append(Slip.REPEAT)
        if mode is not PowerCycle.KEPT:
            self.text = ""
            self._queue.clear()
            self.count = self.plan.count
            self.last_number = 0

    def powered(self, now_s: float) -> bool:
        """Whether anybody could talk to it."""
        return now_s >= self._off_until_s

    @property
    def queued(self) -> int:
        """Records in it that a product could still get."""
        if self.plan.queues:
            return len(self._queue)
        return int(bool(self.text.strip()))

    def _settle(self, now_s: float) -> None:
        if self.state == STARTING and now_s >= self._busy_until_s:
            self.state = READY

    # The network side.

    def _nodes(self) -> NodeTable:
        nodes = [
            Node(name="State", type=NodeType.INT32, get=lambda: self.state),
            Node(name="Error", type=NodeType.UINT16, get=lambda: self.error),
            Node(name="Job", type=NodeType.STRING, get=lambda: self.job),
            Node(name="Serial", type=NodeType.STRING, get=lambda: self.plan.serial),
            Node(name="Count", type=self.plan.count_type, get=lambda: self.count),
            Node(name="Command", type=NodeType.INT16, get=lambda: 0, put=self._command),
        ]
        methods = [
            Method(name="Start", run=lambda _: self._ordered(START)),
            Method(name="Stop", run=lambda _: self._ordered(STOP)),
        ]
        if self.plan.queues:
            nodes += self._queue_nodes()
            methods += self._queue_methods()
        else:
            nodes.append(
                Node(
                    name="Text",
                    type=NodeType.STRING,
                    get=lambda: self.text,
                    put=self._written,
                )
            )
        return NodeTable(
            uri=URI, owner=OWNER, nodes=nodes, methods=methods, before=self._before
        )

    def _queue_nodes(self) -> list[Node]:
        return [
            Node(name="Queued", type=NodeType.UINT16, get=lambda: len(self._queue)),
            Node(name="Last", type=NodeType.UINT32, get=lambda: self.last_number),
        ]

    def _queue_methods(self) -> list[Method]:
        return [
            Method(
                name="Queue",
                run=self._take,
                inputs=(NodeType.UINT32, NodeType.STRING),
            ),
            Method(name="Clear", run=self._clear),
        ]

    def _before(self) -> None:
        now_s = self._now_s()
        self._settle(now_s)
        if not self.powered(now_s):
            raise NodeRefusedError("BadDeviceFailure")

    def _written(self, _first: int, value: NodeValue) -> None:
        text = str(value)
        self.received.append(text)
        self._refuse()
        self.text = text[:-1] if self.mangles and text.strip() else text

    def _take(self, arguments: Sequence[NodeValue]) -> Sequence[Typed]:
        number, text = arguments
        assert isinstance(number, int)
        self.received.append(str(text))
        self._refuse()
        if len(self._queue) >= self.plan.depth:
            raise NodeRefusedError("BadResourceUnavailable")
        self._queue.append((number, str(text)))
        return ()

    def _clear(self, _arguments: Sequence[NodeValue]) -> Sequence[Typed]:
        if not self.keeps_queue:
            self._queue.clear()
        return ()

    def _refuse(self) -> None:
        if self.refuses:
            status, self.refuses = self.refuses, ""
            raise NodeRefusedError(status)

    def _command(self, _first: int, value: NodeValue) -> None:
        assert isinstance(value, int)
        self._ordered(value)

    def _ordered(self, order: int) -> Sequence[Typed]:
        if not self.ignores_orders:
            if order == START and self.state == READY:
                self.state = PRINTING
            elif order == STOP and self.state == PRINTING:
                self.state = READY
        return ()

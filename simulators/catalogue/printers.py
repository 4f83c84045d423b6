"""Printers of the bottles: how each is built, and the settings of an agent for it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Final, Protocol

from simulators.faces import PushingSession
from simulators.hosting import RegisterBank
from simulators.nodes import NodeTable
from simulators.printers.domino_codenet import A200, CodenetPlan, CodenetPrinter
from simulators.printers.hitachi_modbus import HitachiModbusPrinter
from simulators.printers.hitachi_serial import HitachiSerialPrinter
from simulators.printers.leibinger_jet import JetPrinter
from simulators.printers.opcua_coder import OWNER, URI, CoderPlan, OpcUaCoder
from simulators.printers.text_printer import TextPrinter, TextPrinterPlan
from simulators.printers.videojet_wsi import WsiPrinter
from simulators.printers.videojet_zipher import ZipherPrinter
from simulators.world.agenda import Timers
from simulators.world.faults import PowerCycle, Slip


class UnitPrinter(Protocol):
    """The product side of every one of them."""

    belt_mm_s: float
    received: list[str]

    def product_trigger(self, now_s: float) -> str | None: ...

    def slip(self, slip: Slip) -> None: ...

    def power_cycle(self, now_s: float, mode: PowerCycle, off_s: float) -> None: ...

    def powered(self, now_s: float) -> bool: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Where a device stands: `now_s` brings its world up to date and says the time."""

    now_s: Callable[[], float]
    timers: Timers
    start_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """A device with its network side: conversations, nodes or registers."""

    device: UnitPrinter
    session: Callable[[], PushingSession] | None = None
    nodes: NodeTable | None = None
    bank: RegisterBank | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Printer:
    """`settings` without address and kind. `repeats`: left alone, it puts its last
    text on the next products too. `tells`: it speaks of each print by itself. `blank`
    is what it is given while there is no code.
    """

    kind: str
    build: Callable[[Site], Built]
    settings: Mapping[str, object] = field(default_factory=dict)
    repeats: bool = False
    tells: bool = False
    blank: str = ""

    def codes(self, received: list[str]) -> list[str]:
        """Of the texts it was sent, those that are no blanks."""
        return [text for text in received if text.strip() and text != self.blank]


def _jet(site: Site) -> Built:
    jet = JetPrinter(start_s=site.start_s)
    return Built(device=jet, session=jet.session)


def _domino(plan: CodenetPlan, _site: Site) -> Built:
    domino = CodenetPrinter(plan)
    return Built(device=domino, session=domino.session)


def _wsi(_site: Site) -> Built:
    wsi = WsiPrinter()
    return Built(device=wsi, session=wsi.session)


def _hitachi_serial(site: Site) -> Built:
    hitachi = HitachiSerialPrinter(start_s=site.start_s)
    return Built(device=hitachi, session=hitachi.session)


def _hitachi_modbus(site: Site) -> Built:
    hitachi = HitachiModbusPrinter(start_s=site.start_s)
    return Built(device=hitachi, bank=hitachi.bank(site.now_s))


def _zipher(site: Site) -> Built:
    zipher = ZipherPrinter(timers=site.timers)
    return Built(device=zipher, session=zipher.session)


def _text(plan: TextPrinterPlan, _site: Site) -> Built:
    printer = TextPrinter(plan)
    return Built(device=printer, session=printer.session)


def _coder(plan: CoderPlan, site: Site) -> Built:
    coder = OpcUaCoder(plan, now_s=site.now_s)
    return Built(device=coder, nodes=coder.table)


# At ten bottles a second a printer of one text must be looked at well within the tenth.
_SOON: Final = {"poll_s": 0.01}


def _node(name: str) -> str:
    return f"nsu={URI};s={OWNER}.{name}"


_CODER: Final[Mapping[str, object]] = {
    "state_node": _node("State"),
    "states": {"1": "starting", "2": "idle", "3": "printing", "4": "fault"},
    "job_node": _node("Job"),
    "error_node": _node("Error"),
    "identity_node": _node("Serial"),
    "object": f"nsu={URI};s={OWNER}",
    "start_method": _node("Start"),
    "stop_method": _node("Stop"),
    "count_node": _node("Count"),
}
_CODER_QUEUE: Final[Mapping[str, object]] = {
    "queue_method": _node("Queue"),
    "clear_method": _node("Clear"),
    "queued_node": _node("Queued"),
    "last_printed_node": _node("Last"),
    "depth": CoderPlan().depth,
}


def _table(
    name: str,
    plan: TextPrinterPlan,
    *,
    repeats: bool = False,
    tells: bool = False,
    blank: str = "",
) -> Printer:
    return Printer(
        kind="text_printer",
        build=partial(_text, plan),
        settings={"table": f"builtin:{name}", **_SOON},
        repeats=repeats,
        tells=tells,
        blank=blank,
    )


PRINTERS: Final[Mapping[str, Printer]] = {
    "leibinger_jet": Printer(kind="leibinger_jet", build=_jet),
    "domino_codenet": Printer(
        kind="domino_codenet",
        build=partial(_domino, CodenetPlan()),
        settings={"label": "NOICE KM 200ML"},
        tells=True,
    ),
    "domino_codenet/a200": Printer(
        kind="domino_codenet",
        build=partial(_domino, A200),
        settings={"label": "001", "queue_depth": A200.depth},
        tells=True,
    ),
    "videojet_wsi": Printer(
        kind="videojet_wsi",
        build=_wsi,
        settings={"field": "CODE", "message": "BEER 500ML", **_SOON},
        repeats=True,
    ),
    "hitachi_modbus": Printer(
        kind="hitachi_modbus",
        build=_hitachi_modbus,
        settings={"item": 2, "message": 12, **_SOON},
        repeats=True,
    ),
    "videojet_zipher": Printer(
        kind="videojet_zipher",
        build=_zipher,
        settings={"field": "CODE", "job": "LINE"},
        tells=True,
        repeats=True,
    ),
    "hitachi_serial": Printer(
        kind="hitachi_serial",
        build=_hitachi_serial,
        settings={"message": 12, **_SOON},
        repeats=True,
        blank="-",
    ),
    "text_printer/counter": _table(
        "example_counter", TextPrinterPlan(dialect="plain"), repeats=True, blank="-"
    ),
    "text_printer/event": _table(
        "example_event",
        TextPrinterPlan(dialect="plain", queues=True, depth=16),
        tells=True,
    ),
    "text_printer/handshake": _table(
        "example_handshake", TextPrinterPlan(dialect="enq"), repeats=True
    ),
    "text_printer/numbered": _table(
        "example_numbered",
        TextPrinterPlan(dialect="plain", queues=True, depth=32),
        tells=True,
    ),
    "text_printer/read_back": _table(
        "keyence_mkg", TextPrinterPlan(dialect="keyence"), repeats=True, blank="-"
    ),
    "text_printer/laser": _table(
        "panasonic_lp_gs",
        TextPrinterPlan(dialect="panasonic"),
        repeats=True,
        tells=True,
        blank="0",
    ),
    "opcua_coder": Printer(
        kind="opcua_coder",
        build=partial(_coder, CoderPlan()),
        settings={**_CODER, "text_node": _node("Text"), **_SOON},
        repeats=True,
    ),
    "opcua_coder/queue": Printer(
        kind="opcua_coder",
        build=partial(_coder, CoderPlan(queues=True)),
        settings={**_CODER, **_CODER_QUEUE},
    ),
}

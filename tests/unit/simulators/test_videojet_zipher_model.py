"""The simulated Zipher printer: indices, refusals, clears, power cycles."""

import pytest

from simulators.printers.videojet_zipher import (
    PrinterFault,
    ZipherPlan,
    ZipherPrinter,
)
from simulators.world.agenda import Agenda
from simulators.world.faults import PowerCycle


class Talk:
    """A connection, with the clock in the caller's hand."""

    def __init__(self, printer: ZipherPrinter) -> None:
        self.printer = printer
        self.now_s = 0.0
        self.session = printer.session()
        self.pushed: list[bytes] = []
        self.session.push = self.pushed.append

    def __call__(self, *lines: str) -> str:
        data = "".join(f"{line}\r" for line in lines).encode()
        return self.session.feed(data, self.now_s).decode()

    def trigger(self, times: int = 1) -> list[str | None]:
        return [self.printer.product_trigger(self.now_s) for _ in range(times)]


@pytest.fixture
def talk() -> Talk:
    return Talk(ZipherPrinter())


@pytest.fixture
def running(talk: Talk) -> Talk:
    assert talk("SHO|CODE|", "SST|3|") == "ACK\rACK\r"
    return talk


def test_one_record_per_trigger_in_order(running: Talk) -> None:
    running("SID|1|A|", "SID|2|B|")
    assert running.trigger(2) == ["A", "B"]
    assert running("SLR", "SRC") == "SLR|2|\rSRC|0|\r"


def test_records_need_a_header_and_rising_indices(talk: Talk) -> None:
    assert talk("SID|1|A|") == "ERR\r"
    assert talk("SHO|CODE|", "SID|5|A|", "SID|5|B|", "SID|4|C|") == (
        "ACK\rACK\rERR\rERR\r"
    )
    assert talk.printer.received == ["A", "A", "B", "C"]


def test_a_full_buffer_refuses(talk: Talk) -> None:
    talk("SMR|2|", "SHO|CODE|")
    assert talk("SID|1|A|", "SID|2|B|", "SID|3|C|") == "ACK\rACK\rERR\r"


def test_a_clear_leaves_the_last_index_and_the_last_text(running: Talk) -> None:
    running("SID|1|A|", "SID|2|B|")
    running.trigger()
    assert running("SCB", "SRC", "SLR") == "ACK\rSRC|0|\rSLR|1|\r"
    assert running.trigger() == ["A"]
    assert running("JDA|CODE=-|") == "ACK\r"
    assert running.trigger() == ["-"]


def test_states_move_as_the_diagram_has_it(talk: Talk) -> None:
    assert talk("SST|1|", "SST|0|", "SST|9|", "SST|x|") == "ERR\r" * 4
    assert talk("SST|3|", "SST|4|", "SST|2|") == "ACK\r" * 3


def test_no_start_with_a_fault(talk: Talk) -> None:
    talk.printer.fail(PrinterFault(number=1, text="Head open"))
    assert talk("SST|3|", "CAF", "SST|3|") == "ERR\rACK\rACK\r"


def test_a_change_of_state_is_acknowledged_when_it_is_over() -> None:
    agenda = Agenda()
    talk = Talk(ZipherPrinter(timers=agenda))
    assert talk("SST|3|") == ""
    agenda.run_until(2.9)
    assert talk("GST").startswith("STS|4|")
    agenda.run_until(3.0)
    assert talk.pushed == [b"ACK\r"]
    assert talk("GST").startswith("STS|3|")


def test_only_who_asked_is_told(running: Talk) -> None:
    other = Talk(running.printer)
    running("SNO|PRC|1|", "SID|1|A|")
    running.trigger()
    assert (running.pushed, other.pushed) == ([b"PRC\r"], [])
    running("DAN")
    running.trigger()
    assert running.pushed == [b"PRC\r"]
    running.session.closed()


def test_an_old_edition_knows_no_notifications() -> None:
    assert Talk(ZipherPrinter(ZipherPlan(edition=5)))("SNO|PRC|1|") == "ERR\r"


@pytest.mark.parametrize(
    ("mode", "waiting", "first"),
    [
        (PowerCycle.KEPT, 2, "B"),
        (PowerCycle.LOST, 0, "A"),
        (PowerCycle.LAST_AGAIN, 0, "A"),
    ],
)
def test_power_cycles(
    running: Talk, mode: PowerCycle, waiting: int, first: str
) -> None:
    running("SID|1|A|", "SID|2|B|", "SID|3|C|")
    running.trigger()
    running.printer.power_cycle(10.0, mode, 2.0)
    assert not running.printer.powered(11.9)
    running.now_s = 20.0
    assert running("GST").startswith("STS|1|")
    running.now_s = 12.0 + running.printer.plan.boot_s
    assert running("SRC") == f"SRC|{waiting}|\r"
    assert running("SST|3|") == "ACK\r"
    assert running.trigger() == [first]

"""The simulated JET: numbered records, refusals without a word, power cycles."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators.printers.leibinger_jet import JetPlan, JetPrinter
from simulators.world.faults import PowerCycle, Slip

ERROR_BITS = (1 << 25) - 1


class Talk:
    """A connection, with the clock in the caller's hand."""

    def __init__(self, printer: JetPrinter, now_s: float = 0.0) -> None:
        self.printer = printer
        self.now_s = now_s
        self.session = printer.session()

    def __call__(self, *lines: str) -> bytes:
        data = "".join(f"^0{line}\r" for line in lines).encode("latin-1")
        return self.session.feed(data, self.now_s)

    def records(self, *numbers: int) -> None:
        assert self(*(f"=MR{n}\tC{n}" for n in numbers)) == b""

    def fifo(self) -> list[int]:
        """Depth, entries, last, stop-at, finished, triggers."""
        return [int(v) for v in self("?SM")[5:-1].split(b"\t")]

    def status(self) -> list[int]:
        """Nozzle, machine, error without flags, cover, speed, job change."""
        found = [int(v) for v in self("?RS")[5:-1].split(b"\t")]
        found[2] &= ERROR_BITS
        return found

    def trigger(self, times: int = 1) -> list[str | None]:
        return [self.printer.product_trigger(self.now_s) for _ in range(times)]


@pytest.fixture
def talk() -> Talk:
    return Talk(JetPrinter())


@pytest.fixture
def printing(talk: Talk) -> Talk:
    talk("!GO")
    return talk


def test_one_record_per_trigger_in_order(printing: Talk) -> None:
    printing.records(1, 2, 3)
    assert printing.trigger(3) == ["C1", "C2", "C3"]


def test_set_and_action_commands_get_no_answer(talk: Talk) -> None:
    assert talk("!FF", "!EQ", "!GO", "=MR1\tA", "=CM9", "!W0", "!US", "!ST") == b""


@pytest.mark.parametrize("numbers", [(1, 3), (1, 1), (5, 4)])
def test_gaps_and_repeats_are_refused_without_a_word(
    printing: Talk, numbers: tuple[int, int]
) -> None:
    printing.records(*numbers)
    assert printing.printer.refused == 1
    assert printing.trigger() == [f"C{numbers[0]}"]
    assert printing.status()[2] == 0


def test_a_full_buffer_refuses(talk: Talk) -> None:
    talk.records(*range(1, 260))
    assert talk.printer.queued == 256
    assert talk.printer.refused == 3


@pytest.mark.parametrize(
    "body", ["x\tA", "\tA", "1", "-1\tA", "1A\tB", "99999999999\tA"]
)
def test_malformed_records_are_refused(talk: Talk, body: str) -> None:
    assert talk(f"=MR{body}") == b""
    assert talk.printer.queued == 0


def test_an_empty_buffer_is_error_5043_and_stops_the_printing(printing: Talk) -> None:
    printing.records(1)
    assert printing.trigger(2) == ["C1", None]
    assert printing.status()[:3] == [2, 5, 5043]
    printing.records(2)
    assert printing.trigger() == [None]
    printing("!GO")
    assert printing.status()[1] == 5, "the error must be acknowledged first"
    printing("!EQ", "!GO")
    assert printing.trigger() == ["C2"]


def test_the_error_number_carries_a_flag_above_25_bits(printing: Talk) -> None:
    printing.trigger()
    raw = int(printing("?RS").split(b"\t")[2])
    assert raw != 5043
    assert raw & ERROR_BITS == 5043


def test_a_record_in_the_print_stage_is_not_counted_as_an_entry(talk: Talk) -> None:
    talk.records(1, 2, 3)
    assert talk.fifo() == [256, 3, 0, 0, 1, 0]
    talk("!GO")
    assert talk.fifo() == [256, 2, 0, 0, 1, 0]


def test_last_started_is_finished_after_the_print_time(printing: Talk) -> None:
    printing.records(1, 2)
    printing.now_s = 10.0
    printing.trigger()
    assert printing.fifo() == [256, 0, 1, 0, 0, 1]
    printing.now_s = 10.05
    assert printing.fifo()[4] == 1


def test_clearing_begins_numbering_anew(printing: Talk) -> None:
    printing.records(1, 2, 3)
    printing.trigger()
    printing("!FF")
    assert printing.fifo()[1:3] == [0, 0]
    printing.records(1)
    assert printing.trigger() == ["C1"]


def test_a_stop_drops_the_buffer_and_goes_on_from_the_last_begun(
    printing: Talk,
) -> None:
    printing.records(1, 2, 3)
    printing.trigger()
    printing("!ST")
    assert printing.status()[1] == 5
    assert printing.fifo()[1:3] == [0, 1]
    printing.records(4)
    assert printing.printer.queued == 0
    printing.records(2)
    printing("!GO")
    assert printing.trigger() == ["C2"]


def test_nothing_prints_unless_started(talk: Talk) -> None:
    talk.records(1)
    assert talk.trigger() == [None]
    assert talk.fifo()[5] == 1, "the trigger is counted all the same"
    assert talk.printer.error == 0


def test_the_nozzle_must_be_open_before_printing() -> None:
    talk = Talk(JetPrinter(JetPlan(autostart=False, nozzle_s=2.0)))
    assert talk.status()[:2] == [4, 4]
    talk("!GO")
    assert talk.status()[1] == 4
    talk("!NO")
    assert talk.status()[:2] == [1, 4]
    talk.now_s = 2.0
    assert talk.status()[:2] == [2, 5]
    talk("!GO")
    assert talk.status()[1] == 6
    talk("!NC")
    assert talk.status()[:2] == [4, 4]


def test_standby_and_back(talk: Talk) -> None:
    talk("!PF")
    assert talk.status()[:2] == [0, 1]
    talk("!PO")
    assert talk.status()[:2] == [0, 2]
    talk.now_s = 2.0
    assert talk.status()[:2] == [1, 4]
    talk.now_s = 4.0
    assert talk.status()[:2] == [2, 5]


def test_escapes_in_data(printing: Talk) -> None:
    printing("=MR1\ta\\^b\\\\c\x1dd")
    assert printing.trigger() == ["a^b\\c\x1dd"]


def test_jobs(talk: Talk) -> None:
    plan = JetPlan(jobs=(r"\A.job", r"\fixed.job"), job=r"\A.job")
    talk = Talk(JetPrinter(plan))
    assert talk("?JL") == b"^0=JL\\A.job\r"
    talk(r"=JL\none.job")
    assert talk("?JL") == b"^0=JL\\A.job\r"
    talk(r"=JL\fixed.job", "=MR1\tA", "!GO")
    assert talk.trigger() == ["FIXED TEXT"]
    assert talk.printer.queued == 1
    talk.printer.keeps_job = True
    talk(r"=JL\A.job")
    assert talk("?JL") == b"^0=JL\\fixed.job\r"


def test_a_job_is_described_line_by_line(talk: Talk) -> None:
    lines = talk("?JB").split(b"\r")[:-1]
    assert lines[0] == b"^0*BEGINLJSCRIPT [(V01.06.00.16)]"
    assert b"^0*EXTTXT [ 60 (X) 1 0 0 0 0 0]" in lines
    assert lines[-1] == b"^0*ENDLJSCRIPT []"
    talk.printer.job = r"\fixed.job"
    assert b"EXTTXT" not in talk("?JB")


def test_a_job_whose_field_is_no_mail_field_prints_its_text() -> None:
    talk = Talk(JetPrinter(JetPlan(mail_field=0)))
    assert b"EXTTXT [ 60 (X) 0 0" in talk("?JB")
    talk("=MR1\tA", "!GO")
    assert talk.trigger() == ["FIXED TEXT"]


def test_a_printer_that_does_not_tell_its_job() -> None:
    assert Talk(JetPrinter(JetPlan(tells_job=False)))("?JB") == b""


def test_the_version_names_firmware_model_and_number(talk: Talk) -> None:
    assert talk("?VS").endswith(b"\tV75.0.11.2\tJET2neo\t307252\r")


def test_counters(printing: Talk) -> None:
    printing.records(1, 2)
    printing.trigger(2)
    assert printing("?CC") == b"^0=CC2\t0\t2\r"
    printing("=CC0\t0\t0")
    assert printing("?CC") == b"^0=CC0\t0\t2\r"


def test_echo_repeats_what_gets_no_answer(talk: Talk) -> None:
    assert talk("!EM") == b"^0!EM\r"
    assert talk("=MR1\tA") == b"^0=MR1\tA\r"
    assert talk("?JL") == b"^0=JL\\FFSDISK\\JOBS\\line.job\r"


def test_foreign_lines_are_passed_over(talk: Talk) -> None:
    assert talk.session.feed(b"GET / HTTP/1.1\r\n^0?XX\r\n^0?RS\r", 0) == (
        b"^0=RS2\t5\t0\t0\t0\t0\r"
    )


@given(st.lists(st.integers(1, 30), min_size=1))
def test_any_cut_of_the_stream_says_the_same(cuts: list[int]) -> None:
    data = b"^0=MR1\tA\r\n^0=MR2\tB\r^0!GO\r^0?SM\r^0?RS\r"
    session = JetPrinter().session()
    said = b""
    while data:
        size = cuts[len(data) % len(cuts)]
        said += session.feed(data[:size], 0.0)
        data = data[size:]
    assert said == b"^0=SM256\t1\t0\t0\t1\t0\r^0=RS2\t6\t0\t0\t0\t0\r"


def test_a_line_without_end_does_not_grow_for_ever(talk: Talk) -> None:
    for _ in range(100):
        talk.session.feed(b"x" * 10_000, 0)
    assert len(talk.session._buffer) <= 4096
    assert talk.session.feed(b"\r^0?JL\r", 0).startswith(b"^0=JL")


@pytest.mark.parametrize("mode", PowerCycle)
def test_a_power_cycle_takes_its_time(printing: Talk, mode: PowerCycle) -> None:
    printing.records(1, 2)
    printing.trigger()
    printing.printer.power_cycle(1.0, mode, off_s=4.0)
    printing.now_s = 4.9
    assert not printing.printer.powered(printing.now_s)
    assert printing.trigger() == [None]
    printing.now_s = 5.0
    assert printing.printer.powered(printing.now_s)
    assert printing.status()[:2] == [0, 2]
    printing.now_s = 9.0
    assert printing.status()[:2] == [2, 5]


def restarted(printing: Talk, mode: PowerCycle) -> Talk:
    """After records 1 to 3, one printed, and a power cycle."""
    printing.records(1, 2, 3)
    printing.trigger()
    printing.printer.power_cycle(1.0, mode, off_s=1.0)
    printing.now_s = 10.0
    return printing


def test_power_cycle_with_the_buffer_kept(printing: Talk) -> None:
    talk = restarted(printing, PowerCycle.KEPT)
    talk("!GO")
    assert talk.trigger(2) == ["C2", "C3"]


def test_power_cycle_with_the_buffer_lost(printing: Talk) -> None:
    talk = restarted(printing, PowerCycle.LOST)
    assert talk.fifo()[1:3] == [0, 0]
    talk("!GO")
    assert talk.trigger() == [None]


def test_power_cycle_printing_the_last_code_again_though_cleared(
    printing: Talk,
) -> None:
    talk = restarted(printing, PowerCycle.LAST_AGAIN)
    talk("!FF", "=MR1\tN1", "!GO")
    assert talk.trigger(2) == ["C1", "N1"]


def test_a_skip_leaves_a_record_out(printing: Talk) -> None:
    printing.records(1, 2, 3)
    printing.printer.slip(Slip.SKIP)
    assert printing.trigger(2) == ["C2", "C3"]
    assert printing.fifo()[2] == 3


def test_a_repeat_prints_the_last_again(printing: Talk) -> None:
    printing.records(1, 2)
    printing.trigger()
    printing.printer.slip(Slip.REPEAT)
    assert printing.trigger(2) == ["C1", "C2"]

"""The simulated ZPL printer: formats, labels in turn, and status as captured."""

import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators.printers.zebra_zpl import ZplPrinter, ZplSession
from simulators.world.agenda import Agenda
from simulators.world.labels import Label

DATA = Path(
    os.environ.get(
        "LINE_AGENT_SHARED_DATA", Path(__file__).parents[4] / "shared" / "data"
    )
)
STORE = (
    "^XA^DFR:CASE.ZPL^FS^FO40,40^A0N,44,44^FN2^FS^FO60,260^BY3^BCN,320,N,N,N^FN1^FS^XZ"
)


class Bench:
    """Printer, clock and what came out."""

    def __init__(self) -> None:
        self.agenda = Agenda()
        self.printer = ZplPrinter(self.agenda)
        self.labels: list[Label] = []
        self.printer.on_label = self.labels.append
        self.session: ZplSession = self.printer.session()
        self.now_s = 0.0

    def send(self, *parts: str) -> bytes:
        return self.session.feed("".join(parts).encode(), self.now_s)

    def wait(self, seconds: float) -> None:
        self.now_s += seconds
        self.agenda.run_until(self.now_s)

    @property
    def status(self) -> list[list[str]]:
        frames = self.send("~HS").split(b"\r\n")
        return [frame.strip(b"\x02\x03").decode().split(",") for frame in frames[:3]]


@pytest.fixture
def bench() -> Bench:
    return Bench()


def fill(code: str, text: str = "箱") -> str:
    return f"^XA^CI28^XFR:CASE.ZPL^FS^FN1^FD{code}^FS^FN2^FD{text}^FS^PQ1^XZ\r\n"


def test_a_stored_format_prints_nothing(bench: Bench) -> None:
    assert bench.send(STORE) == b""
    bench.wait(1)
    assert not bench.labels


def test_a_recall_fills_the_stored_format(bench: Bench) -> None:
    bench.send(STORE, fill(">;>80012"))
    assert not bench.labels
    bench.wait(0.4)
    (label,) = bench.labels
    assert label.template == "R:CASE.ZPL"
    assert label.fields == {"1": ">;>80012", "2": "箱"}
    assert (label.text, label.aim) == ("0012", "]C1")


def test_a_recall_of_a_format_it_does_not_have_bears_no_bar_code(bench: Bench) -> None:
    bench.send(fill("A"))
    bench.wait(0.4)
    assert [label.text for label in bench.labels] == [None]


def test_labels_leave_one_after_another(bench: Bench) -> None:
    bench.send(STORE, *(fill(f">:N{number}") for number in range(3)))
    seen = []
    for _ in range(4):
        seen.append([label.text for label in bench.labels])
        bench.wait(0.41)
    assert seen == [[], ["N0"], ["N0", "N1"], ["N0", "N1", "N2"]]


def test_quantity(bench: Bench) -> None:
    bench.send(STORE, fill(">:A").replace("^PQ1", "^PQ2,0,1,Y"))
    bench.wait(0.9)
    assert [label.text for label in bench.labels] == ["A", "A"]


def test_hexadecimal_is_undone_first(bench: Bench) -> None:
    bench.send(STORE, "^XA^XFR:CASE.ZPL^FS^FN1^FH^FDa_5Eb_7E_5F^FS^XZ")
    bench.wait(0.4)
    assert bench.labels[0].fields["1"] == "a^b~_"


@pytest.mark.parametrize(
    ("bar_code", "data", "text", "aim"),
    [
        ("^BCN,100,N,N,N", ">;>8001234", "001234", "]C1"),
        ("^BCN,100,N,N,N", ">:ABC", "ABC", "]C0"),
        ("^BCN,100,N,N,N", ">:a>0b><c>=d", "a>b^c~d", "]C0"),
        ("^BCN,100,N,N,N", ">:>801X>8215", "01X\x1d215", "]C1"),
        ("^BCN,100,N,N,N,D", "(01)0123(21)9", "010123\x1d219", "]C1"),
        ("^BXN,6,200,,,,_", "_10112_1215", "0112\x1d215", "]d2"),
        ("^BXN,6,200,,,,_", "a__b_d065", "a_bA", "]d1"),
        ("^BXN,6,200", "~1011~~", "011~", "]d2"),
        ("^BQN,2,8", "QA,https://example.com/1,2", "https://example.com/1,2", "]Q1"),
        ("^BQN,2,8", "QA,>801061", "01061", "]Q3"),
        ("^BEN,100,Y,N", "400638133393", "4006381333931", "]E0"),
        ("^BEN,100,Y,N", "4006381333939", "4006381333931", "]E0"),
        ("^BEN,100,Y,N", "12345", "0000000123457", "]E0"),
        ("^B2N,100,Y,N,N", "123", "0123", "]I0"),
        ("^BCN,100,N,N,N", ">;>801>610A", "0110A", "]C1"),
    ],
)
def test_what_a_reader_finds(
    bench: Bench, bar_code: str, data: str, text: str, aim: str
) -> None:
    coded = data.replace("~", "_7E") if "~" in data else data
    hexed = "^FH" if "~" in data else ""
    bench.send(f"^XA^FO1,1{bar_code}{hexed}^FD{coded}^FS^XZ")
    bench.wait(0.4)
    assert (bench.labels[0].text, bench.labels[0].aim) == (text, aim)


def test_waiting_labels_show_in_the_status(bench: Bench) -> None:
    bench.send(STORE, fill(">:A"), fill(">:B"), fill(">:C"))
    first, second, _ = bench.status
    assert (first[4], second[8]) == ("002", "00000001")
    bench.wait(1.3)
    first, second, _ = bench.status
    assert (first[4], second[8]) == ("000", "00000000")


def test_a_half_received_format_shows_in_the_status(bench: Bench) -> None:
    bench.send("^XA^FO1,1")
    assert bench.status[0][7] == "1"
    bench.send("^XZ")
    assert bench.status[0][7] == "0"


def test_pause_lets_the_label_in_the_head_out_and_holds_the_rest(bench: Bench) -> None:
    bench.send(STORE, fill(">:A"), fill(">:B"), "~PP")
    assert bench.status[0][2] == "1"
    bench.wait(5)
    assert [label.text for label in bench.labels] == ["A"]
    bench.send("~PS")
    bench.wait(0.4)
    assert [label.text for label in bench.labels] == ["A", "B"]


def test_cancel_finishes_the_label_in_the_head_and_forgets_the_rest(
    bench: Bench,
) -> None:
    bench.send(STORE, fill(">:A"), fill(">:B"), "~JA")
    bench.wait(5)
    assert [label.text for label in bench.labels] == ["A"]
    assert bench.printer.waiting == 0


def test_cancel_while_paused_forgets_everything(bench: Bench) -> None:
    bench.send("~PP", STORE, fill(">:A"), "~JA", "~PS")
    bench.wait(5)
    assert not bench.labels


def test_media_out_holds_labels_until_a_hand_helps(bench: Bench) -> None:
    bench.send(STORE, fill(">:A"))
    bench.wait(0.2)
    bench.printer.fail(media_out=True)
    bench.wait(10)
    assert not bench.labels
    assert bench.status[0][1:3] == ["1", "1"]
    bench.printer.mend(bench.now_s)
    bench.wait(0.4)
    assert [label.text for label in bench.labels] == ["A"]


def test_head_open_shows_in_status_and_errors(bench: Bench) -> None:
    bench.printer.fail(head_open=True)
    assert bench.status[1][2] == "1"
    assert b"ERRORS:         1 00000000 00010004" in bench.send("~HQES")


def captured(command: str) -> dict[str, str]:
    path = DATA / "transcripts" / "zebra_ZT410.jsonl"
    if not path.exists():
        pytest.skip(f"no captures at {path}")
    for line in path.read_text(encoding="utf-8").splitlines():
        entry: dict[str, str] = json.loads(line)
        if entry["command"] == command:
            return entry
    raise AssertionError(f"no capture of {command}")


def test_status_equals_the_capture_of_a_printer_in_the_same_state(
    bench: Bench,
) -> None:
    bench.printer.fail(media_out=True, ribbon_out=True)
    assert bench.send("~HS").hex() == captured("~HS")["response_hex"]


def test_errors_equal_the_capture_of_a_printer_in_the_same_state(bench: Bench) -> None:
    bench.printer.fail(media_out=True, ribbon_out=True)
    lines = bench.send("~HQES").decode().split("\r\n")
    assert lines[0] == "\x02"
    assert lines[1:4] == captured("~HQES")["response_text"].split("\n")
    assert lines[4] == "\x03"


def test_identity_equals_the_capture(bench: Bench) -> None:
    reply = bench.send("~HI").decode()
    assert reply.removesuffix("\r\n") == captured("~HI")["response_text"]


def test_variables_answer_as_captured(bench: Bench) -> None:
    command = '! U1 getvar "media.speed"'
    reply = bench.send(command, "\r\n").decode()
    assert reply == captured(command)["response_text"]
    assert bench.send('! U1 getvar "no.such"\r\n') == b'"?"'


def test_serial_number_equals_the_capture(bench: Bench) -> None:
    lines = bench.send("~HQSN").decode().split("\r\n")
    assert lines[1:3] == captured("~HQSN")["response_text"].split("\n")


def test_other_errors_and_warnings_show(bench: Bench) -> None:
    bench.printer.error_flags, bench.printer.warning_flags = 0x4008, 0x8
    said = bench.send("~HQES")
    assert b"ERRORS:         1 00000000 00004008" in said
    assert b"WARNINGS:       1 00000000 00000008" in said


def test_the_label_count_goes_on_from_what_its_configuration_label_says(
    bench: Bench,
) -> None:
    command = '! U1 getvar "odometer.total_label_count"\r\n'
    assert bench.send(command) == b'"104382"'
    bench.send(STORE, fill(">:A"))
    bench.wait(0.4)
    assert bench.send(command) == b'"104383"'
    bench.printer.counts = False
    assert bench.send(command) == b'"?"'


def test_a_variable_is_set_if_there_is_one(bench: Bench) -> None:
    assert bench.send('! U1 setvar "media.speed" "4.0"\r\n') == b""
    assert bench.send('! U1 getvar "media.speed"\r\n') == b'"4.0"'
    assert bench.send('! U1 setvar "no.such" "4.0"\r\n') == b""
    assert bench.send('! U1 getvar "no.such"\r\n') == b'"?"'


def test_alerts_go_where_they_are_set_to_go(bench: Bench) -> None:
    said: list[bytes] = []
    dialled: list[tuple[str, int, bytes]] = []
    bench.session.push = said.append
    bench.printer.on_dial = lambda *alert: dialled.append(alert)
    assert bench.send("~HU") == b""
    bench.send("^XA^SXA,A,Y,Y^SXJ,D,Y,N,10.0.0.9,9111^SXK,A,Y,Y^XZ")
    assert bench.send("~HU") == b"A,A,Y,Y,,0\r\nJ,D,Y,N,10.0.0.9,9111\r\nK,A,Y,Y,,0\r\n"
    bench.send(STORE, fill(">:A"))
    bench.wait(1)
    bench.printer.fail(media_out=True)
    bench.printer.mend(61.0)
    assert [line.split(b" [")[0] for line in said] == [
        b"ALERT: PQ JOB COMPLETED",
        b"ERROR CONDITION: PAPER OUT",
        b"ERROR CLEARED: PAPER OUT",
    ]
    assert said[2].endswith(b"[1970-01-01 00:01:01] [18J161604846]\r\n")
    assert [(h, p, line.split(b" [")[0]) for h, p, line in dialled] == [
        ("10.0.0.9", 9111, b"ALERT: PRINTER PAUSED")
    ]
    bench.send("^XA^SXA,A,N,N^SQK,A^XZ")
    assert bench.send("~HU") == b"J,D,Y,N,10.0.0.9,9111\r\n"
    bench.session.closed()
    bench.printer.fail(media_out=True)
    assert len(said) == 3


@given(st.lists(st.integers(1, 40), min_size=1))
def test_any_cut_of_the_stream_prints_the_same(cuts: list[int]) -> None:
    bench = Bench()
    data = (STORE + fill(">;>80012") + "~HS" + fill(">:B")).encode()
    said = b""
    while data:
        size = cuts[len(data) % len(cuts)]
        said += bench.session.feed(data[:size], 0.0)
        data = data[size:]
    bench.wait(0.9)
    assert [label.text for label in bench.labels] == ["0012", "B"]
    assert said.count(b"\x02") == said.count(b"\x03\r\n") == 3


def test_what_never_ends_is_forgotten(bench: Bench) -> None:
    bench.send("^XA^FD")
    for _ in range(40):
        bench.send("x" * 10_000)
    assert len(bench.session._stream._buffer) <= 256 * 1024

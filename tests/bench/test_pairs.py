"""Any printer with any reader and any line I/O: whole orders, judged from outside.

`make pairs` runs all of them; here are the rule by which they are chosen, and one line
for each device.
"""

from collections.abc import Sequence
from itertools import combinations, product

import pytest
from typer.testing import CliRunner

from drivers.base import Role
from drivers.registry import models
from simulators.bench.pairs import FACTORS, covering, fair, lines, mild, pairs_of
from simulators.catalogue import (
    CONTROLS,
    NOT_ON_THE_LINE,
    PACKING_READERS,
    PRINTERS,
    READERS,
    ChoiceError,
    LineChoice,
)
from simulators.cli import app
from simulators.cli.pairs import run_line

BOTTLES = 60


def turn(values: Sequence[str], number: int) -> str:
    return values[number % len(values)]


# Each printer once; the other devices by turns.
ROUND = [
    LineChoice(
        printer=printer,
        reader=turn(FACTORS["reader"], number),
        io=turn(FACTORS["io"], number),
        packing_reader=turn(FACTORS["packing_reader"], number),
    )
    for number, printer in enumerate(PRINTERS)
]


def name(choice: LineChoice) -> str:
    return f"{choice.printer} {choice.reader} {choice.io} {choice.packing_reader}"


@pytest.mark.parametrize("choice", ROUND, ids=name)
def test_a_line_makes_its_order(choice: LineChoice) -> None:
    result = run_line(fair(3, BOTTLES, choice), "fair")
    assert result.wrong == ()
    assert (result.passed, result.stops) == (BOTTLES, 0)
    # What was on its way when the last good bottle passed, and no more.
    assert result.rejected <= 10


@pytest.mark.parametrize("choice", ROUND, ids=name)
def test_a_line_bears_mild_weather(choice: LineChoice) -> None:
    result = run_line(mild(2, BOTTLES, choice), "mild")
    assert result.wrong == ()
    assert result.passed == BOTTLES


def test_the_lines_have_every_pair_of_devices() -> None:
    met = {
        pair
        for line in lines()
        for pair in pairs_of({name: getattr(line, name) for name in FACTORS})
    }
    assert met == {
        ((one, a), (other, b))
        for one, other in combinations(FACTORS, 2)
        for a, b in product(FACTORS[one], FACTORS[other])
    }
    # Not many more than the two largest factors need by themselves.
    most, second, *_ = sorted(map(len, FACTORS.values()), reverse=True)
    assert len(lines()) <= 1.25 * most * second


@pytest.mark.parametrize(
    ("factors", "fewest"),
    [
        ({"a": "12", "b": "xy"}, 4),
        ({"a": "12", "b": "xy", "c": "pq"}, 4),
        ({"a": "123", "b": "x", "c": "p"}, 3),
    ],
)
def test_few_lines_are_enough(factors: dict[str, str], fewest: int) -> None:
    assert len(covering({name: tuple(v) for name, v in factors.items()})) == fewest


@pytest.mark.parametrize(
    ("role", "kinds"),
    [
        (Role.PRINTER, {each.kind for each in PRINTERS.values()}),
        (
            Role.READER,
            {each.kind for each in [*READERS.values(), *PACKING_READERS.values()]},
        ),
        (Role.LINE_IO, {each.kind for each in CONTROLS.values()}),
    ],
)
def test_every_kind_stands_on_a_line(role: Role, kinds: set[str]) -> None:
    wanted = {kind for kind, model in models().items() if model.role is role}
    assert kinds == wanted - set(NOT_ON_THE_LINE)


def test_a_device_that_is_not_there_is_named() -> None:
    with pytest.raises(ChoiceError, match=r"printer 'leibniz_jet'.*'leibinger_jet'"):
        LineChoice(printer="leibniz_jet")


def test_a_broken_line_is_told_and_ends_with_1(monkeypatch: pytest.MonkeyPatch) -> None:
    """An agent that never pushes a code twice is believed only while the oracle looks:
    here the oracle is told that something is wrong."""
    monkeypatch.setattr(
        "simulators.bench.judge.check_all", lambda _evidence: ["I9: made up"]
    )
    asked = ["pairs", "--bottles", "5", "--only", "opcua_coder/queue", "--jobs", "1"]
    done = CliRunner().invoke(app, asked)
    assert done.exit_code == 1
    assert "BROKEN\n      I9: made up\n" in done.stdout


def test_an_unknown_device_is_no_empty_success() -> None:
    done = CliRunner().invoke(app, ["pairs", "--only", "nothing"])
    assert done.exit_code == 2
    assert "no device is called 'nothing'" in done.stderr


@pytest.mark.long
@pytest.mark.timeout(120)
def test_a_line_on_sockets_makes_its_order() -> None:
    """Over loopback and in real time: TCP, DMCC, an OPC UA server."""
    choice = LineChoice(printer="domino_codenet", reader="dataman", io="opcua_line_io")
    result = run_line(fair(1, 12, choice), "fair", wire=True)
    assert result.wrong == ()
    assert result.passed == 12

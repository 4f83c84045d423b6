"""Outputs of the line I/O map held by hand."""

import pytest

from drivers.base import Beacon, LineCommand
from drivers.errors import MisuseError
from drivers.io.line_points import LinePoints

IDLE = LineCommand(run=False, stop=False, beacon=Beacon.AMBER)


def test_what_is_forced_goes_out_and_the_rest_as_commanded():
    points = LinePoints("plc")
    points.force("beacon_red", True)
    points.force("beacon_amber", False)
    points.force("stop", True)
    told = points.told(IDLE)
    assert told == LineCommand(run=False, stop=True, beacon=Beacon.RED)
    outputs = points.outputs()
    assert (outputs["stop"], outputs["run"]) == (True, False)
    assert (outputs["beacon_red"], outputs["beacon_amber"]) == (True, False)
    points.release()
    assert points.told(IDLE) == IDLE


def test_a_line_that_runs_has_nothing_forced():
    points = LinePoints("plc")
    points.force("stop", True)
    running = LineCommand(run=True, stop=False, beacon=Beacon.GREEN)
    assert points.told(running) == running
    assert points.told(IDLE) == IDLE


def test_an_output_that_is_not_there_is_named():
    points = LinePoints("plc")
    with pytest.raises(MisuseError, match="no output 'red'; there is run, stop"):
        points.force("red", True)
    assert points.inputs() == {}
    assert not any(points.outputs().values())

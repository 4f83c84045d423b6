"""The measuring itself: what counts as right, and that every part of it runs."""

from io import StringIO

import cv2
import numpy as np
import pytest
from rich.console import Console

from agent.vision.evaluation.index import examples
from agent.vision.grading.grade import ParameterName
from agent.vision.symbology import Symbology
from simulators.cameras.bench_set import CLASSES, Shot
from simulators.measure.eye import drawn as faults
from simulators.measure.eye import frames, grades, pace, real
from simulators.measure.eye.rivals import RIVALS


def test_photographs_are_counted_beside_every_library(tmp_path, drawn):
    lines = ["file,symbology,expected_text"]
    for name, symbology, text in (("a", "qr", "A"), ("b", "data_matrix", "B")):
        cv2.imwrite(str(tmp_path / f"{name}.png"), drawn(symbology, text, 6))
        lines.append(f"{name}.png,{symbology},{text}")
    cv2.imwrite(str(tmp_path / "c.png"), np.full((90, 90), 200, np.uint8))
    (tmp_path / "index.csv").write_text("\n".join([*lines, "c.png,NONE,"]))
    rows = real.rows(examples(tmp_path))
    assert set(rows) == {"qr", "data_matrix", "none", "all"}
    whole = rows["all"]
    assert (whole.pictures, whole.ours, whole.wrong) == (3, 3, 0)
    assert rows["data_matrix"].rivals == {
        "zxing-cpp": 1,
        "pyzbar": 0,
        "OpenCV": 0,
        "union": 1,
    }
    assert set(whole.rivals) == {*RIVALS, "union"}


def test_without_photographs_it_says_where_they_were_looked_for(tmp_path, monkeypatch):
    monkeypatch.setenv("LINE_AGENT_SHARED_DATA", str(tmp_path))
    out = StringIO()
    real.run(Console(file=out, width=400))
    assert str(tmp_path) in out.getvalue()


def test_right_is_the_true_text_and_nothing_else(drawn_qr):
    picture = drawn_qr("A")
    blank = np.full((80, 80), 200, np.uint8)
    shots = [
        Shot(kind="x", payload=b"A", image=picture),
        Shot(kind="x", payload=b"B", image=picture),
        Shot(kind="x", payload=b"A", image=blank),
    ]
    tally = faults.tallies(Symbology.QR, shots)["x"]
    assert (tally.pictures, tally.ours, tally.wrong, tally.alone) == (3, 1, 1, 1)
    assert tally.gain == 0
    assert len(tally.ours_ms) == len(tally.alone_ms) == 3


@pytest.fixture
def drawn_qr(drawn):
    return lambda text: drawn("qr", text, 6)


def test_every_class_has_its_row_and_the_dot_gaps_one_of_their_own():
    out = StringIO()
    Console(file=out, width=200).print(faults.table(Symbology.QR, 1))
    assert all(name in out.getvalue() for name in (*CLASSES, "dot gaps", "all"))


@pytest.mark.parametrize(
    "symbology", [Symbology.QR, Symbology.EAN_13, Symbology.GS1_128, Symbology.ITF]
)
def test_time_is_compared_where_no_rescue_was_needed(symbology):
    rounds = pace.on_crop(symbology, 3)
    assert 2 <= len(rounds.ours) == len(rounds.one) == len(rounds.every) <= 3
    assert min(rounds.to_one, rounds.to_every) > 0


def test_the_table_of_time_has_both_calls_of_the_library():
    out = StringIO()
    Console(file=out, width=200).print(pace.table(1))
    text = out.getvalue()
    assert all(f"{each}: whole frame" in text for each in pace.TEXTS)
    assert "bare, one symbol" in text
    assert "bare, all" in text


def test_pictures_with_nothing_to_read_are_timed():
    assert len(pace.hard(Symbology.QR, 2)) == 2


@pytest.mark.parametrize("symbology", [Symbology.GS1_DATA_MATRIX, Symbology.EAN_13])
def test_grades_are_held_to_what_was_drawn(symbology):
    found = grades.measure(symbology, 2)
    assert found.ungraded == 0
    off = found.off[ParameterName.SYMBOL_CONTRAST]
    assert len(off) == 2
    assert max(off) < 0.03
    assert max(found.spread) <= 0.5


def test_a_verdict_is_timed_from_its_picture_and_a_missing_one_is_late(monkeypatch):
    now = [10.0]
    monkeypatch.setattr(frames.time, "perf_counter", lambda: now[0])
    watch = frames.Watch()
    watch.picture(7)
    watch.picture(frames.ITEM_MODULUS + 8)
    now[0] += 0.02
    written = [0] * frames.RING
    written[7] = 7 * 4 + 1
    watch.written(frames.VERDICTS, written)
    watch.written(frames.VERDICTS, written)  # the ring is written as a whole
    assert watch.took_ms == [pytest.approx(20)]
    assert (watch.pictures, watch.unanswered) == (2, 0)
    now[0] += frames.GATE_MS / 1000
    assert watch.unanswered == 1

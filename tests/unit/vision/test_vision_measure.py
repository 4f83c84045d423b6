"""The measuring itself."""

from io import StringIO

import cv2
import numpy as np
import pytest
from rich.console import Console

from agent.vision.symbology import Symbology
from simulators.cameras.defects import GOOD
from simulators.measure import vision as measure
from simulators.measure.vision import Score, folder_scores, samples


def test_right_is_the_true_text_and_nothing_else():
    score = Score()
    score.add([b"A"], b"A", 1)
    score.add([b"A\r\n"], b"A", 1)
    score.add([], b"A", 1)
    score.add([b"A", b"B"], b"A", 1)
    score.add([b"B"], b"A", 1)
    score.add([], None, 1)
    score.add([b"B"], None, 1)
    assert (score.pictures, score.right, score.wrong) == (7, 3, 3)
    assert score.cells == ("43", "3", "1.0")


def test_folders_are_scored_from_their_index(tmp_path, drawn):
    text = "[)>\x1e06\x1d25P\x1e\x04\\\r\nend"
    cv2.imwrite(str(tmp_path / "dm-1_a.png"), drawn("data_matrix", text))
    cv2.imwrite(str(tmp_path / "none-1_b.png"), np.full((90, 90), 200, np.uint8))
    (tmp_path / "index.csv").write_text(
        "file,symbology,expected_text\n"
        r"dm-1_a.png,DataMatrix,[)>\x1e06\x1d25P\x1e\x04\\\r\nend"
        "\nnone-1_b.png,NONE,\n"
    )
    pairs = folder_scores(samples(tmp_path))
    assert pairs["dm-1"].ours.right == pairs["dm-1"].alone.right == 1
    assert pairs["none-1"].ours.right == pairs["none-1"].alone.right == 1


def test_a_picture_the_index_names_must_be_there(tmp_path):
    (tmp_path / "index.csv").write_text(
        "file,symbology,expected_text\nqr-1_a.png,QRCode,A\n"
    )
    with pytest.raises(FileNotFoundError, match=r"qr-1_a\.png"):
        folder_scores(samples(tmp_path))


def test_every_class_of_defect_has_its_row():
    out = StringIO()
    Console(file=out, width=160).print(measure.drawn_table(Symbology.QR, 1))
    assert all(name in out.getvalue() for name in measure.defect_classes())


def test_run_says_which_pictures_it_looked_for_in_vain(tmp_path, monkeypatch):
    monkeypatch.setenv("LINE_AGENT_SHARED_DATA", str(tmp_path))
    monkeypatch.setattr(measure, "defect_classes", lambda: {"good": GOOD})
    out = StringIO()
    measure.run(Console(file=out, width=400))
    assert str(tmp_path) in out.getvalue()
    assert "gs1_data_matrix" in out.getvalue()

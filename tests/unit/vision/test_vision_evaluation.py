"""Trials of a folder, their score, and what pictures of one station teach."""

from collections import Counter
from functools import partial

import cv2
import numpy as np
import pytest

from agent.vision.evaluation.index import examples
from agent.vision.evaluation.score import scores, worst
from agent.vision.evaluation.teaching import CannotTeach, learn
from agent.vision.evaluation.trial import Outcome, Readers, reader_of, trials
from agent.vision.reading.reader import CodeVision
from agent.vision.symbology import Symbology
from simulators.cameras.defects import Defects
from simulators.cameras.rendered import PrintedMark, render

CLEAR = Defects(noise_grey=2, shift_px=6)


def patient(symbologies):
    return CodeVision(symbologies, budget_ms=60_000)


@pytest.fixture
def folder(tmp_path):
    """A folder that tests fill with drawn marks and an index of them."""
    (tmp_path / "index.csv").write_text("file,symbology,expected_text\n")

    def put(name, text, symbology="QRCode", expected=None, drawn=Symbology.QR, **seen):
        mark = PrintedMark(symbology=drawn, text=text)
        rng = np.random.default_rng(len(name))
        size = seen.pop("size", (640, 480))
        picture = render(mark, rng, Defects(noise_grey=2, **seen), size)
        cv2.imwrite(str(tmp_path / name), picture)
        with (tmp_path / "index.csv").open("a", encoding="utf-8") as index:
            index.write(
                f"{name},{symbology},{text if expected is None else expected}\n"
            )
        return tmp_path

    return put


def outcomes(folder):
    done = trials(examples(folder), Readers(make=patient))
    return {t.example.path.name: t.outcome for t in done}


def test_every_outcome_is_told_from_the_others(folder, tmp_path):
    folder("read.png", "https://h.cn/1")
    folder("wrong.png", "https://h.cn/2", expected="https://h.cn/3")
    folder("missed.png", None, expected="https://h.cn/4")
    folder("clear.png", None, symbology="NONE", expected="")
    folder("false.png", "https://h.cn/5", symbology="NONE", expected="")
    folder("unknown.png", "https://h.cn/6", expected="")
    folder("other.png", "https://h.cn/7", symbology="DataMatrix")
    (tmp_path / "broken.png").write_bytes(b"not a picture")
    (tmp_path / "empty.png").write_bytes(b"")
    with (tmp_path / "index.csv").open("a") as index:
        index.write("broken.png,QRCode,x\nempty.png,QRCode,x\n")
    assert outcomes(tmp_path) == {
        "read.png": Outcome.READ,
        "wrong.png": Outcome.WRONG,
        "missed.png": Outcome.MISSED,
        "clear.png": Outcome.CLEAR,
        "false.png": Outcome.WRONG,
        "unknown.png": Outcome.UNKNOWN,
        "other.png": Outcome.MISSED,
        "broken.png": Outcome.NO_PICTURE,
        "empty.png": Outcome.NO_PICTURE,
    }


def test_a_gs1_symbol_may_be_named_plainly(folder):
    text = "010690123456789210L2407\x1d21AB12cd"
    drawn = Symbology.GS1_DATA_MATRIX
    place = folder("a.png", text, "DataMatrix", text.replace("\x1d", r"\x1d"), drawn)
    (trial,) = trials(examples(place), Readers(make=patient))
    assert trial.outcome is Outcome.READ
    assert (trial.texts, trial.codes[0].symbology) == ((text,), drawn)


@pytest.mark.parametrize(
    ("symbology", "outcome"), [("ITF", Outcome.READ), ("", Outcome.MISSED)]
)
def test_itf_of_any_length_counts_where_it_is_named(folder, symbology, outcome):
    text = "0053611912"
    place = folder("a.png", text, symbology, drawn=Symbology.ITF, module_px=4)
    (trial,) = trials(
        examples(place), Readers(make=partial(reader_of, budget_ms=60_000))
    )
    assert trial.outcome is outcome


def test_characters_count_not_their_encoding(tmp_path):
    import zxingcpp

    text = "生产日期"
    symbol = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode)
    cv2.imwrite(str(tmp_path / "a.png"), np.asarray(symbol.to_image(scale=5)))
    (tmp_path / "index.csv").write_text(
        f"file,symbology,expected_text\na.png,QRCode,{text}\n", encoding="utf-8"
    )
    (trial,) = trials(examples(tmp_path), Readers(make=patient))
    assert (trial.outcome, trial.texts) == (Outcome.READ, (text,))


def test_a_score_counts_by_symbology_and_in_all(folder):
    folder("a.png", "https://h.cn/1")
    folder("bb.png", "https://h.cn/2", expected="https://h.cn/3")
    place = folder("none.png", None, symbology="NONE", expected="")
    done = list(trials(examples(place), Readers(make=patient)))
    rows = {row.name: row for row in scores(done)}
    assert set(rows) == {"qr", "none", "all"}
    assert rows["qr"].outcomes == Counter({Outcome.READ: 1, Outcome.WRONG: 1})
    assert (rows["qr"].rate, rows["none"].rate, rows["all"].rate) == (0.5, None, 0.5)
    assert rows["all"].pictures == 3
    assert rows["qr"].p50_ms <= rows["qr"].p99_ms
    assert [t.example.path.name for t in worst(done)] == ["bb.png"]


def test_one_reader_serves_a_station_and_each_picture_has_its_own_otherwise(folder):
    folder("a.png", "https://h.cn/1")
    place = folder("bb.png", "https://h.cn/2")
    made = []

    def make(symbologies):
        made.append(symbologies)
        return patient(symbologies)

    list(trials(examples(place), Readers(make=make)))
    assert len(made) == 2
    list(trials(examples(place), Readers(make=make, as_line=True)))
    assert len(made) == 3


def test_examples_teach_region_symbology_size_and_budget(folder):
    for number in range(6):
        place = folder(f"{'x' * number}.png", f"https://h.cn/{number}", shift_px=40)
    lesson = learn(examples(place))
    assert lesson.symbologies == (Symbology.QR,)
    assert lesson.modules == ((25, 25),) or lesson.modules == ((21, 21),)
    assert lesson.module_px == pytest.approx(5, abs=0.3)
    region = lesson.region
    side = lesson.modules[0][0] * 5
    assert region.x < 320 - side / 2 < 320 + side / 2 < region.x + region.width
    assert region.width * region.height < 640 * 480 / 2
    assert region.x + region.width <= 640
    assert region.y + region.height <= 480
    assert 10 <= lesson.budget_ms <= 60
    assert (lesson.pictures, lesson.read) == (6, 6)


def test_what_the_index_contradicts_teaches_nothing(folder):
    place = folder("a.png", "https://h.cn/1", expected="https://h.cn/2")
    with pytest.raises(CannotTeach, match="no code is read"):
        learn(examples(place))


def test_pictures_of_two_sizes_teach_no_region(folder):
    folder("a.png", "https://h.cn/1")
    place = folder("bb.png", "https://h.cn/2", size=(320, 300))
    with pytest.raises(CannotTeach, match=r"640 x 480 \(a\.png\), 320 x 300 \(bb"):
        learn(examples(place))

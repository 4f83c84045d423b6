"""From pictures of packs to examples of print, or why there is none."""

from dataclasses import dataclass, replace

import cv2
import numpy as np
import pytest

from agent.vision.checks.printed_text.check import TextBox
from agent.vision.checks.printed_text.verify import TextVerifier
from agent.vision.decoded import Decoded, VisionResult
from agent.vision.evaluation.index import Example
from agent.vision.evaluation.text_examples import lines_of, text_examples
from agent.vision.evaluation.trial import Readers, load, reader_of
from agent.vision.symbology import Symbology
from simulators.cameras.dot_text import FAIR
from simulators.cameras.text_folder import CODE, Pack, picture

LINES = ("L2480-B5", "EXP 20260529")
BOX = TextBox(x=18, y=1, width=80)


@pytest.fixture
def pack(tmp_path, style):
    path = tmp_path / "pack.png"
    cv2.imwrite(str(path), picture(Pack(lines=LINES, look=FAIR), style, 3))
    return Example(
        path=path,
        symbologies=frozenset({Symbology.DATA_MATRIX}),
        expected=CODE,
        printed="\n".join(LINES),
    )


@pytest.fixture
def readers():
    return Readers(make=lambda wanted: reader_of(wanted, budget_ms=60_000))


def test_an_example_is_a_small_part_that_is_judged_as_the_whole(pack, readers, style):
    image = load(pack.path)
    (known,) = text_examples([pack], readers, BOX, style)
    assert (known.name, known.why) == ("pack.png", "")
    assert known.example.image.size < image.size * 0.9
    (code,) = readers.of(pack.symbologies).read(image).codes
    verifier = TextVerifier(style)
    part = verifier(known.example.image, LINES, known.example.place)
    whole = verifier(image, LINES, BOX.place(code))
    assert [v.passed for v in part] == [True, True]
    for one, other in zip(part, whole, strict=True):
        assert one.score == pytest.approx(other.score, abs=0.01)


def why(example, readers, style, box=BOX):
    (known,) = text_examples([example], readers, box, style)
    assert known.example is None
    return known.why


def test_a_picture_that_is_of_no_use_says_why(pack, readers, style, tmp_path):
    (tmp_path / "text.png").write_text("no picture")
    cv2.imwrite(str(tmp_path / "blank.png"), np.full((200, 300), 190, np.uint8))
    told = {
        why(replace(pack, printed=""), readers, style),
        why(replace(pack, path=tmp_path / "text.png"), readers, style),
        why(replace(pack, path=tmp_path / "blank.png"), readers, style),
        why(replace(pack, expected="4711"), readers, style),
        why(replace(pack, printed="L24#7"), readers, style),
        why(pack, readers, style, replace(BOX, y=2000)),
    }
    for part in (
        "nobody says what is printed",
        "cannot be opened as a picture",
        "no code is read",
        f"its code says '{CODE}', not '4711'",
        "the font 7x5 has no #",
        "lies outside the picture",
    ):
        assert sum(part in each for each in told) == 1, part


@dataclass(frozen=True)
class Reads:
    """Says the same of every picture."""

    result: VisionResult

    def read(self, _image):
        return self.result


def seen(*texts, conflict=False):
    codes = tuple(
        Decoded(
            payload=text.encode(),
            text=text,
            aim="]d1",
            symbology=Symbology.DATA_MATRIX,
            decoder="zxing",
            variant="raw",
            corners=((160, 200), (230, 200), (230, 270), (160, 270)),
            modules=(14, 14),
        )
        for text in texts
    )
    result = VisionResult(
        codes=codes, elapsed_ms=1, tries=(), timed_out=False, conflict=conflict
    )
    return Readers(make=lambda _: Reads(result))


def test_of_several_codes_the_index_says_which(pack, style):
    unknown = replace(pack, expected=None)
    assert "2 codes are read; which" in why(unknown, seen("1", "2"), style)
    assert "read in two ways" in why(unknown, seen("1", conflict=True), style)
    for example, readers in ((pack, seen("1", CODE)), (unknown, seen("1", "1"))):
        (known,) = text_examples([example], readers, BOX, style)
        assert known.example is not None


def test_lines_end_as_files_end_them():
    assert lines_of("L2407 \r\nEXP 2027\n") == ("L2407", "EXP 2027")
    assert lines_of("") == ()

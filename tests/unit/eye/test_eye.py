"""One look: reading, grading and checking together, within the time there is."""

import logging
from dataclasses import dataclass, field

import numpy as np
import pytest

from agent.domain.code_format import Digits
from agent.eye.eye import NO_TIME, TRY_AGAIN, Eye
from agent.eye.look import UNLIKE
from agent.vision.checks.finding import CheckName, Finding
from agent.vision.decoded import Decoded, VisionResult
from agent.vision.grading.grade import Method, PrintGrade
from agent.vision.symbology import Symbology
from agent.vision.symbols.not_gradable import NotGradable

IMAGE = np.zeros((8, 8), np.uint8)
SECOND = np.ones((8, 8), np.uint8)
FORMAT = Digits(length=8)


def code(payload: bytes) -> Decoded:
    return Decoded(
        payload=payload,
        text="",
        aim="]d1",
        symbology=Symbology.DATA_MATRIX,
        decoder="zxing",
        variant="plain",
        corners=((0, 0), (1, 0), (1, 1), (0, 1)),
    )


GRADE = PrintGrade(
    method=Method.ISO_15415_2011, grade=2.7, parameters=(), aperture_modules=0.8
)


@dataclass
class Parts:
    """A reader and a grader that take a told time on a clock of their own."""

    codes: tuple[Decoded, ...] = (code(b"00000001"),)
    conflict: bool = False
    unlike: bool = False
    reading_ms: float = 5.0
    grading_ms: float = 8.0
    fault: Exception | None = None
    now_ms: float = 0.0
    graded: list[Decoded] = field(default_factory=list)
    seconds: list[object] = field(default_factory=list)

    def perf(self) -> float:
        return self.now_ms / 1000

    def read(self, image, second) -> VisionResult:
        assert image is IMAGE
        self.seconds.append(second)
        self.now_ms += self.reading_ms
        return VisionResult(
            codes=self.codes,
            elapsed_ms=self.reading_ms,
            tries=(),
            timed_out=False,
            conflict=self.conflict,
            unlike=self.unlike,
        )

    def grade(self, image, code) -> PrintGrade:
        assert image is IMAGE
        self.now_ms += self.grading_ms
        self.graded.append(code)
        if self.fault is not None:
            raise self.fault
        return GRADE

    def eye(self, **more) -> Eye:
        given = {"budget_ms": 25.0, "grade": self.grade, "perf": self.perf}
        return Eye(self, FORMAT, **(given | more))


def test_a_code_of_ours_is_graded() -> None:
    parts = Parts()
    look = parts.eye().look(IMAGE)
    assert (look.grade, look.ungraded, look.findings) == (GRADE, "", ())
    assert look.grading_ms == pytest.approx(8.0)
    assert look.code is parts.codes[0]


def test_the_code_among_others_is_graded_whatever_its_place() -> None:
    parts = Parts(codes=(code(b"EAN"), code(b"00000001"), code(b"x")))
    assert parts.eye().look(IMAGE).code is parts.codes[1]
    assert parts.graded == [parts.codes[1]]


@pytest.mark.parametrize(
    ("codes", "conflict"),
    [
        ((), False),
        ((code(b"EAN"),), False),
        ((code(b"00000001"), code(b"00000002")), False),
        ((code(b"00000001"),), True),
    ],
    ids=["none", "not-ours", "two-of-ours", "conflict"],
)
def test_what_cannot_pass_is_not_graded(codes, conflict) -> None:
    parts = Parts(codes=codes, conflict=conflict)
    look = parts.eye().look(IMAGE)
    assert (look.code, look.grade, parts.graded) == (None, None, [])
    assert look.result.codes == codes


def test_without_grading_nothing_is_missing() -> None:
    look = Parts().eye(grade=None).look(IMAGE)
    assert (look.grade, look.ungraded) == (None, "")


def test_a_grade_that_would_be_late_is_left_out_and_told() -> None:
    parts = Parts(grading_ms=8.0)
    eye = parts.eye()
    assert eye.look(IMAGE).grade is GRADE
    assert eye.grading_ms == pytest.approx(8.0)
    parts.reading_ms = 17.1  # 17.1 + 8 > 25
    late = eye.look(IMAGE)
    assert (late.grade, late.ungraded) == (None, NO_TIME)
    parts.reading_ms = 16.9
    assert eye.look(IMAGE).grade is GRADE


def test_a_demanded_grade_is_given_however_late() -> None:
    parts = Parts(reading_ms=80.0)
    look = parts.eye(must_grade=True).look(IMAGE)
    assert look.grade is GRADE


def test_one_slow_grade_does_not_end_grading() -> None:
    parts = Parts(grading_ms=300.0)
    eye = parts.eye()
    eye.look(IMAGE)
    assert eye.look(IMAGE).ungraded == NO_TIME
    parts.grading_ms = 5.0
    tries = [eye.look(IMAGE).grade for _ in range(TRY_AGAIN + 10)]
    assert tries[: TRY_AGAIN - 1] == [None] * (TRY_AGAIN - 1)
    assert tries[-9:] == [GRADE] * 9


def test_grades_that_are_always_too_slow_stay_rare() -> None:
    parts = Parts(grading_ms=300.0)
    eye = parts.eye()
    for _ in range(10 * TRY_AGAIN):
        eye.look(IMAGE)
    assert len(parts.graded) <= 11


def test_a_print_that_shows_too_little_says_so() -> None:
    parts = Parts(fault=NotGradable("the symbol is cut off: move the camera"))
    look = parts.eye(must_grade=True).look(IMAGE)
    assert (look.grade, look.ungraded) == (
        None,
        "the symbol is cut off: move the camera",
    )
    assert look.notes == look.ungraded


def test_a_fault_of_grading_costs_the_grade_and_not_the_line(caplog) -> None:
    parts = Parts(fault=ZeroDivisionError("division by zero"))
    with caplog.at_level(logging.ERROR):
        look = parts.eye().look(IMAGE)
    assert look.grade is None
    assert "ZeroDivisionError" in look.ungraded
    assert look.code is not None
    assert caplog.records[0].exc_info is not None


def test_a_fault_of_reading_is_no_read_and_not_the_end(caplog) -> None:
    parts = Parts()
    eye = parts.eye()
    reads, parts.read = parts.read, None
    look = eye.look(IMAGE)
    assert (look.result.codes, look.code, look.grade) == ((), None, None)
    assert "reading failed" in look.notes
    assert caplog.records[0].levelname == "ERROR"
    parts.read = reads
    assert eye.look(IMAGE).grade is GRADE


def passes(_image, _code, _codes) -> Finding:
    return Finding(check=CheckName.TEXT, passed=True, detail="L20260302")


def breaks(_image, _code, _codes) -> Finding:
    raise ValueError("no such font")


def test_checks_see_the_code_among_all_and_their_findings_are_kept() -> None:
    seen = []

    def misplaced(image, code, codes) -> Finding:
        seen.append((image, code, codes))
        return Finding(check=CheckName.PLACEMENT, passed=False, detail="3 mm off 偏移")

    parts = Parts(codes=(code(b"EAN"), code(b"00000001")))
    eye = parts.eye(checks=((CheckName.TEXT, passes), (CheckName.PLACEMENT, misplaced)))
    look = eye.look(IMAGE)
    assert [each.passed for each in look.findings] == [True, False]
    assert look.notes == "3 mm off 偏移"
    ((image, ours, all_codes),) = seen
    assert image is IMAGE
    assert (ours, all_codes) == (parts.codes[1], parts.codes)


def test_a_check_that_breaks_has_failed(caplog) -> None:
    eye = Parts().eye(checks=((CheckName.TEXT, breaks), (CheckName.TEXT, passes)))
    broken, fine = eye.look(IMAGE).findings
    assert not broken.passed
    assert "no such font" in broken.detail
    assert fine.passed
    assert caplog.records[0].levelname == "ERROR"


def test_the_second_exposure_is_for_reading_and_a_strange_one_is_noted():
    """Grade and checks are of the first: the fakes accept no other."""
    parts = Parts(unlike=True)
    look = parts.eye().look(IMAGE, SECOND)
    (second,) = parts.seconds
    assert second is SECOND
    assert (look.code, look.grade) == (parts.codes[0], GRADE)
    assert look.notes == UNLIKE
    assert Parts().eye().look(IMAGE, SECOND).notes == ""

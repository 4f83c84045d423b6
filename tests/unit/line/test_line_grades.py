"""From a look at a picture to what the judge hears, and what is kept of it."""

import functools

import pytest

from agent.domain.code_format import Digits
from agent.domain.facts import ItemJudged
from agent.domain.judging import ItemRead, Judge
from agent.domain.reject_run import RejectRun
from agent.domain.tracking import ItemRegister
from agent.domain.words import Reason
from agent.eye.look import Look
from agent.line.deciding import Deciding
from agent.line.order_run import least_grade
from agent.line.verifying import FINDINGS, CameraReads, seen_read
from agent.vision.checks.finding import CheckName, Finding
from agent.vision.decoded import Decoded, VisionResult
from agent.vision.grading.grade import Method, PrintGrade
from agent.vision.symbology import Symbology
from drivers.base import Verdict
from drivers.cameras.frame import Frame
from simulators.bench.virtual_time import run_virtual

FORMAT = Digits(length=8)


def on_virtual_time(test):
    return functools.wraps(test)(lambda *args, **kw: run_virtual(test(*args, **kw)))


def code(payload: bytes = b"00000001") -> Decoded:
    return Decoded(
        payload=payload,
        text="",
        aim="]d1",
        symbology=Symbology.DATA_MATRIX,
        decoder="zxing",
        variant="plain",
        corners=((0, 0), (1, 0), (1, 1), (0, 1)),
    )


def look(*codes: Decoded, conflict: bool = False, grade=None, findings=()) -> Look:
    result = VisionResult(
        codes=codes, elapsed_ms=1, tries=(), timed_out=False, conflict=conflict
    )
    return Look(result=result, grade=grade, findings=findings)


def graded(grade: float) -> PrintGrade:
    return PrintGrade(
        method=Method.ISO_15415_2011, grade=grade, parameters=(), aperture_modules=0.8
    )


def test_grade_and_failed_checks_travel_with_the_read() -> None:
    findings = tuple(
        Finding(check=name, passed=name is CheckName.PLACEMENT, detail="")
        for name in CheckName
    )
    read = seen_read(FORMAT, 4, look(code(), grade=graded(2.7), findings=findings))
    assert read == ItemRead(
        item=4,
        keys=("00000001",),
        text="00000001",
        grade=2.7,
        faults=(Reason.WRONG_TEXT, Reason.SECOND_CODE),
    )


def test_every_check_has_its_reason() -> None:
    assert set(FINDINGS) == set(CheckName)
    assert len(set(FINDINGS.values())) == len(CheckName)


def test_decoders_that_disagree_leave_no_key_to_pass_by() -> None:
    read = seen_read(FORMAT, 4, look(code(), code(b"00000002"), conflict=True))
    assert (read.keys, read.fault) == ((), Reason.CONFLICT)
    assert read.text == "00000001"


def test_the_stricter_demand_counts() -> None:
    assert least_grade(None, None) is None
    assert least_grade(1.5, None) == 1.5
    assert least_grade(1.5, 2.0) == least_grade(2.0, 1.5) == 2.0
    assert least_grade(0.0, None) == 0.0


@on_virtual_time
async def test_every_look_is_told_of_before_its_item_is_judged() -> None:
    told = []
    shot = Frame(item=9, image=None, captured_at_s=0.0)

    async def frame():
        return shot

    async def see(_frame):
        return look(code(), grade=graded(4.0))

    source = CameraReads(
        frame, see, FORMAT, seen=lambda frame, look: told.append((frame, look))
    )
    read = await source.next()
    ((frame_told, look_told),) = told
    assert frame_told is shot
    assert look_told.grade.grade == read.grade == 4.0


@pytest.mark.parametrize(
    ("grade", "tenths"), [(None, None), (2.7, 27), (1.49, 14), (4.0, 40), (0.3, 3)]
)
@on_virtual_time
async def test_the_grade_is_on_file_with_its_verdict(
    io, journal, running, book, trace, grade, tenths
) -> None:
    register = ItemRegister(boot=7, triggered=20, gated=0)
    deciding = Deciding(
        io,
        order="O1",
        journal=journal,
        judge=Judge(lookup=book.find, target=50, minimum_grade=1.5),
        rejects=RejectRun(limit=4, sequence_limit=2),
        running=running,
        register=lambda: register,
        counts_from=lambda: 0,
        carry=lambda *_: None,
    )
    await deciding.decide([ItemRead(item=1, keys=("00000001",), text="", grade=grade)])
    (fact,) = journal.of(ItemJudged)
    passed = grade is not None and grade >= 1.5
    assert (fact.grade_tenths, fact.passed) == (tenths, passed)
    assert fact.code == book.ref(1)
    verdict = Verdict.PASS if passed else Verdict.REJECT
    assert trace[-1] == ("ring", (1, verdict))
    assert [kind for kind, _ in trace] == ["durable", "ring"]

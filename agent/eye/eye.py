"""Reading, grading and checking one picture, in that order, within the budget."""

import logging
import time
from collections import deque
from collections.abc import Callable, Sequence
from statistics import median
from typing import Final, Protocol

from agent.domain.code_format import CodeFormat, CodeFormatError
from agent.eye.look import Look, text_of
from agent.vision.checks.finding import Check, CheckName, Finding
from agent.vision.decoded import Decoded, VisionResult
from agent.vision.grading.grade import PrintGrade
from agent.vision.region import Image
from agent.vision.symbols.not_gradable import NotGradable

log = logging.getLogger(__name__)

NO_TIME: Final = "no time was left to grade the print 没有时间评级"
COSTS_KEPT: Final = 32
# Grades left out for what the last ones cost until one is tried again.
TRY_AGAIN: Final = 50


class Reads(Protocol):
    """Finds codes in a picture (`agent.vision.reading.reader.CodeVision`)."""

    def read(self, image: Image, second: Image | None = None) -> VisionResult: ...


class Grades(Protocol):
    """Grades the print of `code` in `image`; `NotGradable` says why it cannot."""

    def __call__(self, image: Image, code: Decoded) -> PrintGrade: ...


class Eye:
    """One order's eye. `check` pairs a name with what makes the check.

    A grade is taken whatever the time where `must_grade`: a print without one is
    rejected then. Elsewhere a grade that is not expected to end within `budget_ms`
    is left out, and the look says so. A fault of ours costs the item its pass, never
    the line: nothing was read, the grade is missing, the check has failed.
    """

    def __init__(
        self,
        reads: Reads,
        code_format: CodeFormat,
        *,
        budget_ms: float,
        grade: Grades | None = None,
        must_grade: bool = False,
        checks: Sequence[tuple[CheckName, Check]] = (),
        perf: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._reads = reads
        self._format = code_format
        self._budget_ms = budget_ms
        self._grade = grade
        self._must_grade = must_grade
        self._checks = checks
        self._perf = perf
        self._costs_ms: deque[float] = deque(maxlen=COSTS_KEPT)
        self._left_out = 0

    def look(self, image: Image, second: Image | None = None) -> Look:
        """Everything about one picture. Blocks; runs on the vision thread.

        `second`, a shorter exposure, helps reading alone: grade and checks are of
        `image`, where what is burnt out counts as it is.
        """
        began_s = self._perf()
        try:
            result = self._reads.read(image, second)
        except Exception as error:
            log.exception("reading failed")
            return _unread((self._perf() - began_s) * 1000, error)
        code = None if result.conflict else self._ours(result.codes)
        if code is None:
            return Look(result=result)
        grade, ungraded = self._graded(image, code, began_s)
        return Look(
            result=result,
            code=code,
            grade=grade,
            ungraded=ungraded,
            grading_ms=self.grading_ms,
            findings=tuple(
                self._checked(name, check, image, code, result.codes)
                for name, check in self._checks
            ),
        )

    @property
    def grading_ms(self) -> float:
        """What a grade costs on this box: the median of the last ones."""
        return median(self._costs_ms) if self._costs_ms else 0.0

    def _ours(self, codes: Sequence[Decoded]) -> Decoded | None:
        """The code that will be judged; None if there is none, or more than one."""
        found: dict[str, Decoded] = {}
        for code in codes:
            try:
                key = self._format.key(text_of(code), code.aim)
            except CodeFormatError:
                continue
            found.setdefault(key, code)
        return next(iter(found.values())) if len(found) == 1 else None

    def _graded(
        self, image: Image, code: Decoded, began_s: float
    ) -> tuple[PrintGrade | None, str]:
        if self._grade is None:
            return None, ""
        now_s = self._perf()
        used_ms = (now_s - began_s) * 1000
        if not self._must_grade and not self._fits(used_ms):
            return None, NO_TIME
        try:
            return self._grade(image, code), ""
        except NotGradable as error:
            return None, str(error)
        except Exception as error:
            log.exception("grading failed")
            return None, f"grading failed 评级出错: {error!r}"
        finally:
            self._costs_ms.append((self._perf() - now_s) * 1000)

    def _fits(self, used_ms: float) -> bool:
        """Whether a grade is expected to end in time. What it costs is believed only
        so long: a box that was busy for a moment grades again."""
        if used_ms + self.grading_ms <= self._budget_ms:
            self._left_out = 0
            return True
        self._left_out += used_ms <= self._budget_ms
        if self._left_out > TRY_AGAIN:
            self._left_out = 0
            self._costs_ms.clear()
            return True
        return False

    def _checked(
        self,
        name: CheckName,
        check: Check,
        image: Image,
        code: Decoded,
        codes: Sequence[Decoded],
    ) -> Finding:
        try:
            return check(image, code, codes)
        except Exception as error:
            log.exception("check %s failed", name)
            return Finding(
                check=name, passed=False, detail=f"{name} 检查出错: {error!r}"
            )


def _unread(took_ms: float, error: Exception) -> Look:
    result = VisionResult(codes=(), elapsed_ms=took_ms, tries=(), timed_out=False)
    return Look(result=result, ungraded=f"reading failed 读码出错: {error!r}")

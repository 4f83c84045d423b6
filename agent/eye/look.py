"""What one look at one picture gave."""

from dataclasses import dataclass
from typing import Final

from agent.vision.checks.finding import Finding
from agent.vision.decoded import Decoded, VisionResult
from agent.vision.grading.grade import PrintGrade

UNLIKE: Final = "the second exposure shows another view 第二次曝光与第一次不符"


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """`code` is the one code of this line in the picture, if there is just one.

    `grade` and `findings` are about it. `ungraded` says why there is no grade where
    one was wanted; empty where none was. `grading_ms` is what a grade costs of late.
    """

    result: VisionResult
    code: Decoded | None = None
    grade: PrintGrade | None = None
    ungraded: str = ""
    findings: tuple[Finding, ...] = ()
    grading_ms: float = 0.0

    @property
    def notes(self) -> str:
        """What is not as it should be, in words for a person; empty if all is well."""
        notes = [each.detail for each in self.findings if not each.passed]
        if self.ungraded:
            notes.append(self.ungraded)
        if self.result.unlike:
            notes.append(UNLIKE)
        return "; ".join(notes)


def text_of(code: Decoded) -> str:
    """Bytes as a code text; what is not UTF-8 can match no code and stays visible."""
    return code.payload.decode("utf-8", errors="backslashreplace")

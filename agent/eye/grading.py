"""The grade of a code that was read, whichever way round its corners were told."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Final

from agent.eye.eye import Grades
from agent.vision.decoded import Decoded
from agent.vision.grading.grade import ParameterName, PrintGrade
from agent.vision.grading.grader import Grader, NotGraded
from agent.vision.grading.not_gradable import NotGradable
from agent.vision.region import Image

# Counter-clockwise, from each of the four corners.
_OTHER_WAY: Final = ((0, 3, 2, 1), (3, 2, 1, 0), (2, 1, 0, 3), (1, 0, 3, 2))


def grades_by(grader: Grader) -> Grades:
    """Grades as the eye wants them."""
    return partial(_graded, grader)


def _graded(grader: Grader, image: Image, code: Decoded) -> PrintGrade:
    """The grade; where the modules make no text, that of the symbol turned over.

    A plain symbol may have been read in a mirrored view of it, and the other way
    round: its corners then run against the order that grading starts from.
    """
    found = _told(grader.grade(image, code))
    if code.symbology.is_linear or _is_decoded(found):
        return found
    for other in _turned_over(code):
        again = grader.grade(image, other)
        if isinstance(again, PrintGrade) and _is_decoded(again):
            return again
    return found


def _turned_over(code: Decoded) -> Iterator[Decoded]:
    for a, b, c, d in _OTHER_WAY:
        at = code.corners
        yield replace(code, corners=(at[a], at[b], at[c], at[d]))


def _is_decoded(grade: PrintGrade) -> bool:
    return grade.value(ParameterName.DECODE) != 0


def _told(answer: PrintGrade | NotGraded) -> PrintGrade:
    if isinstance(answer, NotGraded):
        raise NotGradable(answer.reason)
    return answer

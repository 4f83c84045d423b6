"""The grader as the eye wants it: a grade, or an error that says why there is none."""

from functools import partial

from agent.eye.eye import Grades
from agent.vision.decoded import Decoded
from agent.vision.grading.grade import PrintGrade
from agent.vision.grading.grader import Grader, NotGraded
from agent.vision.region import Image
from agent.vision.symbols.not_gradable import NotGradable


def grades_by(grader: Grader) -> Grades:
    """Grades by `grader`; what it cannot grade raises `NotGradable`."""
    return partial(_graded, grader)


def _graded(grader: Grader, image: Image, code: Decoded) -> PrintGrade:
    answer = grader.grade(image, code)
    if isinstance(answer, NotGraded):
        raise NotGradable(answer.reason)
    return answer

"""The check of printed text on one pack."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from agent.vision.checks.finding import CheckName, Finding
from agent.vision.checks.printed_text.font import Style
from agent.vision.checks.printed_text.locate import Place
from agent.vision.checks.printed_text.pose import PICTURE, Pose, code_pose
from agent.vision.checks.printed_text.shapes import Shapes
from agent.vision.checks.printed_text.verdict import LineVerdict
from agent.vision.checks.printed_text.verify import TextVerifier
from agent.vision.decoded import Decoded
from agent.vision.region import Image, to_grey

Expected = Callable[[Decoded, Sequence[Decoded]], tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class TextBox:
    """Where the text stands: `x`, `y` of its first dot and the `width` kept for it.

    In modules from the code's own top left corner, along its top and down its left
    side; in pixels of the picture if `in_picture`. `turn`: quarters clockwise that the
    text is turned against the code. `dot`: size of a dot pitch, `tolerance`: how far
    off the text may stand, in the same unit; `stretch`: width over height of a pitch.
    """

    x: float
    y: float
    width: float
    dot: float = 1.0
    tolerance: float = 3.0
    stretch: float = 1.0
    turn: int = 0
    in_picture: bool = False

    def place(self, code: Decoded) -> Place:
        """The place of the text in the picture in which `code` stands."""
        base: Pose = PICTURE if self.in_picture else code_pose(code)
        text = base.moved(self.x, self.y).turned(self.turn)
        return Place(
            pose=text.scaled(self.dot * self.stretch, self.dot),
            tolerance=self.tolerance / self.dot,
            columns=int(self.width / (self.dot * self.stretch)),
        )


class PrintedText:
    """Holds the lines that `expected` gives for a code against the print beside it.

    `shapes`: what the printer's characters look like, as taught; None: as the font has
    them. `minimum_fit`: see `TextVerifier`.
    """

    def __init__(
        self,
        expected: Expected,
        box: TextBox,
        style: Style,
        *,
        shapes: Shapes | None = None,
        minimum_fit: float = 0.6,
        light_on_dark: bool = False,
    ) -> None:
        self._expected = expected
        self._box = box
        self._verifier = TextVerifier(
            style, shapes, minimum_fit=minimum_fit, light_on_dark=light_on_dark
        )

    def __call__(
        self, image: Image, code: Decoded, codes: Sequence[Decoded]
    ) -> Finding:
        """Passed only if every character of every line is surely the expected one.

        What cannot be judged (no module size, a place outside the picture, a character
        the font lacks) has not passed; the detail says why.
        """
        try:
            lines = self._expected(code, codes)
            verdicts = self._verifier(to_grey(image), lines, self._box.place(code))
        except ValueError as error:
            return Finding(check=CheckName.TEXT, passed=False, detail=str(error))
        return Finding(
            check=CheckName.TEXT,
            passed=all(verdict.passed for verdict in verdicts),
            detail=_detail(verdicts),
        )


def _detail(verdicts: Sequence[LineVerdict]) -> str:
    faults = [
        f"line {number}: expected {verdict.expected}, {verdict.fault}"
        for number, verdict in enumerate(verdicts, 1)
        if not verdict.passed
    ]
    if faults:
        return "; ".join(faults)
    score = min(verdict.score for verdict in verdicts)
    return f"{' / '.join(v.expected for v in verdicts)}, score {score:.2f}"

"""What a folder of pictures teaches of a printer's characters, and what it is worth."""

from collections.abc import Sequence
from dataclasses import dataclass

from agent.vision.checks.printed_text.font import DotFont
from agent.vision.checks.printed_text.teach import LEAST_SHOWN, Taught
from agent.vision.checks.printed_text.teach_sorting import (
    LEAST_PRINTS,
    Printer,
    learn,
    sort_out,
)
from agent.vision.checks.printed_text.teach_trial import HeldOut, held_out
from agent.vision.evaluation.teaching import CannotTeach
from agent.vision.evaluation.text_examples import Known

# Names of pictures, each with what is wrong with it.
Reasons = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TextLesson:
    """`good` of the `pictures` taught, the others were `left_out`; `refused` are the
    good ones that do not pass by what the others teach."""

    font: DotFont
    pictures: int
    good: int
    left_out: Reasons
    taught: Taught
    trial: HeldOut
    refused: Reasons

    @property
    def fault(self) -> str:
        """Why it should not be used; empty if it should."""
        trial = self.trial
        if trial.wrong_passed > trial.wrong_by_font:
            return (
                f"{trial.wrong_passed} of {trial.wrong} wrong texts passed; is the "
                "text of every picture right?"
            )
        if trial.passed < trial.by_font:
            return (
                f"{trial.passed} of {trial.prints} pictures pass with it, and "
                f"{trial.by_font} with the font alone; show more good ones"
            )
        return ""

    @property
    def learned(self) -> dict[str, int]:
        """Characters that look as they were shown, and on how many pictures."""
        return {c: n for c, n in self._shown().items() if n >= LEAST_SHOWN}

    @property
    def weak(self) -> dict[str, int]:
        """Characters on too few pictures: they keep the font's dots."""
        return {c: n for c, n in self._shown().items() if 0 < n < LEAST_SHOWN}

    @property
    def missing(self) -> str:
        """Characters on no picture: they keep the font's dots."""
        return "".join(c for c, n in self._shown().items() if n == 0)

    def _shown(self) -> dict[str, int]:
        return {c: self.taught.shown.get(c, 0) for c in self.font.characters}


class TooFewPrints(CannotTeach):
    """Hardly anything is good; `left_out` says why."""

    def __init__(self, message: str, left_out: Reasons) -> None:
        super().__init__(message)
        self.left_out = left_out


def learn_text(printer: Printer, known: Sequence[Known]) -> TextLesson:
    """Learns from the good ones and holds each against what the others teach.

    TooFewPrints if there are not four good ones, or no character on three of them.
    """
    found = {n: k.example for n, k in enumerate(known) if k.example is not None}
    done = sort_out(printer, found)
    why = {n: k.why for n, k in enumerate(known) if k.why} | dict(done.left_out)
    left_out = tuple((known[number].name, why[number]) for number in sorted(why))
    if len(done.good) < LEAST_PRINTS:
        raise TooFewPrints(
            f"{len(done.good)} of {len(known)} pictures are good for learning, at "
            f"least {LEAST_PRINTS} are needed",
            left_out,
        )
    try:
        taught = learn(printer, done.good)
    except ValueError as error:
        raise TooFewPrints(str(error), left_out) from None
    trial = held_out(printer, done.good)
    return TextLesson(
        font=printer.style.font,
        pictures=len(known),
        good=len(done.good),
        left_out=left_out,
        taught=taught,
        trial=trial,
        refused=tuple((known[n].name, trial.refused[n]) for n in sorted(trial.refused)),
    )

"""Printed text held against wrong and right expectations, per quality of print.

Lines of random characters are drawn beside where a code would be; the place is told as
a decoder tells it, some pixels and a degree off. A right expectation that does not pass
is a false reject; an expectation with one character exchanged that passes is a false
accept. Half of the exchanges are among the characters most alike.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

import numpy as np
from rich.console import Console
from rich.table import Table

from agent.vision.checks.printed_text import pose as seen_pose
from agent.vision.checks.printed_text.font import DotFont, FontName, Style, dot_font
from agent.vision.checks.printed_text.locate import Place
from agent.vision.checks.printed_text.matching import Matcher
from agent.vision.checks.printed_text.shapes import shapes_of
from agent.vision.checks.printed_text.verify import TextVerifier
from agent.vision.region import Image
from simulators.cameras.dot_text import (
    FAINT,
    FAIR,
    GOOD,
    POOR,
    TYPICAL,
    Pose,
    TextPrint,
    text_picture,
)
from simulators.measure.eye.one_core import one_core

LENGTH: Final = 12
LINES: Final = 2
PRINTS: Final = 100
EXCHANGES: Final = 10  # a print
DOT_PX: Final = 4.0
QUALITIES: Final = {
    "good": GOOD,
    "fair": FAIR,
    "typical": TYPICAL,
    "poor": POOR,
    "faint": FAINT,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Print:
    """A drawn print, what stands in it, and where a decoder would say it is."""

    image: Image
    lines: tuple[str, ...]
    place: Place


@dataclass(slots=True)
class Tally:
    """Counts over the prints of one quality; `named`: exchanges whose true character
    was told."""

    prints: int = 0
    false_rejects: int = 0
    exchanges: int = 0
    false_accepts: int = 0
    named: int = 0
    took_ms: list[float] = field(default_factory=list)


def drawn(
    style: Style,
    look: TextPrint,
    seed: int,
    characters: str,
    *,
    lines: tuple[str, ...] | None = None,
    dot_px: float = DOT_PX,
) -> Print:
    """A print of random lines (or of `lines`); one seed gives one print.

    Without spaces at the ends: a printer does not print those.
    """
    rng = np.random.default_rng(seed)
    text = lines or tuple(
        "".join(rng.choice(list(characters), LENGTH)) for _ in range(LINES)
    )
    step = style.font.columns + style.char_gap
    columns = step * (max(map(len, text)) + 1)
    margin = 25 * dot_px
    size = (int(2 * margin + 1.1 * columns * dot_px), int(2 * margin + 30 * dot_px))
    origin = (margin, margin)
    pose = Pose(origin=origin, dot_px=dot_px, angle_deg=rng.uniform(-10, 10))
    image = text_picture(text, style, pose, look, rng, size=size)
    turn = np.radians(pose.angle_deg + rng.uniform(-1, 1))
    across = dot_px * rng.uniform(0.97, 1.03) * np.array((np.cos(turn), np.sin(turn)))
    told = seen_pose.Pose(
        origin=np.array(origin) + rng.uniform(-2, 2, 2) * dot_px,
        across=across,
        down=np.array((-across[1], across[0])),
    )
    place = Place(pose=told, tolerance=3, columns=columns)
    return Print(image=image, lines=text, place=place)


@dataclass(frozen=True, slots=True)
class Exchange:
    """The lines with one character exchanged: where, and what truly is printed."""

    lines: tuple[str, ...]
    line: int
    index: int
    truth: str


def exchanges(
    font: DotFont, lines: tuple[str, ...], seed: int, count: int
) -> Iterator[Exchange]:
    """Wrong expectations of a print, every second one by a character much alike."""
    rng = np.random.default_rng((seed, 1))
    for number in range(count):
        line = int(rng.integers(len(lines)))
        index = int(rng.integers(len(lines[line])))
        truth = lines[line][index]
        rivals = _rivals(font, truth)
        wrong = str(rng.choice(list(rivals[:3] if number % 2 else rivals)))
        text = lines[line][:index] + wrong + lines[line][index + 1 :]
        changed = (*lines[:line], text, *lines[line + 1 :])
        yield Exchange(changed, line, index, truth)


@lru_cache(maxsize=256)
def _rivals(font: DotFont, character: str) -> str:
    """All other characters that differ in print, those most alike first."""
    likeness = Matcher.of(shapes_of(font)).likeness
    row = likeness[font.characters.index(character)]
    order = np.argsort(-row, kind="stable").tolist()
    twins = font.twins(character)
    return "".join(font.characters[i] for i in order if font.characters[i] not in twins)


def measured(style: Style, look: TextPrint, prints: int, count: int) -> Tally:
    """One quality of print: `count` exchanges on each of `prints` prints."""
    verifier, tally = TextVerifier(style), Tally()
    for seed in range(prints):
        sample = drawn(style, look, seed, style.font.characters)
        verdicts = verifier(sample.image, sample.lines, sample.place)
        tally.prints += 1
        tally.false_rejects += not all(verdict.passed for verdict in verdicts)
        # Once more: an order's text is the same for thousands of packs.
        start_s = time.thread_time()
        verifier(sample.image, sample.lines, sample.place)
        tally.took_ms.append((time.thread_time() - start_s) * 1000)
        for wrong in exchanges(style.font, sample.lines, seed, count):
            _exchange(tally, verifier, sample, wrong)
    return tally


def _exchange(
    tally: Tally, verifier: TextVerifier, sample: Print, wrong: Exchange
) -> None:
    verdicts = verifier(sample.image, wrong.lines, sample.place)
    tally.exchanges += 1
    tally.false_accepts += all(verdict.passed for verdict in verdicts)
    tally.named += any(
        c.index == wrong.index
        and c.looks_like is not None
        and c.looks_like in verifier.style.font.twins(wrong.truth)
        for c in verdicts[wrong.line].characters
    )


def table(prints: int = PRINTS, count: int = EXCHANGES) -> Table:
    """Every quality in the usual font, the usable ones in the others."""
    made = Table(
        title=f"Printed text, {LINES} lines of {LENGTH} characters, {DOT_PX} px a dot",
        caption="faint: 6 grey levels of ink under noise of 9; it must be refused",
    )
    for name in ("font", "print"):
        made.add_column(name)
    for name in (
        "prints",
        "false rejects %",
        "one character exchanged",
        "false accepts",
        "true one named %",
        "cpu ms p50",
        "cpu ms p99",
    ):
        made.add_column(name, justify="right")
    for font in (FontName.DOTS_7X5, FontName.DOTS_5X5, FontName.DOTS_9X7):
        for name, look in QUALITIES.items():
            if font is FontName.DOTS_7X5 or name in {"good", "typical"}:
                tally = measured(Style(font=dot_font(font)), look, prints, count)
                made.add_row(font, name, *_cells(tally))
    return made


def _cells(tally: Tally) -> tuple[str, ...]:
    return (
        str(tally.prints),
        f"{100 * tally.false_rejects / tally.prints:.1f}",
        str(tally.exchanges),
        str(tally.false_accepts),
        f"{100 * tally.named / tally.exchanges:.1f}",
        f"{np.median(tally.took_ms):.1f}",
        f"{np.quantile(tally.took_ms, 0.99):.1f}",
    )


def run(console: Console) -> None:
    """Prints the table; takes a minute or two on a free core."""
    with one_core():
        console.print(table())


if __name__ == "__main__":
    run(Console())

"""Printed text of a printer with figures of its own: the font alone, and taught.

It is taught from forty prints as an engineer has them: good, fair and typical ones,
every tenth poor, every tenth with a wrong figure in its text. Then other prints are
held against right and wrong texts, with the font's characters and with the taught.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from rich.console import Console
from rich.table import Table

from agent.vision.checks.printed_text.font import DotFont, FontName, Style, dot_font
from agent.vision.checks.printed_text.shapes import Shapes
from agent.vision.checks.printed_text.teach_cells import Example
from agent.vision.checks.printed_text.teach_sorting import Printer, learn, sort_out
from agent.vision.checks.printed_text.verify import TextVerifier
from simulators.cameras.dot_text import FAIR, GOOD, POOR, TYPICAL, TextPrint
from simulators.cameras.text_folder import own_style
from simulators.measure.eye.one_core import one_core
from simulators.measure.eye.printed_text import Print, Tally, drawn, exchanges

SHOWN: Final = 40
PRINTS: Final = 100
EXCHANGES: Final = 10  # a print
DIGITS: Final = "0123456789"
FIRST_SEED: Final = 1000  # of the prints that taught nothing


def shown(printer: Style, count: int = SHOWN) -> Iterator[Example]:
    """What the engineer has: every tenth print poor, every tenth text wrong."""
    for seed in range(count):
        look = POOR if seed % 10 == 7 else (GOOD, FAIR, TYPICAL)[seed % 3]
        sample = drawn(printer, look, seed, DIGITS)
        lines = sample.lines
        if seed % 10 == 8:
            lines = next(exchanges(_digits(printer), lines, seed, 1)).lines
        yield Example(image=sample.image, lines=lines, place=sample.place)


def taught(style: Style, examples: Iterator[Example]) -> Shapes:
    """What they teach."""
    printer = Printer(style=style)
    return learn(printer, sort_out(printer, dict(enumerate(examples))).good).shapes


def measured(
    verifier: TextVerifier, printer: Style, look: TextPrint, prints: int, count: int
) -> Tally:
    """One quality of print, with `count` wrong texts each."""
    tally = Tally()
    for seed in range(FIRST_SEED, FIRST_SEED + prints):
        sample = drawn(printer, look, seed, DIGITS)
        tally.prints += 1
        tally.false_rejects += not _passes(verifier, sample, sample.lines)
        for wrong in exchanges(_digits(printer), sample.lines, seed, count):
            tally.exchanges += 1
            tally.false_accepts += _passes(verifier, sample, wrong.lines)
    return tally


def _passes(verifier: TextVerifier, sample: Print, lines: tuple[str, ...]) -> bool:
    return all(v.passed for v in verifier(sample.image, lines, sample.place))


def _digits(printer: Style) -> DotFont:
    """Figures are mistaken for figures."""
    glyphs = {digit: printer.font.glyphs[digit] for digit in DIGITS}
    return replace(printer.font, glyphs=glyphs)


def table(prints: int = PRINTS, count: int = EXCHANGES, *, of: int = SHOWN) -> Table:
    """Every quality with the font's characters and with the taught ones."""
    printer = own_style()
    style = Style(font=dot_font(FontName.DOTS_7X5))
    shapes = taught(style, shown(printer, of))
    made = Table(title=f"A printer whose 1, 3, 4 and 7 are its own, {of} prints shown")
    for name in ("print", "characters"):
        made.add_column(name)
    for name in ("prints", "false rejects %", "one figure exchanged", "false accepts"):
        made.add_column(name, justify="right")
    looks = {"good": GOOD, "fair": FAIR, "typical": TYPICAL, "poor": POOR}
    for quality, look in looks.items():
        for name, verifier in (
            ("font", TextVerifier(style)),
            ("taught", TextVerifier(style, shapes)),
        ):
            tally = measured(verifier, printer, look, prints, count)
            made.add_row(
                quality,
                name,
                str(tally.prints),
                f"{100 * tally.false_rejects / tally.prints:.1f}",
                str(tally.exchanges),
                str(tally.false_accepts),
            )
    return made


def run(console: Console) -> None:
    """Prints the table; takes a minute on a free core."""
    with one_core():
        console.print(table())


if __name__ == "__main__":
    run(Console())

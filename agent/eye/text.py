"""The check of printed text for one order: what it expects, and what it needs."""

from agent.domain.spec import Order
from agent.settings import SettingsError
from agent.settings_vision import PrintedTextSection
from agent.vision.checks.printed_text import teach_file
from agent.vision.checks.printed_text.check import PrintedText, TextBox
from agent.vision.checks.printed_text.expected_text import ExpectedText, Value
from agent.vision.checks.printed_text.font import DotFont, FontName, Style, dot_font
from agent.vision.checks.printed_text.shapes import Shapes


def expected_lines(
    section: PrintedTextSection, order: Order, line: str
) -> tuple[str, ...]:
    """What stands beside the codes of `order` on this line.

    ValueError names a field of the templates that the order does not tell.
    """
    return ExpectedText(section.lines).lines(_values(order, line))


def printed_text_of(
    section: PrintedTextSection, lines: tuple[str, ...], shapes: Shapes | None
) -> PrintedText:
    """The check that `lines` stand there, in the characters `shapes_taught` gave."""
    return PrintedText(
        lambda _code, _codes: lines,
        box_of(section),
        style_of(section),
        shapes=shapes,
        minimum_fit=section.minimum_score,
        light_on_dark=section.light_on_dark,
    )


def box_of(section: PrintedTextSection) -> TextBox:
    """Where the text stands."""
    box = section.box
    return TextBox(
        x=box.x,
        y=box.y,
        width=box.width,
        dot=box.dot,
        tolerance=box.tolerance,
        stretch=box.stretch,
        turn=box.turn // 90,
        in_picture=box.in_picture,
    )


def style_of(section: PrintedTextSection) -> Style:
    """How the printer sets it."""
    return Style(
        font=_font(section),
        char_gap=section.char_gap,
        line_gap=section.line_gap,
        fixed_columns=section.fixed_columns,
    )


def shapes_taught(section: PrintedTextSection) -> Shapes | None:
    """The printer's own characters; None: the font's.

    `SettingsError` if the file of taught characters cannot be used.
    """
    if section.taught is None:
        return None
    try:
        return teach_file.load(section.taught, _font(section)).shapes
    except FileNotFoundError:
        raise SettingsError(
            section.taught,
            ["there is no such file; `line-agent vision teach-text` writes it"],
        ) from None
    except ValueError as error:
        raise SettingsError(section.taught, [str(error)]) from None


def _font(section: PrintedTextSection) -> DotFont:
    return dot_font(FontName(section.font), slashed_zero=section.slashed_zero)


def _values(order: Order, line: str) -> dict[str, Value]:
    return {
        "batch": order.batch,
        "expiry": order.expiry,
        "line": line,
        "order": order.order,
        "product": order.product,
        "production": order.production,
    }

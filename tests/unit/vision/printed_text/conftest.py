import pytest

from agent.vision.checks.printed_text.font import FontName, Style, dot_font


@pytest.fixture(scope="session")
def style():
    return Style(font=dot_font(FontName.DOTS_7X5))

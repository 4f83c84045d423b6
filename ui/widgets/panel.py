"""A titled box of text that nothing interprets."""

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text
from textual.widgets import Static

from ui.words import Sign, Tone, Words

# Rich styles beside theme.tcss, for words inside a panel.
TONES: dict[Tone, str] = {
    Tone.GOOD: "bold #5fd787",
    Tone.BUSY: "bold #5fd7ff",
    Tone.WARN: "bold #ffd75f",
    Tone.BAD: "bold #ff8787",
    Tone.IDLE: "bold #d0d0d0",
}
QUIET = "#a8a8a8"


class Drawn:
    """Remembers what a widget shows: drawing costs more than comparing."""

    _shown: tuple[object, ...] = ()

    def is_news(self, *parts: object) -> bool:
        """Whether `parts` are other than those of the last call."""
        news = parts != self._shown
        self._shown = parts
        return news


class Panel(Drawn, Static):
    """Shows renderables under a title. Strings are never read as markup."""

    def __init__(self, title: Words, *, panel_id: str) -> None:
        super().__init__(markup=False, id=panel_id, classes="panel")
        self.border_title = str(title)

    def draw(self, *parts: RenderableType) -> None:
        """Show `parts` one below the other."""
        grid = Table.grid(expand=True)
        # Chinese has no spaces to break at: fold, or the line is cut.
        grid.add_column(overflow="fold")
        for part in parts:
            grid.add_row(part)
        self.update(grid)


def both(words: Words, style: str = "bold") -> Text:
    """Chinese first, English beside it in a quieter shade."""
    return Text.assemble((words.zh, style), " ", (words.en, QUIET))


def signed(sign: Sign) -> Text:
    """Symbol and words of a state, in its tone."""
    return Text(str(sign), TONES[sign.tone])


def rows() -> Table:
    """An empty grid: words, then a figure flush right."""
    grid = Table.grid(padding=(0, 1), expand=True)
    grid.add_column(ratio=1, no_wrap=True, overflow="ellipsis")
    grid.add_column(no_wrap=True, justify="right")
    return grid


def labelled() -> Table:
    """An empty grid: a short label, then text that folds within its own column."""
    grid = Table.grid(padding=(0, 1), expand=True)
    grid.add_column(no_wrap=True)
    grid.add_column(ratio=1, overflow="fold")
    return grid


def number(value: int) -> Text:
    """A figure in groups of three."""
    return Text(f"{value:,}", "bold")

"""The big run state with cause and remedy."""

from rich.table import Table
from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widgets import Static

from ui.signs import RUN_UNKNOWN
from ui.state import RunView
from ui.widgets.panel import QUIET, Drawn, both, labelled
from ui.words import Sign, Words

STOPPED = Words(zh="停线", en="stop")
CAUSE = Words(zh="原因", en="cause")
REMEDY = Words(zh="处理办法", en="remedy")
DETAIL = Words(zh="详情", en="detail")


class RunPanel(Drawn, Horizontal):
    """State at the left, to be seen from afar; why and what to do at the right."""

    def __init__(self) -> None:
        super().__init__(id="run", classes=f"tone-{RUN_UNKNOWN.tone}")

    def compose(self) -> ComposeResult:
        yield Static(big(RUN_UNKNOWN), id="run-state", markup=False)
        yield Static(id="run-why", markup=False)

    def show(self, view: RunView) -> None:
        """Show `view`."""
        if not self.is_news(view):
            return
        self.set_classes(f"tone-{view.sign.tone}")
        self.query_one("#run-state", Static).update(big(view.sign))
        self.query_one("#run-why", Static).update(why(view))


def big(sign: Sign) -> Text:
    """A state for the far end of the hall; wide-set Chinese reads best."""
    spaced = " ".join(sign.words.zh)
    return Text(f"{sign.symbol}\n{spaced}\n{sign.words.en}", justify="center")


def why(view: RunView) -> Table:
    """Cause, remedy and detail of a stop, and whatever else needs a hand."""
    grid = labelled()
    for notice in view.notices:
        grid.add_row(Text("!", "bold #ffd75f"), both(notice, "bold #ffd75f"))
    if view.stop is not None:
        grid.add_row(both(STOPPED), both(view.stop.name, "bold #ff8787"))
    if view.detail:
        grid.add_row(both(DETAIL), Text(view.detail))
    if view.stop is not None:
        _both_lines(grid, CAUSE, view.stop.cause)
        _both_lines(grid, REMEDY, view.stop.remedy)
    return grid


def _both_lines(grid: Table, label: Words, words: Words) -> None:
    grid.add_row(both(label), Text(words.zh))
    grid.add_row("", Text(words.en, QUIET))

"""The last rejects (剔除图片): a list, and the picture of the one looked at."""

from typing import ClassVar

from rich.table import Table
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import Screen
from textual.widgets import Footer, OptionList, Static
from textual.widgets.option_list import Option

from agent.api.quality_models import PicturesModel
from agent.client import AgentClient, AgentRefused, AgentUnreachable
from ui.plain import plain
from ui.rejects import RejectRow, half_blocks, reject_rows
from ui.widgets.panel import QUIET, both, labelled
from ui.words import Words

TITLE = Words(zh="最近剔除", en="Last rejects")
READ = Words(zh="读到", en="read")
NOTES = Words(zh="说明", en="notes")
REMEDY = Words(zh="处理", en="remedy")
GONE = Words(zh="图片取不到", en="The picture cannot be had")


class RejectsScreen(Screen[None]):
    """Shows what was kept when it was opened, until the operator goes back."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "app.pop_screen", "返回 Back"),
    ]

    def __init__(self, client: AgentClient, pictures: PicturesModel) -> None:
        super().__init__()
        self._client = client
        self._rows = reject_rows(pictures)

    def compose(self) -> ComposeResult:
        with Horizontal(id="reject-pictures", classes="panel") as frame:
            frame.border_title = str(TITLE)
            yield OptionList(
                *(Option(row.label) for row in self._rows), markup=False, id="kept"
            )
            with Vertical(id="shown"):
                yield Static(id="about", markup=False)
                yield Static(id="picture", markup=False)
        yield Footer(show_command_palette=False, compact=True)

    def on_mount(self) -> None:
        kept = self.query_one(OptionList)
        kept.focus()
        kept.highlighted = 0

    def on_option_list_option_highlighted(
        self, event: OptionList.OptionHighlighted
    ) -> None:
        self.run_worker(self._show(self._rows[event.option_index]), exclusive=True)

    async def _show(self, row: RejectRow) -> None:
        self.query_one("#about", Static).update(_about(row))
        columns = self.query_one("#shown").content_size.width
        try:
            picture = half_blocks(await self._client.small_picture(row.name), columns)
        except (AgentUnreachable, AgentRefused, ValueError) as error:
            picture = Text(f"{GONE}: {plain(str(error), 80)}")
        self.query_one("#picture", Static).update(picture)


def _about(row: RejectRow) -> Table:
    grid = labelled()
    for words, text in ((READ, row.read), (NOTES, row.notes)):
        if text:
            grid.add_row(both(words), Text(text))
    if row.remedy is not None:
        grid.add_row(both(REMEDY), Text(row.remedy.zh))
        grid.add_row("", Text(row.remedy.en, QUIET))
    return grid

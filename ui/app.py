"""The operator's screen: a client of the agent that may come and go as it likes."""

import asyncio
from contextlib import aclosing
from typing import ClassVar

from textual.app import App
from textual.binding import Binding, BindingType

from agent.api.models import Reconciliation, StatusModel
from agent.client import AgentClient, AgentRefused, AgentUnreachable
from ui.screens.books import BooksScreen
from ui.screens.home import HomeScreen
from ui.screens.rejects import RejectsScreen
from ui.state import ended_order
from ui.words import Words

NO_ORDER = Words(zh="还没有任务可以对账。", en="There is no order to reconcile yet.")
NO_REJECTS = Words(zh="没有剔除图片。", en="There are no pictures of rejects.")
NO_BOOKS = Words(zh="对账取不到", en="The books cannot be had")


class LineApp(App[Reconciliation | None]):
    """The screen of one line. Starts before the agent or after it, and keeps trying.

    With `finish_after_order` it shows the books of the order that ends for
    `SHOW_BOOKS_S` (or until a key) and returns them from `run`; quitting returns None.
    """

    TITLE = "line-agent"
    CSS_PATH = "theme.tcss"
    ENABLE_COMMAND_PALETTE = False
    SHOW_BOOKS_S = 8.0
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f3", "books", "对账 Books", key_display="F3"),
        Binding("f8", "rejects", "剔除图 Rejects", key_display="F8"),
        Binding("q,f10", "quit", "退出 Quit", key_display="Q"),
        Binding("ctrl+c", "quit", show=False, priority=True),
    ]

    def __init__(
        self,
        client: AgentClient,
        *,
        finish_after_order: bool = False,
        retry_s: float = 1.0,
    ) -> None:
        super().__init__()
        self._client = client
        self._finish_after_order = finish_after_order
        self._retry_s = retry_s
        self._open = ""
        self._last = ""
        self._settled: set[str] = set()
        self.home = HomeScreen(client)

    async def on_mount(self) -> None:
        await self.push_screen(self.home)
        self.run_worker(self._follow(), group="follow")

    async def _follow(self) -> None:
        while self.is_running:
            try:
                async with aclosing(self._client.live()) as stream:
                    async for status in stream:
                        await self._take(status)
            except (AgentUnreachable, AgentRefused) as error:
                if self.is_running:
                    self.home.away(error.message)
            await asyncio.sleep(self._retry_s)

    async def _take(self, status: StatusModel) -> None:
        # A screen being taken down has no widgets to show anything on.
        if not self.is_running:
            return
        self.home.take(status)
        order = status.order
        if order is not None:
            self._last = order.order
        ended = ended_order(self._open, status)
        if ended and ended not in self._settled:
            await self._settle(ended)
        self._open = order.order if order and order.state != "closed" else ""

    async def _settle(self, order: str) -> None:
        """Show the books of an order that ended, once.

        An order can leave the status without being closed: the agent restarts.
        """
        try:
            books = await self._client.reconciliation(order)
        except AgentRefused as error:
            self.home.tell("✗", NO_BOOKS, error.message)
            return
        if not books.closed:
            return
        self._settled.add(order)
        self._show_books(books)
        if self._finish_after_order:
            self.set_timer(self.SHOW_BOOKS_S, self.action_leave_books)

    def _show_books(self, books: Reconciliation) -> None:
        if isinstance(self.screen, BooksScreen):
            self.pop_screen()
        self.push_screen(BooksScreen(books))

    async def action_books(self) -> None:
        """The books of the present order, or of the last."""
        if not self._last:
            self.home.tell("✗", NO_ORDER)
            return
        try:
            self._show_books(await self._client.reconciliation(self._last))
        except (AgentUnreachable, AgentRefused) as error:
            self.home.tell("✗", NO_BOOKS, error.message)

    async def action_rejects(self) -> None:
        """The last rejects with their pictures."""
        if isinstance(self.screen, RejectsScreen):
            return
        try:
            pictures = await self._client.pictures()
        except (AgentUnreachable, AgentRefused) as error:
            self.home.tell("✗", NO_REJECTS, error.message)
            return
        if pictures.kept:
            self.push_screen(RejectsScreen(self._client, pictures))
        else:
            self.home.tell("○", NO_REJECTS)

    def action_leave_books(self) -> None:
        """Back to the line; or the end, if that is what was asked for."""
        screen = self.screen
        if not isinstance(screen, BooksScreen):
            return
        if self._finish_after_order and screen.books.closed:
            self.exit(screen.books)
        else:
            self.pop_screen()

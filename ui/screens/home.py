"""The operator's home screen: one line, all that matters, every act on a key."""

from typing import ClassVar

from pydantic import ValidationError
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Horizontal, Vertical, VerticalScroll
from textual.screen import Screen
from textual.widgets import Footer, Static

from agent.api.models import OrderModel, StatusModel
from agent.client import AgentClient, AgentRefused, AgentUnreachable, new_act
from ui.actions import ACTS, BY_NAME, Act
from ui.plain import plain
from ui.screens.act import ActDialog, ActInput
from ui.state import HomeView, away_view, home_view
from ui.widgets.order_panel import OrderPanel
from ui.widgets.panels import DevicesPanel, PackingPanel, RejectsPanel, SyncPanel
from ui.widgets.run_panel import RunPanel
from ui.words import Words

WAITING = Words(zh="等待代理启动", en="Waiting for the agent")
AWAY = Words(zh="与代理断开，正在重连", en="The agent is away, trying again")
NO_STATUS = Words(
    zh="代理不在线，不能操作。", en="The agent is away: nothing can be done."
)
UNSURE = Words(
    zh="没有收到答复，不知是否已执行，请看产线状态。",
    en="No answer came: whether it was done is unknown, look at the line.",
)
REFUSED = Words(zh="被拒绝", en="refused")
DONE = Words(zh="已执行", en="done")
UNCHANGED = Words(zh="没有变化", en="nothing changed")


class HomeScreen(Screen[None]):
    """Shows what `take` and `away` are given; sends what the operator confirms."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *(
            Binding(a.keys, f"act('{a.name}')", str(a.words), key_display=a.key_shown)
            for a in ACTS
        ),
    ]

    # A small terminal gets two columns and no big digits: see theme.tcss.
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (110, "-wide")]  # noqa: RUF012
    VERTICAL_BREAKPOINTS = [(0, "-short"), (34, "-tall")]  # noqa: RUF012

    def __init__(self, client: AgentClient) -> None:
        super().__init__()
        self._client = client
        self._by = ""
        self.status: StatusModel | None = None
        self.view: HomeView | None = None
        self.is_away = True
        self._away_for = ""
        self.answer = ""

    def compose(self) -> ComposeResult:
        yield Static(id="title", markup=False)
        yield Static(str(WAITING), id="banner", markup=False)
        with VerticalScroll(id="body"):
            yield RunPanel()
            yield OrderPanel()
            with Horizontal(id="lower"):
                with Container(id="made"):
                    yield RejectsPanel()
                    yield PackingPanel()
                with Vertical(id="links"):
                    yield DevicesPanel()
                    yield SyncPanel()
        yield Static(id="answer", markup=False)
        yield Footer(show_command_palette=False, compact=True)

    def take(self, status: StatusModel) -> None:
        """The agent says how the line is."""
        self.status, self.is_away, self._away_for = status, False, ""
        self.view = home_view(status)
        self._draw(self.view)
        self.remove_class("stale")
        self.query_one("#banner").display = False

    def away(self, message: str) -> None:
        """The agent does not answer: the figures stay, marked as old."""
        if self._away_for == message:
            return
        self._away_for, self.is_away = message, True
        self.add_class("stale")
        what, last = WAITING, ""
        if self.view is not None:
            self.view = away_view(self.view)
            self._draw(self.view)
            what, last = AWAY, f"   最后数据 last figures {self.view.at}"
        banner = self.query_one("#banner", Static)
        banner.update(f"! {what}{last}\n  {plain(message, 300)}")
        banner.display = True

    def _draw(self, view: HomeView) -> None:
        self.query_one("#title", Static).update(
            f" 产线 line {view.line}   line-agent {view.version}   {view.at}"
        )
        self.query_one(RunPanel).show(view.run)
        self.query_one(OrderPanel).show(view)
        self.query_one(RejectsPanel).show(view)
        self.query_one(PackingPanel).show(view)
        self.query_one(DevicesPanel).show(view)
        self.query_one(SyncPanel).show(view.sync)

    def action_act(self, name: str) -> None:
        """Ask for what `name` needs, then do it."""
        self.run_worker(self._do(BY_NAME[name]), exclusive=True, group="act")

    async def _do(self, act: Act) -> None:
        status = self.status
        if status is None or self.is_away:
            self.tell("✗", NO_STATUS)
            return
        try:
            choices = act.choices(status, await self._orders(act))
            if not choices:
                self.tell("✗", act.words, str(act.impossible))
                return
            given = await self.app.push_screen_wait(ActDialog(act, choices, self._by))
            if given is not None:
                self._by = given.by
                await self._send(act, given)
        except AgentUnreachable:
            self.tell("?", act.words, str(UNSURE))
        except AgentRefused as error:
            self.tell("✗", act.words, f"{REFUSED}: {error.message}")

    async def _orders(self, act: Act) -> tuple[OrderModel, ...]:
        return await self._client.orders() if act.name == "start" else ()

    async def _send(self, act: Act, given: ActInput) -> None:
        try:
            request = new_act(given.by, given.reason)
        except ValidationError as error:
            self.tell("✗", act.words, error.errors()[0]["msg"])
            return
        answer = await act.perform(self._client, given.choice, request)
        outcome = DONE if answer.done else UNCHANGED
        self.tell("✓" if answer.done else "○", act.words, f"{outcome} {answer.message}")

    def tell(self, symbol: str, what: Words, more: str = "") -> None:
        """The last answer stays readable until the next."""
        self.answer = f"{symbol} {what}   {plain(more)}".rstrip()
        self.query_one("#answer", Static).update(self.answer)

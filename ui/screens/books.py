"""The reconciliation (对账) of an order: a table and one verdict."""

from typing import ClassVar

from rich.table import Table
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import Screen
from textual.widgets import Footer, Static

from agent.api.models import Reconciliation
from ui.books import COLUMNS, BooksView, books_view
from ui.widgets.panel import QUIET, both
from ui.words import Words

TITLE = Words(zh="对账", en="Reconciliation")
OPEN = Words(zh="任务未关闭", en="order open")
CLOSED = Words(zh="任务已关闭", en="order closed")
ITEMS = Words(zh="过线件", en="items")
ESCAPED = Words(zh="违判放行", en="escaped")
UNNUMBERED = Words(zh="未计数剔除", en="unnumbered")
BY_REASON = Words(zh="剔除原因", en="by reason")
CHAIN = Words(zh="记录链", en="chain")
PACKED = Words(zh="成品", en="packed")


class BooksScreen(Screen[None]):
    """Shows one order's books until the operator goes back."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,enter", "app.leave_books", "返回 Back"),
    ]

    def __init__(self, books: Reconciliation) -> None:
        super().__init__()
        self.books = books
        self.view = books_view(books)

    def compose(self) -> ComposeResult:
        with VerticalScroll(id="books", classes="panel") as frame:
            frame.border_title = str(TITLE)
            yield Static(_heading(self.view), markup=False)
            verdict = Static(str(self.view.verdict), id="verdict", markup=False)
            verdict.add_class(f"tone-{self.view.verdict.tone}")
            yield verdict
            yield Static(codes_table(self.view), id="codes", markup=False)
            yield Static(_totals(self.view), markup=False)
        yield Footer(show_command_palette=False, compact=True)


def _heading(view: BooksView) -> Text:
    return Text.assemble(
        (view.order, "bold"),
        ("   产品 product ", QUIET),
        view.product,
        ("   批号 batch ", QUIET),
        view.batch,
        ("   目标 target ", QUIET),
        f"{view.target:,}",
        "   ",
        both(CLOSED if view.closed else OPEN),
    )


def codes_table(view: BooksView) -> Table:
    """Codes by level; every row's difference must be zero."""
    table = Table(expand=True, pad_edge=False)
    for number, words in enumerate(COLUMNS):
        table.add_column(
            Text(f"{words.zh}\n{words.en}"),
            justify="left" if number == 0 else "right",
            no_wrap=True,
        )
    for row in view.rows:
        cells = [Text(f"{figure:,}") for figure in row.figures]
        if row.figures[-1]:
            cells[-1] = Text(f"✗ {row.figures[-1]:+,}", "bold #ff8787")
        table.add_row(both(row.level), *cells)
    return table


def _totals(view: BooksView) -> Table:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(no_wrap=True)
    grid.add_column()
    grid.add_row(both(ITEMS), items_line(view))
    if view.escaped:
        grid.add_row(both(ESCAPED), Text(f"✗ {view.escaped:,}", "bold #ff8787"))
    grid.add_row(both(UNNUMBERED), Text(f"{view.unnumbered:,}"))
    reasons = "   ".join(f"{name} {count:,}" for name, count in view.reasons)
    grid.add_row(both(BY_REASON), Text(reasons or "无 none"))
    packed = "   ".join(f"{name} {count:,}" for name, count in view.containers)
    grid.add_row(both(PACKED), Text(f"{packed}   尾箱 short {view.partial:,}"))
    chain = f"№ {view.head_seq:,}  {view.head_hash}"
    grid.add_row(both(CHAIN), Text(chain, QUIET))
    return grid


def items_line(view: BooksView) -> Text:
    """Every item judged, and what became of it."""
    parts = [
        f"{view.judged:,} = 合格 passed {view.passed:,}",
        f"剔除 rejected {view.rejected:,}",
        f"未到剔除口 absent {view.absent:,}",
        f"去向不明 unknown {view.unknown:,}",
    ]
    if view.on_the_way:
        parts.append(f"未过剔除口 on the way {view.on_the_way:,}")
    return Text(" + ".join(parts))

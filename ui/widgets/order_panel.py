"""The order, its progress, and the figures to be read from afar."""

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widgets import Digits, ProgressBar, Static

from ui.state import CountsView, HomeView, OrderView
from ui.widgets.panel import QUIET, Drawn
from ui.words import Words

TITLE = Words(zh="生产任务", en="Order")
NO_ORDER = Words(zh="没有任务。按 F2 开工。", en="No order. Press F2 to start one.")
FIGURES: tuple[tuple[str, Words], ...] = (
    ("passed", Words(zh="合格", en="passed")),
    ("rejected", Words(zh="剔除", en="rejected")),
    ("rate", Words(zh="每小时", en="/h")),
    ("on-belt", Words(zh="带上", en="on belt")),
)


class OrderPanel(Drawn, Vertical):
    """Order line, progress bar and four figures."""

    def __init__(self) -> None:
        super().__init__(id="order", classes="panel")
        self.border_title = str(TITLE)

    def compose(self) -> ComposeResult:
        yield Static(id="order-line", markup=False)
        with Horizontal(id="order-progress"):
            yield ProgressBar(show_eta=False, show_percentage=False)
            yield Static(id="order-ratio", markup=False)
        yield Static(id="figures-line", markup=False)
        with Horizontal(id="figures"):
            for name, words in FIGURES:
                with Vertical(classes="figure"):
                    yield Static(str(words), markup=False)
                    yield Digits(id=f"figure-{name}")

    def show(self, view: HomeView) -> None:
        """Show the order and counts of `view`."""
        if not self.is_news(view.order, view.counts):
            return
        target = view.order.target if view.order else 0
        passed = view.counts.passed
        self.query_one("#order-line", Static).update(order_line(view.order))
        self.query_one(ProgressBar).update(
            total=max(target, 1), progress=min(passed, target)
        )
        self.query_one("#order-ratio", Static).update(ratio(passed, target))
        values = figures(view.counts)
        line = Text("   ").join(
            Text.assemble((f"{words} ", QUIET), (f"{values[name]:,}", "bold"))
            for name, words in FIGURES
        )
        self.query_one("#figures-line", Static).update(line)
        for name, value in values.items():
            self.query_one(f"#figure-{name}", Digits).update(f"{value:,}")


def figures(counts: CountsView) -> dict[str, int]:
    """The big figures by the name of their place."""
    return {
        "passed": counts.passed,
        "rejected": counts.rejected,
        "rate": counts.rate_per_h,
        "on-belt": counts.on_belt,
    }


def ratio(passed: int, target: int) -> str:
    """`1,234 / 2,880  42.8 %`, cut down, so that 100 % is the whole."""
    percent = int(1000 * passed / target) / 10 if target else 0.0
    return f"{passed:,} / {target:,}  {percent:.1f} %"


def order_line(order: OrderView | None) -> Text:
    """Order, product and batch."""
    if order is None:
        return Text(str(NO_ORDER))
    return Text.assemble(
        (order.order, "bold"),
        ("   产品 product ", QUIET),
        order.product,
        ("   批号 batch ", QUIET),
        order.batch,
    )

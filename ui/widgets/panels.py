"""The panels of the lower half: rejects, packing, devices, return."""

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from ui.state import DeviceRow, HomeView, PackRow, RejectRow, SyncView
from ui.widgets.panel import QUIET, Panel, both, labelled, number, rows, signed
from ui.words import Tone, Words

REJECTS = Words(zh="剔除原因", en="Rejects")
PACKING = Words(zh="装箱码垛", en="Packing")
DEVICES = Words(zh="设备", en="Devices")
SYNC = Words(zh="回传平台", en="Return")
NONE = Words(zh="无", en="none")
CODES_LEFT = Words(zh="余码", en="codes left")
UNNUMBERED = Words(zh="未计数剔除", en="unnumbered")
BACKLOG = Words(zh="待回传", en="backlog")
MARK = Words(zh="确认位点", en="mark")
BAR_CELLS = 9


class RejectsPanel(Panel):
    """Rejects by reason, and what to do about the first."""

    def __init__(self) -> None:
        super().__init__(REJECTS, panel_id="rejects")

    def show(self, view: HomeView) -> None:
        """Show the rejects of `view`."""
        if not self.is_news(view.rejects, view.counts.unnumbered):
            return
        grid = rows()
        for row in view.rejects:
            grid.add_row(both(row.name), number(row.count))
        if view.counts.unnumbered:
            grid.add_row(both(UNNUMBERED), number(view.counts.unnumbered))
        if not grid.rows:
            grid.add_row(both(NONE))
        self.draw(grid, *_advice(view.rejects))


def _advice(rejects: tuple[RejectRow, ...]) -> list[RenderableType]:
    remedy = rejects[0].remedy if rejects else None
    if remedy is None:
        return []
    grid = labelled()
    grid.add_row("→", Text(remedy.zh))
    grid.add_row("", Text(remedy.en, QUIET))
    return ["", grid]


class PackingPanel(Panel):
    """Fill of the open case and pallet, labels awaited, codes left."""

    def __init__(self) -> None:
        super().__init__(PACKING, panel_id="packing")

    def show(self, view: HomeView) -> None:
        """Show the packing of `view`."""
        if not self.is_news(view.packing, view.codes_left):
            return
        parts: list[RenderableType] = [_fills(view.packing)]
        parts += [line for row in view.packing for line in _waiting(row)]
        left = rows()
        for name, count in view.codes_left:
            left.add_row(
                Text.assemble((CODES_LEFT.zh, "bold"), " ", both(name)), number(count)
            )
        self.draw(*parts, Text(""), left)


def _fills(packing: tuple[PackRow, ...]) -> Table:
    grid = Table.grid(padding=(0, 1), expand=True)
    for _ in range(2):
        grid.add_column(no_wrap=True)
    grid.add_column(no_wrap=True, justify="right")
    grid.add_column(ratio=1, no_wrap=True, justify="right")
    heads = ("", "在装 open", "", "完成 done")
    grid.add_row(*(Text(head, QUIET) for head in heads))
    for row in packing:
        grid.add_row(
            both(row.name),
            Text(bar(row.held, row.size), "#5fd7ff"),
            Text(f"{row.held}/{row.size}", "bold"),
            number(row.closed),
        )
    return grid


def bar(held: int, size: int) -> str:
    """How full, in `BAR_CELLS` cells; not full before it is."""
    full = BAR_CELLS * held // size if size else 0
    return "█" * min(full, BAR_CELLS) + "░" * (BAR_CELLS - min(full, BAR_CELLS))


def _waiting(row: PackRow) -> list[Text]:
    lines: list[Text] = []
    if row.waiting_for_label:
        lines.append(
            Text(f"  {row.name.zh} 待贴标 to label: {row.waiting_for_label}", QUIET)
        )
    if row.waiting_for_scan:
        numbers = " ".join(str(n) for n in row.waiting_for_scan[:6])
        more = " …" if len(row.waiting_for_scan) > 6 else ""
        lines.append(
            Text(f"  {row.name.zh} 待扫描 to scan: № {numbers}{more}", "#ffd75f")
        )
    if row.attention:
        lines.append(Text(f"! {row.attention}", "bold #ff8787"))
    return lines


class DevicesPanel(Panel):
    """Every device with its link, how long so, and what it says."""

    def __init__(self) -> None:
        super().__init__(DEVICES, panel_id="devices")

    def show(self, view: HomeView) -> None:
        """Show the devices of `view`, those in trouble first."""
        if not self.is_news(view.devices):
            return
        by_need = sorted(view.devices, key=lambda row: row.sign.tone is Tone.GOOD)
        parts = [part for row in by_need for part in _device(row)]
        self.draw(*(parts or [both(NONE)]))


def _device(row: DeviceRow) -> list[RenderableType]:
    grid = Table.grid(padding=(0, 1), expand=True)
    grid.add_column(ratio=1, no_wrap=True, overflow="ellipsis")
    grid.add_column(no_wrap=True)
    grid.add_column(no_wrap=True, justify="right", min_width=5)
    grid.add_row(Text(row.name, "bold"), signed(row.sign), Text(row.since, QUIET))
    return [grid, Text(f"  {row.detail}", QUIET)] if row.detail else [grid]


class SyncPanel(Panel):
    """Online or not, and how many facts the platform still lacks."""

    def __init__(self) -> None:
        super().__init__(SYNC, panel_id="sync")

    def show(self, view: SyncView) -> None:
        """Show `view`."""
        if not self.is_news(view):
            return
        grid = rows()
        grid.add_row(signed(view.sign), signed(view.link))
        grid.add_row(both(BACKLOG), number(view.backlog))
        grid.add_row(both(MARK), Text(f"{view.mark:,} / {view.head:,}", "bold"))
        error = [Text(f"! {view.error}", "#ff8787")] if view.error else []
        self.draw(grid, *error)

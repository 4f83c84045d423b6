"""Label printers: one label at a time, on demand."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from drivers.base.device import Device


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """Fields of a label template by name; `copies` is always one."""

    template: str
    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelPrinterStatus:
    """`waiting` counts formats not yet out; `fault` names what needs a hand.

    `trouble` is whatever else is in the way, in the printer's own terms.
    """

    paused: bool
    paper_out: bool
    ribbon_out: bool
    head_open: bool
    waiting: int
    trouble: str = ""

    @property
    def fault(self) -> str:
        """The words of the first thing in the way, or an empty text."""
        causes = {
            "paper out": self.paper_out,
            "ribbon out": self.ribbon_out,
            "head open": self.head_open,
            "paused": self.paused,
        }
        return next((word for word, is_so in causes.items() if is_so), self.trouble)


class LabelPrinter(Device, Protocol):
    """A printer of single labels; printing is never retried by the driver."""

    @property
    def session(self) -> int: ...

    async def print_label(self, label: Label) -> None: ...

    async def status_of_printer(self) -> LabelPrinterStatus: ...

    async def cancel_all(self) -> None: ...

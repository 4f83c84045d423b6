"""Readers that send texts, and cameras that send pictures."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from drivers.base.device import Device

if TYPE_CHECKING:  # a screen shows readers, and loads no pictures
    from drivers.cameras.frame import BadFrame, Frame


@dataclass(frozen=True, slots=True, kw_only=True)
class TextRead:
    """One frame of a reader: payload without AIM prefix; None text is a no-read.

    `item` is the trigger number the reader put into its output, where it can.
    """

    text: str | None
    aim: str | None
    item: int | None
    received_at_s: float


class CodeReader(Device, Protocol):
    """A reader that pushes results. `read` waits for the next one."""

    async def read(self) -> TextRead: ...


@runtime_checkable
class Triggered(Protocol):
    """A reader that can be told to look, for tests and slow lines.

    The result comes like any other, by `read`.
    """

    async def trigger(self) -> None: ...


class Camera(Device, Protocol):
    """Hands over pictures. `frame` waits for the next one; `LinkDown` while there is
    no camera."""

    async def frame(self) -> "Frame | BadFrame": ...


@runtime_checkable
class Exposed(Protocol):
    """A camera that takes the picture of an item when it is told to.

    For cameras without a trigger wire: the moment is as exact as the poll of the
    line I/O, which the page of the kind states in mm.
    """

    def expose(self, item: int) -> None: ...

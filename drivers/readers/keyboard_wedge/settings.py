"""A typing scanner as settings describe it."""

import re
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field

from drivers.base import Role
from drivers.settings_base import CodePattern, DeviceModel

_RENUMBERED = re.compile(r"/dev/input/event\d+")


def _one_stays(path: str) -> str:
    if not path.startswith("/"):
        raise ValueError(f"{path!r} must be a path under /dev/input/by-id/")
    if _RENUMBERED.fullmatch(path):
        raise ValueError(
            f"{path} changes when keyboards are plugged in again, and another one may"
            " get it: use its path under /dev/input/by-id/"
        )
    return path


class KeyboardWedgeSettings(DeviceModel):
    """A scanner that can only type (docs/devices/keyboard-wedge.md)."""

    role: ClassVar[Role] = Role.READER
    kind: Literal["keyboard_wedge"]
    path: Annotated[str, AfterValidator(_one_stays)] = Field(
        description="/dev/input/by-id/…-event-kbd"
    )
    aim: Literal["required", "optional", "off"] = Field(
        default="required",
        description="AIM identifier: scans without it are refused, or taken; off: kept",
    )
    separator: str = Field(
        default="", description="typed in place of GS; empty: Ctrl-] or Alt+029"
    )
    pattern: CodePattern = Field(
        default="", description="whole line, with a group (?P<code>…)"
    )
    repeat_ms: int = Field(
        default=500,
        ge=0,
        le=60_000,
        description="the same code again within this is the same scan, ms; 0: never",
    )
    max_frame: int = Field(
        default=1024, ge=1, le=65536, description="longest scan, characters"
    )
    gap_ms: int = Field(
        default=500, ge=0, le=60_000, description="longest pause in a scan, ms; 0 any"
    )
    identity: str = Field(
        default="", description="text that the keyboard's name or serial must contain"
    )

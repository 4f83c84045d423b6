"""A Leibinger JET as settings describe it."""

from typing import ClassVar, Literal

from pydantic import Field

from drivers.base import Role
from drivers.settings_base import DeviceModel, DialledAddress, ReplyTimeout


class LeibingerJetSettings(DeviceModel):
    """A Leibinger JET in mailing mode (docs/devices/leibinger-jet.md)."""

    role: ClassVar[Role] = Role.PRINTER
    kind: Literal["leibinger_jet"]
    address: DialledAddress = Field(description="tcp://host:3000 or serial:/dev/…")
    identity: str = Field(
        default="", description="text the printer's identity must contain"
    )
    reply_timeout_s: ReplyTimeout = Field(
        default=1.5, description="longest wait for an answer, s"
    )
    settle_timeout_s: float = Field(
        default=3.0, ge=0, le=60, description="longest wait until an order shows, s"
    )
    group_separator: str = Field(
        default="\x1d", description="sent in place of GS in a code; empty refuses GS"
    )
    check_job: bool = Field(
        default=True,
        description="start only a job with mail field 1, where the printer tells it",
    )

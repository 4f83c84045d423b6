"""A Zipher text printer as settings describe it."""

from typing import ClassVar, Literal

from pydantic import Field, field_validator

from drivers.base import Role
from drivers.printers.videojet_zipher.codec import check_value
from drivers.settings_base import DeviceModel, DialledAddress, ReplyTimeout


class VideojetZipherSettings(DeviceModel):
    """A Videojet printer with Zipher text (docs/devices/videojet-zipher.md)."""

    role: ClassVar[Role] = Role.PRINTER
    kind: Literal["videojet_zipher"]
    address: DialledAddress = Field(description="tcp://host:3003 or serial:/dev/…")
    field: str = Field(
        min_length=1, description="name of the job's field that carries the code"
    )
    job: str = Field(
        default="",
        description="job selected before feeding; empty keeps the one at the printer",
    )
    depth: int = Field(
        default=150, ge=2, le=1000, description="records the printer may hold"
    )
    blank: str = Field(
        default="-",
        description="put into the field at a clear, so that no old code stays there; "
        "empty: nothing is put",
    )
    poll_s: float = Field(
        default=0.25, ge=0.05, le=5, description="how often its last index is asked, s"
    )
    reply_timeout_s: ReplyTimeout = Field(
        default=1.5, description="longest wait for an answer, s"
    )
    settle_timeout_s: float = Field(
        default=15.0,
        ge=1,
        le=120,
        description="longest wait for a change of state (the head moves), s",
    )
    group_separator: str = Field(
        default="\x1d", description="sent in place of GS in a code; empty refuses GS"
    )

    @field_validator("field", "job", "blank")
    @classmethod
    def _can_be_sent(cls, value: str) -> str:
        return check_value(value)

    @field_validator("field")
    @classmethod
    def _is_a_name(cls, value: str) -> str:
        if "=" in value:
            raise ValueError("a field name cannot have '='")
        return value

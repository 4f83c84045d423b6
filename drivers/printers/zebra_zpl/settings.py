"""A ZPL printer as settings describe it."""

from typing import ClassVar, Literal

from pydantic import Field

from drivers.base import Role
from drivers.settings_base import DeviceModel, DialledAddress, ReplyTimeout


class ZebraZplSettings(DeviceModel):
    """A ZPL label printer (docs/devices/zebra-zpl.md)."""

    role: ClassVar[Role] = Role.LABELLER
    kind: Literal["zebra_zpl"]
    address: DialledAddress = Field(description="tcp://host:9100 or serial:/dev/…")
    templates: dict[str, str] = Field(
        default={"case": "builtin:gs1_128", "pallet": "builtin:gs1_128"},
        min_length=1,
        description="label templates by name: builtin:<name>, ZPL text, or a file",
    )
    reply_timeout_s: ReplyTimeout = Field(
        default=1.5, description="longest wait for an answer, s"
    )
    print_timeout_s: float = Field(
        default=10.0, gt=0, le=120, description="longest wait for a label to be out, s"
    )

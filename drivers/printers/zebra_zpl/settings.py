"""A ZPL printer as settings describe it."""

from ipaddress import IPv4Address
from typing import Annotated, ClassVar, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from drivers.base import Role
from drivers.settings_base import DeviceModel, DialledAddress, ReplyTimeout
from drivers.transports.addresses import TcpAddress, parse_stream


def _alert_address(address: str) -> str:
    if not address:
        return address
    parsed = parse_stream(address)
    if not isinstance(parsed, TcpAddress) or not parsed.listen:
        raise ValueError(f"{address!r} must look like tcp-listen://192.168.1.10:9111")
    try:
        is_one_place = not IPv4Address(parsed.host).is_unspecified
    except ValueError:
        is_one_place = False
    if not is_one_place:
        raise ValueError(
            f"{address!r}: the printer is told to dial this, so it must be the IPv4 "
            "address of this machine that the printer reaches"
        )
    return address


class ZebraZplSettings(DeviceModel):
    """A ZPL label printer (docs/devices/zebra-zpl.md)."""

    role: ClassVar[Role] = Role.LABELLER
    kind: Literal["zebra_zpl"]
    address: DialledAddress = Field(description="tcp://host:9100 or serial:/dev/…")
    identity: str = Field(
        default="", description="text the printer's identity must contain"
    )
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
    label_count: bool = Field(
        default=True,
        description="a label is out only when the printer's label count says so too",
    )
    qr_fnc1: str = Field(
        default="",
        description="what its ^BQ takes for FNC1 (>8 from Link-OS 6.6 on); "
        "empty refuses GS1 in a QR code",
    )
    alerts: str = Field(
        default="",
        pattern=r"^[A-V*]*$",
        description="conditions it reports unasked, by the letters of ^SX: ABEJK",
    )
    alert_address: Annotated[str, AfterValidator(_alert_address)] = Field(
        default="",
        description="tcp-listen://host:port of this machine, where a printer on the "
        "network reports its alerts; empty for one on a serial port",
    )

    @model_validator(mode="after")
    def _alerts_arrive(self) -> Self:
        is_serial = self.address.startswith("serial:")
        if self.alerts and not (is_serial or self.alert_address):
            raise ValueError("alerts of a printer on the network need alert_address")
        if self.alert_address and (is_serial or not self.alerts):
            raise ValueError("alert_address is for alerts of a printer on the network")
        return self

    @property
    def alerts_at(self) -> TcpAddress | None:
        """`alert_address`, taken apart."""
        parsed = parse_stream(self.alert_address) if self.alert_address else None
        return parsed if isinstance(parsed, TcpAddress) else None

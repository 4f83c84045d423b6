"""What the settings of every kind of device are made of: closed models, addresses."""

import re
from typing import Annotated, ClassVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from drivers.base import Role
from drivers.transports.addresses import parse_registers, parse_stream


def _stream(address: str) -> str:
    parse_stream(address)
    return address


def _dialled(address: str) -> str:
    if address.startswith("tcp-listen:"):
        raise ValueError("this device is dialled: use tcp://host:port or serial:/dev/…")
    return _stream(address)


def _registers(address: str) -> str:
    parse_registers(address)
    return address


def _with_group(pattern: str, group: str) -> str:
    """`pattern`, empty or a regular expression with this group."""
    try:
        compiled = re.compile(pattern)
    except re.error as error:
        raise ValueError(f"not a regular expression: {error}") from None
    if pattern and group not in compiled.groupindex:
        raise ValueError(f"needs a group (?P<{group}>…)")
    return pattern


def _code_pattern(pattern: str) -> str:
    return _with_group(pattern, "code")


def _item_pattern(pattern: str) -> str:
    return _with_group(pattern, "item")


StreamAddress = Annotated[str, AfterValidator(_stream)]
DialledAddress = Annotated[str, AfterValidator(_dialled)]
RegisterAddress = Annotated[str, AfterValidator(_registers)]
ReplyTimeout = Annotated[float, Field(ge=0.05, le=30)]
CodePattern = Annotated[str, AfterValidator(_code_pattern)]
ItemPattern = Annotated[str, AfterValidator(_item_pattern)]


class DeviceModel(BaseModel):
    """Base of the settings of one kind. `role` is what such a device is to the line.

    A mistyped key, a malformed address or an impossible value fails here, with its
    name, and not on the line.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    role: ClassVar[Role]

"""What a DataMan says and is told (DMCC).

Sources: Cognex "DataMan Communications and Programming Guide", command syntax; see
docs/devices/dataman.md for what is proven and what is not.
"""

from dataclasses import dataclass
from enum import IntEnum


class Status(IntEnum):
    """In brackets in each reply of the extended mode; others are shown by number."""

    DONE = 0
    READ_STRING = 1
    UNIDENTIFIED = 100
    COMMAND_INVALID = 101
    PARAMETER_INVALID = 102
    CHECKSUM_WRONG = 103
    STATE = 104
    UNAVAILABLE = 105


STATUS_TEXTS: dict[int, str] = {
    Status.UNIDENTIFIED: "未知错误 unidentified error",
    Status.COMMAND_INVALID: "命令无效 command invalid",
    Status.PARAMETER_INVALID: "参数无效 parameter invalid",
    Status.CHECKSUM_WRONG: "校验错误 checksum wrong",
    Status.STATE: "当前状态下不可用（实时画面？） not in this state (live view on?)",
    Status.UNAVAILABLE: "读码器不可用 reader unavailable",
}

# We asked for something this reader does not know: a fault of ours, not of the device.
OUR_FAULT = frozenset({Status.COMMAND_INVALID, Status.PARAMETER_INVALID})


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """`||checksum:id[status]data`. `number` is the id sent back; None: none came."""

    status: int
    data: bytes
    number: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unmarked:
    """A line without header: a result, or (silent mode) the answer to a GET."""

    data: bytes

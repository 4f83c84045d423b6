"""What a Keyence SR says and is told.

Sources: SR-750 user manual, chapter 8; public programs in use with SR-1000, SR-2000 and
SR-X readers; see docs/devices/keyence-sr.md for what is proven and what is not.
"""

from dataclasses import dataclass
from typing import Self

# The reader's counters hold 16 bits and begin again at 0.
WRAP = 1 << 16

UNKNOWN_COMMAND = 0
ERROR_TEXTS: dict[int, str] = {
    UNKNOWN_COMMAND: "未知命令 unknown command",
    1: "格式或参数个数错误 wrong format or number of parameters",
    2: "参数1超出范围 parameter 1 out of range",
    3: "参数2超出范围 parameter 2 out of range",
    4: "参数2不是十六进制 parameter 2 is not hexadecimal",
    5: "参数2超出范围 parameter 2 out of range",
    10: "预设数据错误 preset data wrong",
    11: "区域错误 area wrong",
    12: "文件不存在 file missing",
    13: "读头号超出范围 head number out of range",
    14: "读头无法确认 head cannot be confirmed",
    20: "当前状态下不可执行 not possible in this state",
    21: "缓冲溢出 buffer overflow",
    22: "参数读写失败 parameters not loaded or saved",
    23: "设置软件已连接，拒绝串口命令 setup tool connected, commands refused",
    99: "设备可能故障 device may be faulty",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """`OK,command,fields` or `ER,command,nn`; `error` is None for OK."""

    command: str
    fields: tuple[str, ...] = ()
    error: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Counters:
    """The reader's own counts (`NUM`), each 0 to 65535."""

    ok: int
    ng: int
    error: int
    stable: int
    triggers: int

    @classmethod
    def from_fields(cls, fields: tuple[str, ...]) -> Self:
        """`ValueError` unless they are five numbers of 16 bits."""
        numbers = [int(field) for field in fields]
        if len(numbers) != 5 or not all(0 <= n < WRAP for n in numbers):
            raise ValueError(f"not five counters: {fields}")
        return cls(**dict(zip(cls.__slots__, numbers, strict=True)))

    @property
    def results(self) -> int:
        """Looks that came to a result: matched, not matched, not read."""
        return (self.ok + self.ng + self.error) % WRAP

"""What a SICK reader says and is told (CoLa-A).

Sources: SICK telegram manuals (LMS4000, LMS511, TiM781), public CLV and Lector clients;
see docs/devices/sick-cola.md for what is proven and what is not.
"""

from dataclasses import dataclass

GATE_ON = "mTCgateon"
GATE_OFF = "mTCgateoff"
DEVICE_IDENT = "DeviceIdent"

# Verbs of answers; `sSN` comes unasked, `sFA` instead of any of them.
ANSWERS = ("sRA", "sWA", "sAN", "sEA", "sSN", "sFA")

ERROR_TEXTS: dict[int, str] = {
    0x1: "无权限 access denied",
    0x2: "未知方法 unknown method",
    0x3: "未知变量 unknown variable",
    0x4: "条件不满足 local condition failed",
    0x5: "数据无效 invalid data",
    0x6: "未知错误 unknown error",
    0x7: "缓冲溢出 buffer overflow",
    0x8: "缓冲不足 buffer underflow",
    0x9: "未知类型 unknown type",
    0xA: "拒绝写入 write denied",
    0xB: "未知命令 unknown command",
    0xC: "未知命令 unknown command",
    0xD: "忙 busy",
    0x10: "数值溢出 value overflow",
    0x11: "无效字符 invalid character",
    0x14: "内部错误 internal error",
    0x19: "异步被抑制 asynchronous answer suppressed",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """`verb name words`; of an `sFA` only `error` is known."""

    verb: str
    name: str = ""
    words: tuple[str, ...] = ()
    error: int | None = None

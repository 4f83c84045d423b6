"""What a Videojet 1000 line printer says (WSI protocol).

Source: Videojet "1000 Line Series WSI Communications Protocol", P/N 462115-01 rev. AD
(2013), by section.
"""

from dataclasses import dataclass
from enum import IntFlag


@dataclass(frozen=True, slots=True)
class Verdict:
    """`$hh` done, `!hh` unknown or failed. `checksum` is over what the printer got."""

    is_done: bool
    checksum: int


@dataclass(frozen=True, slots=True)
class Packet:
    """The answer to a question, without STX and ETX."""

    body: str


class Lamp(IntFlag):
    """The traffic light, last digit of the error status (3.11)."""

    GREEN = 1
    AMBER = 2
    RED = 4
    ALARM = 8
    """Not used, says the manual."""


LAMP_TEXTS: dict[Lamp, str] = {
    Lamp.RED: "红 red",
    Lamp.AMBER: "黄 amber",
    Lamp.GREEN: "绿 green",
}

# Digit by digit of the error status, each bit by bit from the lowest (3.11).
FAULT_TEXTS: tuple[tuple[str, str, str, str], ...] = (
    (
        "充电错误 charge error",
        "高压跳闸 EHT trip",
        "回收故障 gutter fault",
        "墨芯空 ink core empty",
    ),
    (
        "泵故障 pump fault",
        "机柜过热 cabinet too hot",
        "墨芯保养逾期 ink core service overdue",
        "粘度失控 viscosity not under control",
    ),
    (
        "喷嘴坏 bad nozzle",
        "调制驱动过热 modulation driver too hot",
        "无相位响应 no phase response",
        "相位阈值最低 phasing threshold at minimum",
    ),
    (
        "相位阈值最高 phasing threshold at maximum",
        "自动调制失败 automatic modulation failed",
        "初始相位调整失败 initial phasing trim failed",
        "调制回读失败 modulation read-back failed",
    ),
    (
        "光栅内存溢出 raster memory overflow",
        "阀错误 valve error",
        "墨芯不充墨 core not filling",
        "墨水不足 not enough ink to fill the core",
    ),
    (
        "日期时间未设 date and time not set",
        "墨水型号不符 other ink than before",
        "需高压校准 EHT calibration required",
        "未定义 not assigned",
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorStatus:
    """`E`: the faults that stand, and the traffic light."""

    faults: tuple[str, ...]
    lamp: Lamp
    digits: str

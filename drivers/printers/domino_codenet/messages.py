"""What a Codenet printer says.

Sources: two public programs in use with the printers, one with a log of bytes exchanged
with a real Ax printer; see docs/devices/domino-codenet.md for what is proven.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum


@dataclass(frozen=True, slots=True)
class Ack:
    """The command was done; a record was queued (not: printed)."""


@dataclass(frozen=True, slots=True)
class Nak:
    """The command was refused. `code` has three digits, or is empty (A200+)."""

    code: str = ""

    def __str__(self) -> str:
        text = NAK_TEXTS.get(self.code, "拒绝 refused")
        return f"NAK {self.code} {text}" if self.code else f"NAK {text}"


@dataclass(frozen=True, slots=True)
class Done:
    """The head has finished a print. Which record it was is not said."""


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to a query, without ESC and EOT: the command's letters, then data."""

    body: str


Heard = Ack | Nak | Done | Reply

# Refusals that a full queue gives: the Ax says 000 (its manual calls that a software
# error), the A200+ a NAK without a code.
QUEUE_IS_FULL = frozenset({"000", ""})
# Refusals of a printer that does not have what was named.
NOT_THERE = frozenset({"003", "004", "007", "009", "020"})

NAK_TEXTS: Mapping[str, str] = {
    "000": "软件错误或缓冲已满 software error, or the queue is full",
    "001": "长度错误 wrong length",
    "002": "缺少 ESC ESC expected",
    "003": "未知命令 unknown command",
    "004": "多余字符 unexpected characters before EOT",
    "005": "喷头号错误 wrong head",
    "007": "参数超范围 parameter out of range",
    "008": "标签号超范围 label number out of range",
    "009": "语法错误 syntax error",
    "010": "标签过长 label too long for the store",
    "011": "标签过长 label too long for the print buffer",
    "012": "嵌入命令错误 wrong embedded command",
    "013": "字符错误 character not allowed in the label",
    "016": "无法装载标签 cannot load the label",
    "017": "标签号无效 wrong label number",
    "020": "命令未实现 command not implemented",
    "024": "校验和错误 checksum error",
    "027": "打印已禁止 printing is disabled",
    "050": "忙 busy",
    "051": "内部错误 internal error",
    "052": "文件未找到 file not found",
}


class JetState(IntEnum):
    """State in the extended status (`O1`). Other numbers are alerts."""

    NO_ALERT = 0
    READY = 1
    SEQUENCING_ON = 2
    SEQUENCING_OFF = 3
    STANDBY = 9
    FAULT = 11
    INITIALISING = 12


JET_TEXTS: Mapping[int, str] = {
    JetState.NO_ALERT: "无报警 no alert",
    JetState.READY: "就绪 ready",
    JetState.SEQUENCING_ON: "正在启动 sequencing on",
    JetState.SEQUENCING_OFF: "正在关闭 sequencing off",
    JetState.STANDBY: "待机 standby",
    JetState.FAULT: "故障 fault",
    JetState.INITIALISING: "初始化 initialising",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtendedStatus:
    """`O1`. `lamp` is the cabinet's two digits, as sent."""

    state: int
    lamp: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BasicStatus:
    """`1C`. `code` 000 is well, 1xx a warning, 2xx means that it does not print."""

    code: int
    head: str
    since: str

    @property
    def inhibits_printing(self) -> bool:
        """Whether nothing is printed in this state."""
        return 200 <= self.code < 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Liquids:
    """`y`. Levels from 0 to 8; None: the sensor is unplugged."""

    ink: int | None
    make_up: int | None

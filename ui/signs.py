"""The word and symbol of every state the agent reports."""

from agent.domain.run_state import RunState
from agent.domain.words import Level
from ui.words import Sign, Tone, Words, sign

RUN_SIGNS: dict[RunState, Sign] = {
    RunState.IDLE: sign("○", "空闲", "IDLE", Tone.IDLE),
    RunState.STARTING: sign("◇", "准备中", "STARTING", Tone.BUSY),
    RunState.EXECUTE: sign("►", "运行中", "RUNNING", Tone.GOOD),
    RunState.HELD: sign("■", "已停线", "HELD", Tone.BAD),
    RunState.COMPLETING: sign("◆", "收尾中", "COMPLETING", Tone.BUSY),
    RunState.COMPLETE: sign("✓", "已完成", "COMPLETE", Tone.GOOD),
}
# Shown while the agent is away: the last state known is not the state now.
UNKNOWN = sign("?", "未知", "unknown", Tone.WARN)
RUN_UNKNOWN = sign("?", "状态未知", "UNKNOWN", Tone.WARN)

# The agent names links as `drivers.base.LinkState` does.
LINK_SIGNS: dict[str, Sign] = {
    "ready": sign("✓", "就绪", "ready", Tone.GOOD),
    "opening": sign("◇", "连接中", "opening", Tone.BUSY),
    "down": sign("✗", "断开", "down", Tone.BAD),
    "backing_off": sign("✗", "重连中", "retrying", Tone.BAD),
    "closed": sign("○", "已关闭", "closed", Tone.IDLE),
}

SYNC_HELD = sign("■", "回传已停", "STOPPED", Tone.BAD)
SYNC_WAITING = sign("○", "待回传", "WAITING", Tone.WARN)
SYNC_SENDING = sign("↑", "回传中", "SENDING", Tone.BUSY)
SYNC_DONE = sign("✓", "已同步", "SYNCED", Tone.GOOD)

ONLINE = sign("✓", "在线", "online", Tone.GOOD)
OFFLINE = sign("✗", "离线", "offline", Tone.WARN)

BALANCED = sign("✓", "平衡", "BALANCED", Tone.GOOD)
BOOKS_OPEN = sign("◇", "生产中，尚未结账", "ORDER OPEN", Tone.BUSY)
NOT_BALANCED = sign("✗", "不平衡", "NOT BALANCED", Tone.BAD)

LEVELS: dict[Level, Words] = {
    Level.UNIT: Words(zh="瓶", en="unit"),
    Level.INNER: Words(zh="盖内", en="inner"),
    Level.BOX: Words(zh="盒", en="box"),
    Level.CASE: Words(zh="箱", en="case"),
    Level.PALLET: Words(zh="垛", en="pallet"),
}

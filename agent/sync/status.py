"""What screens, metrics and alarms are told about the platform link."""

import logging
from dataclasses import dataclass
from enum import StrEnum

from agent.clock import WallClock
from agent.sync.errors import (
    Diverged,
    JournalBroken,
    PlatformError,
    PlatformNonsense,
    PlatformRefused,
    PlatformUnreachable,
)

log = logging.getLogger(__name__)


class Trouble(StrEnum):
    """What is wrong with the link; each is an alarm of its own."""

    UNREACHABLE = "unreachable"
    REFUSED = "refused"
    NONSENSE = "nonsense"
    DIVERGED = "diverged"
    RECORD_REFUSED = "record_refused"
    JOURNAL_BROKEN = "journal_broken"
    LOCAL_DISK = "local_disk"


_TEXTS = {
    Trouble.UNREACHABLE: (
        "平台无法连接，生产继续，稍后自动重试",
        "platform unreachable",
    ),
    Trouble.REFUSED: ("平台拒绝请求，稍后自动重试", "platform refused"),
    Trouble.NONSENSE: (
        "平台应答无法识别，请检查网络和平台地址",
        "answer makes no sense",
    ),
    Trouble.DIVERGED: (
        "平台账本与本机不一致，回传已暂停，请联系平台管理员核对",
        "the platform's ledger differs from ours, upload is on hold",
    ),
    Trouble.RECORD_REFUSED: (
        "平台拒收一条记录，回传停在此处，请联系平台管理员",
        "the platform will not take one record, upload waits there",
    ),
    Trouble.JOURNAL_BROKEN: (
        "本机记录不连续，回传已暂停，请联系维护人员",
        "our journal has a gap, upload is on hold",
    ),
    Trouble.LOCAL_DISK: (
        "本机磁盘写入失败，请检查磁盘",
        "cannot write to the local disk",
    ),
}
HOLDING = frozenset({Trouble.DIVERGED, Trouble.RECORD_REFUSED, Trouble.JOURNAL_BROKEN})

_OF: dict[type[Exception], Trouble] = {
    PlatformUnreachable: Trouble.UNREACHABLE,
    PlatformRefused: Trouble.REFUSED,
    PlatformNonsense: Trouble.NONSENSE,
    Diverged: Trouble.DIVERGED,
    JournalBroken: Trouble.JOURNAL_BROKEN,
    OSError: Trouble.LOCAL_DISK,
}


def trouble_of(error: PlatformError | JournalBroken | OSError) -> Trouble:
    """What an error means to the people at the line."""
    return next(_OF[kind] for kind in type(error).__mro__ if kind in _OF)


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkStatus:
    """The link as of now. `online` says the last exchange did what it was for, and
    `since_ms` (UTC, ms) since when that has been so or not. `held` means that a
    person at the platform must act; we keep asking, so it clears by itself."""

    online: bool
    since_ms: int
    trouble: Trouble | None
    last_error: str
    held: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncStatus(LinkStatus):
    """The link as the uploader sees it: `backlog` facts lie beyond the `mark`."""

    backlog: int
    mark: int


class Condition:
    """Keeps a `LinkStatus`: offline until the first good exchange."""

    def __init__(self, name: str, now_ms: WallClock) -> None:
        self._name = name
        self._now_ms = now_ms
        self.online = False
        self.since_ms = now_ms()
        self.trouble: Trouble | None = None
        self.last_error = ""

    @property
    def held(self) -> bool:
        """Whether the trouble is one that waits for a person."""
        return self.trouble in HOLDING

    def good(self) -> None:
        """An exchange did what it was for."""
        if self.trouble is not None:
            log.info("%s: platform link recovered from %s", self._name, self.trouble)
        self.trouble = None
        self.last_error = ""
        self._turn(online=True)

    def bad(self, trouble: Trouble, detail: str) -> None:
        """An exchange failed. A hold stands until `good`."""
        if trouble is not self.trouble:
            log.warning("%s: platform %s: %s", self._name, trouble, detail)
        if not self.held or trouble in HOLDING:
            self.trouble = trouble
            chinese, english = _TEXTS[trouble]
            self.last_error = f"{chinese} ({english}): {detail}"
        self._turn(online=False)

    def link(self) -> LinkStatus:
        """The status as a value."""
        return LinkStatus(
            online=self.online,
            since_ms=self.since_ms,
            trouble=self.trouble,
            last_error=self.last_error,
            held=self.held,
        )

    def _turn(self, *, online: bool) -> None:
        if online is not self.online:
            self.online = online
            self.since_ms = self._now_ms()

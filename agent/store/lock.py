"""One agent per data folder, as long as it lives."""

import fcntl
import os
from pathlib import Path

from agent.store.errors import StoreBusyError

LOCK_NAME = "lock"


class FolderLock:
    """Holds `<folder>/lock`; the kernel lets go when the process ends in any way."""

    def __init__(self, folder: Path) -> None:
        """`StoreBusyError` names the process that holds the folder already."""
        self._handle = os.open(folder / LOCK_NAME, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(self._handle, 32, 0).strip()
            os.close(self._handle)
            pid = int(holder) if holder.isdigit() else 0
            raise StoreBusyError(folder, pid) from None
        os.ftruncate(self._handle, 0)
        os.pwrite(self._handle, b"%d\n" % os.getpid(), 0)

    def release(self) -> None:
        """Let go, once; the file stays, so that nobody locks a deleted one."""
        if self._handle >= 0:
            os.close(self._handle)
        self._handle = -1

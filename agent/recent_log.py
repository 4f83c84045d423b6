"""The last lines of the log, kept for whoever looks: support bundle, screen."""

import logging
from collections import deque

# A busy day says a few hundred lines; a flapping link a few thousand.
LINES = 2000


class RecentLog(logging.Handler):
    """Keeps the last `LINES` lines as `formatter` writes them."""

    def __init__(self, formatter: logging.Formatter) -> None:
        super().__init__()
        self.setFormatter(formatter)
        self._lines: deque[str] = deque(maxlen=LINES)

    def emit(self, record: logging.LogRecord) -> None:
        """Take down one line."""
        self._lines.append(self.format(record))

    def last(self, count: int) -> tuple[str, ...]:
        """The last `count` lines, oldest first."""
        return tuple(self._lines)[-count:]


def recent_lines(count: int) -> tuple[str, ...]:
    """What this process logged last; nothing where no log was set up."""
    for handler in logging.getLogger().handlers:
        if isinstance(handler, RecentLog):
            return handler.last(count)
    return ()

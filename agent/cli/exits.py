"""Exit codes, and how an error becomes a sentence instead of a traceback."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum

from agent.documents import DocumentError
from agent.settings import SettingsError
from agent.store.errors import StoreBusyError, StoreError


class Exit(IntEnum):
    """What a caller can tell from the exit code."""

    OK = 0
    NEGATIVE = 1  # it ran, and the answer is no: not found, not balanced, damaged
    UNUSABLE = 2  # arguments, settings or input that cannot be used
    BUSY = 3  # another instance holds the data folder
    FAILED = 4  # something outside gave way: disk, network, a port in use


def say(message: str) -> None:
    """Narration, for people."""
    print(message, file=sys.stderr)


@contextmanager
def plain_errors() -> Iterator[None]:
    """Known errors end the command with their sentence and their exit code."""
    try:
        yield
    except StoreBusyError as error:
        say(str(error))
        raise SystemExit(Exit.BUSY) from None
    except (SettingsError, DocumentError) as error:
        say(str(error))
        raise SystemExit(Exit.UNUSABLE) from None
    except (StoreError, OSError) as error:
        say(str(error))
        raise SystemExit(Exit.FAILED) from None

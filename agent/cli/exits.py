"""Exit codes, and how an error becomes a sentence instead of a traceback."""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum

from agent.api.server import SocketError
from agent.api_socket import AgentRefused, AgentUnreachable
from agent.diagnostics.capture import CaptureError
from agent.diagnostics.discovery import RangeError
from agent.diagnostics.signing import SigningError
from agent.documents import DocumentError
from agent.settings import SettingsError
from agent.store.errors import PackageError, StoreBusyError, StoreError
from agent.vision.evaluation.index import IndexFault
from agent.vision.evaluation.teaching import CannotTeach
from drivers.errors import MisuseError

log = logging.getLogger(__name__)


class Exit(IntEnum):
    """What a caller can tell from the exit code."""

    OK = 0
    NEGATIVE = 1  # it ran, and the answer is no: not found, not balanced, damaged
    UNUSABLE = 2  # arguments, settings or input that cannot be used
    BUSY = 3  # another instance holds the data folder
    FAILED = 4  # something outside gave way: disk, network, a port in use
    BROKEN = 5  # a fault of our own


# The first that fits counts.
CODES: tuple[tuple[type[Exception], Exit], ...] = (
    (StoreBusyError, Exit.BUSY),
    (SettingsError, Exit.UNUSABLE),
    (DocumentError, Exit.UNUSABLE),
    (CaptureError, Exit.UNUSABLE),
    (SigningError, Exit.UNUSABLE),
    (RangeError, Exit.UNUSABLE),
    (IndexFault, Exit.UNUSABLE),
    (CannotTeach, Exit.NEGATIVE),
    (PackageError, Exit.UNUSABLE),
    (MisuseError, Exit.UNUSABLE),
    (StoreError, Exit.FAILED),
    (SocketError, Exit.FAILED),
    (AgentUnreachable, Exit.FAILED),
    (AgentRefused, Exit.NEGATIVE),
)


def say(message: str) -> None:
    """Narration, for people."""
    print(message, file=sys.stderr)


@contextmanager
def plain_errors() -> Iterator[None]:
    """Known errors end the command with their sentence and their exit code."""
    try:
        yield
    except OSError as error:
        say(_of_the_system(error))
        raise SystemExit(Exit.FAILED) from None
    except Exception as error:
        known, _ = sort_out(error)
        if not known:
            raise
        say(str(known[0]))
        raise SystemExit(_code(known[0])) from None


@contextmanager
def last_words() -> Iterator[None]:
    """A service never ends in a traceback: what nobody foresaw is one sentence for
    people, and all of it in the log. Known errors go on to `plain_errors`."""
    try:
        yield
    except Exception as error:
        known, unforeseen = sort_out(error)
        if unforeseen:
            log.exception("unforeseen")
        if known:
            raise
        kind = type(unforeseen[0]).__name__
        say(
            f"程序内部错误，已停止；详情见上方日志。A fault of the agent's own, "
            f"{kind}: {unforeseen[0]}; the log above has the details, please report it"
        )
        raise SystemExit(Exit.BROKEN) from None


def sort_out(error: Exception) -> tuple[list[Exception], list[Exception]]:
    """The errors in an error or a group of them: those with a sentence of their own,
    and the others."""
    leaves = list(_leaves(error))
    known = [leaf for leaf in leaves if _code(leaf) is not None]
    return known, [leaf for leaf in leaves if _code(leaf) is None]


def _leaves(error: Exception) -> Iterator[Exception]:
    if isinstance(error, ExceptionGroup):
        for each in error.exceptions:
            yield from _leaves(each)
    else:
        yield error


def _code(error: Exception) -> Exit | None:
    return next((code for kind, code in CODES if isinstance(error, kind)), None)


def _of_the_system(error: OSError) -> str:
    """Without the error number, which tells nobody anything."""
    if error.strerror is None or error.filename is None:
        return str(error)
    return f"{error.filename}: {error.strerror}"

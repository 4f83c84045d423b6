"""Readiness and watchdog, kill points, the log, and how errors end a process."""

import logging
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent import killpoints, log, notify
from agent.cli.exits import Exit, last_words, plain_errors, sort_out
from agent.settings import SettingsError
from agent.store.errors import (
    PackageError,
    QueryTooLongError,
    StoreBusyError,
    StoreFaultError,
)


@pytest.fixture
def manager(tmp_path, monkeypatch) -> Iterator[socket.socket]:
    path = tmp_path / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(str(path))
        listener.settimeout(5)
        monkeypatch.setenv("NOTIFY_SOCKET", str(path))
        yield listener


def test_tells_the_service_manager(manager) -> None:
    assert notify.notify("READY=1")
    assert manager.recv(100) == b"READY=1"


def test_abstract_socket(monkeypatch) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind("")  # the kernel picks an abstract name
        name = listener.getsockname().decode().replace("\0", "@", 1)
        monkeypatch.setenv("NOTIFY_SOCKET", name)
        assert notify.notify("STOPPING=1")
        assert listener.recv(100) == b"STOPPING=1"


def test_nobody_there_is_no_error(monkeypatch, tmp_path) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    assert not notify.notify("READY=1")
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "gone"))
    assert not notify.notify("WATCHDOG=1")


def test_a_manager_that_does_not_listen_costs_no_more_than_a_moment(
    manager, monkeypatch
) -> None:
    """Its queue fills; the loop that decides the gate must not hang on it."""
    monkeypatch.setattr(notify, "LONGEST_WAIT_S", 0.01)
    for _ in range(10_000):
        if not notify.notify("WATCHDOG=1" * 100):
            break
    else:
        pytest.fail("the queue never filled")
    assert manager.recv(10_000).startswith(b"WATCHDOG=1")
    assert notify.notify("WATCHDOG=1")


def test_watchdog_interval_is_half(monkeypatch) -> None:
    monkeypatch.delenv("WATCHDOG_USEC", raising=False)
    assert notify.watchdog_interval_s() is None
    monkeypatch.setenv("WATCHDOG_USEC", "5000000")
    assert notify.watchdog_interval_s() == 2.5


@pytest.fixture
def disarmed() -> Iterator[None]:
    yield
    killpoints.arm(None)


@pytest.mark.usefixtures("disarmed")
def test_points_are_silent_until_armed() -> None:
    passed: list[str] = []
    killpoints.visit("after_ring")
    killpoints.arm(passed.append)
    killpoints.visit("after_ring")
    killpoints.arm(None)
    killpoints.visit("after_ring")
    assert passed == ["after_ring"]


@pytest.mark.usefixtures("disarmed")
def test_an_unnamed_point_is_a_fault_of_ours() -> None:
    killpoints.arm(lambda _: None)
    with pytest.raises(AssertionError):
        killpoints.visit("after_lunch")


@pytest.mark.usefixtures("disarmed")
@pytest.mark.parametrize("value", [None, ""])
def test_nothing_given_arms_nothing(value) -> None:
    killpoints.arm_from_environment(value)
    killpoints.visit("after_ring")


@pytest.mark.usefixtures("disarmed")
@pytest.mark.parametrize("value", ["x", "x:1", "after_ring:", "after_ring:-1"])
def test_bad_points_are_refused(value) -> None:
    if value == "after_ring:":
        killpoints.arm_from_environment(value)  # the first visit
        return
    with pytest.raises(ValueError, match="LINE_AGENT_KILL_AT"):
        killpoints.arm_from_environment(value)


def test_the_process_dies_at_its_visit() -> None:
    program = """
from agent import killpoints
killpoints.arm_from_environment("after_ring:3")
for n in range(1, 9):
    killpoints.visit("after_send")
    print(n, flush=True)
    killpoints.visit("after_ring")
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, check=False
    )
    assert done.returncode == -signal.SIGKILL
    assert done.stdout.split() == [b"1", b"2", b"3"]


def test_every_point_is_visited_somewhere() -> None:
    root = Path(killpoints.__file__).parent
    text = "".join(path.read_text() for path in root.rglob("*.py"))
    for name in killpoints.NAMES:
        assert f'killpoints.visit("{name}")' in text, name


@pytest.fixture
def root_logger() -> Iterator[logging.Logger]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield root
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.mark.usefixtures("root_logger")
def test_an_event_is_one_line_even_with_a_traceback(capsys) -> None:
    log.set_up(verbose=False)
    try:
        {}["belt\nstopped"]
    except KeyError:
        logging.getLogger("agent.x").exception("broke at %s", "瓶")
    logging.getLogger("agent.x").debug("unheard")
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("timestamp=")
    assert "level=error logger=agent.x" in line
    assert 'event="broke at 瓶"' in line
    assert "Traceback (most recent call last)" in line


@pytest.mark.usefixtures("root_logger")
def test_verbose_hears_more(capsys) -> None:
    log.set_up(verbose=True)
    logging.getLogger("agent.x").debug("heard")
    assert "event=heard" in capsys.readouterr().err


def grouped(*errors: Exception) -> Exception:
    """As a task group inside a task group raises them."""
    return ExceptionGroup("outer", [ExceptionGroup("inner", list(errors))])


FAULT = StoreFaultError("the store failed (disk full): check the disk")


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (StoreBusyError(Path("/data"), 7), Exit.BUSY, "in use by process 7"),
        (SettingsError(Path("a.toml"), ["x"]), Exit.UNUSABLE, "a.toml: x"),
        (PackageError("P", "no"), Exit.UNUSABLE, "code package P refused: no"),
        (QueryTooLongError("slow"), Exit.FAILED, "slow"),
        (FileNotFoundError(2, "No such file", "/x"), Exit.FAILED, "/x: No such file"),
        (grouped(FAULT, FAULT), Exit.FAILED, "the store failed (disk full)"),
        (grouped(KeyError("a"), FAULT), Exit.FAILED, "the store failed (disk full)"),
    ],
)
def test_known_errors_are_a_sentence_and_a_code(error, code, said, capsys) -> None:
    with pytest.raises(SystemExit) as ended, plain_errors(), last_words_of(error):
        raise error
    assert ended.value.code == code
    assert said in capsys.readouterr().err


def last_words_of(error: Exception):
    """As `run` does it; other commands have no groups."""
    return last_words() if isinstance(error, ExceptionGroup) else plain_errors()


def test_other_commands_do_not_hide_a_bug() -> None:
    with pytest.raises(KeyError), plain_errors():
        raise KeyError("a")


def test_an_unforeseen_error_is_logged_whole_and_told_in_short(capsys, caplog) -> None:
    with pytest.raises(SystemExit) as ended, plain_errors(), last_words():
        raise grouped(KeyError("belt"))
    assert ended.value.code == Exit.BROKEN
    assert "KeyError: 'belt'" in capsys.readouterr().err
    (record,) = caplog.records
    assert isinstance(record.exc_info[1], ExceptionGroup)


def test_an_unforeseen_error_beside_a_known_one_is_logged(caplog) -> None:
    with pytest.raises(SystemExit) as ended, plain_errors(), last_words():
        raise grouped(FAULT, KeyError("belt"))
    assert ended.value.code == Exit.FAILED
    assert len(caplog.records) == 1


def test_leaves_are_sorted_out() -> None:
    key = KeyError("a")
    assert sort_out(grouped(key, FAULT)) == ([FAULT], [key])
    assert sort_out(FAULT) == ([FAULT], [])

"""The API on a real Unix socket, asked through the typed client."""

import asyncio
import contextlib
import signal
import socket
import stat
from contextlib import aclosing
from pathlib import Path

import pytest

from agent.api.app import create_app
from agent.api.server import MAX_PATH_BYTES, SocketError, bind, serve
from agent.client import AgentClient, AgentRefused, AgentUnreachable, new_act
from agent.domain.run_state import RunState
from agent.domain.words import Level, StopCause


async def stop(task: asyncio.Task[None]) -> float:
    """Cancel, wait, and say how long it took in seconds."""
    loop = asyncio.get_running_loop()
    began_s = loop.time()
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
    return loop.time() - began_s


async def to_the_end(stream) -> None:
    async for _ in stream:
        pass


async def test_reads_and_acts(client, view, fakes):
    assert await client.status() == view.now
    assert await client.orders() == view.listed
    assert (await client.reconciliation(fakes.ORDER.order)).target == 2880
    assert await client.code(fakes.CODE.code) == fakes.CODE
    assert not (await client.health()).ready
    assert (await client.journal()).next_after == 0
    act = new_act("李工", "喷头已清洗")
    assert (await client.resume(act)).done
    assert (await client.resume(act)).done
    await client.close_short(Level.CASE, new_act("li"))
    await client.relabel(51, new_act("li"))
    await client.start_order("PO/2026 7?x#y", new_act("li"))
    assert [what for what, _ in view.acts] == [
        "resume",
        "close-short case",
        "relabel 51",
        "start PO/2026 7?x#y",
    ]
    assert view.acts[0][1] == act


async def test_refusals_carry_the_agent_s_words(client, view):
    with pytest.raises(AgentRefused, match="is not a code") as caught:
        await client.code("unknown")
    assert caught.value.status == 404
    view.refusal = "the line is not held"
    with pytest.raises(AgentRefused, match="the line is not held") as caught:
        await client.resume(new_act("li"))
    assert caught.value.status == 409


@pytest.mark.parametrize("size", [3_000, 60_000, 1_000_000])
async def test_a_huge_code_is_refused_and_the_agent_lives(client, size):
    with pytest.raises(AgentRefused):
        await client.code("x" * size)
    await client.status()


async def test_live_over_the_socket(client, view, fakes):
    async with aclosing(client.live(interval_s=30)) as stream:
        assert (await anext(stream)).run_state is RunState.EXECUTE
        view.now = fakes.held(StopCause.PRINTER, "no\u2028ink\u0085 [red]")
        stopped = await anext(stream)
    assert stopped.stop_cause is StopCause.PRINTER
    assert stopped.detail == "no\u2028ink\u0085 [red]"


async def test_the_stream_ends_when_its_reader_leaves(app, served, view, monkeypatch):
    import agent.api.status

    ended = asyncio.Event()
    lines = agent.api.status.live_lines

    async def watched(*args, **kwargs):
        try:
            async for line in lines(*args, **kwargs):
                yield line
        finally:
            ended.set()

    monkeypatch.setattr("agent.api.status.live_lines", watched)
    async with AgentClient(served[0]) as client:
        async with aclosing(client.live()) as stream:
            await anext(stream)
            assert not ended.is_set()
        async with asyncio.timeout(30):
            await ended.wait()


async def test_a_stopping_agent_ends_the_stream_and_leaves_no_file(
    client, served, caplog
):
    path, task = served
    async with aclosing(client.live()) as stream:
        await anext(stream)
        await stop(task)
        with pytest.raises(AgentUnreachable, match="stopping"):
            await to_the_end(stream)
    # Streams are told to end; they are not left to the linger time.
    assert "graceful shutdown exceeded" not in caplog.text
    assert not path.exists()
    with pytest.raises(AgentUnreachable, match="is it running"):
        await client.status()


async def test_stops_in_time_with_clients_that_never_finish(served):
    path, task = served
    _, writer = await asyncio.open_unix_connection(path)
    writer.write(
        b"POST /v1/acts/resume HTTP/1.1\r\nhost: a\r\ncontent-length: 9\r\n\r\n{"
    )
    await writer.drain()
    _, idle_writer = await asyncio.open_unix_connection(path)
    # One round trip, so that the server surely holds both connections.
    async with AgentClient(path) as client:
        await client.status()
    assert await stop(task) < 2.0
    for end in (writer, idle_writer):
        end.close()
        with contextlib.suppress(ConnectionError):
            await end.wait_closed()


async def test_signals_stay_the_agent_s_own(tmp_path, view):
    before = [signal.getsignal(s) for s in (signal.SIGINT, signal.SIGTERM)]
    task = asyncio.create_task(serve(create_app(view), tmp_path / "s"))
    async with AgentClient(tmp_path / "s") as client:
        await asyncio.sleep(0)
        await client.status()
    assert before == [signal.getsignal(s) for s in (signal.SIGINT, signal.SIGTERM)]
    await stop(task)


async def test_mode_lets_owner_and_group_in_and_nobody_else(served):
    mode = served[0].stat().st_mode
    assert stat.S_ISSOCK(mode)
    assert stat.S_IMODE(mode) == 0o660


async def test_a_stale_socket_is_replaced(tmp_path, view):
    path = tmp_path / "agent.sock"
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))
    assert path.exists()
    task = asyncio.create_task(serve(create_app(view), path))
    await asyncio.sleep(0)
    async with AgentClient(path) as client:
        assert await client.status() == view.now
    await stop(task)


async def test_an_answering_agent_is_left_alone(served, view):
    path, _ = served
    with pytest.raises(SocketError, match="another agent answers"):
        await serve(create_app(view), path)
    async with AgentClient(path) as client:
        assert await client.status() == view.now


async def test_a_busy_agent_with_a_full_queue_is_left_alone(tmp_path):
    path = tmp_path / "agent.sock"
    with socket.socket(socket.AF_UNIX) as busy, contextlib.ExitStack() as callers:
        busy.bind(str(path))
        busy.listen(0)
        for _ in range(3):
            caller = callers.enter_context(socket.socket(socket.AF_UNIX))
            caller.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                caller.connect(str(path))
        with pytest.raises(SocketError, match="another agent answers"):
            bind(path)
    assert path.exists()


def test_a_file_that_is_no_socket_is_never_removed(tmp_path):
    path = tmp_path / "agent.sock"
    path.write_text("a ledger")
    with pytest.raises(SocketError, match="is no socket"):
        bind(path)
    assert path.read_text() == "a ledger"


def test_a_path_too_long_says_so(tmp_path):
    path = tmp_path / ("x" * MAX_PATH_BYTES)
    with pytest.raises(SocketError, match=r"bytes long, at most 107"):
        bind(path)


def test_the_longest_path_works(tmp_path):
    room = MAX_PATH_BYTES - len(str(tmp_path)) - 1
    path = tmp_path / ("x" * room)
    bind(path).close()
    assert path.exists()


def test_a_missing_folder_says_so(tmp_path):
    with pytest.raises(SocketError, match="check that the folder exists"):
        bind(tmp_path / "none" / "agent.sock")


async def test_nobody_there(tmp_path):
    async with AgentClient(tmp_path / "none.sock") as client:
        with pytest.raises(AgentUnreachable, match="is it running"):
            await client.status()
        with pytest.raises(AgentUnreachable):
            await anext(client.live())
    async with AgentClient(Path("/tmp") / ("x" * 200)) as client:
        with pytest.raises(AgentUnreachable):
            await client.status()


async def test_an_answer_of_another_version_is_refused_in_plain_words(tmp_path):
    async def other(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        body = b'{"line": "L", "from_the_future": 1}\n'
        writer.write(
            b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%s" % (len(body), body)
        )
        writer.close()

    path = tmp_path / "other.sock"
    server = await asyncio.start_unix_server(other, path)
    async with server, AgentClient(path) as client:
        with pytest.raises(AgentRefused, match="same version"):
            await client.status()
        with pytest.raises(AgentRefused, match="same version"):
            await anext(client.live())


@pytest.mark.parametrize("by", ["", "  ", "a\x1bb", "x" * 65])
def test_a_name_unfit_for_the_books_is_a_value_error(by):
    with pytest.raises(ValueError, match="by"):
        new_act(by)

"""Several pieces of one picture's work at once."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


def together(
    pool: ThreadPoolExecutor | None, tasks: Sequence[Callable[[], T]]
) -> list[T]:
    """What the tasks return, in order; an error of one after the others' end.

    The calling thread works too, from the end, on what the pool has not begun: a busy
    pool makes it slower, never stuck, even if the caller is one of its threads.
    """
    if pool is None or len(tasks) < 2:
        return [task() for task in tasks]
    ways = [(task, pool.submit(task)) for task in tasks]
    done = [_ended(task, future) for task, future in reversed(ways)]
    return [future.result() for future in reversed(done)]


def _ended(task: Callable[[], T], future: Future[T]) -> Future[T]:
    """The task's end, by this thread if no other has begun it."""
    if not future.cancel():
        future.exception()
        return future
    own: Future[T] = Future()
    try:
        own.set_result(task())
    except Exception as error:  # noqa: BLE001  told when the others have ended
        own.set_exception(error)
    return own

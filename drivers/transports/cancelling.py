"""Hearing cancellations that a library swallows."""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

T = TypeVar("T")


async def heard(call: Awaitable[T]) -> T:
    """The result of a library's call; a cancellation meanwhile is not lost.

    Before Python 3.12 `asyncio.wait_for`, with which many libraries wait, swallows a
    cancellation that comes in the moment its result does.
    """
    task = asyncio.current_task()
    assert task is not None, "awaited in a task"
    before = task.cancelling()
    result = await call
    if task.cancelling() > before:
        raise asyncio.CancelledError
    return result

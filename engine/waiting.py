"""Waiting for what several resolvers answer later."""

import asyncio
from collections.abc import Awaitable, Sequence
from typing import Any


async def gathered(awaitables: Sequence[Awaitable[Any]]) -> list[Any]:
    """The outcomes of what must be waited for: values, and exceptions where there were any. The first costs no task: it is waited for
    here, and the others begin once it waits itself."""
    if not awaitables:
        return []
    others = [asyncio.ensure_future(one) for one in awaitables[1:]]
    try:
        try:
            first: Any = await awaitables[0]
        except Exception as error:
            first = error
        if not others:
            return [first]
        await asyncio.wait(others)
    except BaseException:
        for other in others:
            other.cancel()
        raise
    return [first, *[outcome_of(other) for other in others]]


def outcome_of(task: asyncio.Future[Any]) -> Any:
    """What a task that is over gave: a value, or an exception."""
    if task.cancelled():
        return asyncio.CancelledError()
    error = task.exception()
    return task.result() if error is None else error


def heard(future: asyncio.Future[Any]) -> None:
    """Let a failure that nobody waits for any more be no news."""
    if not future.cancelled():
        future.exception()


def raised(outcome: Any) -> Any:
    """A value; raises what is an exception."""
    if isinstance(outcome, BaseException):
        raise outcome
    return outcome

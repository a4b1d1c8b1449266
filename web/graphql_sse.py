"""GraphQL over server-sent events: an operation's results as they come, on a response that stays open.

Source: https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md, "distinct connections mode"
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import aclosing

import orjson
from starlette.types import Receive, Send
from strawberry.types.graphql import OperationType

from web.edge import Edge
from web.faults import Answer
from web.headers import Stuck
from web.requests import Operation, RequestFacts

HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"vary", b"accept"),
    (b"x-accel-buffering", b"no"),  # nginx would hold events back
]
Write = Callable[[bytes], Awaitable[None]]
COMPLETE = b"event: complete\ndata:\n\n"
PULSE = b":\n\n"

logger = logging.getLogger(__name__)


class EventStream:
    """One operation and the response that carries its results."""

    def __init__(self, edge: Edge, operation: Operation, facts: RequestFacts, kind: OperationType) -> None:
        self._edge = edge
        self._operation = operation
        self._facts = facts
        self._kind = kind

    async def serve(self, receive: Receive, send: Send) -> None:
        """Send events until the operation has completed, the client has gone or the server stops.

        A client can tell the last from a completed operation by the missing `complete`, and connect again.
        """

        async def write(body: bytes) -> None:
            await send({"type": "http.response.body", "body": body, "more_body": True})

        async def pulse() -> None:
            while True:
                await asyncio.sleep(self._edge.limits.keep_alive_seconds)
                await write(PULSE)

        async def gone() -> None:
            while (await receive())["type"] != "http.disconnect":
                pass

        await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
        events = asyncio.create_task(self._events(write))
        others = [asyncio.create_task(pulse()), asyncio.create_task(gone())]

        def end() -> None:
            if self._kind is not OperationType.MUTATION:  # one that has begun is carried out
                events.cancel()

        with self._edge.streams.opened(end):
            try:
                await asyncio.wait([events, *others], return_when=asyncio.FIRST_COMPLETED)
            finally:
                end()
                for task in others:
                    task.cancel()
                outcomes = await asyncio.gather(events, *others, return_exceptions=True)
        for outcome in outcomes:
            if isinstance(outcome, Exception) and not isinstance(outcome, Stuck):
                logger.error("Fault on an event stream in request %s", self._facts.request_id, exc_info=outcome)
        if not any(isinstance(outcome, Stuck) for outcome in outcomes):
            await send({"type": "http.response.body", "body": b""})

    async def _events(self, write: Write) -> None:
        edge, facts = self._edge, self._facts
        try:
            async with (
                edge.living(facts, self._operation, self._kind),
                aclosing(edge.results(self._operation, facts, self._kind)) as results,
            ):
                async for result in results:
                    await write(_event(edge.faults.answer(result, facts.request_id)))
        except Stuck:
            raise
        except Exception as exception:
            await write(_event(edge.faults.refuse(exception, facts.request_id)))
        await write(COMPLETE)


def _event(answer: Answer) -> bytes:
    return b"event: next\ndata: " + orjson.dumps(answer.payload) + b"\n\n"

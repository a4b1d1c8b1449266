"""GraphQL over server-sent events: an operation's results as they come, on a response that stays open.

Source: https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md, "distinct connections mode"
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import aclosing

from starlette.types import Receive, Send
from strawberry.types.graphql import OperationType

from web.edge import Call, Edge
from web.faults import Answer
from web.headers import Stuck

HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"vary", b"accept"),
    (b"x-accel-buffering", b"no"),  # nginx would hold events back
]
Write = Callable[[bytes], Awaitable[None]]
EVENT, END = b"event: next\ndata: ", b"\n\n"
COMPLETE = b"event: complete\ndata:\n\n"
PULSE = b":\n\n"

logger = logging.getLogger(__name__)


class Viewer:
    """A stream that is told with all who ask the same: it has one response at a time, and is behind until that is sent."""

    def __init__(self) -> None:
        self.told = asyncio.Event()
        self.payload: bytes | None = None
        self.error: Exception | None = None
        self.is_over = False
        self.is_alone = False

    def is_behind(self) -> bool:
        return self.payload is not None

    def send(self, payload: bytes) -> None:
        self.payload = payload
        self.told.set()

    def end(self, error: Exception | None) -> None:
        self.is_over, self.error = True, error
        self.told.set()

    def go_alone(self) -> None:
        self.is_over = self.is_alone = True
        self.told.set()


class EventStream:
    """One operation and the response that carries its results."""

    def __init__(self, edge: Edge, call: Call) -> None:
        self._edge = edge
        self._call = call

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
            if self._call.kind is not OperationType.MUTATION:  # one that has begun is carried out
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
                logger.error("Fault on an event stream in request %s", self._call.facts.request_id, exc_info=outcome)
        if not any(isinstance(outcome, Stuck) for outcome in outcomes):
            await send({"type": "http.response.body", "body": b""})

    async def _events(self, write: Write) -> None:
        edge, call = self._edge, self._call
        try:
            if await self._told_with_others(write):
                await write(COMPLETE)
                return
            async with edge.living(call), aclosing(edge.results(call)) as results:
                async for result in results:
                    await write(_event(edge.answer(result, call)))
        except Stuck:
            raise
        except Exception as exception:
            await write(_event(edge.faults.refuse(exception, call.facts.request_id)))
        await write(COMPLETE)

    async def _told_with_others(self, write: Write) -> bool:
        """Send what all are told who ask the same, until that has completed; False where this has to be run alone. Raises what ends it."""
        viewer = Viewer()
        member = self._edge.join(self._call, viewer)
        if member is None:
            return False
        error: Exception | None = None
        try:
            while True:
                await viewer.told.wait()
                viewer.told.clear()
                if viewer.payload is not None:
                    await write(EVENT + viewer.payload + END)
                    viewer.payload = None
                    member.can_take_more()
                if viewer.is_over:
                    break
            error = viewer.error
        finally:
            member.leave()
            if self._edge.shared is not None and not viewer.is_alone:
                self._edge.shared.has_ended(error)
        if error is not None:
            raise error
        return not viewer.is_alone


async def refuse(send: Send, answer: Answer) -> None:
    """Tell in an event why an operation is not run: clients of event streams do not read what comes with another status."""
    await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
    await send({"type": "http.response.body", "body": _event(answer) + COMPLETE})


def _event(answer: Answer) -> bytes:
    return EVENT + answer.body + END

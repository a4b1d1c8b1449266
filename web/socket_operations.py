"""The operations of one socket: begun at a pace, told with others or run alone, each until it ends or its client turns away."""

import asyncio
import math
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import aclosing, suppress
from dataclasses import dataclass
from typing import Any

import orjson
from strawberry.types.graphql import OperationType

from engine.operations import Operation
from engine.topics import Member
from web.edge import Call, Edge
from web.faults import RATE_LIMIT_EXCEEDED, GraphQLFault
from web.headers import Connection
from web.pace import Pace
from web.requests import RequestFacts
from web.shared import FrameConnection

Say = Callable[[dict[str, Any]], Awaitable[None]]
"""Sends a message. Raises Gone."""


class Gone(Exception):
    """The client has left, or does not read any more."""


@dataclass(slots=True, eq=False)
class Running:
    """An operation under way. It is over for the client once its id is free again, which may be before its task has ended."""

    id: str
    task: asyncio.Task[None] | None = None
    kind: OperationType | None = None
    over: bool = False
    viewer: "Viewer | None" = None


class Viewer:
    """An operation that is told with all who ask the same. It needs no task: what it is told is written to the connection as it comes."""

    __slots__ = ("_call", "_connection", "_head", "_operations", "_request_id", "_running", "member")

    def __init__(self, operations: "Operations", connection: FrameConnection, running: Running, call: Call) -> None:
        self._operations = operations
        self._connection = connection
        self._running = running
        self._head = b'{"id":' + orjson.dumps(running.id) + b',"type":"next","payload":'
        self._request_id = call.facts.request_id
        self._call: Call | None = call  # until something was sent
        self.member: Member | None = None

    def is_behind(self) -> bool:
        return self._connection.is_behind()

    def send(self, payload: bytes) -> None:
        self._call = None
        self._connection.write_text(self._head, payload, b"}")

    def end(self, error: Exception | None) -> None:
        self._operations.viewer_ended(self._running, error, self._request_id)

    def go_alone(self) -> None:
        assert self._call is not None
        self._operations.run_alone(self._running, self._call)

    def can_take_more(self) -> None:
        """The connection is behind no longer."""
        if self.member is not None:
            self.member.can_take_more()

    def leave(self) -> None:
        """Be told nothing from now on."""
        if self.member is not None:
            self.member.leave()
            self.member = None


class Operations:
    """What one client has under way on its socket, by the ids it has given."""

    __slots__ = ("_by_id", "_connection", "_edge", "_loop", "_pace", "_say", "_stuck", "_tasks", "_viewers", "quiet_since")

    def __init__(self, edge: Edge, connection: Connection, say: Say) -> None:
        self._edge = edge
        self._connection = connection
        self._say = say
        self._loop = asyncio.get_running_loop()
        self._pace = Pace(edge.limits.subscribes_per_second, edge.limits.subscribes_at_once)
        self._by_id: dict[str, Running] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._viewers = 0
        self._stuck: asyncio.TimerHandle | None = None
        self.quiet_since = self._loop.time()
        """When the last of them ended, or none had begun, in the loop's time."""

    def __len__(self) -> int:
        return len(self._by_id)

    def __contains__(self, identity: str) -> bool:
        return identity in self._by_id

    async def begin(self, identity: str, operation: Operation, facts: RequestFacts) -> None:
        """Begin an operation under an id that is free, or say why not."""
        if (refused := self._refused()) is not None:
            await self._say(self._refusal(identity, refused, facts.request_id))
            return
        running = self._by_id[identity] = Running(identity)
        self._start(running, self._run(running, operation, facts))

    def turn_away(self, identity: str) -> None:
        """End an operation, if it is under way, whose client has turned away. A mutation that has begun is carried out."""
        if (running := self._by_id.get(identity)) is None:
            return
        self._free(running)
        self._viewer_left(running)
        if running.task is not None and running.kind is not OperationType.MUTATION:
            running.task.cancel()

    async def take_turns(self) -> None:
        """Let what was begun go on, and other clients. Nothing more is begun for one that does not read what it was told: raises Gone."""
        await asyncio.sleep(0)
        if self._connection.is_behind():
            try:
                async with asyncio.timeout(self._edge.limits.stuck_seconds):
                    await self._connection.caught_up()
            except TimeoutError as error:
                self._connection.hang_up()
                raise Gone from error

    async def end(self) -> None:
        """Turn away from all; returns when all have ended."""
        if self._stuck is not None:
            self._stuck.cancel()
        for identity in list(self._by_id):
            self.turn_away(identity)
        while self._tasks:
            await asyncio.wait(self._tasks)

    def viewer_ended(self, running: Running, error: Exception | None, request_id: str) -> None:
        """What a viewer was told with others has ended; `error` says why, where it did not simply complete."""
        self._viewer_left(running, error)
        if not running.over:
            last = {"id": running.id, "type": "complete"} if error is None else self._refusal(running.id, error, request_id)
            self._start(running, self._say_last(running, last))

    def run_alone(self, running: Running, call: Call) -> None:
        """What a viewer asks for cannot be shared after all."""
        self._viewers -= 1
        running.viewer = None
        if not running.over:
            self._start(running, self._run_alone(running, call))

    def _refused(self) -> GraphQLFault | None:
        """Why no more may be begun on this socket now. It stays open: its other operations are none the worse for it."""
        most = self._edge.limits.operations_per_socket
        if len(self._tasks) + self._viewers >= most:
            return GraphQLFault(RATE_LIMIT_EXCEEDED, f"A socket may have {most} operations at a time.")
        if wait_s := self._pace.take():
            seconds = max(1, math.ceil(wait_s))
            return GraphQLFault(RATE_LIMIT_EXCEEDED, "Too many operations on one socket: ask more slowly.", retryAfter=seconds)
        return None

    def _refusal(self, identity: str, exception: Exception, request_id: str) -> dict[str, Any]:
        return {"id": identity, "type": "error", "payload": self._edge.faults.refuse(exception, request_id).payload["errors"]}

    def _start(self, running: Running, work: Coroutine[Any, Any, None]) -> None:
        running.task = asyncio.create_task(work)
        self._tasks.add(running.task)
        running.task.add_done_callback(self._tasks.discard)

    async def _run(self, running: Running, operation: Operation, facts: RequestFacts) -> None:
        """Prepare an operation and run it, with all who ask the same where that can be."""
        try:
            call = await self._edge.call(operation, facts)
        except Exception as exception:
            await self._say_last(running, self._refusal(running.id, exception, facts.request_id))
            return
        running.kind = call.kind
        if not self._join(running, call):
            await self._run_alone(running, call)

    def _join(self, running: Running, call: Call) -> bool:
        """Let an operation be told with all who ask the same, if it can be."""
        if not isinstance(self._connection, FrameConnection):
            return False
        viewer = Viewer(self, self._connection, running, call)
        viewer.member = self._edge.join(call, viewer)
        if viewer.member is None:
            return False
        self._viewers += 1
        if running.task is not None:
            self._tasks.discard(running.task)  # which ends now: counted as a viewer, it must not count twice
        running.viewer, running.task = viewer, None
        self._connection.tell_flow(self._flow_changed)
        return True

    async def _run_alone(self, running: Running, call: Call) -> None:
        """Send an operation's results. Each is sent before the next is asked for, so a slow reader slows what it reads."""
        edge = self._edge
        last: dict[str, Any] = {"id": running.id, "type": "complete"}
        try:
            async with edge.living(call), aclosing(edge.results(call)) as results:
                async for result in results:
                    answer = edge.answer(result, call)
                    if not answer.executed:
                        last = {"id": running.id, "type": "error", "payload": answer.payload["errors"]}
                        break
                    if not running.over:
                        await self._say({"id": running.id, "type": "next", "payload": orjson.Fragment(answer.body)})
        except Gone:
            return
        except Exception as exception:
            last = self._refusal(running.id, exception, call.facts.request_id)
        await self._say_last(running, last)

    async def _say_last(self, running: Running, last: dict[str, Any]) -> None:
        if not running.over:
            self._free(running)  # before the client hears of it, which may use the id again at once
            with suppress(Gone):
                await self._say(last)

    def _free(self, running: Running) -> None:
        running.over = True
        del self._by_id[running.id]
        if not self._by_id:
            self.quiet_since = self._loop.time()

    def _viewer_left(self, running: Running, error: Exception | None = None) -> None:
        viewer, running.viewer = running.viewer, None
        if viewer is not None:
            viewer.leave()
            self._viewers -= 1
            if self._edge.shared is not None:
                self._edge.shared.has_ended(error)

    def _flow_changed(self, is_behind: bool) -> None:
        """The client has fallen behind in reading, or can take more. Nothing is kept for its viewers meanwhile, and not for ever."""
        if self._stuck is not None:
            self._stuck.cancel()
            self._stuck = None
        if is_behind:
            self._stuck = self._loop.call_later(self._edge.limits.stuck_seconds, self._connection.hang_up)
            return
        for running in self._by_id.values():
            if running.viewer is not None:
                running.viewer.can_take_more()

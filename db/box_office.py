"""The box office: the one writer. Commands queue per event; while one batch commits, the next gathers by itself."""

import asyncio
import logging
import random
from collections import deque
from collections.abc import Sequence
from contextvars import Context
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, cast

from db.batches import load, write
from db.holding import Held, hold, holds
from db.occupancy import Occupancy
from db.pool import Connection, Pool, is_passing
from db.standings import Standings
from db.statements import statements
from domain.asks import Asks
from domain.changes import change_set_of
from domain.commands import Command, event_of
from domain.decide import decide_batch
from domain.ids import EventId
from domain.inventory import BookingPolicy, Inventory
from domain.places import SeatingPlan
from domain.ports import Outage, Publisher
from domain.refusals import Busy, EventNotFound
from domain.touched import touched_by

if TYPE_CHECKING:
    from opentelemetry.trace import SpanContext

    from db.tracing import BatchTraces

SQL = statements("box_office")
LOG = logging.getLogger("boxoffice.box_office")
A = TypeVar("A")


class Plans(Protocol):
    """Where an event's seating plan is remembered."""

    def known(self, event_id: EventId) -> tuple[int, SeatingPlan | None] | None:
        """The plan last fetched, with its version."""
        ...

    async def fetch(self, event_id: EventId, connection: Connection) -> tuple[int, SeatingPlan | None] | None:
        """The plan as the database has it now, remembered; None where there is no such event."""
        ...


@dataclass(frozen=True, slots=True)
class Limits:
    """How much may gather, and how long an outage is waited out."""

    batch_most: int = 256
    queue_most: int = 2048
    patience_seconds: float = 8.0
    """How long a command waits for the database before its caller is told to try again."""
    losses_before_lock: int = 3
    """How often a batch may lose its event to other processes before it takes the event's row first."""


@dataclass(eq=False, slots=True)
class Waiting:
    """A command, and whom to answer."""

    command: Command
    answer: "asyncio.Future[Any]"
    deadline: float
    origin: "SpanContext | None" = None
    """The request it comes from, where there are traces."""


@dataclass(eq=False, slots=True)
class Window:
    """One event's queue. It is open while anything waits or is being served."""

    event_id: EventId
    queue: deque[Waiting] = field(default_factory=deque)
    batch: list[Waiting] = field(default_factory=list)
    """Those last taken from the queue."""
    serving: asyncio.Task[None] | None = None


@dataclass(slots=True)
class Served:
    """What the box office has done since it opened, for metrics."""

    commands: int = 0
    batches: int = 0
    lost_turns: int = 0
    retries: int = 0
    largest_batch: int = 0
    at_once: int = 0
    """Batches that took places in one round trip, without loading anything first."""


class Again(Exception):
    """The round changed nothing that matters yet: load and decide once more."""


class BoxOffice:
    """Carries out every change to any event's inventory: decided by the rules, committed in batches, then told to whoever watches.

    An answer comes once its commit is durable. Any number of processes may serve the same event: a batch commits only on the version it
    was decided on. After a failure the same commands are decided again on what is then true; their ids and keys, made before the first
    try, tell which of them had been carried out.
    """

    def __init__(
        self,
        pool: Pool,
        plans: Plans,
        publisher: Publisher,
        policy: BookingPolicy | None = None,
        limits: Limits | None = None,
        traces: "BatchTraces | None" = None,
    ) -> None:
        self.pool = pool
        self.plans = plans
        self.publisher = publisher
        self.policy = policy or BookingPolicy()
        self.limits = limits or Limits()
        self.served = Served()
        self.traces = traces
        self._connections = pool.kept
        self._occupancy = Occupancy()
        self._standings = Standings()
        self._windows: dict[EventId, Window] = {}
        self._closed = False

    async def submit(self, command: Asks[A]) -> A:
        """Carry out a command and answer once it is durable.

        Answers Busy at once where too many wait for the event. Raises Outage where the database could not be had in time; its
        `outcome_unknown` says whether the command may have been carried out all the same.
        """
        if self._closed:
            raise Outage("The box office is closing.")
        asked = cast(Command, command)
        event_id = event_of(asked)
        window = self._windows.get(event_id)
        if window is None:
            window = self._windows[event_id] = Window(event_id)
        if len(window.queue) >= self.limits.queue_most:
            return cast(A, Busy(event_id))
        loop = asyncio.get_running_loop()
        waiting = Waiting(asked, loop.create_future(), loop.time() + self.limits.patience_seconds)
        if self.traces is not None:
            waiting.origin = self.traces.asked()
        window.queue.append(waiting)
        if window.serving is None:
            window.serving = asyncio.create_task(self._serve(window), name=f"window {event_id}", context=Context())  # nobody's request
        return cast(A, await waiting.answer)

    async def close(self, within_seconds: float = 1.0) -> None:
        """Take no more commands, and give those taken a moment to be answered; where the database is out, they are told to try again."""
        self._closed = True
        serving = [window.serving for window in self._windows.values() if window.serving]
        if serving:
            await asyncio.wait(serving, timeout=within_seconds)
        for window in self._windows.values():
            for waiting in (*window.batch, *window.queue):
                if not waiting.answer.done():
                    waiting.answer.set_exception(Outage("The box office is closing.", outcome_unknown=waiting in window.batch))
            if window.serving:
                window.serving.cancel()
        await self._connections.close()

    async def _serve(self, window: Window) -> None:
        try:
            while window.queue:
                if self.traces is None:
                    await self._serve_batch(window)
                else:
                    with self.traces.batch(window.event_id):
                        await self._serve_batch(window)
        finally:
            self._windows.pop(window.event_id, None)

    async def _serve_batch(self, window: Window, *, again: bool = False) -> None:
        """Serve the commands at the head of the queue until each is answered or its time is over.

        `again` where an earlier try may have carried them out.
        """
        batch: list[Waiting] = []
        losses = 0
        while True:
            try:
                async with self._connections.lend(self._time_left(batch or window.queue)) as connection:
                    batch = batch or self._next_batch(window)
                    locked = losses >= self.limits.losses_before_lock
                    if not batch or await self._round(connection, window.event_id, batch, again=again, locked=locked):
                        return
            except Again:
                losses += 1
                self.served.lost_turns += 1
                if self.traces is not None:
                    self.traces.lost_turn()
            except Exception as error:
                again = again or bool(batch)  # without a connection nothing was tried
                self._occupancy.clear()
                self._standings.clear()
                batch = batch or self._next_batch(window)
                if not is_passing(error):
                    await self._fault(window.event_id, batch, error)
                    return
                self.served.retries += 1
                if self.traces is not None:
                    self.traces.retried(error)
                LOG.warning("event %s: %s: %s; trying again", window.event_id, type(error).__name__, error)
                batch = self._still_patient(batch, outcome_unknown=again)
                if not batch:
                    return
                await asyncio.sleep(random.uniform(0.02, 0.2))

    def _next_batch(self, window: Window) -> list[Waiting]:
        """Those at the head of the queue whose callers still wait."""
        batch: list[Waiting] = []
        while window.queue and len(batch) < self.limits.batch_most:
            waiting = window.queue.popleft()
            if not waiting.answer.done():
                batch.append(waiting)
        window.batch = batch
        return batch

    def _time_left(self, waiting: Sequence[Waiting]) -> float:
        """How many seconds the first of some commands still waits; never quite none, so that a free connection is always taken."""
        return max(0.1, waiting[0].deadline - asyncio.get_running_loop().time())

    def _still_patient(self, batch: list[Waiting], *, outcome_unknown: bool) -> list[Waiting]:
        """Those whose time is not over; the others are told to try again."""
        now = asyncio.get_running_loop().time()
        for waiting in batch:
            if waiting.deadline <= now and not waiting.answer.done():
                waiting.answer.set_exception(Outage("The database did not answer in time.", outcome_unknown=outcome_unknown))
        return [waiting for waiting in batch if waiting.deadline > now]

    async def _round(self, connection: Connection, event_id: EventId, batch: list[Waiting], *, again: bool, locked: bool) -> bool:
        """Load, decide, write, publish, answer. False where this only gave back overdue holds, and more of them wait.

        Raises Again where another process was first.
        """
        if locked:
            async with connection.transaction():
                await connection.fetchval(SQL["take_turn"], event_id)
                answers, inventory = await self._commit(connection, event_id, batch, again=again, locked=locked)
        else:
            answers, inventory = await self._commit(connection, event_id, batch, again=again, locked=locked)
        if inventory is not None:
            self._committed(inventory)
        if answers is None:
            return False
        for waiting, answer in zip(batch, answers, strict=True):
            if not waiting.answer.done():
                waiting.answer.set_result(answer)
        self.served.commands += len(batch)
        self.served.batches += 1
        if self.traces is not None:
            self.traces.served(waiting.origin for waiting in batch)
        self.served.largest_batch = max(self.served.largest_batch, len(batch))
        return True

    async def _commit(
        self, connection: Connection, event_id: EventId, batch: list[Waiting], *, again: bool, locked: bool
    ) -> tuple[list[Any] | None, Inventory | None]:
        """The answers, None where more overdue holds wait than one commit gives back; and the inventory at the version it has then."""
        commands = [waiting.command for waiting in batch]
        plan = self.plans.known(event_id) or await self.plans.fetch(event_id, connection)
        if plan is not None and not again and not locked:  # in a transaction a statement that fails would end it
            held = await self._hold_at_once(connection, event_id, commands, plan)
            if held is not None:
                return list(held.answers), held.inventory
        touched = touched_by(commands, again=again)
        loaded = plan and await load(connection, event_id, touched, plan[1], self.policy, self._occupancy)
        if plan is None or loaded is None:
            return [EventNotFound(event_id)] * len(batch), None
        if loaded.plan_version != plan[0]:
            await self.plans.fetch(event_id, connection)
            self._occupancy.forget(event_id)
            raise Again
        if loaded.lacks_seats:
            raise Again  # it is known from here on that all of them are to be asked for
        answers = decide_batch(loaded.inventory, commands if loaded.all_due else [], loaded.now)
        if loaded.inventory.changed:
            version = await write(connection, loaded.inventory, loaded.now)
            if version is None:
                raise Again
            loaded.inventory.version = version
        self._standings.keep(loaded.inventory, loaded.plan_version, loaded.now, asyncio.get_running_loop().time())
        return list(answers) if loaded.all_due else None, loaded.inventory

    async def _hold_at_once(
        self, connection: Connection, event_id: EventId, commands: list[Command], plan: tuple[int, SeatingPlan | None]
    ) -> Held | None:
        """Take the seats that commands ask for where the event stands as this process last saw it; None, with nothing done, where it does
        not, or where they ask for anything else."""
        clock = asyncio.get_running_loop().time()
        plan_version, seats = plan
        standing = self._standings.of(event_id, clock)
        if standing is None or seats is None or standing.plan_version != plan_version:
            return None
        inventory = holds(event_id, commands, seats, standing, self.policy, clock)
        if inventory is None:
            return None
        held = await hold(connection, inventory, standing, commands)
        if held is None:
            self._standings.doubt(event_id, clock)
            return None
        self.served.at_once += 1
        self._standings.keep(held.inventory, plan_version, held.now, asyncio.get_running_loop().time())
        return held

    def _committed(self, inventory: Inventory) -> None:
        """What a batch left is durable: remember every seat where all were loaded, and tell what changed."""
        if inventory.statuses is not None:
            self._occupancy.keep(inventory.event_id, inventory.version, inventory.statuses)
        if inventory.changed:
            self.publisher.publish(change_set_of(inventory, inventory.version))

    async def _fault(self, event_id: EventId, batch: list[Waiting], error: Exception) -> None:
        """A bug showed itself. Serve each command alone, so that it costs nobody but the one that meets it."""
        LOG.error("event %s: a batch of %d failed", event_id, len(batch), exc_info=error)
        if len(batch) == 1:
            if not batch[0].answer.done():
                batch[0].answer.set_exception(error)
            return
        for waiting in batch:
            await self._serve_batch(Window(event_id, deque([waiting])), again=True)

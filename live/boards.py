"""Boards: every event somebody watches or has just looked at, in this process."""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable, Iterator
from contextlib import ExitStack, aclosing, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from domain.bookings import BookingStatus
from domain.changes import ChangeSet
from domain.ids import EventId
from domain.ports import BoardSource, Outage
from live.board import Board, Update
from live.keeper import ANY_BOOKING, WAITLIST, Keeper
from live.sources import CountsSource, CountsUpdate, SeatsSource, told_by

log = logging.getLogger(__name__)


class Feed(Protocol):
    """Where change sets come from: `live.feed.ChangeFeed`."""

    def follow(self, event_id: EventId, hear: Callable[[ChangeSet | None], None]) -> None:
        """Hand on every change set of an event from now on, and None whenever some may have been lost; one follower per event."""
        ...

    def unfollow(self, event_id: EventId) -> None:
        """Stop handing on."""
        ...


@dataclass(frozen=True, slots=True)
class BookingsUpdate:
    """The bookings of an event that changed, with their present status; where `may_have_missed`, others may have too: read them again."""

    event_id: EventId
    version: int
    bookings: tuple[tuple[int, BookingStatus], ...]
    may_have_missed: bool


class Boards:
    """Opens a board for whoever asks first, and keeps it true until nobody has asked for a while."""

    def __init__(
        self,
        source: BoardSource,
        feed: Feed,
        *,
        linger: timedelta = timedelta(seconds=30),
        idle_most: int = 1000,
        check_every: timedelta = timedelta(seconds=1),
    ) -> None:
        self._source = source
        self._feed = feed
        self._linger_s = linger.total_seconds()
        self._idle_most = idle_most
        self._check_every_s = check_every.total_seconds()
        self._keepers: dict[EventId, Keeper] = {}
        self._idle: OrderedDict[EventId, float] = OrderedDict()  # since when, the longest idle first
        self._doubted: set[EventId] = set()
        self._doubt = asyncio.Event()
        self._closed = False
        self._watchdog: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to compare all open boards with the database, each second."""
        self._watchdog = asyncio.create_task(self._watch_over(), name="boards' watchdog")

    async def close(self) -> None:
        """End all viewers and boards."""
        self._closed = True
        if self._watchdog is not None:
            self._watchdog.cancel()
            await asyncio.wait({self._watchdog})
        stopping = {task for keeper in tuple(self._keepers.values()) for task in keeper.close()}
        if stopping:
            await asyncio.wait(stopping)

    @property
    def open_count(self) -> int:
        """How many boards are open."""
        return len(self._keepers)

    @property
    def viewer_count(self) -> int:
        """How many viewers and watchers there are, counted once for each event they watch."""
        return sum(keeper.attending for keeper in self._keepers.values())

    async def read(self, event_id: EventId) -> Board | None:
        """An event's board, for reading at once: it changes in place. None where there is no such event.

        Raises Outage where it is not open and cannot be opened.
        """
        keeper = self._keepers.get(event_id)
        if keeper is not None and keeper.board is not None:
            if event_id in self._idle:
                self._rest(event_id)
            return keeper.board
        with self._attending(event_id) as keeper:
            return await keeper.opened()

    def at_hand(self, event_id: EventId) -> Board | None:
        """An event's board, where it is open and nothing is known that it does not show yet; None where not."""
        keeper = self._keepers.get(event_id)
        return None if keeper is None or keeper.is_behind() else keeper.board

    @asynccontextmanager
    async def seats(self, event_id: EventId) -> AsyncIterator[SeatsSource]:
        """An event's seats, for any number of viewers. Raises LookupError where there is none, Outage where its board cannot be opened."""
        with self._attending(event_id) as keeper:
            await self._board_of(keeper)
            with SeatsSource(keeper).attended() as source:
                yield source

    @asynccontextmanager
    async def counts(self, event_ids: Iterable[EventId]) -> AsyncIterator[CountsSource]:
        """The counts of several events, for any number of viewers. Events that do not exist are left out; ends when none is left.

        Raises Outage where a board cannot be opened.
        """
        with ExitStack() as leaving:
            keepers = [leaving.enter_context(self._attending(event_id)) for event_id in dict.fromkeys(event_ids)]
            for keeper in keepers:
                with suppress(LookupError):
                    await self._board_of(keeper)
            yield leaving.enter_context(CountsSource(keepers).attended())

    async def watch(self, event_id: EventId, after: int | None = None) -> AsyncGenerator[Update, None]:
        """What one viewer is told: at once all that it does not know yet, then, whenever something has changed, everything since then.

        `after` is the version it knows already. The first update is a snapshot, or the changes since `after`, empty where there are none.
        Each later one follows on the one before (`previous_version`) or is a snapshot. Ends when the event or the boards do. Raises as
        `seats`. Close it (`aclose`) to leave.
        """
        async with self.seats(event_id) as source, aclosing(told_by(source, after)) as updates:
            async for update in updates:
                yield update

    async def watch_counts(self, event_ids: Iterable[EventId]) -> AsyncGenerator[CountsUpdate, None]:
        """The counts of several events: first of each, then of one whenever they have changed, the latest only. Raises as `counts`."""
        async with self.counts(event_ids) as source, aclosing(told_by(source)) as updates:
            async for update in updates:
                yield update

    async def watch_bookings(self, event_id: EventId, booking_no: int | None = None) -> AsyncGenerator[BookingsUpdate, None]:
        """The bookings that change, of one number or all of the event.

        The first update comes at once and says that all may have changed: what is read after it misses nothing that is told later.
        So does every update after a loss that left unknown which bookings changed. Raises as `watch`, and ends as it does.
        """
        waker = asyncio.Event()
        with self._attending(event_id, waker, ANY_BOOKING if booking_no is None else booking_no) as keeper:
            board = await self._board_of(keeper)
            after: int | None = None
            while board is not None and not keeper.ended:
                waker.clear()
                if keeper.board is not board:
                    board, after = keeper.board, None
                    continue
                changed = None if after is None else board.bookings_since(after)
                found = tuple((number, status) for number, status in reversed(changed or ()) if booking_no in (None, number))
                after = board.version
                if found or changed is None:
                    yield BookingsUpdate(event_id, after, found, may_have_missed=changed is None)
                else:
                    await waker.wait()

    async def watch_waitlist(self, event_id: EventId, waker: asyncio.Event) -> AsyncGenerator[None, None]:
        """That places in an event's waitlist may be others now: at once, so that what is read after it misses nothing that is told later,
        and then whenever `waker` was set since, which whoever gives it may do, too. Raises as `watch`, and ends as it does.
        """
        with self._attending(event_id, waker, WAITLIST) as keeper:
            board = await self._board_of(keeper)
            while board is not None and not keeper.ended:
                waker.clear()
                yield
                await waker.wait()

    async def _board_of(self, keeper: Keeper) -> Board | None:
        """The keeper's board; None where the boards were closed meanwhile. Raises LookupError where there is no such event."""
        try:
            board = await keeper.opened()
        except Outage:
            if self._closed:
                return None
            raise
        if board is None:
            raise LookupError(f"there is no event {keeper.event_id}")
        return board

    @contextmanager
    def _attending(self, event_id: EventId, waker: asyncio.Event | None = None, booking_no: int | None = None) -> Iterator[Keeper]:
        """Keep an event's board open, and be woken when it, or one of its bookings, changes."""
        if self._closed:
            raise Outage("the boards are closed")
        keeper = self._keepers.get(event_id) or self._open(event_id)
        wakers = keeper.viewers if booking_no is None else keeper.booking_watchers.setdefault(booking_no, set())
        keeper.attending += 1
        self._idle.pop(event_id, None)
        if waker is not None:
            wakers.add(waker.set)
        try:
            yield keeper
        finally:
            keeper.attending -= 1
            if waker is not None:
                wakers.discard(waker.set)
            if booking_no is not None and not wakers:
                keeper.booking_watchers.pop(booking_no, None)
            if not keeper.attending and not keeper.ended:
                self._rest(event_id)

    def _open(self, event_id: EventId) -> Keeper:
        keeper = Keeper(event_id, self._source, self._on_doubt, self._on_end)
        self._keepers[event_id] = keeper
        self._feed.follow(event_id, keeper.hear)  # before the keeper reads anything: it has not run yet
        return keeper

    def _on_doubt(self, event_id: EventId) -> None:
        self._doubted.add(event_id)
        self._doubt.set()

    def _on_end(self, keeper: Keeper) -> None:
        if self._keepers.get(keeper.event_id) is keeper:
            del self._keepers[keeper.event_id]
            self._idle.pop(keeper.event_id, None)
            self._feed.unfollow(keeper.event_id)

    def _rest(self, event_id: EventId) -> None:
        """Nobody watches this board now, and somebody just looked at it."""
        self._idle[event_id] = asyncio.get_running_loop().time()
        self._idle.move_to_end(event_id)
        if len(self._idle) > self._idle_most:
            self._drop_idle()

    def _drop_idle(self) -> None:
        event_id, _ = self._idle.popitem(last=False)
        self._keepers[event_id].close()

    async def _watch_over(self) -> None:
        """Compare boards with the database: those in doubt at once, all of them each second."""
        clock = asyncio.get_running_loop().time
        due, is_out = clock(), False
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout_at(due):
                    await self._doubt.wait()
            if is_due := clock() >= due:
                due = clock() + self._check_every_s
            try:
                await self._compare(self._to_compare(is_due))
                is_out = False
            except Exception as reason:  # whatever it is, the next comparison may succeed
                if not is_out:
                    log.warning("boards cannot be compared with the database: %s", reason, exc_info=not isinstance(reason, Outage))
                is_out = True

    def _to_compare(self, is_due: bool) -> set[EventId]:
        event_ids = set(self._doubted)
        self._doubted.clear()
        self._doubt.clear()
        if is_due:
            longest_s = asyncio.get_running_loop().time() - self._linger_s
            while self._idle and next(iter(self._idle.values())) <= longest_s:
                self._drop_idle()
            event_ids.update(self._keepers)
        return event_ids

    async def _compare(self, event_ids: Iterable[EventId]) -> None:
        boards = {event_id: keeper.board for event_id in event_ids if (keeper := self._keepers.get(event_id)) and keeper.board is not None}
        if not boards:
            return
        known = {event_id: board.version for event_id, board in boards.items()}
        versions = await self._source.versions(tuple(known))
        for event_id, version in known.items():
            if (keeper := self._keepers.get(event_id)) is not None and keeper.board is boards[event_id]:
                keeper.compare(versions.get(event_id), version)

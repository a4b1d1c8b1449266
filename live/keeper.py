"""The keeper: opens one event's board and keeps it true, whatever order or loss its change sets come in."""

import asyncio
import logging
import random
from collections.abc import Callable, Iterable

from domain.changes import ChangeSet
from domain.ids import EventId
from domain.ports import BoardSource, Outage
from live.board import Applied, Board, seat_count_of

log = logging.getLogger(__name__)

ANY_BOOKING = -1
"""Stands among the bookings that are watched for all of an event's."""
WAITLIST = -2
"""Stands among the bookings that are watched for the places in an event's waitlist."""
EARLY_MOST = 1024
"""Change sets kept that do not follow on the board's version yet."""
GRACE_S = 0.05
"""How long a change set may be late before the database is asked: this process hears of its own commits first, of others' a bit later."""
BACKOFF_S = (0.1, 1.0)
"""The first and the longest wait between two tries to read from a database that is out."""


class Keeper:
    """One event's board, who is to be woken when it changes, and the repairs it needs.

    `doubt` is called when messages may have been lost and the version should be compared with the database's; `ended` when the keeper
    gives up for good, because the event does not exist, the board could not be opened, or it was closed.
    """

    def __init__(self, event_id: EventId, source: BoardSource, doubt: Callable[[EventId], None], ended: Callable[["Keeper"], None]) -> None:
        self.event_id = event_id
        self.board: Board | None = None
        self.ended = False
        self.viewers: set[Callable[[], None]] = set()
        self.booking_watchers: dict[int, set[Callable[[], None]]] = {}
        self.attending = 0
        self._source = source
        self._doubt = doubt
        self._when_ended = ended
        self._early: dict[int, ChangeSet] = {}
        self._told = 0  # the newest version somebody says there is
        self._doubted = False
        self._whole = False  # a repair must read everything again
        self._gone_back = False  # the database was restored to an earlier version
        self._opening = asyncio.create_task(self._open(), name=f"open board {event_id}")
        self._opening.add_done_callback(_look_at)
        self._repairing: asyncio.Task[None] | None = None

    async def opened(self) -> Board | None:
        """The board once it is there; None where there is no such event. Raises Outage where it could not be read, or was closed."""
        await asyncio.wait({self._opening})  # not awaited itself: one reader that is cancelled must not cancel it for all
        if self._opening.cancelled():
            raise Outage("the board was closed")
        self._opening.result()
        return self.board

    def hear(self, change_set: ChangeSet | None) -> None:
        """Take in what the feed brings, in any order; None says that messages may have been lost."""
        if change_set is None:
            self._doubted = True
            self._doubt(self.event_id)
            return
        if self.board is not None and change_set.version <= self.board.version:
            return
        self._told = max(self._told, change_set.version)
        if len(self._early) < EARLY_MOST:
            self._early[change_set.version] = change_set
        self._catch_up()

    def compare(self, version: int | None, board_version: int) -> None:
        """Take in the version the database has (None: no such event), asked when the board was at `board_version`; repair what differs."""
        if self.board is None or self.ended:
            return
        if version is None or version < board_version:
            self._whole = True
            self._gone_back = version is not None
        else:
            self._told = max(self._told, version)
        self._repair_if_behind()

    def close(self) -> set[asyncio.Task[None]]:
        """End: whoever waits is woken and finds `ended`. Answers what is still stopping."""
        self._end()
        tasks = {task for task in (self._opening, self._repairing) if task is not None}
        for task in tasks:
            task.cancel()
        return tasks

    async def _open(self) -> None:
        try:
            state = await self._source.snapshot(self.event_id)
            plan = await self._source.plan(self.event_id)
        except BaseException:
            self._end()
            raise
        if state is None:
            self._end()
            return
        self.board = Board(state, plan)
        if self._doubted:
            self._doubt(self.event_id)
        self._catch_up()

    def _catch_up(self) -> None:
        board = self.board
        if board is None:
            return  # what has gathered until it is read is applied then
        touched: list[int] = []
        seen = False  # whether anything that viewers see has changed: a payment's steps move nothing on a map
        while (change_set := self._early.pop(board.version + 1, None)) is not None:
            if board.apply(change_set) is Applied.GAP:
                self._whole = True  # it is the next one, but the sale changed with it
                break
            touched.extend(booking_no for booking_no, _ in change_set.bookings)
            if change_set.waitlist_changed:
                touched.append(WAITLIST)
            seen = seen or bool(change_set.seats or change_set.tiers)
        self._wake(touched, viewers=seen)
        if self._early:
            self._early = {version: early for version, early in self._early.items() if version > board.version}
        self._repair_if_behind()

    def is_behind(self) -> bool:
        """Whether there is something that the board does not show yet, and is about to read."""
        return self.board is not None and (self._whole or bool(self._early) or self._told > self.board.version)

    def _repair_if_behind(self) -> None:
        if self.is_behind() and self._repairing is None and not self.ended:
            self._repairing = asyncio.create_task(self._repair(), name=f"repair board {self.event_id}")

    async def _repair(self) -> None:
        """Read from the database until the board is no longer behind. One at a time."""
        outages = 0
        while self.is_behind() and not self.ended:
            assert self.board is not None
            stood_at = self.board.version
            await asyncio.sleep(_backoff_s(outages) if outages else GRACE_S)
            if not self.is_behind() or (self.board.version > stood_at and not self._whole):
                continue  # what was late has come
            try:
                await self._read_again(self.board)
                outages = 0
            except Exception as reason:
                outages += 1
                if outages == 1:
                    log.warning(
                        "the board of %s cannot be repaired yet: %s", self.event_id, reason, exc_info=not isinstance(reason, Outage)
                    )
        self._repairing = None

    async def _read_again(self, board: Board) -> None:
        whole, told, claimed = self._whole, self._told, tuple(self._early)
        state = await (self._source.snapshot(self.event_id) if whole else self._source.changes_since(self.event_id, board.version))
        # The plan after the seats: a plan too new is put right by the change that made it so, one too old never would be.
        plan = await self._source.plan(self.event_id)
        if state is None:
            self._end()
            return
        back = whole and self._gone_back and state.version < board.version
        if back or (whole and seat_count_of(plan) != board.seat_count and state.version >= board.version):
            self.board = Board(state, plan)
        elif (board.replace if whole else board.repair)(state, plan) is Applied.GAP:
            if whole:
                raise ValueError("the database names seats that the plan does not have")
            self._whole = True
            return
        if whole:
            self._whole = self._gone_back = False
        self._forget_lies(told, claimed)
        self._wake(None)
        self._catch_up()

    def _forget_lies(self, told: int, claimed: Iterable[int]) -> None:
        """What was told of before the database was read and is not in it never was committed."""
        if self._told == told:
            self._told = 0
        for version in claimed:
            self._early.pop(version, None)

    def _wake(self, booking_nos: Iterable[int] | None, *, viewers: bool = True) -> None:
        if viewers:
            for wake in self.viewers:
                wake()
        woken = self.booking_watchers if booking_nos is None else {ANY_BOOKING, *booking_nos}
        for booking_no in woken:
            for wake in self.booking_watchers.get(booking_no, ()):
                wake()

    def _end(self) -> None:
        if not self.ended:
            self.ended = True
            self._when_ended(self)
            self._wake(None)


def _backoff_s(tries: int) -> float:
    """A random wait that grows with each try: processes that lost the same database do not come back at once."""
    first, longest = BACKOFF_S
    return min(longest, first * 2.0**tries) * random.uniform(0.5, 1.0)


def _look_at(task: asyncio.Task[None]) -> None:
    """Whoever waits for a board is told what failed; where nobody waits any more it is not worth a warning."""
    if not task.cancelled():
        task.exception()

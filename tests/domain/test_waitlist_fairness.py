"""Whether a waitlist is fair: a house that people come to, wait for and leave at random, watched from outside.

What may be offered to whom is worked out here anew, seat by seat, and never asked of the rules.
"""

import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from domain.bookings import HOLDING, Booking
from domain.callers import Caller, Role
from domain.commands import Command
from domain.ids import EntryId, UserId
from domain.waitlist import EntryStatus, SkipReason, WaitlistEntry
from domain.waitlist_commands import AcceptOffer, DeclineOffer, JoinWaitlist, LeaveWaitlist
from tests.domain.builders import (
    AVAILABLE,
    CIRCLE,
    EVENT,
    FLOOR,
    ON_SALE,
    STALLS,
    a_sale,
    a_user,
    an_inventory,
    block,
    book,
    book_any,
    cancel,
    expire_due,
    unblock,
)
from tests.domain.soundness import assert_waitlist
from tests.domain.store import Store

STALLS_SEATS, CIRCLE_SEATS, ROOM = 9, 6, 5
ROWS = {STALLS: range(STALLS_SEATS), CIRCLE: range(STALLS_SEATS, STALLS_SEATS + CIRCLE_SEATS)}
STEPS = 600


@dataclass(frozen=True)
class Free:
    """The places that nobody has."""

    seats: frozenset[int]
    room: int

    def without(self, booking: Booking) -> "Free":
        return Free(self.seats - set(booking.seats), self.room - standing(booking))

    def with_those_of(self, booking: Booking) -> "Free":
        return Free(self.seats | set(booking.seats), self.room + standing(booking))

    def of(self, tier_no: int) -> int:
        return self.room if tier_no == FLOOR else len(self.seats & set(ROWS[tier_no]))

    def longest(self, tier_no: int) -> int:
        """The most places of a tier that are beside one another; those who stand always are."""
        if tier_no == FLOOR:
            return self.room
        longest = run = 0
        for seat_no in ROWS[tier_no]:
            run = run + 1 if seat_no in self.seats else 0
            longest = max(longest, run)
        return longest

    def why_not(self, entry: WaitlistEntry) -> SkipReason | None:
        """What is missing for an entry; None where it is all there."""
        tiers = (STALLS, CIRCLE, FLOOR) if entry.tier_no is None else (entry.tier_no,)
        if max((self.longest if entry.together else self.of)(tier_no) for tier_no in tiers) >= entry.quantity:
            return None
        in_reach = sum(map(self.of, tiers)) if entry.together else 0
        return SkipReason.NOT_TOGETHER if in_reach >= entry.quantity else SkipReason.NOT_ENOUGH_PLACES


def standing(booking: Booking) -> int:
    return sum(line.quantity for line in booking.lines if line.tier_no == FLOOR)


@dataclass
class Evening:
    """A house that is nearly sold out, and all that was seen of its queue from outside."""

    store: Store
    chance: random.Random
    now: datetime = ON_SALE
    numbers: int = 0
    overtaken: Counter[int] = field(default_factory=Counter)
    reasons: dict[int, SkipReason] = field(default_factory=dict)
    offers: int = 0

    def live(self) -> None:
        """Let it all happen, and look after each step."""
        for _ in range(STEPS):
            self.now += timedelta(seconds=self.chance.choice((1, 2, 5, 25)))
            self.ask([expire_due()])  # whatever else happens, happens with nothing overdue
            commands = self.commands()
            if commands:
                self.ask(commands)

    def ask(self, commands: list[Command]) -> None:
        before = self.queue()
        had = set(self.store.bookings)
        self.store.commit(commands, self.now)
        assert_waitlist(self.store)
        self.look(before, had)

    def commands(self) -> list[Command]:
        """What somebody asks for."""
        live = [booking for booking in self.store.bookings.values() if booking.status in HOLDING]
        match self.chance.choices(("join", "joins", "book", "snipe", "cancel", "entry", "block"), (20, 3, 40, 10, 8, 12, 5))[0]:
            case "join":
                return [self.join()]
            case "joins":
                return [self.join(), self.join(), self.join()]
            case "book":
                return [self.sniper()]
            case "snipe" if live:
                booking = self.chance.choice(live)
                return [cancel(Caller(booking.user_id, Role.USER), booking.id), self.sniper()]
            case "cancel" if live:
                booking = self.chance.choice(live)
                return [cancel(Caller(booking.user_id, Role.USER), booking.id)]
            case "entry" if active := [e for e in self.store.entries.values() if e.status in (EntryStatus.WAITING, EntryStatus.OFFERED)]:
                entry = self.chance.choice(active)
                kind = self.chance.choice((LeaveWaitlist, AcceptOffer, AcceptOffer, DeclineOffer))
                return [kind(entry.id, Caller(entry.user_id, Role.USER))]
            case "block":
                seat_no = self.chance.randrange(STALLS_SEATS)
                return [block(seat_no) if seat_no in self.free().seats else unblock(seat_no)]
            case _:  # there is nothing to be meant
                return []

    def join(self) -> Command:
        self.numbers += 1
        user = a_user(self.chance.choice(("ann", "ben", "cat", f"user {self.numbers}")))
        tier_no = self.chance.choice((None, None, STALLS, CIRCLE, FLOOR))
        # Numbers fall, so that a queue ordered by them would be the wrong way round.
        return JoinWaitlist(EntryId(EVENT, 10**9 - self.numbers), user, tier_no, self.chance.randint(1, 4), self.chance.random() < 0.6)

    def sniper(self) -> Command:
        self.numbers += 1
        user = self.chance.choice(("ann", "ben", f"sniper {self.numbers}"))
        if self.chance.random() < 0.4:
            return book_any(user, self.chance.randint(1, 3), self.chance.choice((STALLS, CIRCLE, FLOOR)))
        free = sorted(self.free().seats) or [0]
        return book(user, *self.chance.sample(free, min(len(free), self.chance.randint(1, 3))))

    def queue(self) -> list[WaitlistEntry]:
        """Those who wait, first come first."""
        waiting = (entry for entry in self.store.entries.values() if entry.status is EntryStatus.WAITING)
        return sorted(waiting, key=lambda entry: entry.joined_at)

    def free(self) -> Free:
        claims = self.store.claims
        taken = {seat_no for seat_no, seat in claims.items() if seat.status is not AVAILABLE}
        room = self.store.tiers[FLOOR].counts.available if FLOOR in self.store.tiers else 0
        return Free(frozenset(range(STALLS_SEATS + CIRCLE_SEATS)) - taken, room)

    def look(self, before: list[WaitlistEntry], had: set[int]) -> None:
        """Whom this commit served, past whom, and whether it had to be so.

        Places only go while they are offered, so that what does not do for somebody does not do for them later in the same commit either.
        """
        made = [booking for number, booking in self.store.bookings.items() if number not in had and booking.status in HOLDING]
        free = self.free()
        for booking in made:
            free = free.with_those_of(booking)
        bought = Counter({b.user_id: b.quantity for b in made if b.id.number not in self.store.entries})  # after the offers were made
        served = {booking.id.number: booking for booking in made if booking.id.number in self.store.entries}
        turns = [entry for entry in before if self.store.entries[entry.id.number].status in (EntryStatus.WAITING, EntryStatus.OFFERED)]
        passed: list[WaitlistEntry] = []
        for entry in turns:
            if entry.id.number not in served:
                passed.append(entry)
                continue
            assert free.why_not(entry) is None, "somebody is offered what they did not want"
            for earlier in passed:
                self.must_have_been_passed(earlier, entry, free, bought)
            self.offers += 1
            free = free.without(served.pop(entry.id.number))
        assert not served, "an offer to somebody who did not wait"
        self.must_be_written_down()
        for entry in self.queue():
            assert self.is_limited(entry) or self.free().why_not(entry) is not None, "somebody waits for what is free"

    def must_have_been_passed(self, earlier: WaitlistEntry, served: WaitlistEntry, free: Free, bought: Counter[UserId]) -> None:
        """Somebody was served before one who came first: there was a reason for it at that moment."""
        reason = free.why_not(earlier)
        if reason is None and self.is_limited(earlier, -bought[earlier.user_id]):
            reason = SkipReason.TICKET_LIMIT
        assert reason is not None, "somebody is overtaken for no reason"
        assert wants(earlier) != wants(served) or reason is SkipReason.TICKET_LIMIT, "equals are served in the order they came"
        self.overtaken[earlier.id.number] += 1
        self.reasons[earlier.id.number] = reason

    def must_be_written_down(self) -> None:
        """How often each was overtaken, and why the last time."""
        for number, entry in self.store.entries.items():
            assert (entry.skips, entry.skip_reason) == (self.overtaken[number], self.reasons.get(number))

    def is_limited(self, entry: WaitlistEntry, besides: int = 0) -> bool:
        """Whether they may not have so many more, `besides` what they have now."""
        limit = self.store.sale.ticket_limit
        return limit is not None and self.store.taken()[entry.user_id] + besides + entry.quantity > limit


def wants(entry: WaitlistEntry) -> tuple[int | None, int, bool]:
    return entry.tier_no, entry.quantity, entry.together


@pytest.mark.parametrize("limit", [None, 4])
@pytest.mark.parametrize("seed", range(8))
def test_whoever_is_overtaken_wanted_what_was_not_there(seed: int, limit: int | None) -> None:
    evening = Evening(
        Store(an_inventory(STALLS_SEATS, circle=CIRCLE_SEATS, floor=ROOM, sale=a_sale(ticket_limit=limit))), random.Random(seed)
    )

    evening.live()

    assert evening.offers > 5, "nobody was offered anything: nothing was looked at"


def test_an_evening_shows_every_reason_for_overtaking() -> None:
    seen: set[SkipReason] = set()
    for seed in range(6):
        evening = Evening(
            Store(an_inventory(STALLS_SEATS, circle=CIRCLE_SEATS, floor=ROOM, sale=a_sale(ticket_limit=4))), random.Random(seed)
        )
        evening.live()
        seen |= set(evening.reasons.values())

    assert seen == set(SkipReason)


def test_those_who_come_in_one_batch_are_served_in_the_order_they_came() -> None:
    store = Store(an_inventory(floor=3))
    store.commit([book_any("rich", 3)], ON_SALE)
    joins = [JoinWaitlist(EntryId(EVENT, 9 - n), a_user(f"user {n}"), None, 1) for n in range(3)]  # numbers that fall
    store.commit(joins, ON_SALE)

    [held] = [booking for booking in store.bookings.values()]
    store.commit([cancel("rich", held.id)], ON_SALE + timedelta(seconds=1))

    assert [entry.status for entry in store.entries.values()] == [EntryStatus.OFFERED] * 3
    assert sorted(store.entries.values(), key=lambda entry: entry.joined_at) == [store.entries[join.entry_id.number] for join in joins]


def test_a_group_that_need_not_sit_together_is_told_that_no_tier_has_enough() -> None:
    store = Store(an_inventory(2, floor=2))
    store.commit([book("rich", 0, 1), book_any("poor", 2)], ON_SALE)
    store.commit(
        [
            JoinWaitlist(EntryId(EVENT, 1), a_user("group"), None, 3, together=False),
            JoinWaitlist(EntryId(EVENT, 2), a_user("one"), STALLS, 1),
        ],
        ON_SALE,
    )

    for name, booking in zip(("rich", "poor"), list(store.bookings.values()), strict=True):
        store.commit([cancel(name, booking.id)], ON_SALE)

    assert store.entries[2].status is EntryStatus.OFFERED
    assert store.entries[1].skip_reason is SkipReason.NOT_ENOUGH_PLACES

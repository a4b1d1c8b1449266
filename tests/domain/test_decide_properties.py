"""Whatever is asked, whenever, in whatever batches: no seat has two owners, every count is right and no money dangles."""

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import replace
from datetime import datetime

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.answers import (
    Answer,
    DueExpired,
    ErrandAdvanced,
    OfferAccepted,
    RefundCompleted,
    RefundFailed,
    SeatsBlocked,
    SeatsUnblocked,
    WaitlistJoined,
    WaitlistLeft,
)
from domain.bookings import BookingStatus
from domain.commands import Book, Command
from domain.ids import BookingId
from domain.places import PlaceStatus
from domain.refusals import PaymentFailed
from domain.waitlist_commands import JoinWaitlist
from tests.domain.builders import AVAILABLE, CIRCLE, a_sale, an_inventory, expire_due
from tests.domain.soundness import STANDING, nobody_waits_for_what_is_free
from tests.domain.store import Outcome, Store
from tests.domain.world import CIRCLE_SEATS, SEATS, Moment, RunsErrand, Sells, Step, World, asked_anew, is_again, stories


def state_of(store: Store) -> tuple[object, ...]:
    """All that is stored, but for how many commits it took."""
    claims = {seat_no: seat for seat_no, seat in store.claims.items() if seat.status is not AVAILABLE}
    return claims, store.tiers, store.bookings, store.payments, store.refunds, store.receipts, store.tickets, store.entries, store.errands


def answers_again(store: Store, now: datetime, command: Command, outcome: Outcome, number: int) -> Iterator[tuple[Outcome, BookingId]]:
    """What an accepted command is answered once more: the very same, and with new ids under the same key."""
    booking_id = booking_of(outcome)
    if booking_id is None:
        return
    yield store.commit([command], now, again=True)[0], booking_id
    has_key = not isinstance(command, Book | JoinWaitlist) or command.idempotency is not None
    anew = asked_anew(command, number)
    if anew is not None and has_key:
        yield store.commit([anew], now)[0], booking_id


def booking_of(outcome: Outcome) -> BookingId | None:
    """Which booking an answer tells of; None for a refusal, and for what is not about one booking."""
    match outcome:
        case PaymentFailed(booking_id):
            return booking_id
        case RefundCompleted(refund) | RefundFailed(refund):
            return refund.booking_id
        case WaitlistJoined(entry) | WaitlistLeft(entry) | OfferAccepted(entry):
            return entry.booking_id
        case SeatsBlocked() | SeatsUnblocked() | DueExpired() | ErrandAdvanced():
            return None
        case answer if isinstance(answer, Answer):
            return answer.booking.id
        case _:
            return None


# The properties.


def a_world(ticket_limit: int | None) -> World:
    """A small house, of which the circle is free of charge."""
    inventory = an_inventory(SEATS, circle=CIRCLE_SEATS, floor=STANDING, sale=a_sale(ticket_limit=ticket_limit))
    inventory.tiers[CIRCLE] = replace(inventory.tiers[CIRCLE], price_minor=0)
    return World(Store(inventory))


many = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
limits = st.sampled_from((None, 2, 4))


@many
@given(story=stories, limit=limits)
def test_whatever_happens_all_is_sound_after_each_commit(story: list[Step], limit: int | None) -> None:
    a_world(limit).live(story)


@many
@given(story=stories, limit=limits)
def test_nobody_waits_for_what_is_free(story: list[Step], limit: int | None) -> None:
    world = a_world(limit)

    for step in story:
        if not isinstance(step, Sells | RunsErrand):
            world.take(step)
            assert world.gathered or world.now >= world.store.sale.off_sale_at or nobody_waits_for_what_is_free(world.store, world.now)


@many
@given(story=stories, limit=limits)
def test_how_commands_are_batched_and_what_else_is_loaded_changes_nothing(story: list[Step], limit: int | None) -> None:
    world = a_world(limit)
    world.live(story)

    one_by_one, at_once, knowing_all = (a_world(limit).store for _ in range(3))
    alone, together, knowing = [], [], []
    done: list[Command] = []
    for moment in moments_of(world):
        one_by_one.sale = at_once.sale = knowing_all.sale = moment.sale
        for store in (one_by_one, at_once, knowing_all):
            store.errands = moment.errands | store.errands
        together += at_once.commit(moment.commands, moment.now, again=is_again(done, moment.commands))
        knowing += knowing_all.commit(moment.commands, moment.now, everything=True)
        for command in moment.commands:
            alone += one_by_one.commit([command], moment.now, again=command in done)
            done.append(command)

    for store in (one_by_one, at_once, knowing_all):
        store.errands = world.errands | store.errands
    assert alone == together == knowing == world.outcomes
    assert state_of(one_by_one) == state_of(at_once) == state_of(knowing_all) == state_of(world.store)


@many
@given(story=stories, limit=limits)
def test_what_was_accepted_is_answered_again_with_the_same_booking_and_changes_nothing(story: list[Step], limit: int | None) -> None:
    world = a_world(limit)
    world.live(story)
    world.store.commit([expire_due()], world.now)
    before = deepcopy(state_of(world.store)), world.store.version

    asked = [command for moment in world.moments for command in moment.commands]
    for number, (command, outcome) in enumerate(zip(asked, world.outcomes, strict=True), start=1_000):
        for answer, booking_id in answers_again(world.store, world.now, command, outcome, number):
            assert booking_of(answer) == booking_id

    assert (state_of(world.store), world.store.version) == before


@many
@given(story=stories, limit=limits)
def test_a_board_fed_by_the_change_sets_shows_what_is_stored(story: list[Step], limit: int | None) -> None:
    world = a_world(limit)
    first = world.store.version
    tiers = {tier_no: tier.counts for tier_no, tier in world.store.tiers.items()}
    seats: dict[int, PlaceStatus] = {}
    bookings: dict[int, BookingStatus] = {}

    world.live(story)
    for change_set in world.store.change_sets:
        seats |= dict(change_set.seats)
        tiers |= dict(change_set.tiers)
        bookings |= dict(change_set.bookings)

    assert [change_set.version for change_set in world.store.change_sets] == list(range(first + 1, world.store.version + 1))
    assert seats == {seat_no: seat.status for seat_no, seat in world.store.claims.items()}
    assert tiers == {tier_no: tier.counts for tier_no, tier in world.store.tiers.items()}
    assert bookings == {number: booking.status for number, booking in world.store.bookings.items()}


def moments_of(world: World) -> list[Moment]:
    """What was asked, with all that one instant saw of one sale put together."""
    moments: list[Moment] = []
    for moment in world.moments:
        if moments and (moments[-1].now, moments[-1].sale, moments[-1].errands) == (moment.now, moment.sale, moment.errands):
            moments[-1] = replace(moments[-1], commands=[*moments[-1].commands, *moment.commands])
        else:
            moments.append(moment)
    return moments

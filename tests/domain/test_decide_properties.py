"""Whatever is asked, whenever, in whatever batches: no seat has two owners, every count is right and no money dangles."""

from collections import Counter
from collections.abc import Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Literal, TypeVar

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.answers import Answer, DueExpired, RefundCompleted, SeatsBlocked, SeatsUnblocked
from domain.bookings import BookingStatus, PaymentStatus, TicketStatus, tickets_of
from domain.callers import Caller, Role
from domain.commands import (
    BeginPayment,
    BlockSeats,
    BookQuantity,
    BookSeats,
    CancelBooking,
    Command,
    CompletePayment,
    CompleteRefund,
    ExtendBooking,
    FailPayment,
    UnblockSeats,
)
from domain.ids import BookingId
from domain.inventory import EventStatus, Sale, Seat
from domain.places import Counts, PlaceStatus
from domain.refusals import PaymentFailed
from tests.domain.builders import (
    AVAILABLE,
    BLOCKED,
    BOOKED,
    CIRCLE,
    EVENT,
    FLOOR,
    HELD,
    ON_SALE,
    POLICY,
    STALLS,
    a_booking_id,
    a_key,
    a_payment_id,
    a_refund_id,
    a_sale,
    a_user,
    an_admin,
    an_inventory,
    expire_due,
)
from tests.domain.store import Outcome, Store

USERS = ("ann", "ben", "cat")
SEATS, CIRCLE_SEATS, STANDING = 5, 3, 3
C = TypeVar("C")
STATUS_OF = {BookingStatus.PENDING: HELD, BookingStatus.CONFIRMED: BOOKED}


# What people, gateways and the organizer do. `which` counts back from the latest that could be meant.


@dataclass(frozen=True, slots=True)
class Books:
    user: str
    seats: tuple[int, ...]
    key: int | None = None


@dataclass(frozen=True, slots=True)
class BooksAny:
    user: str
    tier_no: int
    quantity: int
    key: int | None = None


@dataclass(frozen=True, slots=True)
class Acts:
    verb: Literal["extend", "begin", "begin at once", "cancel"]
    which: int = 0
    by: Literal["its user", "somebody else", "an admin"] = "its user"
    key: int | None = None


@dataclass(frozen=True, slots=True)
class GatewayTells:
    verb: Literal["charged", "declined"]
    which: int = 0
    of_another_booking: bool = False


@dataclass(frozen=True, slots=True)
class GatewayGaveBack:
    which: int = 0


@dataclass(frozen=True, slots=True)
class Organizes:
    verb: Literal["block", "unblock"]
    seats: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Repeats:
    """The very same command once more: its outcome was not known."""

    which: int


@dataclass(frozen=True, slots=True)
class AsksAnew:
    """The same request under the same key, with new ids: its answer did not arrive."""

    which: int


@dataclass(frozen=True, slots=True)
class Commits:
    """What has gathered is one batch."""


@dataclass(frozen=True, slots=True)
class Waits:
    seconds: float


@dataclass(frozen=True, slots=True)
class Sells:
    """The catalogue now says this."""

    status: EventStatus


Step = Books | BooksAny | Acts | GatewayTells | GatewayGaveBack | Organizes | Repeats | AsksAnew | Commits | Waits | Sells

users = st.sampled_from(USERS)
seat_nos = st.integers(0, SEATS - 1) | st.integers(0, SEATS + CIRCLE_SEATS)  # one more than there is
some_seats = st.lists(seat_nos, min_size=1, max_size=3).map(tuple)  # the same one twice, too
keys = st.none() | st.integers(0, 2)
whiches = st.sampled_from((0, 0, 0, 1, 1, 2, 3))
waits = st.builds(Waits, st.sampled_from((0.000001, 60, 299.999999, 300, 600, 600, 86_400, 29 * 86_400)))
single_steps: st.SearchStrategy[Step] = st.one_of(
    st.builds(Books, users, some_seats, keys),
    st.builds(BooksAny, users, st.sampled_from((STALLS, CIRCLE, FLOOR, FLOOR, 9)), st.sampled_from((1, 2, 3, 4, 0)), keys),
    st.builds(
        Acts,
        st.sampled_from(("extend", "begin", "begin at once", "cancel")),
        whiches,
        st.sampled_from(("its user", "its user", "its user", "somebody else", "an admin")),
        keys,
    ),
    st.builds(GatewayTells, st.sampled_from(("charged", "declined")), whiches, st.sampled_from((False, False, False, True))),
    st.builds(GatewayGaveBack, whiches),
    st.builds(Organizes, st.sampled_from(("block", "unblock")), some_seats),
    st.builds(Repeats, whiches),
    st.builds(AsksAnew, whiches),
    st.just(Commits()),
    waits,
    st.builds(Sells, st.sampled_from((EventStatus.PUBLISHED, EventStatus.CANCELLED))),
)


@st.composite
def visits(draw: st.DrawFn) -> list[Step]:
    """Somebody books and pays; meanwhile the hold may end, a rival may come and the gateway may change its mind."""
    books = draw(st.builds(Books, users, some_seats) | st.builds(BooksAny, users, st.sampled_from((STALLS, FLOOR)), st.integers(1, 3)))
    begins: Step = Acts(draw(st.sampled_from(("begin", "begin at once"))))
    meanwhile: list[list[Step]] = [
        [],
        [Commits()],
        [Waits(600)],
        [Waits(600), replace(books, user=draw(users)), Commits()],
        [Waits(600), BooksAny(books.user, FLOOR, 2), Commits()],
        [Acts("cancel")],
        [GatewayTells("declined"), begins],
    ]
    told: list[list[Step]] = [
        [],
        [GatewayTells("charged")],
        [GatewayTells("charged"), GatewayTells("charged", which=1), Acts("cancel")],
        [GatewayTells("declined"), GatewayTells("charged")],
        [GatewayTells("charged"), GatewayTells("declined"), Acts("cancel")],
    ]
    return [books, Commits(), begins, *draw(st.sampled_from(meanwhile)), *draw(st.sampled_from(told))]


parts = visits() | single_steps.map(lambda step: [step]) | st.lists(single_steps, min_size=2, max_size=4)
stories = st.lists(parts, min_size=4, max_size=16).map(lambda found: [step for part in found for step in part])


@dataclass(frozen=True, slots=True)
class Moment:
    """What was asked at one instant, while the catalogue said one thing."""

    now: datetime
    sale: Sale
    commands: list[Command]


@dataclass
class World:
    """Turns steps into commands, as callers would who know what is committed."""

    store: Store
    now: datetime = ON_SALE
    gathered: list[Command] = field(default_factory=list)
    asked: list[Command] = field(default_factory=list)
    moments: list[Moment] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)

    def live(self, story: Sequence[Step]) -> None:
        """Let a whole story happen."""
        for step in (*story, Commits()):
            self.take(step)

    def take(self, step: Step) -> None:
        """Let one step happen."""
        match step:
            case Commits():
                self.commit()
            case Waits(seconds):
                self.commit()
                self.now += timedelta(seconds=seconds)
            case Sells(status):
                self.commit()
                self.store.sale = replace(self.store.sale, status=status)
            case _:
                command = self.command(step)
                if command is not None:
                    self.gathered.append(command)
                    self.asked.append(command)

    def commit(self) -> None:
        """Commit what has gathered, and look whether all is well."""
        if not self.gathered:
            return
        done = self.asked[: -len(self.gathered)]
        self.outcomes += self.store.commit(self.gathered, self.now, again=is_again(done, self.gathered))
        self.moments.append(Moment(self.now, self.store.sale, self.gathered))
        self.gathered = []
        assert_sound(self.store)

    def command(self, step: Step) -> Command | None:
        """The command somebody would submit; None where there is nothing to be meant."""
        new = len(self.asked) + 1
        match step:
            case Books(user, seats, key):
                return BookSeats(a_booking_id(new), a_user(user), seats, key if key is None else a_key(f"{key}", ("book", seats)))
            case BooksAny(user, tier_no, quantity, key):
                idempotency = key if key is None else a_key(f"{key}", ("book", tier_no, quantity))
                return BookQuantity(a_booking_id(new), a_user(user), tier_no, quantity, idempotency)
            case Acts(verb, which, by, key):
                booked = meant(self.books, which)
                if booked is None:
                    return None
                booking_id, caller = booked.booking_id, caller_of(booked, by)
                idempotency = a_key(f"fresh {new}" if key is None else f"{key}", (verb, booking_id))
                if verb == "extend":
                    return ExtendBooking(booking_id, caller, idempotency)
                if verb == "cancel":
                    return CancelBooking(booking_id, a_refund_id(new), caller, idempotency)
                return BeginPayment(booking_id, a_payment_id(new), caller, "sandbox", "pm_card_visa", idempotency, verb == "begin at once")
            case GatewayTells(verb, which, of_another_booking):
                begun, booked = meant(self.begins, which), meant(self.books, which)
                if begun is None or booked is None:
                    return None
                booking_id = booked.booking_id if of_another_booking else begun.booking_id
                if verb == "declined":
                    return FailPayment(booking_id, begun.payment_id, "card_declined")
                booking = self.store.bookings.get(booking_id.number)
                known = (booking.seats, booking.user_id) if booking else ((), None)
                return CompletePayment(booking_id, begun.payment_id, a_refund_id(new), "ch_1", *known)
            case GatewayGaveBack(which):
                owing = meant(self.owings, which)
                return CompleteRefund(owing.booking_id, owing.refund_id, "re_1") if owing else None
            case Organizes(verb, seats):
                return BlockSeats(EVENT, seats) if verb == "block" else UnblockSeats(EVENT, seats)
            case Repeats(which):
                return meant(self.asked, which)
            case AsksAnew(which):
                anew = [again for command in self.asked if (again := asked_anew(command, new))]
                return meant(anew, which)
            case Commits() | Waits() | Sells():
                return None

    @property
    def books(self) -> list[BookSeats | BookQuantity]:
        return [command for command in self.asked if isinstance(command, BookSeats | BookQuantity)]

    @property
    def begins(self) -> list[BeginPayment]:
        return [command for command in self.asked if isinstance(command, BeginPayment)]

    @property
    def owings(self) -> list[CompletePayment | CancelBooking]:
        return [command for command in self.asked if isinstance(command, CompletePayment | CancelBooking)]


def meant(found: Sequence[C], which: int) -> C | None:
    """One of what could be meant, counted back from the latest."""
    return found[-1 - which % len(found)] if found else None


def caller_of(booked: BookSeats | BookQuantity, by: str) -> Caller:
    if by == "an admin":
        return an_admin()
    others = [a_user(name) for name in USERS if a_user(name) != booked.user_id]
    return Caller(booked.user_id if by == "its user" else others[0], Role.USER)


def asked_anew(command: Command, number: int) -> Command | None:
    """The same request with the ids that a second try would make."""
    match command:
        case BookSeats() | BookQuantity():
            return replace(command, booking_id=a_booking_id(number))
        case BeginPayment():
            return replace(command, payment_id=a_payment_id(number))
        case CancelBooking():
            return replace(command, refund_id=a_refund_id(number))
        case _:
            return None


def is_again(done: Sequence[Command], commands: Sequence[Command]) -> bool:
    """Whether any of some commands may have been carried out before."""
    return any(command in done for command in commands)


# What must hold after each commit.


def assert_sound(store: Store) -> None:
    assert_one_owner(store)
    assert_counts(store)
    assert_limit(store)
    assert_money(store)
    assert_tickets(store)


def assert_one_owner(store: Store) -> None:
    """A booking has its seats exactly while it is pending or confirmed, and nobody else has them."""
    owned = [
        (seat_no, Seat(STATUS_OF[booking.status], booking.id.number))
        for booking in store.bookings.values()
        if booking.status in STATUS_OF
        for seat_no in booking.seats
    ]
    assert len(owned) == len(dict(owned)), "a seat has two owners"
    assert dict(owned) == {seat_no: seat for seat_no, seat in store.claims.items() if seat.status in (HELD, BOOKED)}
    assert {seat.booking_no for seat in store.claims.values() if seat.status in (AVAILABLE, BLOCKED)} <= {None}


def assert_counts(store: Store) -> None:
    """Each tier counts what its seats say, or, where none are numbered, its bookings."""
    assert store.plan is not None
    for tier_no, ranges in store.plan.ranges.items():
        states = Counter(store.claims.get(seat_no, Seat()).status for seat_nos in ranges for seat_no in seat_nos)
        assert store.tiers[tier_no].counts == Counts(*(states[status] for status in PlaceStatus))
    standing: Counter[PlaceStatus] = Counter()
    for booking in store.bookings.values():
        if booking.status in STATUS_OF:
            standing[STATUS_OF[booking.status]] += sum(line.quantity for line in booking.lines if line.tier_no == FLOOR)
    assert 0 <= standing.total() <= STANDING
    assert store.tiers[FLOOR].counts == Counts(STANDING - standing.total(), standing[HELD], standing[BOOKED])
    assert all(line.quantity == len(line.seats) for b in store.bookings.values() for line in b.lines if line.tier_no != FLOOR)


def assert_limit(store: Store) -> None:
    """Nobody has more places than one user may have, and no booking more than one may count."""
    assert all(1 <= booking.quantity <= POLICY.places_most for booking in store.bookings.values())
    if store.sale.ticket_limit is not None:
        assert all(places <= store.sale.ticket_limit for places in store.taken().values())


def assert_money(store: Store) -> None:
    """A confirmed booking is paid once, or free; all other money that came goes back, once."""
    kept: Counter[int] = Counter()
    for payment in store.payments.values():
        refunds = [refund for refund in store.refunds.values() if refund.payment_id == payment.id]
        came = payment.status is PaymentStatus.SUCCEEDED
        assert len(refunds) <= came, "money goes back once, and only where it came"
        assert all((refund.amount, refund.booking_id) == (payment.amount, payment.booking_id) for refund in refunds)
        kept[payment.booking_id.number] += came and not refunds
    for number, booking in store.bookings.items():
        assert kept[number] == (booking.status is BookingStatus.CONFIRMED and booking.total.minor > 0)
    under_way = Counter(p.booking_id for p in store.payments.values() if p.status is PaymentStatus.PENDING)
    assert all(count == 1 for count in under_way.values()), "one charge at a time"


def assert_tickets(store: Store) -> None:
    """Each place of a confirmed booking has its ticket, and no other ticket opens the door."""
    valid = {ticket for ticket in store.tickets.values() if ticket.status is TicketStatus.VALID}
    confirmed = [booking for booking in store.bookings.values() if booking.status is BookingStatus.CONFIRMED]
    assert valid == {ticket for booking in confirmed for ticket in tickets_of(booking)}


def state_of(store: Store) -> tuple[object, ...]:
    """All that is stored, but for how many commits it took."""
    claims = {seat_no: seat for seat_no, seat in store.claims.items() if seat.status is not AVAILABLE}
    return claims, store.tiers, store.bookings, store.payments, store.refunds, store.receipts, store.tickets


def answers_again(store: Store, now: datetime, command: Command, outcome: Outcome, number: int) -> Iterator[tuple[Outcome, BookingId]]:
    """What an accepted command is answered once more: the very same, and with new ids under the same key."""
    booking_id = booking_of(outcome)
    if booking_id is None:
        return
    yield store.commit([command], now, again=True)[0], booking_id
    has_key = not isinstance(command, BookSeats | BookQuantity) or command.idempotency is not None
    anew = asked_anew(command, number)
    if anew is not None and has_key:
        yield store.commit([anew], now)[0], booking_id


def booking_of(outcome: Outcome) -> BookingId | None:
    """Which booking an answer tells of; None for a refusal, and for what is not about one booking."""
    match outcome:
        case PaymentFailed(booking_id):
            return booking_id
        case RefundCompleted(refund):
            return refund.booking_id
        case SeatsBlocked() | SeatsUnblocked() | DueExpired():
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


many = settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
limits = st.sampled_from((None, 2, 4))


@many
@given(story=stories, limit=limits)
def test_whatever_happens_all_is_sound_after_each_commit(story: list[Step], limit: int | None) -> None:
    a_world(limit).live(story)


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
        together += at_once.commit(moment.commands, moment.now, again=is_again(done, moment.commands))
        knowing += knowing_all.commit(moment.commands, moment.now, everything=True)
        for command in moment.commands:
            alone += one_by_one.commit([command], moment.now, again=command in done)
            done.append(command)

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
        if moments and (moments[-1].now, moments[-1].sale) == (moment.now, moment.sale):
            moments[-1] = replace(moments[-1], commands=[*moments[-1].commands, *moment.commands])
        else:
            moments.append(moment)
    return moments

"""People, gateways, the organizer and time: the steps that stories are made of, and the world in which they are commands."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import islice
from typing import Literal, TypeVar

from hypothesis import strategies as st

from domain.bookings import HOLDING
from domain.callers import Caller, Role
from domain.commands import (
    BeginPayment,
    BlockSeats,
    Book,
    BookBest,
    BookQuantity,
    BookSeats,
    CancelBooking,
    Command,
    CompletePayment,
    CompleteRefund,
    ExtendBooking,
    FailPayment,
    RunErrand,
    UnblockSeats,
)
from domain.errands import Errand, ErrandKind
from domain.ids import EntryId
from domain.inventory import EventStatus, Sale
from domain.ticket_commands import CheckIn, HandOnTicket
from domain.waitlist_commands import AcceptOffer, DeclineOffer, JoinWaitlist, LeaveWaitlist
from tests.domain.builders import (
    CIRCLE,
    EVENT,
    FLOOR,
    ON_SALE,
    STALLS,
    a_booking_id,
    a_key,
    a_payment_id,
    a_refund_id,
    a_user,
    an_admin,
)
from tests.domain.soundness import assert_sound
from tests.domain.store import Outcome, Store

USERS = ("ann", "ben", "cat")
SEATS, CIRCLE_SEATS = 5, 3
C = TypeVar("C")


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
class BooksBest:
    user: str
    quantity: int
    tier_no: int | None = None
    section: str | None = None
    key: int | None = None


@dataclass(frozen=True, slots=True)
class GivesBackSome:
    """The first of a booking's seats, or its first tickets."""

    which: int
    places: int
    by_ticket: bool
    by: Literal["its user", "an admin"] = "its user"


@dataclass(frozen=True, slots=True)
class Joins:
    user: str
    tier_no: int | None
    quantity: int
    together: bool
    key: int | None = None


@dataclass(frozen=True, slots=True)
class AboutEntry:
    verb: Literal["leave", "accept", "decline"]
    which: int


@dataclass(frozen=True, slots=True)
class AboutTicket:
    verb: Literal["hand on", "check in"]
    which: int
    to: str = "ben"


@dataclass(frozen=True, slots=True)
class RunsErrand:
    """The runner takes the next bookings of the last errand there is."""

    most: int


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


Step = (
    Books
    | BooksAny
    | BooksBest
    | Acts
    | GivesBackSome
    | Joins
    | AboutEntry
    | AboutTicket
    | RunsErrand
    | GatewayTells
    | GatewayGaveBack
    | Organizes
    | Repeats
    | AsksAnew
    | Commits
    | Waits
    | Sells
)

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
    st.builds(
        BooksBest,
        users,
        st.integers(1, 4),
        st.sampled_from((None, None, STALLS, CIRCLE, FLOOR)),
        st.sampled_from((None, None, "House")),
        keys,
    ),
    st.builds(GivesBackSome, whiches, st.integers(1, 3), st.booleans(), st.sampled_from(("its user", "its user", "an admin"))),
    st.builds(Joins, users, st.sampled_from((None, STALLS, FLOOR)), st.integers(1, 3), st.booleans(), keys),
    st.builds(AboutEntry, st.sampled_from(("leave", "accept", "accept", "decline")), whiches),
    st.builds(AboutTicket, st.sampled_from(("hand on", "check in")), whiches, users),
    st.builds(RunsErrand, st.integers(1, 3)),
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


@st.composite
def queues(draw: st.DrawFn) -> list[Step]:
    """The house is sold out but for little, some wait, and then places come back."""
    fills: list[Step] = [BooksAny("ann", STALLS, 3), BooksAny("ben", STALLS, 2), BooksAny("cat", FLOOR, 3), BooksAny("ben", CIRCLE, 3)]
    wanted = st.builds(Joins, users, st.sampled_from((None, STALLS, FLOOR)), st.integers(1, 3), st.booleans())
    joins: list[Step] = [replace(draw(wanted), user=user) for user in USERS]
    frees: list[Step] = [Acts("cancel", 0), Acts("cancel", 3), Acts("cancel", 2), GivesBackSome(3, 1, by_ticket=False), Waits(300)]
    answer: st.SearchStrategy[Step] = st.builds(AboutEntry, st.sampled_from(("accept", "decline", "leave")), whiches)
    answers = draw(st.lists(answer | waits | st.just(Commits()), max_size=4))
    return [*fills, Commits(), *joins, Commits(), draw(st.sampled_from(frees)), *answers]


parts = visits() | queues() | single_steps.map(lambda step: [step]) | st.lists(single_steps, min_size=2, max_size=4)
stories = st.lists(parts, min_size=4, max_size=16).map(lambda found: [step for part in found for step in part])


@dataclass(frozen=True, slots=True)
class Moment:
    """What was asked at one instant, while the catalogue said one thing."""

    now: datetime
    sale: Sale
    errands: dict[int, Errand]
    commands: list[Command]


@dataclass
class World:
    """Turns steps into commands, as callers would who know what is committed."""

    store: Store
    now: datetime = ON_SALE
    errands: dict[int, Errand] = field(default_factory=dict)
    """As they were begun."""
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
                if status is EventStatus.CANCELLED:
                    number = len(self.errands) + 1
                    self.errands[number] = Errand(number, ErrandKind.CANCEL_BOOKINGS, {"reason": "rain"}, -1)
                    self.store.errands[number] = self.errands[number]
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
        self.moments.append(Moment(self.now, self.store.sale, dict(self.errands), self.gathered))
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
            case BooksBest(user, quantity, tier_no, section, key):
                idempotency = key if key is None else a_key(f"{key}", ("best", tier_no, section, quantity))
                return BookBest(a_booking_id(new), a_user(user), quantity, tier_no, section, idempotency)
            case GivesBackSome(which, places, by_ticket, by):
                booked = meant(self.books, which)
                if booked is None:
                    return None
                mine = self.store.bookings.get(booked.booking_id.number)
                seats = mine.seats[:places] if mine and not by_ticket else ()
                numbers = tuple(range(1, places + 1)) if by_ticket else ()
                return CancelBooking(booked.booking_id, a_refund_id(new), caller_of(booked, by), a_key(f"fresh {new}"), seats, numbers)
            case Joins(user, tier_no, quantity, together, key):
                idempotency = key if key is None else a_key(f"{key}", ("join", tier_no, quantity, together))
                return JoinWaitlist(EntryId(EVENT, new), a_user(user), tier_no, quantity, together, idempotency=idempotency)
            case AboutEntry(verb, which):
                joined = meant(self.joins, which)
                if joined is None:
                    return None
                by_user = Caller(joined.user_id, Role.USER)
                if verb == "leave":
                    return LeaveWaitlist(joined.entry_id, by_user)
                return AcceptOffer(joined.entry_id, by_user) if verb == "accept" else DeclineOffer(joined.entry_id, by_user)
            case AboutTicket(verb, which, to):
                ticket = meant(sorted(self.store.tickets), which)
                if ticket is None:
                    return None
                if verb == "check in":
                    return CheckIn(ticket, an_admin(), a_key(f"fresh {new}"))
                holder = self.store.tickets[ticket].holder_id or self.store.bookings[ticket.booking_id.number].user_id
                return HandOnTicket(ticket, a_user(to), Caller(holder, Role.USER), a_key(f"fresh {new}"))
            case RunsErrand(most):
                errand = meant(list(self.store.errands.values()), 0)
                if errand is None:
                    return None
                live = (n for n, b in sorted(self.store.bookings.items()) if b.status in HOLDING and n > errand.after_booking)
                numbers = tuple(islice(live, most))
                refunds = tuple((number, a_refund_id(new * 1_000 + number)) for number in numbers)
                return RunErrand(EVENT, errand.errand_no, errand.after_booking, refunds)
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
    def books(self) -> list[Book]:
        return [command for command in self.asked if isinstance(command, Book)]

    @property
    def joins(self) -> list[JoinWaitlist]:
        return [command for command in self.asked if isinstance(command, JoinWaitlist)]

    @property
    def begins(self) -> list[BeginPayment]:
        return [command for command in self.asked if isinstance(command, BeginPayment)]

    @property
    def owings(self) -> list[CompletePayment | CancelBooking]:
        return [command for command in self.asked if isinstance(command, CompletePayment | CancelBooking)]


def meant(found: Sequence[C], which: int) -> C | None:
    """One of what could be meant, counted back from the latest."""
    return found[-1 - which % len(found)] if found else None


def caller_of(booked: Book, by: str) -> Caller:
    if by == "an admin":
        return an_admin()
    others = [a_user(name) for name in USERS if a_user(name) != booked.user_id]
    return Caller(booked.user_id if by == "its user" else others[0], Role.USER)


def asked_anew(command: Command, number: int) -> Command | None:
    """The same request with the ids that a second try would make."""
    match command:
        case BookSeats() | BookQuantity() | BookBest():
            return replace(command, booking_id=a_booking_id(number))
        case JoinWaitlist():
            return replace(command, entry_id=EntryId(EVENT, number))
        case BeginPayment():
            return replace(command, payment_id=a_payment_id(number))
        case CancelBooking():
            return replace(command, refund_id=a_refund_id(number))
        case _:
            return None


def is_again(done: Sequence[Command], commands: Sequence[Command]) -> bool:
    """Whether any of some commands may have been carried out before."""
    return any(command in done for command in commands)

"""Waitlists: one's turn in the queue for an event's places, and what comes of asking for it."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any, Self

import strawberry
from strawberry import ID, Info

from domain import waitlist, waitlist_refusals
from schema.booking_inputs import KEY
from schema.booking_refusals import Busy, IdempotencyKeyReused, InvalidSeatCount, TicketLimitReached
from schema.bookings import Booking
from schema.declarations import FREE
from schema.event_refusals import EventNotFound, EventNotOnSale, TierNotFound
from schema.nodes import Node, PageInfo
from schema.refusals import ErrorCode, Refusal, ValidationFailed

if TYPE_CHECKING:
    from schema.events import Event, Tier
    from schema.users import User


@strawberry.enum(description="Where an entry of a waitlist stands.")
class WaitlistStatus(Enum):
    WAITING = strawberry.enum_value("WAITING", description="Its turn has not come.")
    OFFERED = strawberry.enum_value("OFFERED", description="Places are held for it until `offerExpiresAt`: accept, or pay, or decline.")
    ACCEPTED = strawberry.enum_value("ACCEPTED", description="Its offer was taken up: it is an ordinary booking now.")
    DECLINED = strawberry.enum_value("DECLINED", description="Its offer was given back.")
    EXPIRED = strawberry.enum_value("EXPIRED", description="Its offer was not taken in time, or the event was cancelled.")
    LEFT = strawberry.enum_value("LEFT", description="Its user left.")


@strawberry.enum(description="Why somebody who came later was served first.")
class WaitlistSkipReason(Enum):
    NOT_ENOUGH_PLACES = strawberry.enum_value("NOT_ENOUGH_PLACES", description="Fewer places had become free than it wants.")
    NOT_TOGETHER = strawberry.enum_value("NOT_TOGETHER", description="Enough had become free, but not beside one another.")
    TICKET_LIMIT = strawberry.enum_value("TICKET_LIMIT", description="With these places its user would have had more than one person may.")


STATUSES = {status: WaitlistStatus[status.name] for status in waitlist.EntryStatus}
REASONS = {reason: WaitlistSkipReason[reason.name] for reason in waitlist.SkipReason}


@strawberry.type(description="One user's turn in the queue for an event's places.")
class WaitlistEntry(Node):
    record: strawberry.Private[waitlist.WaitlistEntry]
    quantity: int = strawberry.field(description="How many places it wants: all of them or none.")
    together: bool = strawberry.field(description="Whether numbered seats must be neighbours.")
    status: WaitlistStatus = strawberry.field(description="Where it stands.")
    joined_at: datetime = strawberry.field(description="Since when it waits: the order of the queue.")
    notify_email: bool = strawberry.field(description="Whether its offer is told of by e-mail.")
    notify_sms: bool = strawberry.field(description="Whether its offer is told of by SMS.")
    skips: int = strawberry.field(description="How often somebody who came later was served first, as what was free did not do for it.")
    skip_reason: WaitlistSkipReason | None = strawberry.field(description="Why, the last time; null where nobody was.")
    offer_expires_at: datetime | None = strawberry.field(description="Until when its offer is, or was, open; null before there is one.")

    @strawberry.field(
        description="Its place in the queue, 1 for the next; null where it waits no more. Counted are those who came before it and want "
        "the same places: who waits for one tier competes with those who wait for that or for any, who waits for any with everybody."
    )
    async def position(self, info: Info[Any, None]) -> int | None:
        """Through the loader: many entries ask once."""
        standing = await info.context.waitlist_loaders.standing(self.record.id)
        return standing.position if standing is not None else None

    @strawberry.field(
        description="After how many minutes its turn may come, were the queue to move on as fast as in the last 24 hours: the places that "
        "it and those before it want, by the places offered since then. Null where nothing was offered, where sales end before, and where "
        "it waits no more."
    )
    async def estimated_wait_minutes(self, info: Info[Any, None]) -> int | None:
        """Through the loader: many entries ask once."""
        standing = await info.context.waitlist_loaders.standing(self.record.id)
        wait = standing.wait if standing is not None else None
        return wait // waitlist.MINUTE if wait is not None else None

    @strawberry.field(description="What it waits for places of.")
    async def event(self, info: Info[Any, None]) -> Annotated["Event", strawberry.lazy("schema.events")] | None:
        """Through the loader: many entries ask once."""
        found: Event | None = await info.context.booking_loaders.event(self.record.id.event_id)
        return found

    @strawberry.field(description="The one tier that will do; null where any does.")
    async def tier(self, info: Info[Any, None]) -> Annotated["Tier", strawberry.lazy("schema.events")] | None:
        """Through the loader: many entries ask once."""
        if self.record.tier_no is None:
            return None
        found: Tier = await info.context.booking_loaders.tier(self.record.id.event_id, self.record.tier_no)
        return found

    @strawberry.field(description="Whose it is.")
    async def user(self, info: Info[Any, None]) -> Annotated["User", strawberry.lazy("schema.users")] | None:
        """Through the loader: many entries ask once."""
        found: User | None = await info.context.booking_loaders.user(self.record.user_id)
        return found

    @strawberry.field(
        description="The places that are held for it, or that it took up; null before its turn has come, and after it is over."
    )
    async def offer(self, info: Info[Any, None]) -> Booking | None:
        """Through the loader: many entries ask once."""
        if not self.record.has_offer:
            return None
        found = await info.context.booking_loaders.bookings.load(self.record.booking_id)
        return Booking.of(found) if found is not None else None

    @classmethod
    def of(cls, entry: waitlist.WaitlistEntry) -> Self:
        """An entry as clients see it."""
        return cls(
            id=ID(str(entry.id)),
            record=entry,
            quantity=entry.quantity,
            together=entry.together,
            status=STATUSES[entry.status],
            joined_at=entry.joined_at,
            notify_email=entry.notify_email,
            notify_sms=entry.notify_sms,
            skips=entry.skips,
            skip_reason=REASONS[entry.skip_reason] if entry.skip_reason is not None else None,
            offer_expires_at=entry.offer_expires_at,
        )


@strawberry.type(description="An entry of a waitlist in a list.", directives=[FREE])
class WaitlistEdge:
    node: WaitlistEntry = strawberry.field(description="The entry.")
    cursor: str = strawberry.field(description="Its place in the list.")


@strawberry.type(description="A page of entries of waitlists.")
class WaitlistConnection:
    count: strawberry.Private[Callable[[], Awaitable[int]]]
    edges: list[WaitlistEdge] = strawberry.field(description="The page.")
    page_info: PageInfo = strawberry.field(description="Where it lies.")

    @strawberry.field(description="How many there are on all pages.")
    async def total_count(self) -> int:
        """Counted only for who asks."""
        return await self.count()


@strawberry.input(description="What to wait for.")
class JoinWaitlistInput:
    event_id: ID = strawberry.field(description="The event.")
    tier_id: ID | None = strawberry.field(default=None, description="The one tier that will do; left out: any.")
    quantity: int = strawberry.field(description="How many places: all of them or none.")
    together: bool = strawberry.field(
        default=True, description="Whether numbered seats must be neighbours. If not, they are all of one tier at least."
    )
    notify_email: bool = strawberry.field(default=True, description="Whether to be told of an offer by e-mail.")
    notify_sms: bool = strawberry.field(default=False, description="Whether to be told of an offer by SMS.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


# Refusals


@strawberry.type(description="You are in this event's waitlist already: one place at a time.")
class AlreadyWaiting(Refusal):
    entry_id: ID = strawberry.field(description="Your entry.")


@strawberry.type(description="Nobody has to wait: what you ask for can be booked now.")
class PlacesAvailable(Refusal):
    event_id: ID = strawberry.field(description="The event.")
    available: int = strawberry.field(description="How many places of what you ask for can be had.")


@strawberry.type(description="There is no such entry of a waitlist, or it is somebody else's.")
class EntryNotFound(Refusal):
    entry_id: ID = strawberry.field(description="The id asked for.")


@strawberry.type(description="The entry has come to its end.")
class EntryNotActive(Refusal):
    entry_id: ID = strawberry.field(description="The entry.")
    entry_status: WaitlistStatus = strawberry.field(description="Where it stands.")


@strawberry.type(description="The entry has no open offer: its turn has not come, or is over.")
class OfferNotOpen(Refusal):
    entry_id: ID = strawberry.field(description="The entry.")
    entry_status: WaitlistStatus = strawberry.field(description="Where it stands.")


# Results

JoinWaitlistResult = Annotated[
    WaitlistEntry
    | EventNotFound
    | EventNotOnSale
    | InvalidSeatCount
    | TicketLimitReached
    | TierNotFound
    | AlreadyWaiting
    | PlacesAvailable
    | IdempotencyKeyReused
    | ValidationFailed
    | Busy,
    strawberry.union("JoinWaitlistResult", description="Your place in the queue, or why there is none."),
]
LeaveWaitlistResult = Annotated[
    WaitlistEntry | EntryNotFound | EntryNotActive | EventNotFound | Busy,
    strawberry.union("LeaveWaitlistResult", description="The entry, LEFT, or why nothing was changed."),
]
AcceptOfferResult = Annotated[
    Booking | EntryNotFound | OfferNotOpen | EventNotFound | Busy,
    strawberry.union("AcceptOfferResult", description="The booking, which is to be paid for with `confirmBooking`; or why there is none."),
]
DeclineOfferResult = Annotated[
    WaitlistEntry | EntryNotFound | OfferNotOpen | EventNotFound | Busy,
    strawberry.union("DeclineOfferResult", description="The entry, DECLINED, or why nothing was changed."),
]


def already_waiting(refusal: waitlist_refusals.AlreadyWaiting) -> AlreadyWaiting:
    """The refusal as clients see it."""
    message = "You are in this event's waitlist already."
    return AlreadyWaiting(code=ErrorCode.ALREADY_WAITING, message=message, entry_id=ID(str(refusal.entry_id)))


def places_available(refusal: waitlist_refusals.PlacesAvailable) -> PlacesAvailable:
    """The refusal as clients see it."""
    message = f"You need not wait: {refusal.available} places can be booked now."
    event_id = ID(str(refusal.event_id))
    return PlacesAvailable(code=ErrorCode.PLACES_AVAILABLE, message=message, event_id=event_id, available=refusal.available)


def entry_not_found(refusal: waitlist_refusals.EntryNotFound) -> EntryNotFound:
    """The refusal as clients see it."""
    message = "You have no such entry in a waitlist."
    return EntryNotFound(code=ErrorCode.WAITLIST_ENTRY_NOT_FOUND, message=message, entry_id=ID(str(refusal.entry_id)))


def entry_not_active(refusal: waitlist_refusals.EntryNotActive) -> EntryNotActive:
    """The refusal as clients see it."""
    message = f"The entry is {refusal.status.name}: there is nothing left to leave."
    entry_id, status = ID(str(refusal.entry_id)), STATUSES[refusal.status]
    return EntryNotActive(code=ErrorCode.WAITLIST_ENTRY_NOT_ACTIVE, message=message, entry_id=entry_id, entry_status=status)


def offer_not_open(refusal: waitlist_refusals.OfferNotOpen) -> OfferNotOpen:
    """The refusal as clients see it."""
    message = f"The entry is {refusal.status.name}: it has no open offer."
    entry_id, status = ID(str(refusal.entry_id)), STATUSES[refusal.status]
    return OfferNotOpen(code=ErrorCode.OFFER_NOT_OPEN, message=message, entry_id=entry_id, entry_status=status)

"""Waiting for places: joining and leaving a waitlist, what one does with an offer, and watching one's place in the queue."""

from collections.abc import AsyncGenerator
from contextlib import aclosing

import strawberry
from strawberry import ID

from domain.answers import OfferAccepted, WaitlistJoined, WaitlistLeft
from domain.callers import Caller
from domain.ids import EntryId, EventId, TierId
from domain.validation import Checks, InvalidInput
from domain.waitlist_commands import AcceptOffer, DeclineOffer, JoinWaitlist, LeaveWaitlist
from domain.waitlist_refusals import AlreadyWaiting, EntryNotActive, EntryNotFound, OfferNotOpen, PlacesAvailable
from resolvers import permissions
from resolvers.context import Info
from resolvers.idempotency import idempotency_of
from schema.booking_refusals import refused
from schema.bookings import Booking
from schema.refusals import ValidationFailed
from schema.waitlist import (
    AcceptOfferResult,
    DeclineOfferResult,
    JoinWaitlistInput,
    JoinWaitlistResult,
    LeaveWaitlistResult,
    WaitlistEntry,
    already_waiting,
    entry_not_active,
    entry_not_found,
    offer_not_open,
    places_available,
)


@strawberry.type
class WaitlistMutations:
    """What users do who wait."""

    @strawberry.mutation(
        description="Wait for places that cannot be booked now. Places that become free are offered, first come first served, to those "
        "whom they satisfy: held for a while, so that nobody else can have them."
    )
    async def join_waitlist(self, info: Info, input: JoinWaitlistInput) -> JoinWaitlistResult:
        """Any user may, once an event."""
        caller = acting(info)
        event_id = EventId.parse(input.event_id)
        tier_no = tier_of(input, event_id)
        if isinstance(tier_no, InvalidInput):
            return ValidationFailed.of(tier_no)
        wanted = tier_no, input.quantity, input.together, input.notify_email, input.notify_sms
        key = idempotency_of(info, input.idempotency_key, "joinWaitlist", event_id, *wanted)
        if isinstance(key, InvalidInput):
            return ValidationFailed.of(key)
        entry_id = EntryId(event_id, info.context.services.new_number())
        match await info.context.services.box_office.submit(JoinWaitlist(entry_id, caller.user_id, *wanted, key)):
            case WaitlistJoined(entry):
                return WaitlistEntry.of(entry)
            case AlreadyWaiting() as refusal:
                return already_waiting(refusal)
            case PlacesAvailable() as refusal:
                return places_available(refusal)
            case refusal:
                return refused(refusal, event_id)

    @strawberry.mutation(description="Wait no longer. An open offer goes on to the next.")
    async def leave_waitlist(self, info: Info, entry_id: ID) -> LeaveWaitlistResult:
        """Its user or an admin."""
        caller, parsed = acting(info), EntryId.parse(entry_id)
        match await info.context.services.box_office.submit(LeaveWaitlist(parsed, caller)):
            case WaitlistLeft(entry):
                return WaitlistEntry.of(entry)
            case EntryNotFound() as refusal:
                return entry_not_found(refusal)
            case EntryNotActive() as refusal:
                return entry_not_active(refusal)
            case refusal:
                return refused(refusal, parsed.event_id)

    @strawberry.mutation(
        description="Take an offer up: its places are held for the usual time at least, and wait to be paid for with `confirmBooking`. To "
        "pay for an offer takes it up, too."
    )
    async def accept_offer(self, info: Info, entry_id: ID) -> AcceptOfferResult:
        """Its user or an admin."""
        caller, parsed = acting(info), EntryId.parse(entry_id)
        match await info.context.services.box_office.submit(AcceptOffer(parsed, caller)):
            case OfferAccepted(_, booking):
                return Booking.of(booking)
            case EntryNotFound() as refusal:
                return entry_not_found(refusal)
            case OfferNotOpen() as refusal:
                return offer_not_open(refusal)
            case refusal:
                return refused(refusal, parsed.event_id)

    @strawberry.mutation(description="Pass an offer on to the next.")
    async def decline_offer(self, info: Info, entry_id: ID) -> DeclineOfferResult:
        """Its user or an admin."""
        caller, parsed = acting(info), EntryId.parse(entry_id)
        match await info.context.services.box_office.submit(DeclineOffer(parsed, caller)):
            case WaitlistLeft(entry):
                return WaitlistEntry.of(entry)
            case EntryNotFound() as refusal:
                return entry_not_found(refusal)
            case OfferNotOpen() as refusal:
                return offer_not_open(refusal)
            case refusal:
                return refused(refusal, parsed.event_id)


@strawberry.type
class WaitlistSubscriptions:
    """How users watch their place in a queue."""

    @strawberry.subscription(
        description="Your entry in an event's waitlist: at once as it is, then whenever its place or its state is another. It ends with "
        "the entry."
    )
    async def waitlist_position(self, info: Info, event_id: ID) -> AsyncGenerator[WaitlistEntry, None]:
        """One's own alone, an admin's too."""
        caller, parsed = permissions.user(info), EventId.parse(event_id)
        mine = (await info.context.services.waitlist.active_many([(caller.user_id, parsed)]))[0]
        if mine is None:
            raise permissions.NotThere("WAITLIST_ENTRY_NOT_FOUND", "You do not wait for places of this event.")
        async with aclosing(info.context.services.waitlists.watch(mine.id)) as standings:
            async for standing in standings:
                yield info.context.waitlist_loaders.told(standing)


def acting(info: Info) -> Caller:
    """Who changes a waitlist. What this request loaded before is forgotten: one document may hold several mutations."""
    info.context.waitlist_loaders.forget()
    return permissions.user(info)


def tier_of(input: JoinWaitlistInput, event_id: EventId) -> int | InvalidInput | None:
    """The tier asked for, by number; or what is wrong with it. Raises MalformedId for what is no id."""
    if input.tier_id is None:
        return None
    checks, tier_id = Checks(), TierId.parse(input.tier_id)
    checks.that(tier_id.event_id == event_id, "tierId", "is of another event")
    return checks.refusal or tier_id.number

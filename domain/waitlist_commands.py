"""Commands about the waitlist: joining and leaving it, and what one does with an offer."""

from dataclasses import dataclass

from domain.answers import OfferAccepted, WaitlistJoined, WaitlistLeft
from domain.asks import Asks, NotNow
from domain.bookings import IdempotencyKey
from domain.callers import Caller
from domain.ids import EntryId, UserId
from domain.refusals import EventNotOnSale, IdempotencyKeyReused, InvalidSeatCount, TicketLimitReached, UnknownTier
from domain.waitlist_refusals import AlreadyWaiting, EntryNotActive, EntryNotFound, OfferNotOpen, PlacesAvailable

CannotWait = EventNotOnSale | InvalidSeatCount | TicketLimitReached | UnknownTier | AlreadyWaiting | PlacesAvailable | IdempotencyKeyReused


@dataclass(frozen=True, slots=True)
class JoinWaitlist(Asks[WaitlistJoined | CannotWait | NotNow]):
    """Wait for places of an event, or of one tier of it. `together`: numbered seats must be neighbours."""

    entry_id: EntryId
    user_id: UserId
    tier_no: int | None
    quantity: int
    together: bool = True
    notify_email: bool = True
    notify_sms: bool = False
    idempotency: IdempotencyKey | None = None


@dataclass(frozen=True, slots=True)
class LeaveWaitlist(Asks[WaitlistLeft | EntryNotFound | EntryNotActive | NotNow]):
    """Wait no longer; an open offer goes on to the next."""

    entry_id: EntryId
    by: Caller


@dataclass(frozen=True, slots=True)
class AcceptOffer(Asks[OfferAccepted | EntryNotFound | OfferNotOpen | NotNow]):
    """Take an offer up: its places are held for the usual time at least, and wait to be paid for."""

    entry_id: EntryId
    by: Caller


@dataclass(frozen=True, slots=True)
class DeclineOffer(Asks[WaitlistLeft | EntryNotFound | OfferNotOpen | NotNow]):
    """Pass an offer on to the next."""

    entry_id: EntryId
    by: Caller


EntryCommand = LeaveWaitlist | AcceptOffer | DeclineOffer
WaitlistCommand = JoinWaitlist | EntryCommand

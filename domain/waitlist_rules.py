"""The rules of the waitlist: who may wait, and whose turn it is when places become free.

First come, first served among those the places satisfy. An offer is a pending booking that bears the number of its entry: its places are
held from the commit that freed them, so that nobody else can have them; accepting it, or paying for it, makes it an ordinary booking.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from domain.answers import OfferAccepted, OfferMade, WaitlistJoined, WaitlistLeft
from domain.booking_rules import any_places, lines_of, not_on_sale, receipt_of
from domain.bookings import Booking, BookingStatus, Line, Receipt
from domain.choosing import best_available
from domain.inventory import EventStatus, Inventory
from domain.places import Tier
from domain.refusals import EventNotFound, IdempotencyKeyReused, InvalidSeatCount, TicketLimitReached, UnknownTier
from domain.waitlist import ACTIVE, EntryStatus, SkipReason, WaitlistEntry
from domain.waitlist_commands import AcceptOffer, CannotWait, DeclineOffer, EntryCommand, JoinWaitlist, LeaveWaitlist
from domain.waitlist_refusals import AlreadyWaiting, EntryNotActive, EntryNotFound, OfferNotOpen, PlacesAvailable

MOMENT = timedelta(microseconds=1)
"""The least that the database tells two times apart by."""


def join_waitlist(inventory: Inventory, command: JoinWaitlist, now: datetime) -> WaitlistJoined | EventNotFound | CannotWait:
    """Give a user their place at the end of the queue, where what they want cannot be booked now."""
    if done := inventory.entries.get(command.entry_id.number):
        return WaitlistJoined(done, new=False)
    if command.idempotency and (receipt := receipt_of(inventory, command.user_id, command.idempotency)):
        if isinstance(receipt, IdempotencyKeyReused) or receipt.made not in inventory.entries:
            return IdempotencyKeyReused(command.idempotency.key)
        return WaitlistJoined(inventory.entries[receipt.made], new=False)
    if inventory.sale.status is EventStatus.DRAFT:
        return EventNotFound(inventory.event_id)
    if refusal := not_on_sale(inventory, now):
        return refusal
    if not 1 <= command.quantity <= inventory.policy.places_most:
        return InvalidSeatCount(command.quantity, inventory.policy.places_most)
    taken = inventory.taken_by.get(command.user_id, 0)
    if inventory.sale.ticket_limit is not None and taken + command.quantity > inventory.sale.ticket_limit:
        return TicketLimitReached(inventory.sale.ticket_limit, taken)
    if command.tier_no is not None and command.tier_no not in inventory.tiers:
        return UnknownTier(command.tier_no)
    if active := next((e for e in inventory.entries.values() if e.user_id == command.user_id and e.status in ACTIVE), None):
        return AlreadyWaiting(active.id)
    entry = WaitlistEntry(
        id=command.entry_id,
        user_id=command.user_id,
        tier_no=command.tier_no,
        quantity=command.quantity,
        together=command.together,
        status=EntryStatus.WAITING,
        joined_at=next_turn(inventory, now),
        notify_email=command.notify_email,
        notify_sms=command.notify_sms,
    )
    if not isinstance(places_for(inventory, entry), SkipReason):
        available = sum(tier.counts.available for tier in tiers_for(inventory, entry))
        return PlacesAvailable(inventory.event_id, available)
    booking_id = entry.booking_id
    receipt_made = Receipt(command.user_id, command.idempotency, booking_id, made=entry.id.number) if command.idempotency else None
    return WaitlistJoined(entry, receipt=receipt_made)


def next_turn(inventory: Inventory, now: datetime) -> datetime:
    """The moment that dates a newcomer: after everybody who waits. All of a batch are decided at one instant, in the order they came."""
    last = max((entry.joined_at for entry in inventory.entries.values() if entry.status is EntryStatus.WAITING), default=None)
    return now if last is None or last < now else last + MOMENT


def leave_waitlist(inventory: Inventory, command: LeaveWaitlist, now: datetime) -> WaitlistLeft | EntryNotFound | EntryNotActive:
    """Take a user out of the queue; an open offer goes on to the next. Asked twice, it changes nothing the second time."""
    entry = own_entry(inventory, command)
    if entry is None:
        return EntryNotFound(command.entry_id)
    if entry.status is EntryStatus.LEFT:
        return WaitlistLeft(entry)
    if entry.status not in ACTIVE:
        return EntryNotActive(entry.id, entry.status)
    return WaitlistLeft(replace(entry, status=EntryStatus.LEFT, ended_at=now), offer_of(inventory, entry, now))


def decline_offer(inventory: Inventory, command: DeclineOffer, now: datetime) -> WaitlistLeft | EntryNotFound | OfferNotOpen:
    """Pass an offer on to the next. Asked twice, it changes nothing the second time."""
    entry = own_entry(inventory, command)
    if entry is None:
        return EntryNotFound(command.entry_id)
    if entry.status is EntryStatus.DECLINED:
        return WaitlistLeft(entry)
    if entry.status is not EntryStatus.OFFERED:
        return OfferNotOpen(entry.id, entry.status)
    return WaitlistLeft(replace(entry, status=EntryStatus.DECLINED, ended_at=now), offer_of(inventory, entry, now))


def accept_offer(inventory: Inventory, command: AcceptOffer, now: datetime) -> OfferAccepted | EntryNotFound | OfferNotOpen:
    """Make an offer an ordinary pending booking, held for the usual time at least, and never shorter than the offer was.

    Asked twice, it answers the booking as it is now.
    """
    entry = own_entry(inventory, command)
    if entry is None:
        return EntryNotFound(command.entry_id)
    booking = inventory.bookings.get(entry.id.number)
    if entry.status is EntryStatus.ACCEPTED and booking is not None:
        return OfferAccepted(entry, booking)
    if entry.status is not EntryStatus.OFFERED or booking is None or booking.status is not BookingStatus.PENDING:
        return OfferNotOpen(entry.id, entry.status)
    if inventory.sale.status is EventStatus.CANCELLED:
        return OfferNotOpen(entry.id, entry.status)
    held = replace(booking, expires_at=max(booking.expires_at, now + inventory.policy.hold))
    return OfferAccepted(replace(entry, status=EntryStatus.ACCEPTED, ended_at=now), held, before=booking)


def own_entry(inventory: Inventory, command: EntryCommand) -> WaitlistEntry | None:
    """The entry a command is about, where it is the caller's."""
    entry = inventory.entries.get(command.entry_id.number)
    return entry if entry is not None and command.by.owns(entry.user_id) else None


def offer_of(inventory: Inventory, entry: WaitlistEntry, now: datetime) -> Booking | None:
    """The open offer of an entry, as it is once it is given up."""
    booking = inventory.bookings.get(entry.id.number)
    if entry.status is not EntryStatus.OFFERED or booking is None or booking.status is not BookingStatus.PENDING:
        return None
    return replace(booking, status=BookingStatus.CANCELLED, cancelled_at=now)


def next_offer(inventory: Inventory, now: datetime) -> OfferMade | None:
    """The first of the queue whom the free places satisfy, with their offer; None where there is nobody, or nothing to offer."""
    if inventory.available == 0 or inventory.sale.status is not EventStatus.PUBLISHED or not_on_sale(inventory, now):
        return None
    skipped: list[tuple[WaitlistEntry, SkipReason]] = []
    in_vain: dict[tuple[int | None, int, bool], SkipReason] = {}
    for entry in inventory.queue():
        wanted = entry.tier_no, entry.quantity, entry.together
        found = in_vain[wanted] if wanted in in_vain else places_for(inventory, entry)
        if isinstance(found, SkipReason):
            in_vain[wanted] = found
        elif exceeds_limit(inventory, entry):
            found = SkipReason.TICKET_LIMIT
        if isinstance(found, SkipReason):
            skipped.append((entry, found))
            continue
        until = min(now + inventory.policy.offer, inventory.sale.off_sale_at)
        booking = Booking(
            id=entry.booking_id,
            user_id=entry.user_id,
            status=BookingStatus.PENDING,
            lines=found,
            currency=inventory.sale.currency,
            created_at=now,
            expires_at=until,
            cancellation=inventory.cancellation,
        )
        return OfferMade(replace(entry, status=EntryStatus.OFFERED, offered_at=now, offer_expires_at=until), booking, tuple(skipped))
    return None


def exceeds_limit(inventory: Inventory, entry: WaitlistEntry) -> bool:
    """Whether the event's limit of tickets a user keeps an offer from somebody: they have bought since they joined."""
    limit = inventory.sale.ticket_limit
    return limit is not None and inventory.taken_by.get(entry.user_id, 0) + entry.quantity > limit


def tiers_for(inventory: Inventory, entry: WaitlistEntry) -> list[Tier]:
    """The tiers that will do for an entry, by number."""
    return [tier for tier_no, tier in sorted(inventory.tiers.items()) if entry.tier_no in (None, tier_no)]


def places_for(inventory: Inventory, entry: WaitlistEntry) -> tuple[Line, ...] | SkipReason:
    """The free places that satisfy an entry: the best neighbouring seats where they must be together, else any of one tier."""
    tiers = tiers_for(inventory, entry)
    counts = [tier.counts.available for tier in tiers]
    if (sum(counts) if entry.together else max(counts, default=0)) < entry.quantity:
        return SkipReason.NOT_ENOUGH_PLACES
    if entry.together and inventory.plan is not None and any(inventory.is_numbered(tier) for tier in tiers):
        assert inventory.statuses is not None, "every seat's state is loaded before one is chosen"
        if seats := best_available(inventory.plan, inventory.statuses, entry.quantity, tier_no=entry.tier_no):
            return lines_of(inventory, seats)
    enough = (tier for tier in tiers if tier.counts.available >= entry.quantity)
    loose = next((tier for tier in enough if not entry.together or not inventory.is_numbered(tier)), None)
    return (any_places(inventory, loose, entry.quantity),) if loose else SkipReason.NOT_TOGETHER

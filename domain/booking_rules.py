"""The rules of taking places, keeping them and giving them back. Each is a column of early "no"s, in order of precedence, then the yes."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from domain.answers import AlreadyBooked, BookingExtended, BookingLapsed, BookingPending, SeatsBlocked, SeatsUnblocked
from domain.bookings import Booking, BookingStatus, IdempotencyKey, Line, Receipt, numbered_lines
from domain.choosing import best_available, free_seats, most_together
from domain.commands import BlockSeats, Book, BookBest, BookQuantity, BookSeats, CannotTake, ExtendBooking, UnblockSeats
from domain.ids import UserId
from domain.inventory import EventStatus, Inventory
from domain.orphans import orphans_left
from domain.places import PlaceStatus, Tier
from domain.refusals import (
    AdjacentSeatsUnavailable,
    AlreadyExtended,
    BookingExpired,
    BookingNotFound,
    BookingNotPending,
    EventNotFound,
    EventNotOnSale,
    EventSoldOut,
    IdempotencyKeyReused,
    InvalidSeatCount,
    LeavesOrphanSeats,
    NotOnSaleReason,
    PlacesUnavailable,
    SeatsUnavailable,
    TicketLimitReached,
    UnavailableSeat,
    UnknownSection,
    UnknownTier,
)


def book_seats(
    inventory: Inventory, command: BookSeats, now: datetime
) -> BookingPending | AlreadyBooked | IdempotencyKeyReused | CannotTake | SeatsUnavailable | LeavesOrphanSeats:
    """Hold named seats for one user: all of them or none. A seat named twice is one seat."""
    if repeated := repeat_of(inventory, command):
        return repeated
    seats = tuple(dict.fromkeys(command.seats))
    if refusal := cannot_take(inventory, command.user_id, len(seats), now):
        return refusal
    if taken := tuple(unavailable(inventory, seat_no) for seat_no in seats if not is_available(inventory, seat_no)):
        return SeatsUnavailable(taken)
    plan = inventory.plan
    assert plan is not None, "an event without a seating plan has no available seat"
    if orphans := orphans_of(inventory, seats):
        return LeavesOrphanSeats(orphans)
    return pending(inventory, command, lines_of(inventory, seats), now)


def orphans_of(inventory: Inventory, seats: Sequence[int]) -> tuple[int, ...]:
    """The seats that a choice would leave alone, for an event that avoids it."""
    if not inventory.sale.avoids_orphans or inventory.plan is None:
        return ()
    assert inventory.statuses is not None, "every seat's state is loaded where neighbours count"
    return orphans_left(inventory.plan, inventory.statuses, seats)


def lines_of(inventory: Inventory, seats: Sequence[int]) -> tuple[Line, ...]:
    """Some seats of the event as a booking's lines, at the prices of this moment."""
    plan = inventory.plan
    assert plan is not None, "an event with seats has a plan of them"
    tiers = ((seat_no, inventory.tiers[plan.tier_of(seat_no)]) for seat_no in seats)
    return numbered_lines((seat_no, tier.tier_no, tier.price_minor) for seat_no, tier in tiers)


def book_quantity(
    inventory: Inventory, command: BookQuantity, now: datetime
) -> BookingPending | AlreadyBooked | IdempotencyKeyReused | CannotTake | UnknownTier | EventSoldOut | PlacesUnavailable:
    """Hold a number of places of one tier: all of them or none. Numbered places are chosen from the front of the tier's seats."""
    if repeated := repeat_of(inventory, command):
        return repeated
    if refusal := cannot_take(inventory, command.user_id, command.quantity, now):
        return refusal
    tier = inventory.tiers.get(command.tier_no)
    if tier is None:
        return UnknownTier(command.tier_no)
    if inventory.available == 0:
        return EventSoldOut(inventory.event_id)
    if tier.counts.available < command.quantity:
        return PlacesUnavailable(tier.tier_no, asked=command.quantity, available=tier.counts.available)
    return pending(inventory, command, (any_places(inventory, tier, command.quantity),), now)


def any_places(inventory: Inventory, tier: Tier, quantity: int) -> Line:
    """Places of a tier that has so many left: room to stand, or its first free seats."""
    if not inventory.is_numbered(tier):
        return Line(tier.tier_no, quantity, tier.price_minor)
    assert inventory.plan is not None
    assert inventory.statuses is not None, "every seat's state is loaded before one is chosen"
    seats = free_seats(inventory.plan, inventory.statuses, tier.tier_no, quantity)
    return Line(tier.tier_no, quantity, tier.price_minor, seats)


def book_best(
    inventory: Inventory, command: BookBest, now: datetime
) -> (
    BookingPending
    | AlreadyBooked
    | IdempotencyKeyReused
    | CannotTake
    | UnknownTier
    | UnknownSection
    | EventSoldOut
    | PlacesUnavailable
    | AdjacentSeatsUnavailable
):
    """Hold the best neighbouring seats of the house, of a tier, or of a section: all of them or none.

    Room to stand has no best: of a standing tier any places are taken, and of a house without seats those of the first tier with enough.
    """
    if repeated := repeat_of(inventory, command):
        return repeated
    if refusal := cannot_take(inventory, command.user_id, command.quantity, now):
        return refusal
    tiers = [tier for tier_no, tier in sorted(inventory.tiers.items()) if command.tier_no in (None, tier_no)]
    if not tiers and command.tier_no is not None:
        return UnknownTier(command.tier_no)
    if command.section is not None and not has_section(inventory, command.section):
        return UnknownSection(command.section)
    if inventory.available == 0:
        return EventSoldOut(inventory.event_id)
    if inventory.plan is None or not any(inventory.is_numbered(tier) for tier in tiers):
        if enough := next((tier for tier in tiers if tier.counts.available >= command.quantity), None):
            return pending(inventory, command, (any_places(inventory, enough, command.quantity),), now)
        fullest = max(tiers, key=lambda tier: tier.counts.available)
        return PlacesUnavailable(fullest.tier_no, asked=command.quantity, available=fullest.counts.available)
    assert inventory.statuses is not None, "every seat's state is loaded before one is chosen"
    seats = best_available(
        inventory.plan,
        inventory.statuses,
        command.quantity,
        tier_no=command.tier_no,
        section=command.section,
        avoiding_orphans=inventory.sale.avoids_orphans,
    )
    if seats is None:
        together = most_together(inventory.plan, inventory.statuses, command.tier_no, command.section)
        return AdjacentSeatsUnavailable(command.quantity, together, sum(tier.counts.available for tier in tiers))
    return pending(inventory, command, lines_of(inventory, seats), now)


def has_section(inventory: Inventory, name: str) -> bool:
    """Whether the event's house has a section of that name."""
    return inventory.plan is not None and any(section.name == name for section in inventory.plan.layout.sections)


def repeat_of(inventory: Inventory, command: Book) -> AlreadyBooked | IdempotencyKeyReused | None:
    """What a request that was made before is answered: its booking, or that the key meant something else."""
    if done := inventory.bookings.get(command.booking_id.number):
        return AlreadyBooked(done)
    if command.idempotency is None:
        return None
    name = command.user_id, command.idempotency.key
    if (number := inventory.keys.get(name)) is not None:
        booking = inventory.bookings[number]
        return AlreadyBooked(booking) if booking.idempotency == command.idempotency else IdempotencyKeyReused(command.idempotency.key)
    return IdempotencyKeyReused(command.idempotency.key) if name in inventory.receipts else None


def cannot_take(inventory: Inventory, user_id: UserId, quantity: int, now: datetime) -> CannotTake | None:
    """Why a user can take no such number of places of this event now, whichever they are."""
    if inventory.sale.status is EventStatus.DRAFT:
        return EventNotFound(inventory.event_id)
    if refusal := not_on_sale(inventory, now):
        return refusal
    if not 1 <= quantity <= inventory.policy.places_most:
        return InvalidSeatCount(quantity, inventory.policy.places_most)
    taken = inventory.taken_by.get(user_id, 0)
    if inventory.sale.ticket_limit is not None and taken + quantity > inventory.sale.ticket_limit:
        return TicketLimitReached(inventory.sale.ticket_limit, taken)
    return None


def not_on_sale(inventory: Inventory, now: datetime) -> EventNotOnSale | None:
    """Whether the event is cancelled or outside its sales window."""
    sale = inventory.sale
    if sale.status is EventStatus.CANCELLED:
        return EventNotOnSale(NotOnSaleReason.CANCELLED, sale.on_sale_at, sale.off_sale_at)
    if now < sale.on_sale_at:
        return EventNotOnSale(NotOnSaleReason.NOT_YET, sale.on_sale_at, sale.off_sale_at)
    if now >= sale.off_sale_at:
        return EventNotOnSale(NotOnSaleReason.ENDED, sale.on_sale_at, sale.off_sale_at)
    return None


def is_available(inventory: Inventory, seat_no: int) -> bool:
    """Whether the event has the seat and nobody else does."""
    return inventory.has_seat(seat_no) and inventory.seat(seat_no).status is PlaceStatus.AVAILABLE


def unavailable(inventory: Inventory, seat_no: int) -> UnavailableSeat:
    """A seat with the state that keeps it from being taken."""
    return UnavailableSeat(seat_no, inventory.seat(seat_no).status if inventory.has_seat(seat_no) else None)


def pending(inventory: Inventory, command: Book, lines: tuple[Line, ...], now: datetime) -> BookingPending:
    """The booking that holds some places from now on, under the cancellation policy of this moment."""
    return BookingPending(
        Booking(
            id=command.booking_id,
            user_id=command.user_id,
            status=BookingStatus.PENDING,
            lines=lines,
            currency=inventory.sale.currency,
            created_at=now,
            expires_at=now + inventory.policy.hold,
            idempotency=command.idempotency,
            cancellation=inventory.cancellation,
        )
    )


def lapse(booking: Booking) -> BookingLapsed:
    """End a hold whose time is over."""
    return BookingLapsed(replace(booking, status=BookingStatus.EXPIRED))


def extend_booking(
    inventory: Inventory, command: ExtendBooking, now: datetime
) -> BookingExtended | BookingNotFound | IdempotencyKeyReused | BookingExpired | BookingNotPending | AlreadyExtended:
    """Give a pending booking more time, once."""
    booking = inventory.bookings.get(command.booking_id.number)
    if booking is None or not command.by.owns(booking.user_id):
        return BookingNotFound(command.booking_id)
    if receipt := receipt_of(inventory, command.by.user_id, command.idempotency):
        return receipt if isinstance(receipt, IdempotencyKeyReused) else BookingExtended(booking, None)
    if refusal := not_pending(booking):
        return refusal
    if booking.extended:
        return AlreadyExtended(booking.id, booking.expires_at)
    return BookingExtended(extended(inventory, booking), Receipt(command.by.user_id, command.idempotency, booking.id))


def extended(inventory: Inventory, booking: Booking) -> Booking:
    """A booking with its one extension used."""
    return replace(booking, expires_at=booking.expires_at + inventory.policy.extension, extended=True)


def not_pending(booking: Booking) -> BookingExpired | BookingNotPending | None:
    """Why a booking can no longer be paid for or extended."""
    if booking.status is BookingStatus.EXPIRED:
        return BookingExpired(booking.id, booking.expires_at)
    if booking.status is not BookingStatus.PENDING:
        return BookingNotPending(booking.id, booking.status)
    return None


def receipt_of(inventory: Inventory, user_id: UserId, idempotency: IdempotencyKey) -> Receipt | IdempotencyKeyReused | None:
    """What was done under a key before: its receipt, or that the key meant something else."""
    name = user_id, idempotency.key
    if receipt := inventory.receipts.get(name):
        return receipt if receipt.idempotency == idempotency else IdempotencyKeyReused(idempotency.key)
    return IdempotencyKeyReused(idempotency.key) if name in inventory.keys else None


def block_seats(inventory: Inventory, command: BlockSeats) -> SeatsBlocked | SeatsUnavailable:
    """Keep free seats off sale: all of them or none. A seat that is blocked already stays so."""
    free = tuple(seat_no for seat_no in dict.fromkeys(command.seats) if is_available(inventory, seat_no))
    others = set(command.seats) - set(free)
    if taken := tuple(unavailable(inventory, s) for s in sorted(others) if inventory.seat(s).status is not PlaceStatus.BLOCKED):
        return SeatsUnavailable(taken)
    return SeatsBlocked(free, command.by)


def unblock_seats(inventory: Inventory, command: UnblockSeats) -> SeatsUnblocked | SeatsUnavailable:
    """Put blocked seats on sale again: all of them or none. A seat that is on sale already stays so."""
    seats = dict.fromkeys(command.seats)
    blocked = tuple(s for s in seats if inventory.has_seat(s) and inventory.seat(s).status is PlaceStatus.BLOCKED)
    others = seats.keys() - set(blocked)
    if taken := tuple(unavailable(inventory, s) for s in sorted(others) if not is_available(inventory, s)):
        return SeatsUnavailable(taken)
    return SeatsUnblocked(blocked, command.by)

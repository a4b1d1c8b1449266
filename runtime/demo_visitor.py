"""The demo's user, who has booked through the box office and paid in the sandbox, so that there is something to look at."""

from collections.abc import Sequence
from typing import Protocol, TypeVar

from domain.answers import BookingCancelled, BookingConfirmed, BookingPending, PaymentDeclined
from domain.bookings import Booking, IdempotencyKey
from domain.callers import Caller, Role
from domain.commands import BeginPayment, Book, BookBest, BookQuantity, CancelBooking
from domain.events import Event
from domain.ids import BookingId, PaymentId, RefundId, UserId
from domain.ports import BoxOffice, Settlement

GATEWAY = "sandbox"
A = TypeVar("A")


class DemoFailed(Exception):
    """The demo data breaks a rule of ours; says which."""


class Numbers(Protocol):
    """Draws numbers for new things."""

    def __call__(self) -> int:
        """A number nobody else has."""
        ...


class Visitor:
    """A user who books through the box office, and pays in the sandbox."""

    def __init__(self, box_office: BoxOffice, settlement: Settlement, new_number: Numbers, user_id: UserId) -> None:
        self._box_office = box_office
        self._settlement = settlement
        self._new = new_number
        self._user_id = user_id
        self._caller = Caller(user_id, Role.USER)

    async def book_some_of(self, events: Sequence[Event]) -> None:
        """Two visits to come, one given back, and a card that was declined."""
        play, tour, night = (named(events, name) for name in ("A Doll's House", "The Paper Kites Orchestra", "New Songs Night"))
        await self.pay(await self.best(play), "pm_card_visa")
        await self.pay(await self.standing(night, 2), "pm_card_mastercard")
        given_back = await self.best(tour)
        await self.pay(given_back, "pm_card_visa")
        await self.give_back(given_back)
        await self.pay(await self.standing(tour, 1), "pm_card_chargeDeclined")

    async def best(self, event: Event) -> Booking:
        """Hold two of the best seats of an event."""
        return await self._hold(BookBest(BookingId(event.event_id, self._new()), self._user_id, 2))

    async def standing(self, event: Event, tier_no: int) -> Booking:
        """Hold two places without numbers."""
        return await self._hold(BookQuantity(BookingId(event.event_id, self._new()), self._user_id, tier_no, 2))

    async def pay(self, booking: Booking, card: str) -> BookingConfirmed | PaymentDeclined:
        """Pay for a booking; a decline ends it."""
        payment_id = PaymentId(booking.id.event_id, self._new())
        begin = BeginPayment(booking.id, payment_id, self._caller, GATEWAY, card, self._key(), fails_booking=True)
        answer = await self._settlement.pay(begin)
        return answer if isinstance(answer, PaymentDeclined) else made(answer, BookingConfirmed)

    async def give_back(self, booking: Booking) -> None:
        """Cancel a booking, and have its money back."""
        refund_id = RefundId(booking.id.event_id, self._new())
        cancelled = made(await self._box_office.submit(CancelBooking(booking.id, refund_id, self._caller, self._key())), BookingCancelled)
        if cancelled.refund is not None and cancelled.payment is not None:
            await self._settlement.give_back(cancelled.refund, cancelled.payment)

    async def _hold(self, book: Book) -> Booking:
        return made(await self._box_office.submit(book), BookingPending).booking

    def _key(self) -> IdempotencyKey:
        return IdempotencyKey(f"demo-{self._new():x}", 0)


def named(events: Sequence[Event], name: str) -> Event:
    """The first event of a name."""
    return next(event for event in events if event.name == name)


def made(answer: object, kind: type[A]) -> A:
    """What was to be made; raises DemoFailed with the refusal where it was not."""
    if not isinstance(answer, kind):
        raise DemoFailed(f"The demo data was refused: {answer}")
    return answer

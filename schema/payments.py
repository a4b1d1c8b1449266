"""Charges for bookings, money that goes back, and why nothing is charged."""

from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any, Self

import strawberry
from strawberry import ID, Info

from domain import bookings
from schema.nodes import Node
from schema.refusals import Refusal
from schema.scalars import Money

if TYPE_CHECKING:
    from schema.bookings import Booking
    from schema.users import User


@strawberry.enum(description="How far a charge has come.")
class PaymentStatus(Enum):
    PENDING = strawberry.enum_value("PENDING", description="The gateway has not answered yet.")
    SUCCEEDED = strawberry.enum_value("SUCCEEDED", description="Charged.")
    FAILED = strawberry.enum_value("FAILED", description="Declined: nothing was charged.")


@strawberry.enum(description="How far money has come back.")
class RefundStatus(Enum):
    PENDING = strawberry.enum_value("PENDING", description="Owed, and on its way.")
    SUCCEEDED = strawberry.enum_value("SUCCEEDED", description="Given back.")
    FAILED = strawberry.enum_value("FAILED", description="The gateway will not: somebody looks into it.")


@strawberry.type(description="Money that goes back.")
class Refund:
    id: ID = strawberry.field(description="What we and the gateway name it by.")
    amount: Money = strawberry.field(description="How much.")
    status: RefundStatus = strawberry.field(description="How far it has come.")
    created_at: datetime = strawberry.field(description="Since when it is owed.")
    processed_at: datetime | None = strawberry.field(description="When it was given back.")
    provider_reference: str | None = strawberry.field(description="The gateway's own name for it.")

    @classmethod
    def of(cls, refund: bookings.Refund) -> Self:
        """A refund as clients see it."""
        return cls(
            id=ID(str(refund.id)),
            amount=Money.of(refund.amount),
            status=RefundStatus[refund.status.name],
            created_at=refund.created_at,
            processed_at=refund.processed_at,
            provider_reference=refund.provider_reference,
        )


@strawberry.type(description="A charge for a booking.")
class Payment(Node):
    record: strawberry.Private[bookings.Payment]
    amount: Money = strawberry.field(description="How much.")
    status: PaymentStatus = strawberry.field(description="How far it has come.")
    gateway: str = strawberry.field(description='Who charges: `"sandbox"` charges nobody.')
    provider_transaction_id: str | None = strawberry.field(description="The gateway's own name for it, once it is charged.")
    failure: str | None = strawberry.field(description="Why it was declined, in the gateway's own word.")
    created_at: datetime = strawberry.field(description="When it was begun.")
    processed_at: datetime | None = strawberry.field(description="When the gateway answered.")

    @strawberry.field(description="What it pays for.")
    async def booking(self, info: Info[Any, None]) -> Annotated["Booking", strawberry.lazy("schema.bookings")] | None:
        """Through the loader: many payments ask once."""
        found: Booking | None = await info.context.booking_loaders.paid_for(self.record)
        return found

    @strawberry.field(description="Who pays.")
    async def user(self, info: Info[Any, None]) -> Annotated["User", strawberry.lazy("schema.users")] | None:
        """Through the loader: many payments ask once."""
        found: User | None = await info.context.booking_loaders.user(self.record.user_id)
        return found

    @strawberry.field(description="What of it went back.")
    async def refunds(self, info: Info[Any, None]) -> list[Refund]:
        """Through the loader: many payments ask once."""
        found = await info.context.booking_loaders.refunds.load(self.record.booking_id)
        return [Refund.of(refund) for refund in found if refund.payment_id == self.record.id]

    @classmethod
    def of(cls, payment: bookings.Payment) -> Self:
        """A payment as clients see it."""
        return cls(
            id=ID(str(payment.id)),
            record=payment,
            amount=Money.of(payment.amount),
            status=PaymentStatus[payment.status.name],
            gateway=payment.gateway,
            provider_transaction_id=payment.provider_reference,
            failure=payment.failure,
            created_at=payment.created_at,
            processed_at=payment.processed_at,
        )


@strawberry.type(description="Another payment for this booking is under way.")
class PaymentInProgress(Refusal):
    booking_id: ID = strawberry.field(description="The booking.")
    payment_id: ID = strawberry.field(description="The payment under way.")


@strawberry.type(description="The booking costs something, and nothing was said of how to pay.")
class PaymentRequired(Refusal):
    booking_id: ID = strawberry.field(description="The booking.")
    due: Money = strawberry.field(description="What is to be paid.")


@strawberry.type(description="There is no such payment, or it is somebody else's.")
class PaymentNotFound(Refusal):
    payment_id: ID = strawberry.field(description="The id asked for.")


@strawberry.type(description="The payment was declined; nothing was charged.")
class PaymentFailed(Refusal):
    booking_id: ID = strawberry.field(description="The booking.")
    failure: str = strawberry.field(description="Why, in the gateway's own word: `card_declined`.")
    held_until: datetime | None = strawberry.field(description="Until when the places stay held for another try; null when they went back.")

"""Refusals every feature shares. Each "no" a client can act on is a type: its code, a sentence for people, and the facts."""

from enum import Enum
from typing import Self

import strawberry

from domain import validation


@strawberry.enum(description="What was refused, for programs.")
class ErrorCode(Enum):
    AUTH_INVALID_CREDENTIALS = "AUTH_INVALID_CREDENTIALS"
    AUTH_TOKEN_EXPIRED = "AUTH_TOKEN_EXPIRED"
    AUTH_REFRESH_TOKEN_INVALID = "AUTH_REFRESH_TOKEN_INVALID"
    AUTH_UNAUTHORIZED = "AUTH_UNAUTHORIZED"
    UNAUTHENTICATED = "UNAUTHENTICATED"
    EMAIL_ALREADY_EXISTS = "EMAIL_ALREADY_EXISTS"
    USERNAME_ALREADY_EXISTS = "USERNAME_ALREADY_EXISTS"
    USER_NOT_FOUND = "USER_NOT_FOUND"
    EVENT_NOT_FOUND = "EVENT_NOT_FOUND"
    EVENT_SOLD_OUT = "EVENT_SOLD_OUT"
    EVENT_NOT_ON_SALE = "EVENT_NOT_ON_SALE"
    EVENT_NOT_EDITABLE = "EVENT_NOT_EDITABLE"
    VENUE_NOT_FOUND = "VENUE_NOT_FOUND"
    CATEGORY_NOT_FOUND = "CATEGORY_NOT_FOUND"
    ORGANIZATION_NOT_FOUND = "ORGANIZATION_NOT_FOUND"
    BOOKING_NOT_FOUND = "BOOKING_NOT_FOUND"
    BOOKING_EXPIRED = "BOOKING_EXPIRED"
    BOOKING_NOT_PENDING = "BOOKING_NOT_PENDING"
    BOOKING_ALREADY_EXTENDED = "BOOKING_ALREADY_EXTENDED"
    BOOKING_SEATS_UNAVAILABLE = "BOOKING_SEATS_UNAVAILABLE"
    BOOKING_PLACES_UNAVAILABLE = "BOOKING_PLACES_UNAVAILABLE"
    BOOKING_NOT_CANCELLABLE = "BOOKING_NOT_CANCELLABLE"
    CANCELLATION_WINDOW_EXPIRED = "CANCELLATION_WINDOW_EXPIRED"
    INVALID_SEAT_COUNT = "INVALID_SEAT_COUNT"
    TICKET_LIMIT_REACHED = "TICKET_LIMIT_REACHED"
    TIER_NOT_FOUND = "TIER_NOT_FOUND"
    PAYMENT_FAILED = "PAYMENT_FAILED"
    PAYMENT_IN_PROGRESS = "PAYMENT_IN_PROGRESS"
    PAYMENT_NOT_FOUND = "PAYMENT_NOT_FOUND"
    IDEMPOTENCY_KEY_REUSED = "IDEMPOTENCY_KEY_REUSED"
    RATE_LIMIT_EXCEEDED = "RATE_LIMIT_EXCEEDED"
    BUSY = "BUSY"
    VALIDATION_ERROR = "VALIDATION_ERROR"
    SERVICE_UNAVAILABLE = "SERVICE_UNAVAILABLE"
    SERVER_ERROR = "SERVER_ERROR"


@strawberry.interface(description='A "no" that the client can act on.')
class Refusal:
    code: ErrorCode = strawberry.field(description="What was refused, for programs.")
    message: str = strawberry.field(description="What was refused, for people.")


@strawberry.type(description="What is wrong with one field of an input.")
class FieldProblem:
    field: str = strawberry.field(description="The field's name; a path with dots and positions where it lies deeper.")
    message: str = strawberry.field(description="What is wrong, for people.")


@strawberry.type(description="The input is of the right types but cannot be; nothing was changed.")
class ValidationFailed(Refusal):
    fields: list[FieldProblem] = strawberry.field(description="Each field with what is wrong with it.")

    @classmethod
    def of(cls, invalid: validation.InvalidInput) -> Self:
        """A refused input as clients see it."""
        fields = [FieldProblem(field=problem.field, message=problem.message) for problem in invalid.problems]
        said = "; ".join(f"{problem.field} {problem.message}" for problem in invalid.problems[:3])
        return cls(code=ErrorCode.VALIDATION_ERROR, message=f"The input cannot be accepted: {said}.", fields=fields)

"""Refusals every feature shares. Each "no" a client can act on is a type: its code, a sentence for people, and the facts."""

from enum import Enum
from typing import Self

import strawberry

from domain import validation


@strawberry.enum(description="What was refused, for programs.")
class ErrorCode(Enum):
    AUTH_INVALID_CREDENTIALS = strawberry.enum_value("AUTH_INVALID_CREDENTIALS", description="No user has this name and password together.")
    AUTH_TOKEN_EXPIRED = strawberry.enum_value("AUTH_TOKEN_EXPIRED", description="The access token was good once: refresh the session.")
    AUTH_REFRESH_TOKEN_INVALID = strawberry.enum_value(
        "AUTH_REFRESH_TOKEN_INVALID", description="The refresh token buys no session: log in again."
    )
    AUTH_UNAUTHORIZED = strawberry.enum_value("AUTH_UNAUTHORIZED", description="The caller is known, and may not do this.")
    UNAUTHENTICATED = strawberry.enum_value("UNAUTHENTICATED", description="No access token, or none of ours: log in.")
    EMAIL_ALREADY_EXISTS = strawberry.enum_value("EMAIL_ALREADY_EXISTS", description="Somebody has registered with this e-mail address.")
    USERNAME_ALREADY_EXISTS = strawberry.enum_value("USERNAME_ALREADY_EXISTS", description="Somebody has this username.")
    USER_NOT_FOUND = strawberry.enum_value("USER_NOT_FOUND", description="There is no such user.")
    EVENT_NOT_FOUND = strawberry.enum_value("EVENT_NOT_FOUND", description="There is no such event, or none the caller may see.")
    EVENT_SOLD_OUT = strawberry.enum_value("EVENT_SOLD_OUT", description="The event has no place left.")
    EVENT_NOT_ON_SALE = strawberry.enum_value(
        "EVENT_NOT_ON_SALE", description="Sales have not begun, have ended, or the event is cancelled."
    )
    EVENT_NOT_EDITABLE = strawberry.enum_value(
        "EVENT_NOT_EDITABLE", description="An event that stands so can no longer be changed in this way."
    )
    CAPACITY_BELOW_SOLD = strawberry.enum_value("CAPACITY_BELOW_SOLD", description="More places of the tier are taken than it would have.")
    VENUE_NOT_FOUND = strawberry.enum_value("VENUE_NOT_FOUND", description="There is no such venue.")
    CATEGORY_NOT_FOUND = strawberry.enum_value("CATEGORY_NOT_FOUND", description="There is no such category.")
    CATEGORY_IN_USE = strawberry.enum_value("CATEGORY_IN_USE", description="Events are of the category, so it is not deleted.")
    ORGANIZATION_NOT_FOUND = strawberry.enum_value("ORGANIZATION_NOT_FOUND", description="There is no such organization.")
    TOO_MANY_ORGANIZATIONS = strawberry.enum_value(
        "TOO_MANY_ORGANIZATIONS", description="The user is a member of as many organizations as one user may be."
    )
    OWN_ROLE_KEPT = strawberry.enum_value("OWN_ROLE_KEPT", description="Admins do not take the role from themselves.")
    ROLE_FOLLOWS_MEMBERSHIP = strawberry.enum_value(
        "ROLE_FOLLOWS_MEMBERSHIP", description="Whether somebody is an organizer is decided by adding and removing members."
    )
    BOOKING_NOT_FOUND = strawberry.enum_value("BOOKING_NOT_FOUND", description="There is no such booking, or it is somebody else's.")
    BOOKING_EXPIRED = strawberry.enum_value("BOOKING_EXPIRED", description="The hold ended before it was confirmed; its places went back.")
    BOOKING_NOT_PENDING = strawberry.enum_value("BOOKING_NOT_PENDING", description="Only a pending booking can be paid for or extended.")
    BOOKING_ALREADY_EXTENDED = strawberry.enum_value("BOOKING_ALREADY_EXTENDED", description="A hold can be extended once.")
    BOOKING_SEATS_UNAVAILABLE = strawberry.enum_value(
        "BOOKING_SEATS_UNAVAILABLE", description="Some of the seats cannot be had, so none were taken."
    )
    BOOKING_PLACES_UNAVAILABLE = strawberry.enum_value(
        "BOOKING_PLACES_UNAVAILABLE", description="The tier has fewer places left, so none were taken."
    )
    ADJACENT_SEATS_UNAVAILABLE = strawberry.enum_value(
        "ADJACENT_SEATS_UNAVAILABLE", description="Nowhere are so many neighbouring seats free."
    )
    ORPHAN_SEATS = strawberry.enum_value("ORPHAN_SEATS", description="The choice would leave single seats alone.")
    BOOKING_NOT_CANCELLABLE = strawberry.enum_value(
        "BOOKING_NOT_CANCELLABLE", description="A booking in this state has nothing to give back."
    )
    CANCELLATION_WINDOW_EXPIRED = strawberry.enum_value(
        "CANCELLATION_WINDOW_EXPIRED", description="It is too close to the event to cancel."
    )
    PLACES_NOT_CANCELLABLE = strawberry.enum_value(
        "PLACES_NOT_CANCELLABLE", description="Some of the places cannot be given back, so none were."
    )
    INVALID_SEAT_COUNT = strawberry.enum_value("INVALID_SEAT_COUNT", description="A booking counts no such number of places.")
    TICKET_LIMIT_REACHED = strawberry.enum_value(
        "TICKET_LIMIT_REACHED", description="One person may not have so many places of this event."
    )
    TIER_NOT_FOUND = strawberry.enum_value("TIER_NOT_FOUND", description="The event has no such tier.")
    SECTION_NOT_FOUND = strawberry.enum_value("SECTION_NOT_FOUND", description="The event has no section of that name.")
    TICKET_NOT_FOUND = strawberry.enum_value("TICKET_NOT_FOUND", description="There is no such ticket, or it is somebody else's.")
    TICKET_NOT_VALID = strawberry.enum_value("TICKET_NOT_VALID", description="The ticket opens no door, and cannot be handed on.")
    TICKET_ALREADY_USED = strawberry.enum_value("TICKET_ALREADY_USED", description="Somebody came in with this ticket before.")
    ENTRY_CODE_INVALID = strawberry.enum_value("ENTRY_CODE_INVALID", description="What was shown at the door is no ticket for this event.")
    RECIPIENT_NOT_FOUND = strawberry.enum_value("RECIPIENT_NOT_FOUND", description="Nobody has registered with the recipient's address.")
    ALREADY_WAITING = strawberry.enum_value("ALREADY_WAITING", description="One waits for an event's places once at a time.")
    PLACES_AVAILABLE = strawberry.enum_value("PLACES_AVAILABLE", description="Nobody has to wait: what is asked for can be booked now.")
    WAITLIST_ENTRY_NOT_FOUND = strawberry.enum_value(
        "WAITLIST_ENTRY_NOT_FOUND", description="There is no such entry of a waitlist, or it is somebody else's."
    )
    WAITLIST_ENTRY_NOT_ACTIVE = strawberry.enum_value(
        "WAITLIST_ENTRY_NOT_ACTIVE", description="The entry of the waitlist has come to its end."
    )
    OFFER_NOT_OPEN = strawberry.enum_value("OFFER_NOT_OPEN", description="The entry of the waitlist has no offer that waits for an answer.")
    PAYMENT_FAILED = strawberry.enum_value("PAYMENT_FAILED", description="The payment was declined; nothing was charged.")
    PAYMENT_REQUIRED = strawberry.enum_value("PAYMENT_REQUIRED", description="The booking costs something; say how to pay.")
    PAYMENT_IN_PROGRESS = strawberry.enum_value("PAYMENT_IN_PROGRESS", description="Another payment for this booking is under way.")
    PAYMENT_NOT_FOUND = strawberry.enum_value("PAYMENT_NOT_FOUND", description="There is no such payment, or it is somebody else's.")
    IDEMPOTENCY_KEY_REUSED = strawberry.enum_value(
        "IDEMPOTENCY_KEY_REUSED", description="The key was used before, with another operation or input."
    )
    RATE_LIMIT_EXCEEDED = strawberry.enum_value(
        "RATE_LIMIT_EXCEEDED", description="Too many requests: try again after `retryAfter` seconds."
    )
    BUSY = strawberry.enum_value("BUSY", description="Too many wait for this event; nothing was done.")
    VALIDATION_ERROR = strawberry.enum_value("VALIDATION_ERROR", description="The input is of the right types but cannot be.")
    SERVICE_UNAVAILABLE = strawberry.enum_value(
        "SERVICE_UNAVAILABLE", description="Something we depend on does not answer: try again after `retryAfter` seconds."
    )
    SERVER_ERROR = strawberry.enum_value("SERVER_ERROR", description="A fault of ours, which the log has under the request's id.")


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

"""The refusals of the catalogue, in people's words."""

from typing import overload

import strawberry
from strawberry import ID

from domain import accounts, events, refusals, venues
from domain.inventory import EventStatus
from domain.validation import InvalidInput
from schema.accounts import UserNotFound
from schema.booking_refusals import EventNotFound
from schema.refusals import ErrorCode, Refusal, ValidationFailed


@strawberry.type(description="There is no such venue.")
class VenueNotFound(Refusal):
    venue_id: ID = strawberry.field(description="The id asked for.")


@strawberry.type(description="There is no such category.")
class CategoryNotFound(Refusal):
    category_id: ID = strawberry.field(description="The id asked for.")


@strawberry.type(description="There is no such organization.")
class OrganizationNotFound(Refusal):
    organization_id: ID = strawberry.field(description="The id asked for.")


@strawberry.type(description="An event that stands so can no longer be changed in this way.")
class EventNotEditable(Refusal):
    event_id: ID = strawberry.field(description="The event.")


# One overload a refusal, so that a mutation whose union forgets one does not type-check.
@overload
def refused(refusal: InvalidInput) -> ValidationFailed: ...
@overload
def refused(refusal: venues.VenueNotFound) -> VenueNotFound: ...
@overload
def refused(refusal: venues.CategoryNotFound) -> CategoryNotFound: ...
@overload
def refused(refusal: venues.OrganizationNotFound) -> OrganizationNotFound: ...
@overload
def refused(refusal: venues.MemberNotFound) -> UserNotFound: ...
@overload
def refused(refusal: refusals.EventNotFound) -> EventNotFound: ...
@overload
def refused(refusal: events.EventNotEditable) -> EventNotEditable: ...
def refused(
    refusal: InvalidInput
    | venues.VenueNotFound
    | venues.CategoryNotFound
    | venues.OrganizationNotFound
    | venues.MemberNotFound
    | refusals.EventNotFound
    | events.EventNotEditable,
) -> ValidationFailed | VenueNotFound | CategoryNotFound | OrganizationNotFound | UserNotFound | EventNotFound | EventNotEditable:
    """A refusal of the catalogue as clients see it: its code, a sentence for people, its facts."""
    match refusal:
        case InvalidInput():
            return ValidationFailed.of(refusal)
        case venues.VenueNotFound(missing_venue):
            return VenueNotFound(code=ErrorCode.VENUE_NOT_FOUND, message="There is no such venue.", venue_id=ID(str(missing_venue)))
        case venues.CategoryNotFound(missing_category):
            message = "There is no such category."
            return CategoryNotFound(code=ErrorCode.CATEGORY_NOT_FOUND, message=message, category_id=ID(str(missing_category)))
        case venues.OrganizationNotFound(missing):
            message = "There is no such organization."
            return OrganizationNotFound(code=ErrorCode.ORGANIZATION_NOT_FOUND, message=message, organization_id=ID(str(missing)))
        case venues.MemberNotFound(user_id):
            return UserNotFound.of(accounts.UserNotFound(user_id))
        case refusals.EventNotFound(missing_event):
            return EventNotFound(code=ErrorCode.EVENT_NOT_FOUND, message="There is no such event.", event_id=ID(str(missing_event)))
        case events.EventNotEditable(event_id, status):
            message = {
                EventStatus.DRAFT: "Somebody has booked this event.",
                EventStatus.PUBLISHED: "The event is published: cancel it instead.",
                EventStatus.CANCELLED: "The event is cancelled.",
            }[status]
            return EventNotEditable(code=ErrorCode.EVENT_NOT_EDITABLE, message=message, event_id=ID(str(event_id)))

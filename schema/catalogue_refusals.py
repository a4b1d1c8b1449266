"""The refusals of the catalogue, in people's words."""

from typing import overload

import strawberry
from strawberry import ID

from domain import events, refusals, tiers, users, venues
from domain.inventory import EventStatus
from domain.validation import InvalidInput
from schema.account_refusals import UserNotFound
from schema.event_refusals import EventNotFound, TierNotFound
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


@strawberry.type(description="The user is a member of as many organizations as one user may be.")
class TooManyOrganizations(Refusal):
    user_id: ID = strawberry.field(description="The user.")
    most: int = strawberry.field(description="How many organizations that is.")


@strawberry.type(description="An event that stands so can no longer be changed in this way.")
class EventNotEditable(Refusal):
    event_id: ID = strawberry.field(description="The event.")


@strawberry.type(description="A tier cannot have fewer places than are taken: held, booked or blocked.")
class CapacityBelowSold(Refusal):
    tier_id: ID = strawberry.field(description="The tier.")
    asked: int = strawberry.field(description="How many places were asked for.")
    least: int = strawberry.field(description="How many are taken now.")


@strawberry.type(description="Events are of the category, so it is not deleted.")
class CategoryInUse(Refusal):
    category_id: ID = strawberry.field(description="The category.")
    events: int = strawberry.field(description="How many events are of it, drafts and cancelled ones too.")


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
def refused(refusal: venues.TooManyOrganizations) -> TooManyOrganizations: ...
@overload
def refused(refusal: refusals.EventNotFound) -> EventNotFound: ...
@overload
def refused(refusal: events.EventNotEditable) -> EventNotEditable: ...
@overload
def refused(refusal: tiers.TierNotFound) -> TierNotFound: ...
@overload
def refused(refusal: tiers.CapacityBelowSold) -> CapacityBelowSold: ...
@overload
def refused(refusal: venues.CategoryInUse) -> CategoryInUse: ...
def refused(
    refusal: InvalidInput
    | venues.VenueNotFound
    | venues.CategoryNotFound
    | venues.OrganizationNotFound
    | venues.MemberNotFound
    | venues.TooManyOrganizations
    | refusals.EventNotFound
    | events.EventNotEditable
    | tiers.TierNotFound
    | tiers.CapacityBelowSold
    | venues.CategoryInUse,
) -> (
    ValidationFailed
    | VenueNotFound
    | CategoryNotFound
    | OrganizationNotFound
    | UserNotFound
    | TooManyOrganizations
    | EventNotFound
    | EventNotEditable
    | TierNotFound
    | CapacityBelowSold
    | CategoryInUse
):
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
            return UserNotFound.of(users.UserNotFound(user_id))
        case venues.TooManyOrganizations(member, most):
            message = f"Nobody may be a member of more than {most} organizations."
            return TooManyOrganizations(code=ErrorCode.TOO_MANY_ORGANIZATIONS, message=message, user_id=ID(str(member)), most=most)
        case refusals.EventNotFound(missing_event):
            return EventNotFound(code=ErrorCode.EVENT_NOT_FOUND, message="There is no such event.", event_id=ID(str(missing_event)))
        case events.EventNotEditable(event_id, is_over=True):
            message = "The event has taken place."
            return EventNotEditable(code=ErrorCode.EVENT_NOT_EDITABLE, message=message, event_id=ID(str(event_id)))
        case events.EventNotEditable(event_id, status):
            message = {
                EventStatus.DRAFT: "Somebody has booked this event.",
                EventStatus.PUBLISHED: "The event is published: cancel it instead.",
                EventStatus.CANCELLED: "The event is cancelled.",
            }[status]
            return EventNotEditable(code=ErrorCode.EVENT_NOT_EDITABLE, message=message, event_id=ID(str(event_id)))
        case tiers.TierNotFound(tier_id):
            return TierNotFound(code=ErrorCode.TIER_NOT_FOUND, message="The event has no such tier.", tier_id=ID(str(tier_id)))
        case tiers.CapacityBelowSold(tier_id, asked, least):
            message = f"{least} of its places are taken."
            return CapacityBelowSold(
                code=ErrorCode.CAPACITY_BELOW_SOLD, message=message, tier_id=ID(str(tier_id)), asked=asked, least=least
            )
        case venues.CategoryInUse(category_id, count):
            message = "One event is of this category." if count == 1 else f"{count} events are of this category."
            return CategoryInUse(code=ErrorCode.CATEGORY_IN_USE, message=message, category_id=ID(str(category_id)), events=count)

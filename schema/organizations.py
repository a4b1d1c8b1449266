"""Organizations: who runs events, and who is a member."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Self

import strawberry
from strawberry import ID, Info

from domain import venues
from domain.ids import OrganizationId, UserId
from schema.account_refusals import UserNotFound
from schema.catalogue_refusals import OrganizationNotFound, TooManyOrganizations
from schema.declarations import PAGED, PUBLIC
from schema.nodes import After, First, Node
from schema.refusals import ValidationFailed
from schema.users import Member

if TYPE_CHECKING:
    from schema.events import EventConnection


@strawberry.type(description="Who runs events.")
class Organization(Node):
    organization_id: strawberry.Private[OrganizationId]
    name: str = strawberry.field(description="What it is called.")
    created_at: datetime = strawberry.field(description="Since when it is here.")

    @strawberry.field(description="Its members, by name. For themselves, and admins.")
    async def members(self, info: Info[Any, None]) -> list[Member]:
        """Asked of the database once for all organizations of the answer."""
        found: list[Member] = await info.context.account_loaders.members_of(info.context.caller, self.organization_id)
        return found

    @strawberry.field(description="Its events that you may see, by their start.", directives=[PUBLIC, PAGED])
    async def events(
        self,
        info: Info[Any, None],
        first: First = 20,
        after: After = None,
    ) -> Annotated["EventConnection", strawberry.lazy("schema.events")]:
        """A statement an organization: ask for one organization's at a time."""
        loaders, caller = info.context.catalogue_loaders, info.context.caller
        page: EventConnection = await loaders.events_of_organization(caller, self.organization_id, first, after)
        return page

    @classmethod
    def of(cls, organization: venues.Organization) -> Self:
        """An organization as clients see it."""
        number = organization.organization_id
        return cls(id=ID(str(number)), organization_id=number, name=organization.name, created_at=organization.created_at)


@strawberry.input(description="A new organization.")
class CreateOrganizationInput:
    name: str = strawberry.field(description="1 to 200 characters.")


@strawberry.input(description="Who becomes a member of what.")
class AddMemberInput:
    organization_id: ID = strawberry.field(description="The organization.")
    user_id: ID = strawberry.field(description="The user: an organizer from their next session on.")

    def to_ids(self) -> tuple[OrganizationId, UserId]:
        """The input as the rules know it; raises MalformedId."""
        return OrganizationId.parse(self.organization_id), UserId.parse(self.user_id)


@strawberry.input(description="Who is a member of what no longer.")
class RemoveMemberInput:
    organization_id: ID = strawberry.field(description="The organization.")
    user_id: ID = strawberry.field(description="The user: a member until their next session.")

    def to_ids(self) -> tuple[OrganizationId, UserId]:
        """The input as the rules know it; raises MalformedId."""
        return OrganizationId.parse(self.organization_id), UserId.parse(self.user_id)


# Results

CreateOrganizationResult = Annotated[
    Organization | ValidationFailed, strawberry.union("CreateOrganizationResult", description="The organization, or why not.")
]
AddMemberResult = Annotated[
    Organization | OrganizationNotFound | UserNotFound | TooManyOrganizations,
    strawberry.union("AddMemberResult", description="The organization, or why not."),
]
RemoveMemberResult = Annotated[
    Organization | OrganizationNotFound | UserNotFound,
    strawberry.union("RemoveMemberResult", description="The organization, or why not."),
]

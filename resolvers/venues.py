"""Venues, categories and organizations: looking at them, and adding them."""

from typing import Annotated

import strawberry
from strawberry import ID

from domain.ids import OrganizationId, VenueId
from domain.venues import Organization as OrganizationRecord
from domain.venues import Venue as VenueRecord
from resolvers import permissions
from resolvers.context import Info
from schema.catalogue_refusals import refused
from schema.categories import Category
from schema.declarations import PAGED, PUBLIC
from schema.nodes import After, First
from schema.organizations import (
    AddMemberInput,
    AddMemberResult,
    CreateOrganizationInput,
    CreateOrganizationResult,
    Organization,
    RemoveMemberInput,
    RemoveMemberResult,
)
from schema.venues import (
    CreateVenueInput,
    CreateVenueResult,
    UpdateVenueInput,
    UpdateVenueResult,
    Venue,
    VenueConnection,
    VenueFilter,
)


@strawberry.type
class VenueQueries:
    """What anybody asks of venues, categories and organizations."""

    @strawberry.field(description="One venue; null where there is none.", directives=[PUBLIC])
    async def venue(self, info: Info, id: ID) -> Venue | None:
        """Anybody may."""
        return await info.context.catalogue_loaders.venue(VenueId.parse(id))

    @strawberry.field(description="Venues, by name.", directives=[PUBLIC, PAGED])
    async def venues(
        self,
        info: Info,
        first: First = 20,
        after: After = None,
        filter: Annotated[VenueFilter | None, strawberry.argument(description="Which ones.")] = None,
    ) -> VenueConnection:
        """Anybody may."""
        city, country = (filter.city, filter.country) if filter is not None else (None, None)
        return await info.context.catalogue_loaders.page_of_venues(city, country, first, after)

    @strawberry.field(description="All categories, by name.", directives=[PUBLIC])
    async def categories(self, info: Info) -> list[Category]:
        """Anybody may."""
        return [Category.of(category) for category in await info.context.services.catalogue.categories()]

    @strawberry.field(description="One organization; null where there is none.", directives=[PUBLIC])
    async def organization(self, info: Info, id: ID) -> Organization | None:
        """Anybody may."""
        return await info.context.catalogue_loaders.organization(OrganizationId.parse(id))


@strawberry.type
class VenueMutations:
    """What admins do with venues and organizations."""

    @strawberry.mutation(description="Add a venue, with its seats where they are numbered. For admins.")
    async def create_venue(self, info: Info, input: CreateVenueInput) -> CreateVenueResult:
        """An admin."""
        actor = permissions.admin(info).user_id
        match await info.context.services.catalogue_writer.create_venue(input.to_form(), actor):
            case VenueRecord() as venue:
                return Venue.of(venue)
            case refusal:
                return refused(refusal)

    @strawberry.mutation(description="Change a venue. New seats are for events to come. For admins.")
    async def update_venue(self, info: Info, input: UpdateVenueInput) -> UpdateVenueResult:
        """An admin."""
        actor = permissions.admin(info).user_id
        match await info.context.services.catalogue_writer.update_venue(VenueId.parse(input.venue_id), input.to_change(), actor):
            case VenueRecord() as venue:
                return Venue.of(venue)
            case refusal:
                return refused(refusal)

    @strawberry.mutation(description="Add an organization. For admins.")
    async def create_organization(self, info: Info, input: CreateOrganizationInput) -> CreateOrganizationResult:
        """An admin."""
        actor = permissions.admin(info).user_id
        match await info.context.services.catalogue_writer.create_organization(input.name, actor):
            case OrganizationRecord() as organization:
                return Organization.of(organization)
            case refusal:
                return refused(refusal)

    @strawberry.mutation(description="Make a user a member of an organization, and so an organizer. For admins.")
    async def add_member(self, info: Info, input: AddMemberInput) -> AddMemberResult:
        """An admin. A member stays one."""
        actor = permissions.admin(info).user_id
        match await info.context.services.catalogue_writer.add_member(*input.to_ids(), actor):
            case OrganizationRecord() as organization:
                return Organization.of(organization)
            case refusal:
                return refused(refusal)

    @strawberry.mutation(
        description="Make a user a member of an organization no longer; an organizer of nothing else is a user again. For admins."
    )
    async def remove_member(self, info: Info, input: RemoveMemberInput) -> RemoveMemberResult:
        """An admin. Who is no member stays none."""
        actor = permissions.admin(info).user_id
        match await info.context.services.catalogue_writer.remove_member(*input.to_ids(), actor):
            case OrganizationRecord() as organization:
                return Organization.of(organization)
            case refusal:
                return refused(refusal)

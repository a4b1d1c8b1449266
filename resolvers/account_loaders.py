"""Loaders of who is a member of what: many objects of one answer ask the database once."""

from typing import TYPE_CHECKING

from strawberry.dataloader import DataLoader

from domain.callers import Caller
from domain.ids import OrganizationId, UserId
from domain.users import User as UserRecord
from resolvers import permissions
from resolvers.loaders import CatalogueLoaders
from schema.organizations import Organization
from schema.users import Member

if TYPE_CHECKING:
    from resolvers.context import Services


class AccountLoaders:
    """One request's loaders; they remember nothing of other requests."""

    def __init__(self, services: "Services", catalogue: CatalogueLoaders) -> None:
        self._organizations = catalogue.organizations
        self._members: DataLoader[OrganizationId, list[UserRecord]] = DataLoader(services.accounts.members_many)
        self._memberships: DataLoader[UserId, list[OrganizationId]] = DataLoader(services.accounts.memberships_many)

    async def members_of(self, caller: Caller | None, organization_id: OrganizationId) -> list[Member]:
        """An organization's members, by name; raises Unauthenticated or Unauthorized for who is none of them, nor an admin."""
        permissions.member(caller, organization_id)
        return [Member.of(user) for user in await self._members.load(organization_id)]

    async def organizations_of(self, user_id: UserId) -> list[Organization]:
        """The organizations a user is a member of."""
        found = await self._organizations.load_many(await self._memberships.load(user_id))
        return [Organization.of(organization) for organization in found if organization is not None]

    def check_reader(self, caller: Caller | None, user_id: UserId) -> None:
        """Raises Unauthenticated or Unauthorized unless a user's own things are the caller's, or the caller is an admin."""
        permissions.owner(caller, user_id)

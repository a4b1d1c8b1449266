"""The one place where it is decided who may do what."""

from typing import ClassVar

from domain.callers import Caller
from domain.ids import OrganizationId
from resolvers.context import Info


class Unauthenticated(Exception):
    """The request does not say who asks."""

    code: ClassVar[str] = "UNAUTHENTICATED"

    def __init__(self) -> None:
        super().__init__("Log in first: this needs an access token.")


class Unauthorized(Exception):
    """The caller's role does not allow what is asked."""

    code: ClassVar[str] = "AUTH_UNAUTHORIZED"

    def __init__(self) -> None:
        super().__init__("Your account may not do this.")


def user(info: Info) -> Caller:
    """The registered person behind the request; raises Unauthenticated where there is none."""
    if info.context.caller is None:
        raise Unauthenticated
    return info.context.caller


def admin(info: Info) -> Caller:
    """An admin; raises Unauthenticated or Unauthorized for anybody else."""
    caller = user(info)
    if not caller.is_admin:
        raise Unauthorized
    return caller


def organizer_of(info: Info, organization_id: OrganizationId | None) -> Caller:
    """A member of an organization, or an admin; raises Unauthenticated or Unauthorized for anybody else."""
    caller = user(info)
    if not caller.is_admin and (organization_id is None or organization_id not in caller.organizations):
        raise Unauthorized
    return caller

"""Roles: who may give one to whom. Only admins are made; who else is an organizer follows from the organizations they are members of."""

from dataclasses import dataclass

from domain.callers import Role
from domain.ids import UserId
from domain.users import KnownUser, UserNotFound


@dataclass(frozen=True, slots=True)
class NotAnAdmin:
    """Who asks is an admin no longer, whatever their access token says."""


@dataclass(frozen=True, slots=True)
class OwnRoleKept:
    """Admins do not take the role from themselves, so that there is always one."""

    user_id: UserId


@dataclass(frozen=True, slots=True)
class RoleFollowsMembership:
    """Who is no admin is an ORGANIZER while they are a member of an organization, and else a USER: it is not chosen."""

    user_id: UserId
    organization_count: int


def role_of_member(organization_count: int) -> Role:
    """The role of somebody who is no admin."""
    return Role.ORGANIZER if organization_count else Role.USER


def check_role(
    known: KnownUser | None, user_id: UserId, role: Role, by: KnownUser | None
) -> NotAnAdmin | UserNotFound | OwnRoleKept | RoleFollowsMembership | None:
    """Why one user does not give a role to another; None where they may. Both are as they are now, and stay so until it is done."""
    if by is None or by.user.role is not Role.ADMIN:
        return NotAnAdmin()
    if known is None:
        return UserNotFound(user_id)
    if role is Role.ADMIN:
        return None
    if user_id == by.user.user_id:
        return OwnRoleKept(user_id)
    if role is not role_of_member(len(known.organizations)):
        return RoleFollowsMembership(user_id, len(known.organizations))
    return None

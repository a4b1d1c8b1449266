"""Who is behind a request, and what their role lets them do."""

from dataclasses import dataclass
from enum import IntEnum

from domain.ids import OrganizationId, UserId


class Role(IntEnum):
    """What a registered person may do. The numbers are what the database stores."""

    USER = 0
    ORGANIZER = 1
    ADMIN = 2


@dataclass(frozen=True, slots=True)
class Caller:
    """The registered person behind a request, as their access token says."""

    user_id: UserId
    role: Role
    organizations: frozenset[OrganizationId] = frozenset()

    @property
    def is_admin(self) -> bool:
        """Whether every door is open."""
        return self.role is Role.ADMIN

    def owns(self, user_id: UserId) -> bool:
        """Whether what belongs to a user may be handled by this caller: their own, or anything for an admin."""
        return self.is_admin or self.user_id == user_id

"""Who gives which role to whom."""

from datetime import UTC, datetime

import pytest

from domain.callers import Role
from domain.ids import OrganizationId, UserId
from domain.roles import NotAnAdmin, OwnRoleKept, RoleFollowsMembership, check_role
from domain.users import KnownUser, User, UserNotFound

NOW = datetime(2030, 1, 1, tzinfo=UTC)


def known(user_id: int, role: Role, organizations: int = 0) -> KnownUser:
    user = User(UserId(user_id), f"{user_id}@example.org", "Ann", role, NOW)
    return KnownUser(user, "hash", tuple(OrganizationId(number) for number in range(organizations)))


CHIEF = known(1, Role.ADMIN)


@pytest.mark.parametrize(
    ("user", "role", "by", "refusal"),
    [
        (known(2, Role.USER), Role.ADMIN, CHIEF, None),
        (known(2, Role.ADMIN), Role.ADMIN, CHIEF, None),
        (known(2, Role.ADMIN), Role.USER, CHIEF, None),
        (known(2, Role.ADMIN, 3), Role.ORGANIZER, CHIEF, None),
        (CHIEF, Role.ADMIN, CHIEF, None),
        (CHIEF, Role.USER, CHIEF, OwnRoleKept(UserId(1))),
        (known(2, Role.ADMIN, 3), Role.USER, CHIEF, RoleFollowsMembership(UserId(2), 3)),
        (known(2, Role.ADMIN), Role.ORGANIZER, CHIEF, RoleFollowsMembership(UserId(2), 0)),
        (known(2, Role.ORGANIZER, 1), Role.USER, CHIEF, RoleFollowsMembership(UserId(2), 1)),
        (None, Role.ADMIN, CHIEF, UserNotFound(UserId(2))),
        (known(2, Role.USER), Role.ADMIN, known(1, Role.ORGANIZER, 1), NotAnAdmin()),
        (None, Role.ADMIN, None, NotAnAdmin()),
    ],
)
def test_who_gives_which_role_to_whom(user: KnownUser | None, role: Role, by: KnownUser | None, refusal: object) -> None:
    user_id = user.user.user_id if user is not None else UserId(2)

    assert check_role(user, user_id, role, by) == refusal

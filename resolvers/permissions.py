"""The one place where it is decided who may do what."""

from collections.abc import Sequence
from typing import ClassVar

from domain.callers import Caller
from domain.events import manages, may_see
from domain.ids import EventId, OrganizationId
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


class NotThere(Exception):
    """What is asked for does not exist, or the caller may not know that it does."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


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


async def visible(info: Info, event_ids: Sequence[EventId]) -> None:
    """Raises NotThere unless each event exists and the caller may see it: drafts are for those who run them."""
    found = await info.context.services.catalogue.events_many(event_ids)
    if not all(event is not None and may_see(info.context.caller, event) for event in found):
        raise NotThere("EVENT_NOT_FOUND", "There is no such event.")


async def managed(info: Info, event_id: EventId) -> bool:
    """Whether the caller sees the event, and runs it; raises Unauthenticated where nobody asks, Unauthorized where they only see it."""
    caller = user(info)
    event = (await info.context.services.catalogue.events_many([event_id]))[0]
    if event is None or not may_see(caller, event):
        return False
    if not manages(caller, event):
        raise Unauthorized
    return True

"""The one place where it is decided who may do what."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from domain.callers import Caller
from domain.catalogue import InvalidArgument
from domain.events import Event, manages, may_see
from domain.ids import EventId, OrganizationId, UserId

if TYPE_CHECKING:
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


def user(info: "Info") -> Caller:
    """The registered person behind the request; raises Unauthenticated where there is none."""
    if info.context.caller is None:
        raise Unauthenticated
    return info.context.caller


def admin(info: "Info") -> Caller:
    """An admin; raises Unauthenticated or Unauthorized for anybody else."""
    caller = user(info)
    if not caller.is_admin:
        raise Unauthorized
    return caller


def organizer_of(info: "Info", organization_id: OrganizationId | None) -> Caller:
    """A member of an organization, or an admin; raises Unauthenticated or Unauthorized for anybody else."""
    return member(info.context.caller, organization_id) if organization_id is not None else admin(info)


def owner(caller: Caller | None, user_id: UserId) -> Caller:
    """A user, for what is theirs, or an admin; raises Unauthenticated or Unauthorized for anybody else."""
    if caller is None:
        raise Unauthenticated
    if not caller.owns(user_id):
        raise Unauthorized
    return caller


def member(caller: Caller | None, organization_id: OrganizationId) -> Caller:
    """A member of an organization, or an admin; raises Unauthenticated or Unauthorized for anybody else."""
    if caller is None:
        raise Unauthenticated
    if not caller.is_admin and organization_id not in caller.organizations:
        raise Unauthorized
    return caller


async def visible(info: "Info", event_ids: Sequence[EventId]) -> None:
    """Raises NotThere unless each event exists and the caller may see it: drafts are for those who run them."""
    found = await info.context.services.catalogue.events_many(event_ids)
    if not all(event is not None and may_see(info.context.caller, event) for event in found):
        raise NotThere("EVENT_NOT_FOUND", "There is no such event.")


async def managed(info: "Info", event_id: EventId) -> bool:
    """Whether the caller sees the event, and runs it; raises Unauthenticated where nobody asks, Unauthorized where they only see it."""
    caller = user(info)
    event = (await info.context.services.catalogue.events_many([event_id]))[0]
    if event is None or not may_see(caller, event):
        return False
    if not manages(caller, event):
        raise Unauthorized
    return True


async def there(info: "Info", organization_id: OrganizationId | None) -> None:
    """Raises NotThere for an organization that does not exist; None stands for all of them."""
    if organization_id is not None and await info.context.catalogue_loaders.organizations.load(organization_id) is None:
        raise NotThere("ORGANIZATION_NOT_FOUND", "There is no such organization.")


def runs(caller: Caller | None, event: Event) -> Caller:
    """Whoever runs an event; raises Unauthenticated or Unauthorized for anybody else."""
    if caller is None:
        raise Unauthenticated
    if not manages(caller, event):
        raise Unauthorized
    return caller


async def bookings_of(info: "Info", event_id: EventId | None) -> Caller:
    """An admin, or an organizer for an event of theirs; raises what is in the way of anybody else.

    InvalidArgument tells an organizer that one event has to be named, NotThere that there is none of theirs.
    """
    caller = user(info)
    if caller.is_admin:
        return caller
    if not caller.organizations:
        raise Unauthorized
    if event_id is None:
        raise InvalidArgument("Name one of your events in `filter.eventId`.")
    if not await managed(info, event_id):
        raise NotThere("EVENT_NOT_FOUND", "There is no such event.")
    return caller

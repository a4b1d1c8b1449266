"""Notifications: what users are told of, written in the commit that made it true."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum
from typing import Any, Literal, Protocol

from domain.ids import BookingId, NotificationId, UserId
from domain.keep import KEEP, Keep
from domain.users import UserNotFound
from domain.validation import Checks, InvalidInput


class NotificationKind(IntEnum):
    """What a notification tells of. The numbers are what the database stores."""

    BOOKING_CONFIRMED = 0
    BOOKING_CANCELLED = 1
    BOOKING_EXPIRED = 2
    PAYMENT_FAILED = 3
    EVENT_CANCELLED = 4
    EVENT_CHANGED = 5
    WAITLIST_OFFER = 6
    WAITLIST_OFFER_EXPIRED = 7
    TICKET_RECEIVED = 8


IN_APP_ONLY = frozenset((NotificationKind.BOOKING_EXPIRED,))
"""Kinds that are shown in the app and sent nowhere: who leaves a basket behind wants no message for each."""


@dataclass(frozen=True, slots=True)
class Notice:
    """What one user is to be told, as a rule says it: `about` holds the facts that its words are made from, of JSON's types.

    The facts are those of the moment; what stands in the catalogue (the event's name, its start) is looked up when the words are made.
    """

    user_id: UserId
    kind: NotificationKind
    booking_no: int | None = None
    about: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Notification:
    """What one user was told, as it is kept. `read_at` is None until they have read it."""

    id: NotificationId
    user_id: UserId
    kind: NotificationKind
    booking_id: BookingId | None
    about: Mapping[str, Any]
    created_at: datetime
    read_at: datetime | None = None

    @property
    def giver(self) -> UserId | None:
        """The user who handed a ticket on, where that is what it tells of."""
        text = self.about.get("from_user")
        return UserId.parse(text) if self.kind is NotificationKind.TICKET_RECEIVED and isinstance(text, str) else None


# Words


@dataclass(frozen=True, slots=True)
class Occasion:
    """What the catalogue says of an event when the words are made; the start is told in the event's own time zone."""

    name: str
    starts_at: datetime
    timezone: str


@dataclass(frozen=True, slots=True)
class Words:
    """A notification in words: a line, and paragraphs of plain text with an empty line between."""

    subject: str
    body: str


class Wording(Protocol):
    """Makes the words."""

    def words(self, notification: Notification, occasion: Occasion | None, giver: str | None = None) -> Words:
        """What a notification says; `giver` is the name of who handed a ticket on. The same facts make the same words."""
        ...


# Preferences


ALWAYS_TOLD = frozenset((NotificationKind.EVENT_CANCELLED,))
"""Nobody should stand before a closed door: these cannot be muted."""


@dataclass(frozen=True, slots=True)
class Preferences:
    """By which ways a user wants to be told, and of what not. The list in the app tells all, whatever they prefer."""

    email: bool = True
    sms: bool = False
    muted: frozenset[NotificationKind] = frozenset()


@dataclass(frozen=True, slots=True)
class PreferencesChange:
    """What a user changes about how they are told; KEEP leaves it as it is."""

    email: bool | Literal[Keep.KEEP] = KEEP
    sms: bool | Literal[Keep.KEEP] = KEEP
    muted: frozenset[NotificationKind] | Literal[Keep.KEEP] = KEEP


def changed_preferences(present: Preferences, change: PreferencesChange, phone: str | None) -> Preferences | InvalidInput:
    """The preferences after a change, or all that is wrong with it."""
    checks = Checks()
    checks.that(change.sms is not True or phone is not None, "sms", "needs a phone number in your profile")
    if change.muted is not KEEP:
        always = ", ".join(kind.name for kind in sorted(change.muted & ALWAYS_TOLD))
        checks.that(not always, "mutedTypes", f"cannot hold {always}, which everybody is told")
    return checks.refusal or Preferences(
        present.email if change.email is KEEP else change.email,
        present.sms if change.sms is KEEP else change.sms,
        present.muted if change.muted is KEEP else change.muted,
    )


MARKED_MOST = 100
"""As many as a page holds."""


def check_ids(ids: Sequence[NotificationId]) -> Sequence[NotificationId] | InvalidInput:
    """Some notifications, each once, if there are not too few or too many."""
    checks = Checks()
    checks.that(1 <= len(ids) <= MARKED_MOST, "ids", f"has 1 to {MARKED_MOST} notifications")
    return checks.refusal or tuple(dict.fromkeys(ids))


# What the shell keeps and tells


class Notifications(Protocol):
    """Users' notifications and preferences. Each raises Outage where the database could not be had."""

    async def of_user(self, user_id: UserId, *, most: int, after: tuple[datetime, int] | None = None) -> list[Notification]:
        """A user's notifications, newest first, behind one's (created_at, number)."""
        ...

    async def count_of_user(self, user_id: UserId) -> int:
        """How many notifications a user has."""
        ...

    async def find_many(self, ids: Sequence[NotificationId]) -> list[Notification | None]:
        """Notifications by id; None for one that does not exist."""
        ...

    async def unread_many(self, user_ids: Sequence[UserId]) -> list[int]:
        """How many notifications each user has not read."""
        ...

    async def mark_read(self, user_id: UserId, ids: Sequence[NotificationId]) -> list[Notification]:
        """Mark those that are the user's as read, and answer them; one that was read stays read since then."""
        ...

    async def preferences_many(self, user_ids: Sequence[UserId]) -> list[Preferences]:
        """How each user wants to be told."""
        ...

    async def change_preferences(self, user_id: UserId, change: PreferencesChange) -> Preferences | InvalidInput | UserNotFound:
        """Change what is not KEEP, as `changed_preferences` allows."""
        ...


class Arrivals(Protocol):
    """Notifications as they arrive."""

    def watch(self, user_id: UserId) -> AsyncGenerator[Notification, None]:
        """Each notification of a user that is written from now on, once; ends with the process. Raises Outage where it cannot begin."""
        ...

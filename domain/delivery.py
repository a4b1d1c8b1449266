"""Delivery: how what was written down in a commit goes out, by e-mail and by SMS; and the ports of whoever carries it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum, IntFlag
from typing import Protocol

from domain.ids import EventId, NotificationId
from domain.notifications import ALWAYS_TOLD, Notification, NotificationKind, Occasion, Preferences

FAILURE_MOST = 500
"""Characters of a reason that are kept."""


class Channel(IntFlag):
    """A way out. The numbers are the bits that the database stores of what has gone out."""

    EMAIL = 1
    SMS = 2


NOWHERE = Channel(0)
WAITLIST_KINDS = frozenset((NotificationKind.WAITLIST_OFFER, NotificationKind.WAITLIST_OFFER_EXPIRED))
"""Told as one wished when joining the waitlist, not as one wishes in general."""


class DeliveryStatus(IntEnum):
    """How far a notification has come. The numbers are what the database stores."""

    DUE = 0
    DONE = 1
    DEAD = 2
    """Given up; `failure` says why."""


@dataclass(frozen=True, slots=True)
class Recipient:
    """A user as delivery knows them."""

    name: str
    email: str
    phone: str | None
    preferences: Preferences


@dataclass(frozen=True, slots=True)
class Due:
    """A notification that this process has taken on for a while. `attempt` counts from 1, `sent` is what went out in earlier ones."""

    notification: Notification
    attempt: int
    sent: Channel
    recipient: Recipient | None
    occasion: Occasion | None
    giver: str | None = None

    def wanted(self, now: datetime) -> Channel:
        """The ways it is still to go out by."""
        if self.recipient is None:
            return NOWHERE
        wanted = wanted_channels(self.notification.kind, self.recipient)
        return NOWHERE if is_stale(self.notification, now) else wanted & ~self.sent


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one attempt: `sent` is all that has gone out by now. What is due again is so `again_in` from now; `counts` is False
    where nothing was tried, so that it is no attempt.
    """

    id: NotificationId
    attempt: int
    sent: Channel
    status: DeliveryStatus
    failure: str | None = None
    again_in: timedelta = timedelta()
    counts: bool = True


def wanted_channels(kind: NotificationKind, recipient: Recipient) -> Channel:
    """The ways by which somebody wants to be told of something: none where it is muted, but for what nobody can mute."""
    preferences = recipient.preferences
    if kind in preferences.muted and kind not in ALWAYS_TOLD:
        return NOWHERE
    email = Channel.EMAIL if preferences.email else NOWHERE
    return email | Channel.SMS if preferences.sms and recipient.phone is not None else email


def is_stale(notification: Notification, now: datetime) -> bool:
    """Whether it is too late to tell: an offer that has ended would only send people to a closed door."""
    ends = notification.about.get("expires_at")
    return notification.kind is NotificationKind.WAITLIST_OFFER and isinstance(ends, str) and datetime.fromisoformat(ends) <= now


def again_after(attempt: int, first: timedelta, longest: timedelta) -> timedelta:
    """The wait after a failed attempt, which doubles with each; who waits adds a little chance, so that not all come back together."""
    doublings: int = min(attempt - 1, 20)
    return min(longest, first * (1 << doublings))


# Ports


class Undeliverable(Exception):
    """Refused for good: the same letter would be refused again."""


class TryLater(Exception):
    """Refused for now, or cut off in the middle."""


@dataclass(frozen=True, slots=True)
class Letter:
    """An e-mail ready to go: to an address as mail servers know it, with its notification's id, by which a repeat can be recognised."""

    id: NotificationId
    address: str
    content: bytes


class MailSender(Protocol):
    """Who carries e-mail."""

    async def send(self, letter: Letter) -> None:
        """Hand a letter over to who answers for it from then on. Raises Undeliverable, TryLater, or Outage where nobody takes any."""
        ...


class TextSender(Protocol):
    """Who carries SMS."""

    async def send(self, id: NotificationId, phone: str, text: str) -> None:
        """Hand a text over, as `MailSender.send`."""
        ...


class DueNotifications(Protocol):
    """Where notifications wait to go out. Each raises Outage where the database could not be had."""

    async def due_events(self, most: int) -> list[EventId]:
        """Events with notifications that are due, found among the `most` that have waited longest and the `most` newest."""
        ...

    async def claim(self, event_id: EventId, most: int, lease: timedelta) -> list[Due]:
        """Take on some of an event's: nobody else is given them until the lease ends. Whatever is not recorded until then is due again."""
        ...

    async def record(self, event_id: EventId, outcomes: Sequence[Outcome]) -> None:
        """Write down what came of some, in one commit. An attempt that another process has followed with a newer one changes nothing,
        unless it was the one that succeeded.
        """
        ...

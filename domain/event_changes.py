"""Changes to an event: what may be changed and cancelled, and what those who booked are told of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from domain.cancellation import CancellationPolicy, RefundStepForm, checked_policy
from domain.events import (
    DESCRIPTION_MOST,
    NAME_MOST,
    POLICY,
    Event,
    EventNotEditable,
    EventPhase,
    check_ticket_limit,
    check_times,
    phase_of,
)
from domain.ids import CategoryId
from domain.inventory import EventStatus
from domain.keep import KEEP, Keep
from domain.validation import Checks, InvalidInput
from domain.venues import check_timezone

REASON_MOST = 500
TOLD = ("starts_at", "ends_at", "timezone")
"""The facts of an event whose change those who booked are told of."""


@dataclass(frozen=True, slots=True)
class EventChange:
    """What somebody changes about an event: everything but its house, its currency and its tiers."""

    name: str | Literal[Keep.KEEP] = KEEP
    description: str | Literal[Keep.KEEP] = KEEP
    category_id: CategoryId | Literal[Keep.KEEP] | None = KEEP
    starts_at: datetime | Literal[Keep.KEEP] = KEEP
    ends_at: datetime | Literal[Keep.KEEP] = KEEP
    on_sale_at: datetime | Literal[Keep.KEEP] = KEEP
    off_sale_at: datetime | Literal[Keep.KEEP] = KEEP
    timezone: str | Literal[Keep.KEEP] = KEEP
    ticket_limit: int | Literal[Keep.KEEP] | None = KEEP
    cancellation: Sequence[RefundStepForm] | Literal[Keep.KEEP] | None = KEEP
    avoids_orphans: bool | Literal[Keep.KEEP] = KEEP


def check_change(event: Event, change: EventChange) -> Event | EventNotEditable | InvalidInput:
    """Everything that is wrong with a change to an event, or the event as it will be stored.

    Sales that ended when the event started still do where only its start is moved.
    """
    if event.status is EventStatus.CANCELLED:
        return EventNotEditable(event.event_id, event.status)
    checks = Checks()
    starts_at = event.starts_at if change.starts_at is KEEP else change.starts_at
    ends_at = event.ends_at if change.ends_at is KEEP else change.ends_at
    off_sale_at = event.off_sale_at if change.off_sale_at is KEEP else change.off_sale_at
    if change.off_sale_at is KEEP and event.off_sale_at == event.starts_at:
        off_sale_at = starts_at
    on_sale_at = event.on_sale_at if change.on_sale_at is KEEP else change.on_sale_at
    check_times(checks, starts_at, ends_at, on_sale_at, off_sale_at, on_sale_at)
    changed = replace(
        event,
        name=event.name if change.name is KEEP else checks.text("name", change.name, most=NAME_MOST),
        description=event.description
        if change.description is KEEP
        else checks.text("description", change.description, least=0, most=DESCRIPTION_MOST),
        category_id=event.category_id if change.category_id is KEEP else change.category_id,
        starts_at=starts_at,
        ends_at=ends_at,
        on_sale_at=on_sale_at,
        off_sale_at=off_sale_at,
        timezone=event.timezone if change.timezone is KEEP else change.timezone,
        ticket_limit=event.ticket_limit if change.ticket_limit is KEEP else change.ticket_limit,
        cancellation=changed_policy(checks, event, change),
        avoids_orphans=event.avoids_orphans if change.avoids_orphans is KEEP else change.avoids_orphans,
    )
    if change.timezone is not KEEP:
        check_timezone(checks, changed.timezone)
    check_ticket_limit(checks, changed.ticket_limit)
    return checks.refusal or changed


def changed_policy(checks: Checks, event: Event, change: EventChange) -> CancellationPolicy | None:
    """The cancellation policy for what is bought after a change; what was bought keeps its own."""
    if change.cancellation is KEEP:
        return event.cancellation
    return checked_policy(checks, POLICY, change.cancellation) if change.cancellation is not None else None


def news(before: Event, after: Event) -> Mapping[str, Any] | None:
    """What those who booked are told of a change, in JSON's types; None where there is nothing they must know, or nobody could book."""
    changes = [name for name in TOLD if getattr(before, name) != getattr(after, name)]
    if before.status is not EventStatus.PUBLISHED or not changes:
        return None
    facts = [{name: told(getattr(event, name)) for name in changes} for event in (before, after)]
    return {"changes": changes, "before": facts[0], "after": facts[1]}


def told(fact: datetime | str) -> str:
    """A fact as JSON has it."""
    return fact.isoformat() if isinstance(fact, datetime) else fact


def check_calling_off(event: Event, reason: str | None, now: datetime) -> Event | EventNotEditable | InvalidInput:
    """The event once it is cancelled. One that is already answers itself, whatever the reason; one that has taken place cannot be."""
    if event.status is EventStatus.CANCELLED:
        return event
    if phase_of(event.starts_at, event.ends_at, now) is EventPhase.COMPLETED:
        return EventNotEditable(event.event_id, event.status, is_over=True)
    checks = Checks()
    reason = checks.optional("reason", reason, most=REASON_MOST)
    return checks.refusal or replace(event, status=EventStatus.CANCELLED, cancelled_at=now, cancel_reason=reason)

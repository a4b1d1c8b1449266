"""Rows of events and tiers, as the catalogue's statements write them."""

from collections.abc import Sequence

import orjson

from db.pool import Connection
from db.statements import statements
from domain.events import Event, NewEvent
from domain.ids import EventId
from domain.places import Tier

SQL = statements("catalogue")


async def add_event(connection: Connection, event: Event, new: NewEvent) -> None:
    """Keep a new event, its inventory and its tiers."""
    await connection.execute(
        SQL["add_event"],
        event.event_id,
        event.name,
        event.description,
        event.category_id,
        event.organization_id,
        event.venue_id,
        event.layout_id,
        event.starts_at,
        event.ends_at,
        event.on_sale_at,
        event.off_sale_at,
        event.timezone,
        event.ticket_limit,
        event.currency,
        event.min_price_minor,
        event.max_price_minor,
        event.capacity,
        event.created_at,
        refund_steps(event),
        event.avoids_orphans,
    )
    starts, tier_nos = (new.plan.starts, new.plan.tier_nos) if new.plan is not None else (None, None)
    await connection.execute(SQL["add_inventory"], event.event_id, starts, tier_nos)
    await connection.execute(
        SQL["add_tiers"],
        event.event_id,
        [tier.tier_no for tier in new.tiers],
        [tier.name for tier in new.tiers],
        [tier.kind for tier in new.tiers],
        [tier.price_minor for tier in new.tiers],
        [tier.counts.available for tier in new.tiers],
    )


async def change_event(connection: Connection, event: Event) -> int:
    """Keep an event's new facts; answers the version its inventory then has."""
    await connection.execute(
        SQL["change_event"],
        event.event_id,
        event.name,
        event.description,
        event.category_id,
        event.status,
        event.starts_at,
        event.ends_at,
        event.on_sale_at,
        event.off_sale_at,
        event.timezone,
        event.ticket_limit,
        refund_steps(event),
        event.avoids_orphans,
        event.cancelled_at,
        event.cancel_reason,
    )
    return await raised(connection, event.event_id)


async def change_tier(connection: Connection, event_id: EventId, tier: Tier, tiers: Sequence[Tier]) -> int:
    """Keep a tier's new facts, and what they make of all tiers; answers the version the inventory then has."""
    counts = tier.counts
    await connection.execute(SQL["change_tier"], event_id, tier.tier_no, tier.name, tier.price_minor, counts.total, counts.available)
    prices = [one.price_minor for one in tiers]
    await connection.execute(SQL["change_totals"], event_id, min(prices), max(prices), sum(one.counts.total for one in tiers))
    return await raised(connection, event_id)


async def raised(connection: Connection, event_id: EventId) -> int:
    """The version that tells everybody that what the catalogue says has changed."""
    version: int = await connection.fetchval(SQL["raise_version"], event_id)
    return version


def refund_steps(event: Event) -> str | None:
    """An event's own cancellation policy as the database has it."""
    return orjson.dumps(event.cancellation.stored()).decode() if event.cancellation is not None else None

"""Writes to events: each one transaction, which raises the version of the event's inventory, so that all who sell or watch it know."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TypeVar

from db.audit import note, note_change
from db.catalogue import event_of, tier_of, venue_of
from db.errands import add_errand
from db.event_rows import add_event, change_event, change_tier
from db.identifiers import new_number
from db.layouts import Layouts
from db.pool import Connection, Pool, writing
from db.statements import statements
from domain.audit import AuditFact, differences
from domain.changes import ChangeSet
from domain.errands import ErrandKind
from domain.event_changes import EventChange, check_calling_off, check_change, news
from domain.events import Event, EventForm, EventNotEditable, NewEvent, check_event, phase_of
from domain.ids import EventId, TierId, UserId
from domain.inventory import EventStatus
from domain.places import Tier
from domain.ports import Publisher
from domain.refusals import EventNotFound
from domain.tiers import CapacityBelowSold, PriceForm, TierChange, TierChanged, TierNotFound, check_price_change, check_tier_change
from domain.validation import InvalidInput
from domain.venues import CategoryNotFound, OrganizationNotFound, VenueNotFound

SQL = statements("catalogue")
R = TypeVar("R")


class PostgresEventWriter:
    """The `EventWriter` of a process."""

    def __init__(self, pool: Pool, layouts: Layouts, publisher: Publisher) -> None:
        self.pool = pool
        self.layouts = layouts
        self.publisher = publisher

    async def create_event(
        self, form: EventForm, actor: UserId | None = None
    ) -> Event | VenueNotFound | CategoryNotFound | OrganizationNotFound | InvalidInput:
        """Add a draft with its tiers and inventory: a few rows, however many seats."""
        event_id = EventId(new_number())
        async with writing(self.pool) as connection:
            venue, layout = None, None
            if form.venue_id is not None:
                row = await connection.fetchrow(SQL["venues_many"], [form.venue_id])
                if row is None:
                    return VenueNotFound(form.venue_id)
                venue = venue_of(row)
                layout = await self.layouts.load(venue.layout_id, connection) if venue.layout_id is not None else None
            facts = await connection.fetchrow(SQL["event_facts"], form.category_id, form.organization_id)
            assert facts is not None
            if form.category_id is not None and not facts["has_category"]:
                return CategoryNotFound(form.category_id)
            if form.organization_id is not None and not facts["has_organization"]:
                return OrganizationNotFound(form.organization_id)
            match check_event(form, venue, layout, facts["now"]):
                case InvalidInput() as invalid:
                    return invalid
                case NewEvent() as new:
                    event = new.as_draft(event_id, form, venue, facts["now"])
                    await add_event(connection, event, new)
                    await note_change(connection, actor, "createEvent", event_id, None, event)
                    return event

    async def update_event(
        self, event_id: EventId, change: EventChange, actor: UserId | None = None
    ) -> Event | EventNotFound | EventNotEditable | CategoryNotFound | InvalidInput:
        """Change what is not KEEP, of an event that is not cancelled, and tell who watches; and who booked, where they must know."""
        async with self._telling() as (connection, told):
            row = await connection.fetchrow(SQL["lock_event"], event_id)
            if row is None:
                return EventNotFound(event_id)
            before = event_of(row)
            match check_change(before, change):
                case EventNotEditable() | InvalidInput() as refusal:
                    return refusal
                case Event() as event:
                    facts = await connection.fetchrow(SQL["event_facts"], event.category_id, None)
                    assert facts is not None
                    if event.category_id is not None and not facts["has_category"]:
                        return CategoryNotFound(event.category_id)
                    if (about := news(before, event)) is not None:
                        await add_errand(connection, event_id, ErrandKind.TELL_OF_CHANGE, about, row["now"])
                    await note_change(connection, actor, "updateEvent", event_id, before, event)
                    told.append(ChangeSet(event_id, await change_event(connection, event), sale_changed=True))
                    return replace(event, phase=phase_of(event.starts_at, event.ends_at, row["now"]))

    async def publish_event(self, event_id: EventId, actor: UserId | None = None) -> Event | EventNotFound | EventNotEditable:
        """Put a draft on sale, from its `on_sale_at` on, and tell who watches; a published event stays as it is."""
        async with self._telling() as (connection, told):
            row = await connection.fetchrow(SQL["lock_event"], event_id)
            if row is None:
                return EventNotFound(event_id)
            before = event_of(row)
            if before.status is EventStatus.PUBLISHED:
                return before
            if before.status is not EventStatus.DRAFT:
                return EventNotEditable(event_id, before.status)
            event = replace(before, status=EventStatus.PUBLISHED)
            await note_change(connection, actor, "publishEvent", event_id, before, event)
            told.append(ChangeSet(event_id, await change_event(connection, event), sale_changed=True))
            return event

    async def cancel_event(
        self, event_id: EventId, reason: str | None, actor: UserId | None = None
    ) -> Event | EventNotFound | EventNotEditable | InvalidInput:
        """Take an event off sale for good, and have all of its bookings ended and given back; a cancelled event stays as it is.

        From this commit on nothing of it can be booked or paid for. Its bookings follow in batches: see `ErrandRunner`.
        """
        async with self._telling() as (connection, told):
            row = await connection.fetchrow(SQL["lock_event"], event_id)
            if row is None:
                return EventNotFound(event_id)
            before = event_of(row)
            match check_calling_off(before, reason, row["now"]):
                case Event() as event if event is not before:
                    about = {"reason": event.cancel_reason}
                    await add_errand(connection, event_id, ErrandKind.CANCEL_BOOKINGS, about, row["now"])
                    await note_change(connection, actor, "cancelEvent", event_id, before, event)
                    told.append(ChangeSet(event_id, await change_event(connection, event), sale_changed=True))
                    return event
                case answer:
                    return answer

    async def delete_event(self, event_id: EventId, actor: UserId | None = None) -> Event | EventNotFound | EventNotEditable:
        """Forget a draft that never sold anything; answers it as it was."""
        async with self._telling() as (connection, told):
            row = await connection.fetchrow(SQL["lock_event"], event_id)
            if row is None:
                return EventNotFound(event_id)
            event = event_of(row)
            if event.status is not EventStatus.DRAFT or await connection.fetchval(SQL["is_booked"], event_id):
                return EventNotEditable(event_id, event.status)
            await note_change(connection, actor, "deleteEvent", event_id, event, None)
            await connection.execute(SQL["forget_event"], event_id)
            await connection.execute(SQL["forget_claims"], event_id)
            version = await connection.fetchval(SQL["forget_inventory"], event_id)
            told.append(ChangeSet(event_id, version + 1, sale_changed=True))
            return event

    async def reprice_tier(
        self, tier_id: TierId, form: PriceForm, actor: UserId | None = None
    ) -> TierChanged | EventNotFound | TierNotFound | EventNotEditable | InvalidInput:
        """Give a tier another price, for places that nobody has taken yet."""

        def check(event: Event, tiers: Sequence[Tier]) -> Tier | TierNotFound | InvalidInput:
            return check_price_change(tiers, tier_id, form, event.currency)

        return await self._change_tier(tier_id, "repriceTier", actor, check)

    async def update_tier(
        self, tier_id: TierId, change: TierChange, actor: UserId | None = None
    ) -> TierChanged | EventNotFound | TierNotFound | EventNotEditable | CapacityBelowSold | InvalidInput:
        """Give a tier another name, or more or fewer places without numbers. Who waits for them is to be asked afterwards."""

        def check(event: Event, tiers: Sequence[Tier]) -> Tier | TierNotFound | CapacityBelowSold | InvalidInput:
            return check_tier_change(tiers, tier_id, change, has_layout=event.layout_id is not None)

        return await self._change_tier(tier_id, "updateTier", actor, check)

    async def _change_tier(
        self, tier_id: TierId, action: str, actor: UserId | None, check: Callable[[Event, Sequence[Tier]], Tier | R]
    ) -> TierChanged | EventNotFound | EventNotEditable | R:
        """Change one tier as a rule allows, and what the catalogue says of all of them together."""
        event_id = tier_id.event_id
        async with self._telling() as (connection, told):
            row = await connection.fetchrow(SQL["lock_event"], event_id)
            if row is None:
                return EventNotFound(event_id)
            event = event_of(row)
            if event.status is EventStatus.CANCELLED:
                return EventNotEditable(event_id, event.status)
            await connection.fetchval(SQL["lock_tiers"], event_id)
            tiers = {tier.tier_no: tier for tier in map(tier_of, await connection.fetch(SQL["tiers_many"], [event_id]))}
            tier = check(event, list(tiers.values()))
            if not isinstance(tier, Tier):
                return tier
            before, tiers[tier.tier_no] = tiers[tier.tier_no], tier
            if tier != before:
                version = await change_tier(connection, event_id, tier, list(tiers.values()))
                await note_tier_change(connection, actor, action, tier_id, before, tier)
                told.append(ChangeSet(event_id, version, tiers=((tier.tier_no, tier.counts),), sale_changed=True))
            return TierChanged(event_id, event.currency, tier)

    @asynccontextmanager
    async def _telling(self) -> AsyncIterator[tuple[Connection, list[ChangeSet]]]:
        """A transaction, and a list for what is to be published once it is committed."""
        told: list[ChangeSet] = []
        async with writing(self.pool) as connection:
            yield connection, told
        for change_set in told:
            self.publisher.publish(change_set)


async def note_tier_change(connection: Connection, actor: UserId | None, action: str, tier_id: TierId, before: Tier, after: Tier) -> None:
    """Write down who changed a tier, and what; nothing where it was the house itself."""
    if actor is None:
        return
    facts = differences(before, after, "counts")
    if before.counts.total != after.counts.total:
        facts["capacity"] = [before.counts.total, after.counts.total]
    await note(connection, AuditFact(actor, action, str(tier_id), facts), tier_id.event_id)

"""Demo data for an empty database: people, houses, and a year of events that have been on sale for some weeks."""

import asyncio
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from random import Random
from typing import Protocol
from zoneinfo import ZoneInfo

from domain.callers import Role
from domain.catalogue import CatalogueWriter
from domain.events import EventForm
from domain.ids import CategoryId, OrganizationId, UserId
from domain.inventory import BookingPolicy
from domain.layouts import Layout, SectionDraft, parse_layout
from domain.ports import BoxOffice, Settlement
from domain.seeds import SeedStore
from domain.tiers import TierForm
from domain.users import User
from domain.venues import Category, Organization, Venue, VenueForm
from runtime.demo_crowd import SINCE, crowd, staged
from runtime.demo_houses import ARENA_TIERS, CLUB_TIERS, STUDIO_TIERS, THEATRE_TIERS, arena, studio, theatre
from runtime.demo_programme import CATEGORIES, Showing, Stage, programme
from runtime.demo_visitor import Numbers, Visitor, made

PASSWORD = "Box-0ffice!"
TICKET_LIMIT = 20


class People(Protocol):
    """Where users are made."""

    async def ensure_user(self, email: str, password: str, name: str, role: Role = Role.USER) -> User:
        """The user with this e-mail address, made where there is none."""
        ...


@dataclass(frozen=True, slots=True)
class Doors:
    """What the demo data go through, as any other would."""

    people: People
    writer: CatalogueWriter
    store: SeedStore
    box_office: BoxOffice
    settlement: Settlement
    new_number: Numbers


@dataclass(frozen=True, slots=True)
class House:
    """A venue of the demo, with its seats where they are numbered, and what they cost there."""

    venue: Venue
    layout: Layout | None
    tiers: tuple[TierForm, ...]
    currency: str


@dataclass(frozen=True, slots=True)
class Ground:
    """What the demo's events are made of."""

    houses: dict[Stage, House]
    categories: dict[str, CategoryId]
    organization: OrganizationId


async def fill(doors: Doors, policy: BookingPolicy, password_hash: str) -> int:
    """Make the demo accounts, houses and events, and what was sold of them; answers how many events. Takes a few seconds."""
    now = datetime.now(UTC)
    organizer, uma = await demo_accounts(doors.people)
    ground = await build(doors.writer, organizer.user_id)  # before the crowd: where there are venues, nobody is added a second time
    people = crowd(Random("the demo's crowd"), now)
    await doors.store.add_users(people, password_hash)
    buyers = [person.user_id for person in people]
    events = []
    for showing in programme():
        house = ground.houses[showing.stage]
        seeded = staged(showing, form(showing, ground, now), house.venue, house.layout, buyers, policy, now)
        await doors.store.add_event(seeded)
        events.append(seeded.event)
    await doors.store.analyze()
    await Visitor(doors.box_office, doors.settlement, doors.new_number, uma.user_id).book_some_of(events)
    return len(events)


async def demo_accounts(people: People) -> tuple[User, User]:
    """Make an account of each role; answers the organizer's and the user's."""
    _, organizer, uma = await asyncio.gather(
        people.ensure_user("admin@boxoffice.test", PASSWORD, "Ada Admin", Role.ADMIN),
        people.ensure_user("organizer@boxoffice.test", PASSWORD, "Olga Organizer", Role.ORGANIZER),
        people.ensure_user("user@boxoffice.test", PASSWORD, "Uma User"),
    )
    return organizer, uma


async def build(writer: CatalogueWriter, organizer: UserId) -> Ground:
    """The houses, the categories, and the organization that runs all events."""
    london, berlin = "Europe/London", "Europe/Berlin"
    playhouse = VenueForm("Riverside Playhouse", "1 Embankment", "London", "GB", london, postal_code="SE1 9PX")
    dome = VenueForm("Harbour Arena", "Dock Road 20", "Liverpool", "GB", london, capacity=24_000)
    cellar = VenueForm("The Cellar", "7 Canal Street", "Berlin", "DE", berlin, capacity=600)
    loft = VenueForm("Lantern Studio", "3 Foundry Lane", "London", "GB", london, postal_code="SE1 4TW")
    houses = {
        Stage.THEATRE: await house(writer, playhouse, theatre(), THEATRE_TIERS, "GBP"),
        Stage.ARENA: await house(writer, dome, arena(), ARENA_TIERS, "GBP"),
        Stage.CLUB: await house(writer, cellar, None, CLUB_TIERS, "EUR"),
        Stage.STUDIO: await house(writer, loft, studio(), STUDIO_TIERS, "GBP"),
    }
    categories = {slug: made(await writer.create_category(slug, name), Category).category_id for slug, name in CATEGORIES.items()}
    organization = made(await writer.create_organization("Riverside Productions"), Organization)
    made(await writer.add_member(organization.organization_id, organizer), Organization)
    return Ground(houses, categories, organization.organization_id)


async def house(
    writer: CatalogueWriter, form: VenueForm, sections: list[SectionDraft] | None, tiers: tuple[TierForm, ...], currency: str
) -> House:
    """Add a venue, with its seats where they are numbered."""
    venue = made(await writer.create_venue(replace(form, sections=sections)), Venue)
    return House(venue, made(parse_layout(sections), Layout) if sections is not None else None, tiers, currency)


def form(showing: Showing, ground: Ground, now: datetime) -> EventForm:
    """One event of about two and a half hours."""
    house = ground.houses[showing.stage]
    starts_at = at(now, showing.days, showing.hour, house.venue.timezone)
    return EventForm(
        name=showing.work.name,
        description=showing.work.text,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=2, minutes=30),
        currency=house.currency,
        tiers=house.tiers,
        category_id=ground.categories[showing.work.category],
        organization_id=ground.organization,
        venue_id=house.venue.venue_id,
        on_sale_at=now + timedelta(days=3) if showing.is_early else now - SINCE,
        ticket_limit=TICKET_LIMIT,
    )


def at(now: datetime, days: int, hour: int, zone: str) -> datetime:
    """An hour of the clock in a place, so many days from now."""
    return datetime.combine((now + timedelta(days=days)).date(), time(hour), ZoneInfo(zone)).astimezone(UTC)

"""Demo data for an empty database: people, houses and a year of events, made through the same doors as any."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Protocol, TypeVar
from zoneinfo import ZoneInfo

from domain.callers import Role
from domain.catalogue import CatalogueWriter
from domain.commands import BlockSeats, BookSeats
from domain.events import Event, EventForm
from domain.ids import BookingId, CategoryId, OrganizationId, UserId, VenueId
from domain.places import TierKind
from domain.ports import BoxOffice
from domain.tiers import SeatBlock, TierForm
from domain.users import User
from domain.venues import Category, Organization, Venue, VenueForm
from runtime.demo_houses import arena, theatre

PASSWORD = "Box-0ffice!"
A = TypeVar("A")

THEATRE_TIERS = (
    TierForm("Premium", price_minor=9500, blocks=(SeatBlock("Stalls", tuple("ABCDEFGH")),)),
    TierForm("Stalls", price_minor=6500, blocks=(SeatBlock("Stalls", tuple("IJKLMNOPQR")),)),
    TierForm("Circle", price_minor=4500, blocks=(SeatBlock("Circle"),)),
    TierForm("Balcony", price_minor=2500, blocks=(SeatBlock("Balcony"),)),
)
ARENA_TIERS = (
    TierForm("Standing", TierKind.STANDING, price_minor=5500, capacity=4000),
    TierForm("Lower ring", price_minor=8500, blocks=tuple(SeatBlock(f"Block 1{n:02}") for n in range(1, 21))),
    TierForm("Upper ring", price_minor=4000, blocks=tuple(SeatBlock(f"Block 2{n:02}") for n in range(1, 21))),
)
CLUB_TIERS = (
    TierForm("Early", TierKind.STANDING, price_minor=1200, capacity=100),
    TierForm("Standing", TierKind.STANDING, price_minor=1800, capacity=500),
)
PLAYS = ("The Winter's Tale", "A Doll's House", "The Government Inspector", "Cyrano", "Twelfth Night", "The Cherry Orchard")
TOURS = ("Northern Lights", "The Paper Kites Orchestra", "Velvet Static", "Saints of August")
NIGHTS = ("Basement Jazz", "New Songs Night", "Slow Disco", "Strings & Synths", "Stand-up Thursday")


class People(Protocol):
    """Where users are made."""

    async def ensure_user(self, email: str, password: str, name: str, role: Role = Role.USER) -> User:
        """The user with this e-mail address, made where there is none."""
        ...


@dataclass(frozen=True, slots=True)
class Houses:
    """Where the demo's events are, whose they are, and of what kind."""

    theatre: VenueId
    arena: VenueId
    club: VenueId
    organization: OrganizationId
    music: CategoryId
    stage: CategoryId


class DemoFailed(Exception):
    """The demo data breaks a rule of ours; says which."""


async def fill(people: People, writer: CatalogueWriter, box_office: BoxOffice, new_number: "Numbers") -> int:
    """Make the demo accounts, houses and events; answers how many events. Takes a few seconds."""
    organizer = await demo_accounts(people)
    houses = await build(writer, organizer.user_id)
    events = [await publish(writer, form) for form in year(houses, datetime.now(UTC))]
    await sell(box_office, new_number, organizer.user_id, events)
    return len(events)


async def demo_accounts(people: People) -> User:
    """Make an account of each role; answers the organizer's."""
    await people.ensure_user("admin@boxoffice.test", PASSWORD, "Ada Admin", Role.ADMIN)
    organizer = await people.ensure_user("organizer@boxoffice.test", PASSWORD, "Olga Organizer", Role.ORGANIZER)
    await people.ensure_user("user@boxoffice.test", PASSWORD, "Uma User")
    return organizer


class Numbers(Protocol):
    """Draws numbers for new things."""

    def __call__(self) -> int:
        """A number nobody else has."""
        ...


async def build(writer: CatalogueWriter, organizer: UserId) -> Houses:
    """The three houses, the categories, and the organization that runs all events."""
    playhouse = VenueForm("Riverside Playhouse", "1 Embankment", "London", "GB", "Europe/London", postal_code="SE1 9PX", sections=theatre())
    dome = VenueForm("Harbour Arena", "Dock Road 20", "Liverpool", "GB", "Europe/London", capacity=24_000, sections=arena())
    cellar = VenueForm("The Cellar", "7 Canal Street", "Berlin", "DE", "Europe/Berlin", capacity=600)
    venues = [made(await writer.create_venue(form), Venue).venue_id for form in (playhouse, dome, cellar)]
    music = made(await writer.create_category("music", "Music"), Category)
    stage = made(await writer.create_category("theatre", "Theatre"), Category)
    made(await writer.create_category("comedy", "Comedy"), Category)
    organization = made(await writer.create_organization("Riverside Productions"), Organization)
    made(await writer.add_member(organization.organization_id, organizer), Organization)
    return Houses(venues[0], venues[1], venues[2], organization.organization_id, music.category_id, stage.category_id)


def year(houses: Houses, now: datetime) -> list[EventForm]:
    """A year of events from tomorrow: plays in the theatre each week, tours in the arena, nights in the club."""
    forms = []
    for week in range(52):
        play = PLAYS[week // 4 % len(PLAYS)]
        text = f"{play}, on the main stage of the Riverside Playhouse."
        forms.append(form(play, text, houses, houses.theatre, THEATRE_TIERS, at(now, 2 + week * 7, 19, "Europe/London"), "GBP"))
        if week % 4 == 0:
            tour = TOURS[week // 4 % len(TOURS)]
            text = f"{tour} live: standing on the floor, seats all around."
            forms.append(form(tour, text, houses, houses.arena, ARENA_TIERS, at(now, 5 + week * 7, 20, "Europe/London"), "GBP"))
        if week % 2 == 0:
            night = NIGHTS[week // 2 % len(NIGHTS)]
            text = f"{night} at The Cellar. Doors an hour before."
            forms.append(form(night, text, houses, houses.club, CLUB_TIERS, at(now, 3 + week * 7, 21, "Europe/Berlin"), "EUR"))
    return forms


def form(
    name: str, text: str, houses: Houses, venue: VenueId, tiers: tuple[TierForm, ...], starts_at: datetime, currency: str
) -> EventForm:
    """One event of about two and a half hours."""
    return EventForm(
        name=name,
        description=text,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=2, minutes=30),
        currency=currency,
        tiers=tiers,
        category_id=houses.stage if venue == houses.theatre else houses.music,
        organization_id=houses.organization,
        venue_id=venue,
        ticket_limit=20,
    )


def at(now: datetime, days: int, hour: int, zone: str) -> datetime:
    """An hour of the clock in a place, so many days from now."""
    return datetime.combine((now + timedelta(days=days)).date(), time(hour), ZoneInfo(zone)).astimezone(UTC)


async def publish(writer: CatalogueWriter, draft: EventForm) -> Event:
    """Make an event and put it on sale."""
    event = made(await writer.create_event(draft), Event)
    return made(await writer.publish_event(event.event_id), Event)


async def sell(box_office: BoxOffice, new_number: Numbers, buyer: UserId, events: list[Event]) -> None:
    """Hold and block a few seats of the first numbered events, so that their maps are not blank."""
    numbered = [event for event in events if event.layout_id is not None][:4]
    for event in numbered:
        holds = [BookSeats(BookingId(event.event_id, new_number()), buyer, tuple(range(first, first + 4))) for first in (60, 140, 300, 420)]
        await asyncio.gather(*(box_office.submit(hold) for hold in holds))
        await box_office.submit(BlockSeats(event.event_id, (0, 1, 2, 3)))


def made(answer: object, kind: type[A]) -> A:
    """What was to be made; raises DemoFailed with the refusal where it was not."""
    if not isinstance(answer, kind):
        raise DemoFailed(f"The demo data was refused: {answer}")
    return answer

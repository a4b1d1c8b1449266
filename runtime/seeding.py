"""Seeding: a database full of believable data that could have come about by itself, so that the box office can go on from it."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import Enum
from random import Random, SystemRandom
from typing import NoReturn, Protocol, TypeVar
from zoneinfo import ZoneInfo

from tqdm import tqdm

from domain.callers import Role
from domain.events import EventForm, NewEvent, check_event
from domain.ids import CategoryId, EventId, LayoutId, OrganizationId, UserId, VenueId
from domain.inventory import BookingPolicy, EventStatus
from domain.layouts import Layout
from domain.seeds import AlreadyThere, SeededEvent, SeededHouse, SeedStore, Wanted
from domain.users import User
from domain.venues import Category, Organization, Venue
from runtime.demo import PASSWORD, People, demo_accounts
from runtime.demo_houses import arena, theatre
from runtime.failures import CannotStart
from runtime.seed_bookings import PLACES_PER_BOOKING, Sales, number
from runtime.seed_houses import hall, layout_of, tiers_of
from runtime.seed_names import (
    CANCEL_REASONS,
    CATEGORIES,
    EVENTS,
    FIRST_NAMES,
    HOUSE_NAMES,
    HOUSES,
    LAST_NAMES,
    ORGANIZATION_NAMES,
    ORGANIZATIONS,
    TOWNS,
    Town,
)

ARENA_SEATS = 20_000
THEATRE_SEATS = 1_200
USERS_AT_ONCE = 20_000
T = TypeVar("T")


class Stage(Enum):
    """Where an event stands at the moment of seeding."""

    ON_SALE = 8
    OVER = 6
    NOW = 5
    CANCELLED = 1
    NOT_YET = 0
    DRAFT = -1

    @property
    def sells(self) -> bool:
        """Whether it has bookings."""
        return self.value > 0


STAGES = (
    *(Stage.ON_SALE, Stage.OVER, Stage.ON_SALE, Stage.NOW, Stage.CANCELLED, Stage.DRAFT),
    *(Stage.ON_SALE, Stage.NOT_YET, Stage.OVER, Stage.ON_SALE, Stage.OVER, Stage.ON_SALE),
)
"""In turn, so that a dozen events have them all."""


class Progress(Protocol):
    """Where it is shown how far the work has come."""

    def update(self, n: float | None = 1) -> object:
        """So much more is done."""
        ...


@dataclass(frozen=True, slots=True)
class Ground:
    """What events can be made of."""

    houses: Sequence[tuple[SeededHouse, Town]]
    organizations: Sequence[OrganizationId]
    categories: Sequence[CategoryId]
    users: Sequence[UserId]


class SeedFailed(CannotStart):
    """What was asked for cannot be seeded; says why."""


def progress_bar(wanted: Wanted) -> "tqdm[NoReturn]":
    """A bar on stderr, where that is a terminal: it counts users, events and bookings."""
    return tqdm(total=wanted.users + wanted.events + wanted.bookings, unit=" rows", unit_scale=True, desc="Seeding", disable=None)


async def plant(
    store: SeedStore,
    people: People,
    hash_password: Callable[[str], Awaitable[str]],
    wanted: Wanted,
    policy: BookingPolicy,
    progress: Progress,
    now: datetime | None = None,
) -> str:
    """Invent what is wanted and store it; answers, in sentences, what was removed and made. Raises SeedFailed.

    Without `flush` it is added to what is there. An event's data appear whole or not at all; what is left of a seeding that was
    interrupted is sound.
    """
    if problems := wanted.problems():
        raise SeedFailed("\n".join(problems))
    said = []
    if wanted.flush:
        removed = [f"{count:,} {what.replace('_', ' ')}" for what, count in (await store.flush()).items() if count]
        said.append(f"Removed {', '.join(removed)}; admins are still there." if removed else "There was nothing to remove.")
    await demo_accounts(people)
    seed = SystemRandom().getrandbits(32) if wanted.seed is None else wanted.seed
    inventor = Inventor(wanted, policy, Random(seed), now or datetime.now(UTC))
    password_hash = await hash_password(PASSWORD)
    try:
        bookings = await inventor.all_into(store, password_hash, progress)
    except AlreadyThere as there:
        raise SeedFailed(f"What --seed {seed} makes is there already: choose another seed, or start anew with --flush.") from there
    await store.analyze()
    said.append(
        f"Made {wanted.users:,} users, {wanted.orgs:,} organizations, {wanted.venues:,} venues, {wanted.cats:,} categories, "
        f"{wanted.events:,} events and {bookings:,} bookings with --seed {seed}; every password is {PASSWORD}."
    )
    if bookings < wanted.bookings:
        said.append(f"{wanted.bookings - bookings:,} bookings found no place: ask for more --events, --venues, --seats or --users.")
    return "\n".join(said)


class Inventor:
    """Invents one database's worth of data; with the same chance, the same again."""

    def __init__(self, wanted: Wanted, policy: BookingPolicy, chance: Random, now: datetime) -> None:
        self.wanted = wanted
        self.policy = policy
        self.chance = chance
        self.now = now

    async def all_into(self, store: SeedStore, password_hash: str, progress: Progress) -> int:
        """Store everything; answers how many bookings there was room for."""
        first = await store.count_users() + 1
        users = [self.user(first + n) for n in range(self.wanted.users)]
        organizations = [self.organization(n, users) for n in range(self.wanted.orgs)]
        members = {user_id for _, found in organizations for user_id in found}
        users = [replace(user, role=Role.ORGANIZER) if user.user_id in members else user for user in users]
        for at in range(0, len(users), USERS_AT_ONCE):
            await store.add_users(users[at : at + USERS_AT_ONCE], password_hash)
            progress.update(len(users[at : at + USERS_AT_ONCE]))
        await store.add_organizations(organizations)
        houses = [(self.house(n), TOWNS[n % len(TOWNS)]) for n in range(self.wanted.venues)]
        await store.add_houses([house for house, _ in houses])
        categories = await store.add_categories([self.category(n) for n in range(self.wanted.cats)])
        ground = Ground(houses, [organization.organization_id for organization, _ in organizations], categories, [u.user_id for u in users])
        return await self.events_into(store, ground, progress)

    async def events_into(self, store: SeedStore, ground: Ground, progress: Progress) -> int:
        """Store the events, each once it is complete; those with least room first, so that others take what they cannot."""
        made = 0
        plans = [self.event(n, ground) for n in range(self.wanted.events)]
        plans.sort(key=lambda plan: (plan[1].sells, plan[0].event.capacity))
        room = sum(seeded.event.capacity for seeded, stage in plans if stage.sells)
        for seeded, stage in plans:
            if stage.sells:
                left = self.wanted.bookings - made
                share = -(-left * seeded.event.capacity // room)
                room -= seeded.event.capacity
                fullness = min(1.0, share * PLACES_PER_BOOKING / seeded.event.capacity)
                sales = Sales(seeded, ground.users, self.policy, self.now, self.chance, fullness)
                if stage is Stage.ON_SALE:
                    sales.block(4)
                made += sales.sell(min(share, left), progress.update)
            await store.add_event(seeded)
            seeded.bookings, seeded.tickets, seeded.payments, seeded.refunds, seeded.seats = [], [], [], [], {}
            progress.update(1)
        return made

    def user(self, nth: int) -> User:
        """A user, registered in the last three years."""
        first, last = self.chance.choice(FIRST_NAMES), self.chance.choice(LAST_NAMES)
        return User(
            user_id=UserId(number(self.chance)),
            email=f"{first}.{last}{nth}@example.test".lower(),
            name=f"{first} {last}",
            role=Role.USER,
            created_at=self.now - timedelta(days=self.chance.randint(400, 1100), seconds=self.chance.randint(0, 86_399)),
            phone=f"+4479{self.chance.randint(0, 99_999_999):08}" if self.chance.random() < 0.4 else None,
        )

    def organization(self, nth: int, users: Sequence[User]) -> tuple[Organization, list[UserId]]:
        """An organization of one to three users."""
        name = f"{pick(ORGANIZATION_NAMES, nth)} {pick(ORGANIZATIONS, nth)}{again(nth, len(ORGANIZATION_NAMES) * 3)}"
        members = self.chance.sample(users, min(len(users), self.chance.randint(1, 3)))
        founded_at = self.now - timedelta(days=1100)
        return Organization(OrganizationId(number(self.chance)), name, founded_at), [user.user_id for user in members]

    def category(self, nth: int) -> Category:
        """A category; its slug is its name."""
        name = f"{pick(CATEGORIES, nth)}{again(nth, len(CATEGORIES))}"
        return Category(CategoryId(number(self.chance)), name.lower().replace(" ", "-"), name)

    def house(self, nth: int) -> SeededHouse:
        """A venue: in turn an arena, a theatre, a park without seats, and halls of several sizes."""
        largest = self.largest
        kind, town = nth % len(HOUSES), TOWNS[nth % len(TOWNS)]
        layout: Layout | None
        match kind:
            case 0:
                layout = layout_of(arena() if largest == ARENA_SEATS else hall(largest))
            case 1:
                layout = layout_of(theatre() if largest >= THEATRE_SEATS else hall(max(20, largest // 2)))
            case 2:
                layout = None
            case _:
                layout = layout_of(hall(max(20, int(largest * (0.4, 0.6, 0.05)[kind - 3]))))
        seats = layout.seat_count if layout is not None else 0
        capacity = min(200_000, max(600, int(self.wanted.bookings * PLACES_PER_BOOKING))) if layout is None else seats + seats // 4
        venue = Venue(
            venue_id=VenueId(number(self.chance)),
            name=f"{self.chance.choice(HOUSE_NAMES)} {HOUSES[kind]} {town.city}{again(nth, len(HOUSES) * len(TOWNS))}",
            address=f"{self.chance.randint(1, 240)} {town.street}",
            city=town.city,
            state=town.state,
            country=town.country,
            postal_code=f"{self.chance.randint(10_000, 99_999)}",
            timezone=town.timezone,
            capacity=capacity,
            layout_id=LayoutId(number(self.chance)) if layout is not None else None,
            created_at=self.now - timedelta(days=1000),
        )
        return SeededHouse(venue, layout)

    @property
    def largest(self) -> int:
        """The seats of the largest venue: as asked for, or as many as its events will need."""
        if self.wanted.seats is not None:
            return self.wanted.seats
        needed = self.wanted.bookings * PLACES_PER_BOOKING / max(1, self.wanted.events)
        return max(THEATRE_SEATS, min(ARENA_SEATS, int(needed * 2)))

    def event(self, nth: int, ground: Ground) -> tuple[SeededEvent, Stage]:
        """An event at its beginning, and where it stands now; most are in a venue."""
        stage, chance = pick(STAGES, nth), self.chance
        house, town = ground.houses[nth % len(ground.houses)] if ground.houses else (None, pick(TOWNS, nth))
        starts_at = self.starts_at(stage, town.timezone)
        created_at = min(starts_at, self.now) - timedelta(days=chance.randint(60, 200))
        name = pick(EVENTS, nth)
        form = EventForm(
            name=name,
            description=f"{name}, at {house.venue.name}."
            if house is not None
            else f"{name}, somewhere in {town.city}: you will be told where.",
            starts_at=starts_at,
            ends_at=starts_at + timedelta(hours=chance.randint(2, 4)),
            currency=town.currency,
            tiers=tiers_of(house, town, chance, self.wanted.bookings),
            category_id=chance.choice(ground.categories) if ground.categories else None,
            organization_id=ground.organizations[nth % len(ground.organizations)] if ground.organizations else None,
            venue_id=house.venue.venue_id if house is not None else None,
            on_sale_at=self.now + timedelta(days=3) if stage is Stage.NOT_YET else created_at + timedelta(days=5),
            off_sale_at=starts_at + timedelta(hours=2) if stage is Stage.NOW else None,
            timezone=town.timezone,
            ticket_limit=20 if chance.random() < 0.3 else None,
        )
        new = check_event(form, house.venue if house else None, house.layout if house else None, created_at)
        assert isinstance(new, NewEvent), new
        draft = new.as_draft(EventId(number(chance)), form, house.venue if house else None, created_at)
        status = {Stage.DRAFT: EventStatus.DRAFT, Stage.CANCELLED: EventStatus.CANCELLED}.get(stage, EventStatus.PUBLISHED)
        seeded = SeededEvent(replace(draft, status=status), new.tiers, new.plan, version=int(status is not EventStatus.DRAFT))
        if stage is Stage.CANCELLED:
            seeded.version += 1
            seeded.cancelled_at, seeded.cancel_reason = self.now - timedelta(days=2), chance.choice(CANCEL_REASONS)
        return seeded, stage

    def starts_at(self, stage: Stage, zone: str) -> datetime:
        """An evening there, or an hour ago for an event that is on now."""
        if stage is Stage.NOW:
            return self.now - timedelta(minutes=self.chance.randint(20, 80))
        days = -self.chance.randint(3, 200) if stage is Stage.OVER else self.chance.randint(10, 200)
        evening = (self.now + timedelta(days=days)).astimezone(ZoneInfo(zone))
        return evening.replace(hour=self.chance.randint(18, 21), minute=30, second=0, microsecond=0).astimezone(UTC)


def pick(words: Sequence[T], nth: int) -> T:
    """The words in turn."""
    return words[nth % len(words)]


def again(nth: int, most: int) -> str:
    """What tells names apart once there are more than words for them."""
    return f" {nth // most + 1}" if nth >= most else ""

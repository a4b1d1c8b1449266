"""Invented data: what somebody asks for, how a whole event of it looks, and the store that takes it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from domain.bookings import Booking, Payment, Refund, Ticket
from domain.events import Event
from domain.ids import CategoryId, UserId
from domain.inventory import Seat
from domain.layouts import Layout
from domain.places import SeatingPlan, Tier
from domain.users import User
from domain.venues import Category, Organization, Venue

MOST = {"users": 1_000_000, "orgs": 10_000, "venues": 10_000, "cats": 1_000, "events": 100_000, "bookings": 5_000_000}
"""How much of each can be asked for."""
SEATS_LEAST, SEATS_MOST = 20, 100_000


class AlreadyThere(Exception):
    """What is to be stored has ids or names that are stored already."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """How much is to be invented. `seats` are those of the largest venue, by default as many as the bookings need; the same `seed` invents
    the same again."""

    users: int = 20
    orgs: int = 5
    venues: int = 6
    cats: int = 6
    events: int = 12
    bookings: int = 80
    seats: int | None = None
    seed: int | None = None
    flush: bool = False

    def problems(self) -> list[str]:
        """A sentence for each thing that cannot be had."""
        counts = {name: getattr(self, name) for name in MOST}
        found = [f"--{name} should be 0 to {MOST[name]}, not {count}." for name, count in counts.items() if not 0 <= count <= MOST[name]]
        if self.seats is not None and not SEATS_LEAST <= self.seats <= SEATS_MOST:
            found.append(f"--seats should be {SEATS_LEAST} to {SEATS_MOST}, not {self.seats}.")
        if self.bookings > 0 and self.events == 0:
            found.append("--bookings needs events to book: ask for --events as well.")
        if self.bookings > 0 and self.users == 0:
            found.append("--bookings needs users who book: ask for --users as well.")
        return found


@dataclass(frozen=True, slots=True)
class SeededHouse:
    """A venue, with its layout where it has numbered seats."""

    venue: Venue
    layout: Layout | None = field(default=None, repr=False)


@dataclass(slots=True)
class SeededEvent:
    """All rows of an event, as the box office would have left them. `seats` are those that were ever touched, each with the version that
    did so last."""

    event: Event
    tiers: Sequence[Tier]
    plan: SeatingPlan | None = field(repr=False)
    version: int = 0
    seats: dict[int, tuple[Seat, int]] = field(default_factory=dict, repr=False)
    bookings: list[Booking] = field(default_factory=list, repr=False)
    tickets: list[Ticket] = field(default_factory=list, repr=False)
    payments: list[Payment] = field(default_factory=list, repr=False)
    refunds: list[Refund] = field(default_factory=list, repr=False)
    cancelled_at: datetime | None = None
    cancel_reason: str | None = None


class SeedStore(Protocol):
    """Where invented data goes. Each call is one transaction; each raises Outage where the database could not be had, and AlreadyThere."""

    async def flush(self) -> dict[str, int]:
        """Remove everything but admins; answers how many rows of what were removed."""
        ...

    async def count_users(self) -> int:
        """How many accounts there are."""
        ...

    async def add_users(self, users: Sequence[User], password_hash: str) -> None:
        """Add accounts that share a password."""
        ...

    async def add_organizations(self, organizations: Sequence[tuple[Organization, Sequence[UserId]]]) -> None:
        """Add organizations with their members."""
        ...

    async def add_houses(self, houses: Sequence[SeededHouse]) -> None:
        """Add venues with their layouts."""
        ...

    async def add_categories(self, categories: Sequence[Category]) -> list[CategoryId]:
        """Add categories, each unless its slug is taken; answers the ids of those that then have the slugs."""
        ...

    async def add_event(self, event: SeededEvent) -> None:
        """Add an event with all that belongs to it: its data appear whole, or not at all."""
        ...

    async def analyze(self) -> None:
        """Let the database learn what its tables now hold."""
        ...

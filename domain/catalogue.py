"""The catalogue: what can be read of events and venues, what can be written, and what a seat map reads. Ports of the resolvers."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from hashlib import blake2s
from typing import Protocol

from domain.callers import Caller
from domain.event_writes import EventWriter
from domain.events import CancellationProgress, Event, EventPhase
from domain.ids import CategoryId, EventId, LayoutId, OrganizationId, UserId, VenueId
from domain.inventory import EventStatus
from domain.layouts import Layout
from domain.places import Counts, SeatingPlan, Tier
from domain.validation import InvalidInput
from domain.venues import (
    Category,
    CategoryChange,
    CategoryInUse,
    CategoryNotFound,
    MemberNotFound,
    Organization,
    OrganizationNotFound,
    TooManyOrganizations,
    Venue,
    VenueChange,
    VenueForm,
    VenueNotFound,
)

PAGE_MOST = 100
SEARCH_MOST = 200
"""Characters of a search that are looked at: PostgreSQL refuses words of 2 KiB."""


class InvalidArgument(ValueError):
    """An argument of a read that cannot be; its text says why."""

    code = "VALIDATION_ERROR"


@dataclass(frozen=True, slots=True)
class PriceRange:
    """Prices from `least_minor` to `most_minor`, both included, in minor units of one currency; None is no bound."""

    currency: str
    least_minor: int | None = None
    most_minor: int | None = None


@dataclass(frozen=True, slots=True)
class EventFilter:
    """Which events, of those the caller may see; None does not narrow them.

    `city` is compared without regard to case. `search` finds words in name and description. `prices` finds events whose prices, from the
    cheapest tier's to the dearest's, overlap the range. Without a `status`, cancelled events and others' drafts are left out.
    """

    venue_id: VenueId | None = None
    category_id: CategoryId | None = None
    organization_id: OrganizationId | None = None
    status: EventStatus | None = None
    phase: EventPhase | None = None
    starts_from: datetime | None = None
    starts_before: datetime | None = None
    city: str | None = None
    search: str | None = None
    prices: PriceRange | None = None
    only_available: bool = False


class EventOrderBy(Enum):
    """What events are ordered by; those that are equal in it, by their ids."""

    START = "START"
    NAME = "NAME"
    PRICE = "PRICE"


@dataclass(frozen=True, slots=True)
class EventOrder:
    """How events are ordered: by start, by name without regard to case, or by the price of the cheapest tier in minor units."""

    by: EventOrderBy = EventOrderBy.START
    descending: bool = False

    @property
    def name(self) -> str:
        """What a cursor remembers of it."""
        return f"events by {self.by.value}{' descending' if self.descending else ''}"


VENUES_BY_NAME = "venues by NAME"
SortKey = datetime | str | int
EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands in a list: what the list is ordered by, and its id."""

    key: SortKey
    number: int

    def cursor(self, order: str) -> str:
        """The place in a list of some order, as clients carry it about."""
        key = (self.key - EPOCH) // MICROSECOND if isinstance(self.key, datetime) else self.key
        kind = "t" if isinstance(self.key, datetime) else "n" if isinstance(self.key, int) else "s"
        said = f"{self.number}:{kind}{key}".encode()
        return urlsafe_b64encode(seal(order, said) + said).decode().rstrip("=")

    @classmethod
    def of(cls, cursor: str, order: str) -> "Place":
        """The place that a cursor names; raises InvalidArgument for one of another order or list, and for any other text."""
        try:
            whole = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
            said = whole[SEAL_BYTES:]
            if whole[:SEAL_BYTES] != seal(order, said) or urlsafe_b64encode(whole).decode().rstrip("=") != cursor:
                raise ValueError(cursor)
            number, _, key = said.decode().partition(":")
            return cls(EPOCH + int(key[1:]) * MICROSECOND if key[0] == "t" else int(key[1:]) if key[0] == "n" else key[1:], int(number))
        except ValueError:
            raise InvalidArgument("`after` is not a cursor of a list in this order.") from None


SEAL_BYTES = 6


def seal(order: str, said: bytes) -> bytes:
    """What tells a cursor that was made for this order from any other text. It guards against mistakes and hides nothing."""
    return blake2s(said, digest_size=SEAL_BYTES, key=order.encode()).digest()


class Catalogue(Protocol):
    """Reads of events, venues and what they refer to. Each raises Outage where the database could not be had.

    The `many` reads take any number of ids in one query and answer in the order asked, None for what does not exist. They do not look at
    who asks.
    """

    async def events(
        self, caller: Caller | None, filter: EventFilter, order: EventOrder, *, most: int, after: Place | None = None
    ) -> list[tuple[Place, Event]]:
        """At most so many of the events a caller may see, in order, behind a place in it."""
        ...

    async def count_events(self, caller: Caller | None, filter: EventFilter) -> int:
        """How many events a caller may see."""
        ...

    async def events_many(self, ids: Sequence[EventId]) -> list[Event | None]:
        """Events by id."""
        ...

    async def tiers_many(self, ids: Sequence[EventId]) -> list[tuple[Tier, ...]]:
        """The tiers of some events, with their counts, by number."""
        ...

    async def cancellations_many(self, ids: Sequence[EventId]) -> list[CancellationProgress | None]:
        """How far the cancelling of some events has come; None for one that is not cancelled."""
        ...

    async def venues(self, city: str | None, country: str | None, *, most: int, after: Place | None = None) -> list[tuple[Place, Venue]]:
        """At most so many venues, by name without regard to case, behind a place in that order."""
        ...

    async def count_venues(self, city: str | None, country: str | None) -> int:
        """How many venues there are."""
        ...

    async def venues_many(self, ids: Sequence[VenueId]) -> list[Venue | None]:
        """Venues by id."""
        ...

    def venues_at_hand(self, ids: Sequence[VenueId | None]) -> list[Venue | None] | None:
        """The same, None for no id, where none has to be waited for; None where one has."""
        ...

    async def categories(self) -> list[Category]:
        """All categories, by name."""
        ...

    async def categories_many(self, ids: Sequence[CategoryId]) -> list[Category | None]:
        """Categories by id."""
        ...

    async def organizations_many(self, ids: Sequence[OrganizationId]) -> list[Organization | None]:
        """Organizations by id."""
        ...

    async def layout(self, layout_id: LayoutId) -> Layout:
        """A layout, which must exist."""
        ...


class CatalogueWriter(EventWriter, Protocol):
    """Writes to the catalogue, each in one transaction: all of it or nothing. Who may is the resolvers' to ask.

    What is changed is written into the audit trail in the same transaction, as the `actor`'s doing; None is the house itself, of which
    nothing is written down.

    Each raises Outage where the database could not be had; `outcome_unknown` says whether it may have been done.
    """

    async def create_venue(self, form: VenueForm, actor: UserId | None = None) -> Venue | InvalidInput:
        """Add a venue, with its layout where one is described."""
        ...

    async def update_venue(
        self, venue_id: VenueId, change: VenueChange, actor: UserId | None = None
    ) -> Venue | VenueNotFound | InvalidInput:
        """Change what is not KEEP. A new layout is for events to come: those there are keep theirs."""
        ...

    async def create_category(self, slug: str, name: str, actor: UserId | None = None) -> Category | InvalidInput:
        """Add a category; no two have the same slug."""
        ...

    async def update_category(
        self, category_id: CategoryId, change: CategoryChange, actor: UserId | None = None
    ) -> Category | CategoryNotFound | InvalidInput:
        """Change what is not KEEP."""
        ...

    async def delete_category(self, category_id: CategoryId, actor: UserId | None = None) -> Category | CategoryNotFound | CategoryInUse:
        """Forget a category that no event is of; answers it as it was."""
        ...

    async def create_organization(self, name: str, actor: UserId | None = None) -> Organization | InvalidInput:
        """Add an organization."""
        ...

    async def add_member(
        self, organization_id: OrganizationId, user_id: UserId, actor: UserId | None = None
    ) -> Organization | OrganizationNotFound | MemberNotFound | TooManyOrganizations:
        """Make a user a member, and an organizer where they were no more than a user; a member stays one."""
        ...

    async def remove_member(
        self, organization_id: OrganizationId, user_id: UserId, actor: UserId | None = None
    ) -> Organization | OrganizationNotFound | MemberNotFound:
        """Make a user a member no longer, and an organizer who is a member of nothing else a mere user; who is no member stays none."""
        ...


class SeatSnapshot(Protocol):
    """All seats of an event at one version; never changed. Its dear parts are made when first asked for."""

    @property
    def version(self) -> int:
        """The event's gap-free commit number."""
        ...

    @property
    def counts(self) -> Mapping[int, Counts]:
        """How many places are in each state, by tier."""
        ...

    @property
    def total(self) -> Counts:
        """The counts of all tiers together."""
        ...

    @property
    def seats(self) -> bytes | None:
        """A status per seat in seat order; empty where places are not numbered."""
        ...

    @property
    def packed(self) -> str | None:
        """The same, two bits a seat, four seats a byte with the first in the lowest bits, in base 64."""
        ...


class SeatBoard(Protocol):
    """An event's seats in memory. It changes in place: what is read between two awaits is one version."""

    @property
    def plan(self) -> SeatingPlan | None:
        """Its seats and their tiers, the same object as long as they are equal; None where places are not numbered."""
        ...

    @property
    def sale_version(self) -> int:
        """The last version at which what the catalogue says of it may have changed."""
        ...

    def update(self, after: None) -> SeatSnapshot:
        """The seats as they are now."""
        ...


class SeatBoards(Protocol):
    """The boards of this process."""

    async def read(self, event_id: EventId) -> SeatBoard | None:
        """An event's board, opened where it is not; None where there is no such event. Raises Outage where it cannot be opened."""
        ...

    def at_hand(self, event_id: EventId) -> SeatBoard | None:
        """An event's board, where it is open and nothing is known that it does not show yet; None where not."""
        ...

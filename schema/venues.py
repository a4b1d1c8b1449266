"""Venues and their layouts."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Self

import strawberry
from strawberry import ID, UNSET, Info

from domain import layouts, venues
from domain.keep import KEEP
from schema.catalogue_refusals import VenueNotFound
from schema.declarations import FREE, PAGED, PUBLIC, WHOLE
from schema.nodes import ID_MEANS, After, First, Node, PageInfo
from schema.records import shown, shows_records
from schema.refusals import ValidationFailed

if TYPE_CHECKING:
    from schema.events import EventConnection
    from schema.seat_maps import LayoutSection


@strawberry.type(description="A venue's plan of seats, which its new events take theirs from.")
class VenueLayout:
    seat_count: int = strawberry.field(description="How many numbered seats there are.")
    sections: list[Annotated["LayoutSection", strawberry.lazy("schema.seat_maps")]] = strawberry.field(
        description="Its sections, in the order in which seats are counted."
    )


@shows_records
@strawberry.type(description="A building.")
class Venue(Node):
    record: strawberry.Private[venues.Venue]
    id: ID = shown(lambda venue: str(venue.record.venue_id), description=ID_MEANS)
    name: str = shown("record.name", description="What it is called.")
    address: str = shown("record.address", description="Street and number.")
    city: str = shown("record.city", description="The city.")
    state: str | None = shown("record.state", description="The state or region.")
    country: str = shown("record.country", description="The country's code in ISO 3166-1 alpha-2: `GB`.")
    postal_code: str | None = shown("record.postal_code", description="The postal code.")
    timezone: str = shown("record.timezone", description="Its time zone in the IANA database: `Europe/London`.")
    capacity: int = shown("record.capacity", description="How many people it holds.")
    created_at: datetime = shown("record.created_at", description="Since when it is here.")

    @strawberry.field(description="Its plan of seats; null where it has no numbered seats.", directives=[PUBLIC, WHOLE])
    async def layout(self, info: Info[Any, None]) -> VenueLayout | None:
        """Read once per process."""
        found: VenueLayout | None = await info.context.catalogue_loaders.layout(self.record.layout_id)
        return found

    @strawberry.field(description="Its events that you may see, by their start.", directives=[PUBLIC, PAGED])
    async def events(
        self,
        info: Info[Any, None],
        first: First = 20,
        after: After = None,
    ) -> Annotated["EventConnection", strawberry.lazy("schema.events")]:
        """A statement a venue: ask for one venue's at a time."""
        page: EventConnection = await info.context.catalogue_loaders.events_of_venue(
            info.context.caller, self.record.venue_id, first, after
        )
        return page

    @classmethod
    def of(cls, venue: venues.Venue) -> Self:
        """A venue as clients see it."""
        return cls(record=venue)


@strawberry.type(description="A venue in a list.", directives=[FREE])
class VenueEdge:
    node: Venue = strawberry.field(description="The venue.")
    cursor: str = strawberry.field(description="Its place in the list.")


@strawberry.type(description="A page of venues, by name.")
class VenueConnection:
    count: strawberry.Private[Callable[[], Awaitable[int]]]
    edges: list[VenueEdge] = strawberry.field(description="The page.")
    page_info: PageInfo = strawberry.field(description="Where it lies.")

    @strawberry.field(description="How many there are on all pages.", directives=[PUBLIC])
    async def total_count(self) -> int:
        """Counted only for who asks."""
        return await self.count()


@strawberry.input(description="Which venues.")
class VenueFilter:
    city: str | None = strawberry.field(default=None, description="In this city, in any letters.")
    country: str | None = strawberry.field(default=None, description="In this country, by its ISO 3166-1 alpha-2 code.")


# Inputs


@strawberry.input(description="A section whose rows all have the same number of seats, numbered from 1.")
class BulkSectionInput:
    name: str = strawberry.field(description="What it is called; no other section of the venue may be.")
    rows: list[str] = strawberry.field(description="The rows' labels, from the front to the back.")
    seats_per_row: int = strawberry.field(description="How many seats each row has.")

    def to_draft(self) -> layouts.SectionDraft:
        """The section as the rules know it."""
        return layouts.SectionDraft(self.name, [layouts.RowDraft(label, self.seats_per_row) for label in self.rows])


@strawberry.input(description="One seat.")
class SeatInput:
    number: str = strawberry.field(description="Its number; no other seat of the row may have it.")
    x: float | None = strawberry.field(default=None, description="How far right it stands, in seat widths.")
    y: float | None = strawberry.field(default=None, description="How far back it stands, in seat widths.")
    accessible: bool = strawberry.field(default=False, description="Whether it is for people who use a wheelchair.")
    companion: bool = strawberry.field(default=False, description="Whether it is for somebody with them.")
    restricted_view: bool = strawberry.field(default=False, description="Whether something stands in its view.")

    def to_draft(self) -> layouts.SeatDraft:
        """The seat as the rules know it."""
        return layouts.SeatDraft(self.number, self.x, self.y, self.accessible, self.companion, self.restricted_view)


@strawberry.input(description="One row, seat by seat.")
class RowInput:
    label: str = strawberry.field(description="What it is called; no other row of the section may be.")
    seats: list[SeatInput] = strawberry.field(description="Its seats from left to right; all have coordinates, or none has.")


@strawberry.input(description="A section seat by seat.")
class DetailedSectionInput:
    name: str = strawberry.field(description="What it is called; no other section of the venue may be.")
    rows: list[RowInput] = strawberry.field(description="Its rows from the front to the back.")

    def to_draft(self) -> layouts.SectionDraft:
        """The section as the rules know it."""
        rows = [layouts.RowDraft(row.label, seats=[seat.to_draft() for seat in row.seats]) for row in self.rows]
        return layouts.SectionDraft(self.name, rows)


@strawberry.input(one_of=True, description="A section: in one of these ways.")
class SectionInput:
    bulk: BulkSectionInput | None = strawberry.field(default=UNSET, description="Rows of so many seats.")
    detailed: DetailedSectionInput | None = strawberry.field(default=UNSET, description="Seat by seat.")

    def to_draft(self) -> layouts.SectionDraft:
        """The section as the rules know it."""
        given = self.bulk or self.detailed
        assert given, "one of them is given, or the request is no valid one"
        return given.to_draft()


@strawberry.input(description="A new venue.")
class CreateVenueInput:
    name: str = strawberry.field(description="1 to 200 characters.")
    address: str = strawberry.field(description="1 to 300 characters.")
    city: str = strawberry.field(description="1 to 200 characters.")
    state: str | None = strawberry.field(default=None, description="At most 200 characters.")
    country: str = strawberry.field(description="The country's code in ISO 3166-1 alpha-2: `GB`.")
    postal_code: str | None = strawberry.field(default=None, description="At most 20 characters.")
    timezone: str = strawberry.field(description="Its time zone in the IANA database: `Europe/London`.")
    capacity: int | None = strawberry.field(default=None, description="How many people it holds; left out: as many as it has seats.")
    sections: list[SectionInput] | None = strawberry.field(
        default=None, description="Its seats, at most 100,000; left out: it has no numbered seats."
    )

    def to_form(self) -> venues.VenueForm:
        """The input as the rules know it."""
        return venues.VenueForm(
            name=self.name,
            address=self.address,
            city=self.city,
            country=self.country,
            timezone=self.timezone,
            state=self.state,
            postal_code=self.postal_code,
            capacity=self.capacity,
            sections=None if self.sections is None else [section.to_draft() for section in self.sections],
        )


@strawberry.input(description="What to change about a venue; what is left out stays as it is.")
class UpdateVenueInput:
    venue_id: ID = strawberry.field(description="The venue.")
    name: str | None = strawberry.field(default=UNSET, description="1 to 200 characters.")
    address: str | None = strawberry.field(default=UNSET, description="1 to 300 characters.")
    city: str | None = strawberry.field(default=UNSET, description="1 to 200 characters.")
    state: str | None = strawberry.field(default=UNSET, description="At most 200 characters; null removes it.")
    country: str | None = strawberry.field(default=UNSET, description="The country's code in ISO 3166-1 alpha-2: `GB`.")
    postal_code: str | None = strawberry.field(default=UNSET, description="At most 20 characters; null removes it.")
    timezone: str | None = strawberry.field(default=UNSET, description="Its time zone in the IANA database. Events keep theirs.")
    capacity: int | None = strawberry.field(default=UNSET, description="How many people it holds; null counts its seats.")
    sections: list[SectionInput] | None = strawberry.field(
        default=UNSET, description="A new layout for events to come, null for none; the events there are keep theirs."
    )

    def to_change(self) -> venues.VenueChange:
        """The input as the rules know it. Null stands for a blank where there must be something, which the rules refuse."""
        sections = self.sections
        return venues.VenueChange(
            name=KEEP if self.name is UNSET else self.name or "",
            address=KEEP if self.address is UNSET else self.address or "",
            city=KEEP if self.city is UNSET else self.city or "",
            country=KEEP if self.country is UNSET else self.country or "",
            timezone=KEEP if self.timezone is UNSET else self.timezone or "",
            state=KEEP if self.state is UNSET else self.state,
            postal_code=KEEP if self.postal_code is UNSET else self.postal_code,
            capacity=KEEP if self.capacity is UNSET else self.capacity,
            sections=KEEP if sections is UNSET else None if sections is None else [section.to_draft() for section in sections],
        )


# Results

CreateVenueResult = Annotated[Venue | ValidationFailed, strawberry.union("CreateVenueResult", description="The venue, or why not.")]
UpdateVenueResult = Annotated[
    Venue | VenueNotFound | ValidationFailed, strawberry.union("UpdateVenueResult", description="The venue as it is now, or why not.")
]

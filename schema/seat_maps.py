"""Seat maps: where each seat stands, what it costs, and who may have it now; seat by seat, or in few bytes."""

from collections.abc import Callable, Mapping
from enum import Enum
from typing import Self

import strawberry
from strawberry import ID

from domain import layouts, places
from domain.ids import EventId, TierId
from engine.lasting import lasting
from schema.declarations import DRAWN, FREE, PUBLIC, WHOLE, about
from schema.events import Tier
from schema.scalars import Money


@strawberry.enum(description="What a seat is to somebody who wants it.")
class SeatStatus(Enum):
    AVAILABLE = strawberry.enum_value("AVAILABLE", description="It can be had.")
    HELD = strawberry.enum_value("HELD", description="It is in a booking not yet paid for.")
    BOOKED = strawberry.enum_value("BOOKED", description="It is in a confirmed booking.")
    BLOCKED = strawberry.enum_value("BLOCKED", description="It is kept off sale.")


@lasting()
@strawberry.type(description="How many places of one tier are in each state.")
class TierSummary:
    tier_id: ID = strawberry.field(description="The tier.")
    total: int = strawberry.field(description="All its places.")
    available: int = strawberry.field(description="Those that can be had.")
    held: int = strawberry.field(description="Those of bookings not yet paid for.")
    booked: int = strawberry.field(description="Those of confirmed bookings.")
    blocked: int = strawberry.field(description="Those kept off sale.")


@lasting()
@strawberry.type(description="How many places of an event are in each state, all counted at the same version.")
class SeatSummary:
    total: int = strawberry.field(description="All places, standing room too.")
    available: int = strawberry.field(description="Those that can be had.")
    held: int = strawberry.field(description="Those of bookings not yet paid for.")
    booked: int = strawberry.field(description="Those of confirmed bookings.")
    blocked: int = strawberry.field(description="Those kept off sale.")
    by_tier: list[TierSummary] = strawberry.field(description="The same for each tier.")

    @classmethod
    def of(cls, event_id: EventId, counts: Mapping[int, places.Counts]) -> Self:
        """An event's counts by tier, as clients see them."""
        total = sum(counts.values(), places.Counts())
        return cls(
            total=total.total,
            available=total.available,
            held=total.held,
            booked=total.booked,
            blocked=total.blocked,
            by_tier=[
                TierSummary(
                    tier_id=ID(TierId.spell(event_id, tier_no)),
                    total=tier.total,
                    available=tier.available,
                    held=tier.held,
                    booked=tier.booked,
                    blocked=tier.blocked,
                )
                for tier_no, tier in sorted(counts.items())
            ],
        )


@lasting()
@strawberry.type(description="One seat of an event.")
class Seat:
    id: ID = strawberry.field(description="What a booking names it by.")
    seat_no: int = strawberry.field(description="Its place in the layout's order, from 0: where `statuses` has it.")
    section: str = strawberry.field(description="Its section.")
    row: str = strawberry.field(description="Its row.")
    number: str = strawberry.field(description="Its number in the row.")
    tier: Tier = strawberry.field(description="Its price level.")
    price: Money = strawberry.field(description="What it costs.")
    status: SeatStatus = strawberry.field(description="Whether it can be had.")
    accessible: bool = strawberry.field(description="Whether it is for people who use a wheelchair.")
    companion: bool = strawberry.field(description="Whether it is for somebody with them.")
    restricted_view: bool = strawberry.field(description="Whether something stands in its view.")
    x: float | None = strawberry.field(description="How far right it stands, in seat widths; null where the layout does not say.")
    y: float | None = strawberry.field(description="How far back it stands, in seat widths; null where the layout does not say.")


@lasting()
@strawberry.type(description="One row of a section.")
class SeatRow:
    label: str = strawberry.field(description="What it is called.")
    seats: list[Seat] = strawberry.field(description="Its seats from left to right.", directives=[FREE, about(20)])


@strawberry.type(description="A part of the house.")
class Section:
    name: str = strawberry.field(description="What it is called.")
    rows: list[SeatRow] = strawberry.field(description="Its rows from the front to the back.", directives=[FREE, about(20)])


# The compact form


@lasting()
@strawberry.type(description="Neighbouring seats numbered in steps: first, first + step, …")
class SeatRun:
    first: int = strawberry.field(description="The first one's number.")
    count: int = strawberry.field(description="How many there are.")
    step: int = strawberry.field(description="From one number to the next; it may be negative.")


@lasting()
@strawberry.type(description="One row of a layout, its seats not spelt out. Positions in it count from 0.")
class LayoutRow:
    label: str = strawberry.field(description="What it is called.")
    first_seat_no: int = strawberry.field(description="Its first seat's place in the layout's order.")
    seat_count: int = strawberry.field(description="How many seats it has.")
    runs: list[SeatRun] = strawberry.field(description="Its seats' numbers; empty where `labels` has them.", directives=[FREE, about(5)])
    labels: list[str] = strawberry.field(description="Its seats' numbers where they are irregular; else empty.")
    xs: list[float] = strawberry.field(description="How far right each seat stands, in seat widths; empty where nobody said.")
    ys: list[float] = strawberry.field(description="How far back each seat stands, in seat widths; empty where nobody said.")
    accessible: list[int] = strawberry.field(description="Positions of seats for people who use a wheelchair.")
    companion: list[int] = strawberry.field(description="Positions of seats for those with them.")
    restricted_view: list[int] = strawberry.field(description="Positions of seats with something in their view.")

    @classmethod
    def of(cls, row: layouts.Row) -> Self:
        """A row as clients see it."""
        return cls(
            label=row.label,
            first_seat_no=row.first_seat_no,
            seat_count=row.seat_count,
            runs=[SeatRun(first=run.first, count=run.count, step=run.step) for run in row.runs],
            labels=list(row.labels),
            xs=list(row.xs),
            ys=list(row.ys),
            accessible=sorted(row.accessible),
            companion=sorted(row.companion),
            restricted_view=sorted(row.restricted),
        )


@lasting()
@strawberry.type(description="One section of a layout.")
class LayoutSection:
    name: str = strawberry.field(description="What it is called.")
    rows: list[LayoutRow] = strawberry.field(description="Its rows from the front to the back.", directives=[FREE, about(20)])

    @classmethod
    def of(cls, section: layouts.Section) -> Self:
        """A section as clients see it."""
        return cls(name=section.name, rows=[LayoutRow.of(row) for row in section.rows])


@lasting()
@strawberry.type(description="Neighbouring seats of one tier, in the layout's order.")
class TierRun:
    tier_id: ID = strawberry.field(description="The tier.")
    first_seat_no: int = strawberry.field(description="The first one's place in the layout's order.")
    count: int = strawberry.field(description="How many there are.")


@lasting()
@strawberry.type(description="All of a map that stays the same while seats are sold. Keep it under its `etag`.")
class SeatLayout:
    etag: str = strawberry.field(description="Changes whenever anything else here does, and only then.")
    seat_count: int = strawberry.field(description="How many numbered seats there are.")
    seat_id_prefix: str = strawberry.field(
        description="A seat's id is this and then its place in the layout's order as 4 digits of `0123456789ABCDEFGHJKMNPQRSTVWXYZ`."
    )
    sections: list[LayoutSection] = strawberry.field(description="The sections, in the layout's order.", directives=[FREE, about(5)])
    tier_runs: list[TierRun] = strawberry.field(description="Which tier each seat is in.", directives=[FREE, about(20)])


@strawberry.type(description="An event's seats, all of it at one version.")
class SeatMap:
    draw: strawberry.Private[Callable[[], list[Section]]]
    draw_layout: strawberry.Private[Callable[[], SeatLayout]]
    pack: strawberry.Private[Callable[[], str]]
    version: int = strawberry.field(description="The version it is of: `after`, to watch on from here.")
    summary: SeatSummary = strawberry.field(description="How many places are in each state, whatever the map is narrowed to.")

    @strawberry.field(
        description="The seats one by one, narrowed to the section, tier and status asked for; empty where none are numbered.",
        directives=[PUBLIC, DRAWN, about(5)],
    )
    def sections(self) -> list[Section]:
        """Made only for who asks."""
        return self.draw()

    @strawberry.field(
        description="Compact and static: all sections and rows. Read it once, and then only `statuses`.", directives=[PUBLIC, WHOLE]
    )
    def layout(self) -> SeatLayout:
        """Made only for who asks."""
        return self.draw_layout()

    @strawberry.field(
        description="Compact and live: every seat's status in the layout's order, base64, two bits a seat, four seats a byte with the "
        "first in the lowest bits; 0 AVAILABLE, 1 HELD, 2 BOOKED, 3 BLOCKED. Bits behind the last seat are 0.",
        directives=[PUBLIC],
    )
    def statuses(self) -> str:
        """Made once for all who ask at one version."""
        return self.pack()

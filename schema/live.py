"""What viewers of an event are told."""

from typing import Self

import strawberry
from strawberry import ID

from domain import watching
from domain.ids import SeatId
from schema.declarations import PUBLIC_LIVE
from schema.seat_maps import SeatStatus, SeatSummary


@strawberry.type(description="A seat with its status as it is now.")
class SeatChange:
    seat_id: ID = strawberry.field(description="The seat.")
    seat_no: int = strawberry.field(description="Its place in the layout's order, from 0.")
    status: SeatStatus = strawberry.field(description="What it is now.")


@strawberry.type(description="What changed in an event's seats since the update before, or all of them.")
class SeatMapUpdate:
    told: strawberry.Private[watching.SeatsTold]
    version: int = strawberry.field(description="The version this brings you to: `after`, when you come back.")
    previous_version: int | None = strawberry.field(
        description="The version this follows on; null on a snapshot, which replaces what you know."
    )

    @strawberry.field(
        description="Each seat that changed, once; on a snapshot every seat that is not AVAILABLE (`statuses` is far shorter).",
        directives=[PUBLIC_LIVE],
    )
    def changes(self) -> list[SeatChange]:
        """Made only for who asks."""
        event_id = self.told.event_id
        return [
            SeatChange(seat_id=ID(SeatId.spell(event_id, seat_no)), seat_no=seat_no, status=SeatStatus[status.name])
            for seat_no, status in self.told.changes
        ]

    @strawberry.field(
        description="Whether what the catalogue says of the event may have changed: prices, room, times, status. Ask for them again. True "
        "on a snapshot.",
        directives=[PUBLIC_LIVE],
    )
    def sale_changed(self) -> bool:
        """Made only for who asks."""
        return self.told.sale_changed

    @strawberry.field(description="How many places are in each state at this version.", directives=[PUBLIC_LIVE])
    def summary(self) -> SeatSummary:
        """Made only for who asks."""
        return SeatSummary.of(self.told.event_id, self.told.counts)

    @strawberry.field(
        description="On a snapshot every seat's status, two bits a seat in the layout's order, base64; else null.", directives=[PUBLIC_LIVE]
    )
    def statuses(self) -> str | None:
        """Made once for all viewers of a version."""
        return self.told.packed

    @classmethod
    def of(cls, told: watching.SeatsTold) -> Self:
        """An update as clients see it."""
        return cls(told=told, version=told.version, previous_version=told.previous_version)


@strawberry.type(description="How many places an event has, in each state.")
class Availability:
    event_id: ID = strawberry.field(description="The event.")
    version: int = strawberry.field(description="The version the counts are of.")
    summary: SeatSummary = strawberry.field(description="The counts.")

    @classmethod
    def of(cls, told: watching.CountsTold) -> Self:
        """Counts as clients see them."""
        return cls(event_id=ID(str(told.event_id)), version=told.version, summary=SeatSummary.of(told.event_id, told.counts))

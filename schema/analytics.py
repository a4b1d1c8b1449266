"""What was sold in some days."""

import datetime
from typing import TYPE_CHECKING, Annotated, Any, Self

import strawberry
from strawberry import Info

from domain import analytics
from domain.catalogue import InvalidArgument
from domain.ids import EventId
from schema.bookings import BookingStatus
from schema.scalars import Money

if TYPE_CHECKING:
    from schema.events import Event


@strawberry.type(description="How many bookings stand so.")
class StatusCount:
    status: BookingStatus = strawberry.field(description="Where they stand now; a hold that has ended stands as EXPIRED.")
    bookings: int = strawberry.field(description="How many.")


@strawberry.type(description="One day.")
class AnalyticsDay:
    date: datetime.date = strawberry.field(description="The day, in the time zone asked for.")
    bookings: int = strawberry.field(description="Bookings made that day, whatever became of them.")
    revenue: list[Money] = strawberry.field(
        description="Payments that succeeded that day: an amount for each currency of the whole answer."
    )
    refunds: list[Money] = strawberry.field(description="Refunds given back that day: an amount for each currency of the whole answer.")


@strawberry.type(description="What the tiers of one name brought, in one currency.")
class TierRevenue:
    tier: str = strawberry.field(description="The tiers' name.")
    tickets: int = strawberry.field(description="Tickets issued for bookings confirmed in the range, those given back since too.")
    revenue: Money = strawberry.field(description="What these tickets cost.")


@strawberry.type(description="An event that earned something in the range.")
class EventRevenue:
    event_id: strawberry.Private[EventId]
    revenue: Money = strawberry.field(description="Payments for it that succeeded in the range.")
    bookings: int = strawberry.field(description="Bookings of it made in the range, whatever became of them.")
    utilization: float | None = strawberry.field(description="How many of its places are booked now, in per cent.")

    @strawberry.field(description="The event.")
    async def event(self, info: Info[Any, None]) -> Annotated["Event", strawberry.lazy("schema.events")] | None:
        """Through the loader: all ask once."""
        found: Event | None = await info.context.booking_loaders.event(self.event_id)
        return found

    @classmethod
    def of(cls, top: analytics.TopEvent) -> Self:
        """An event as clients see it."""
        return cls(
            event_id=top.event_id,
            revenue=Money.of(top.revenue),
            bookings=top.bookings,
            utilization=analytics.per_cent(top.booked, top.capacity),
        )


@strawberry.type(
    description="What was sold in some days, all read at one moment. Currencies are never added up: lists of money have an amount for each "
    "currency that occurs, by its code."
)
class Analytics:
    record: strawberry.Private[analytics.Analytics]
    from_: datetime.date = strawberry.field(name="from", description="The first day.")
    to: datetime.date = strawberry.field(description="The last day.")
    timezone: str = strawberry.field(description="The time zone in which days begin.")
    events: int = strawberry.field(description="Published events that start in the range.")
    cancelled_events: int = strawberry.field(description="Cancelled events that would have started in the range.")
    bookings: int = strawberry.field(description="Bookings made in the range, whatever became of them.")
    bookings_by_status: list[StatusCount] = strawberry.field(description="The same by what has become of them: every state there is.")
    tickets: int = strawberry.field(description="Tickets issued for bookings confirmed in the range.")
    cancelled_tickets: int = strawberry.field(description="Those of them that were given back, whenever.")
    revenue: list[Money] = strawberry.field(description="Payments that succeeded in the range, those too whose money went back.")
    refunds: list[Money] = strawberry.field(description="Refunds given back in the range, whenever they were paid for.")
    refunds_owed: list[Money] = strawberry.field(description="Refunds that became due in the range and have not been given back yet.")
    net: list[Money] = strawberry.field(description="`revenue` less `refunds`; below zero where more went back than came in.")
    average_utilization: float | None = strawberry.field(
        description="How many of the places of `events` are booked now, in per cent: all booked places by all places, also those kept off "
        "sale. Null where there are no such events."
    )
    daily: list[AnalyticsDay] = strawberry.field(description="Every day of the range, in order, the empty ones too.")
    revenue_by_tier: list[TierRevenue] = strawberry.field(
        description="By tier name: what the tickets of bookings confirmed in the range cost. Together it is `revenue` less what was paid "
        "too late to be confirmed. By currency, the highest first."
    )

    @strawberry.field(description="The events that earned most in the range: by currency, the highest first.")
    def top_events(
        self,
        first: Annotated[int, strawberry.argument(description="How many of each currency at most: 0 to 20.")] = 5,
    ) -> list[EventRevenue]:
        """Of those that were ranked. Raises InvalidArgument for a number that cannot be."""
        if not 0 <= first <= analytics.TOP_MOST:
            raise InvalidArgument(f"`first` is 0 to {analytics.TOP_MOST}.")
        ranked: dict[str, list[analytics.TopEvent]] = {}
        for top in self.record.top_events:
            ranked.setdefault(top.revenue.currency, []).append(top)
        return [EventRevenue.of(top) for tops in ranked.values() for top in tops[:first]]

    @classmethod
    def of(cls, found: analytics.Analytics) -> Self:
        """The figures as clients see them."""
        return cls(
            record=found,
            from_=found.range.first,
            to=found.range.last,
            timezone=found.range.timezone,
            events=found.events,
            cancelled_events=found.cancelled_events,
            bookings=sum(found.bookings.values()),
            bookings_by_status=[StatusCount(status=BookingStatus[status.name], bookings=count) for status, count in found.bookings.items()],
            tickets=found.tickets,
            cancelled_tickets=found.cancelled_tickets,
            revenue=list(map(Money.of, found.revenue)),
            refunds=list(map(Money.of, found.refunds)),
            refunds_owed=list(map(Money.of, found.owed)),
            net=list(map(Money.of, found.net)),
            average_utilization=analytics.per_cent(found.booked, found.capacity),
            daily=[
                AnalyticsDay(
                    date=day.date,
                    bookings=day.bookings,
                    revenue=list(map(Money.of, day.revenue)),
                    refunds=list(map(Money.of, day.refunds)),
                )
                for day in found.days
            ],
            revenue_by_tier=[TierRevenue(tier=tier.name, tickets=tier.tickets, revenue=Money.of(tier.revenue)) for tier in found.tiers],
        )

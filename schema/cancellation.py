"""Cancellation policies, as those who booked, or may, see them: told with the moments at which they change."""

from datetime import datetime
from typing import Self

import strawberry

from domain import cancellation


@strawberry.type(description="What giving places back brings until some moment.")
class RefundStep:
    minutes_before: int = strawberry.field(description="How long before the event's start it ends.")
    until: datetime = strawberry.field(description="The last moment at which it holds, as the event's start is set now.")
    refund_percent: int = strawberry.field(description="How much of the price goes back: 0 to 100.")


@strawberry.type(description="How much of a confirmed booking's price goes back, by when it is given back.")
class CancellationPolicy:
    steps: list[RefundStep] = strawberry.field(
        description="From the first to the last; after it, or where there is none, nothing goes back."
    )
    ends_at: datetime | None = strawberry.field(description="The last moment at which places can be given back; null where they never can.")

    @classmethod
    def of(cls, policy: cancellation.CancellationPolicy, starts_at: datetime) -> Self:
        """A policy as clients see it, for an event that starts then."""
        steps = [
            RefundStep(minutes_before=step.minutes_before, until=step.until(starts_at), refund_percent=step.per_cent)
            for step in policy.steps
        ]
        return cls(steps=steps, ends_at=policy.ends_at(starts_at))

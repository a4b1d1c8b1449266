"""The schema: every feature's queries, mutations and subscriptions together."""

from typing import Any

import strawberry
from graphql import GraphQLError
from strawberry.schema.config import StrawberryConfig
from strawberry.types.execution import ExecutionContext

from resolvers.accounts import AccountMutations, AccountQueries
from resolvers.analytics import AnalyticsQueries
from resolvers.audit import AuditQueries
from resolvers.booking_queries import BookingQueries
from resolvers.bookings import BlockingMutations, BookingMutations
from resolvers.cancellations import CancellationMutations, CancellationQueries
from resolvers.categories import CategoryMutations
from resolvers.events import EventMutations, EventQueries
from resolvers.health import HealthQueries
from resolvers.live import LiveSubscriptions
from resolvers.notifications import NotificationMutations, NotificationSubscriptions
from resolvers.tickets import TicketMutations
from resolvers.tiers import TierMutations
from resolvers.venues import VenueMutations, VenueQueries
from resolvers.waitlist import WaitlistMutations, WaitlistSubscriptions
from schema.booking_inputs import KEY
from schema.scalars import SCALARS

ARGUMENTS = {
    "input": "All that is asked for, field by field.",
    "id": "Its id.",
    "eventId": "The event.",
    "bookingId": "The booking.",
    "ticketId": "The ticket.",
    "entryId": "The entry of a waitlist.",
    "refreshToken": "The refresh token that came with the session.",
    "idempotencyKey": KEY,
}
"""Arguments that mean the same wherever they are, described once."""


@strawberry.type(description="What can be asked.")
class Query(AccountQueries, EventQueries, VenueQueries, BookingQueries, CancellationQueries, AnalyticsQueries, AuditQueries, HealthQueries):
    """Every feature's queries."""


@strawberry.type(description="What can be done.")
class Mutation(
    AccountMutations,
    EventMutations,
    TierMutations,
    CategoryMutations,
    VenueMutations,
    BookingMutations,
    CancellationMutations,
    TicketMutations,
    BlockingMutations,
    NotificationMutations,
    WaitlistMutations,
):
    """Every feature's mutations."""


@strawberry.type(description="What can be watched.")
class Subscription(LiveSubscriptions, NotificationSubscriptions, WaitlistSubscriptions):
    """Every feature's subscriptions."""


class Schema(strawberry.Schema):
    """A schema whose every argument is described, and whose errors are logged by the edge, which knows the request."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        for root in filter(None, (self._schema.query_type, self._schema.mutation_type, self._schema.subscription_type)):
            for name, argument in ((name, argument) for field in root.fields.values() for name, argument in field.args.items()):
                argument.description = argument.description or ARGUMENTS.get(name)

    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        """Nothing: the edge logs each fault once."""


def make_schema() -> Schema:
    """The whole schema."""
    return Schema(Query, Mutation, Subscription, config=StrawberryConfig(scalar_map=SCALARS))

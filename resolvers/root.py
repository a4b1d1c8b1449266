"""The schema: every feature's queries, mutations and subscriptions together."""

import strawberry
from graphql import GraphQLError
from strawberry.schema.config import StrawberryConfig
from strawberry.types.execution import ExecutionContext

from resolvers.accounts import AccountMutations, AccountQueries
from resolvers.booking_queries import BookingQueries
from resolvers.bookings import BlockingMutations, BookingMutations
from resolvers.events import EventMutations, EventQueries
from resolvers.live import LiveSubscriptions
from resolvers.venues import VenueMutations, VenueQueries
from schema.scalars import SCALARS


@strawberry.type(description="What can be asked.")
class Query(AccountQueries, EventQueries, VenueQueries, BookingQueries):
    """Every feature's queries."""


@strawberry.type(description="What can be done.")
class Mutation(AccountMutations, EventMutations, VenueMutations, BookingMutations, BlockingMutations):
    """Every feature's mutations."""


@strawberry.type(description="What can be watched.")
class Subscription(LiveSubscriptions):
    """Every feature's subscriptions."""


class Schema(strawberry.Schema):
    """A schema whose errors are logged by the edge, which knows the request."""

    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        """Nothing: the edge logs each fault once."""


def make_schema() -> Schema:
    """The whole schema."""
    return Schema(Query, Mutation, Subscription, config=StrawberryConfig(scalar_map=SCALARS))

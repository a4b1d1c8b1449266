"""The schema as a whole: every part is described, every "no" is a refusal, and whatever is answered together can be asked for together."""

import subprocess
import sys
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import Any, cast

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLUnionType,
    build_schema,
    get_named_type,
    is_composite_type,
    is_introspection_type,
    is_specified_scalar_type,
)

from domain.ids import KINDS
from resolvers.nodes import FINDERS
from resolvers.root import make_schema
from schema.refusals import ErrorCode
from tests.api.codes import codes_made
from tests.docs.tables import RESERVED
from web import faults

ROOT = Path(__file__).parents[2]
SCHEMA = make_schema()
TYPES: dict[str, Any] = {
    name: kind for name, kind in SCHEMA._schema.type_map.items() if not is_introspection_type(kind) and not is_specified_scalar_type(kind)
}
REFUSAL = cast(GraphQLInterfaceType, TYPES["Refusal"])
UNIONS = [kind for kind in TYPES.values() if isinstance(kind, GraphQLUnionType)]
MUTATIONS = cast(GraphQLObjectType, SCHEMA._schema.mutation_type).fields

CORE = """
    Query: me node events event venues venue categories organization booking bookings payment analytics health
    Event: id name description category organization venue startsAt endsAt timezone onSaleAt offSaleAt status phase ticketLimit tiers
        capacity availableSeats minPrice maxPrice createdAt seatMap myWaitlistEntry
    Tier: id name kind price capacity available
    SeatMap: version summary sections layout statuses
    Seat: id section row number tier price status accessible x y
    Money: amount minor currency
    Session: user accessToken refreshToken tokenType expiresIn expiresAt
    Mutation: register logIn refreshSession logOut updateProfile changePassword createVenue updateVenue createCategory createOrganization
        addMember createEvent updateEvent publishEvent cancelEvent deleteEvent blockSeats unblockSeats createBooking extendBooking
        confirmBooking cancelBooking joinWaitlist leaveWaitlist acceptOffer declineOffer checkIn
    CreateBookingInput: eventId places payment idempotencyKey
    PlacesInput: seats quantity bestAvailable
    PaymentMethodInput: type token
    SeatsUnavailable: code message seats
    Subscription: seatMap availability bookingUpdated notificationReceived waitlistPosition
    SeatMapUpdate: version previousVersion changes summary statuses
    SeatChange: seatId seatNo status
    SeatSummary: total available held booked blocked byTier
    Booking: id bookingCode event user seats tickets quantity totalAmount status expiresAt serverTime createdAt confirmedAt cancelledAt
        payment refund
    Payment: id booking amount status providerTransactionId processedAt refunds
    User: id email name phone role createdAt stats
    UserStats: totalBookings upcomingEvents totalSpent
"""
"""The names that clients are written against, by type."""

NOT_BUILT: set[str] = set()
"""Those that are still to come. Whoever builds one takes it off this list."""

OF_THE_EDGE = {"AUTH_TOKEN_EXPIRED", "AUTH_UNAUTHORIZED", "UNAUTHENTICATED", "SERVICE_UNAVAILABLE", "SERVER_ERROR", "RATE_LIMIT_EXCEEDED"}
"""Codes that come in `errors[]`, with no refusal of their own."""


def parts() -> Iterator[tuple[str, Any]]:
    """Everything that has a description of its own, by its name."""
    for name, kind in TYPES.items():
        yield name, kind
        if isinstance(kind, GraphQLEnumType):
            yield from ((f"{name}.{value}", part) for value, part in kind.values.items())
        elif isinstance(kind, GraphQLInputObjectType):
            yield from ((f"{name}.{field}", part) for field, part in kind.fields.items())
        elif isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
            for field, part in kind.fields.items():
                yield f"{name}.{field}", part
                yield from ((f"{name}.{field}({argument}:)", given) for argument, given in part.args.items())


def test_the_file_in_the_repository_is_the_schema() -> None:
    told = subprocess.run([sys.executable, "server.py", "schema", "--check"], cwd=ROOT, capture_output=True, text=True, check=False)

    assert told.returncode == 0, told.stderr
    assert sorted(build_schema((ROOT / "schema" / "schema.graphql").read_text()).type_map) == sorted(SCHEMA._schema.type_map)


def test_every_part_is_described() -> None:
    silent = [name for name, part in parts() if not (part.description or "").strip()]

    assert silent == []


def test_descriptions_are_sentences() -> None:
    odd = {
        name: part.description for name, part in parts() if name != "Decimal" and not part.description.rstrip("`").endswith((".", ":", "…"))
    }

    assert all(text.endswith(("`.", "…")) or "`" in text for text in odd.values()), odd


def test_every_deprecation_says_what_to_use_instead() -> None:
    assert all(len(part.deprecation_reason) > 10 for _, part in parts() if getattr(part, "deprecation_reason", None) is not None)


def test_every_mutation_answers_a_success_or_a_refusal() -> None:
    """But for `logOut`, which always succeeds."""
    for name, field in MUTATIONS.items():
        if name == "logOut":
            continue
        kind = get_named_type(field.type)
        assert isinstance(kind, GraphQLUnionType), name
        assert kind.name == f"{name[0].upper()}{name[1:]}Result" or name == "unblockSeats"
        first, *others = kind.types
        assert REFUSAL not in first.interfaces, f"{kind.name} begins with its success"
        assert others
        assert all(REFUSAL in other.interfaces for other in others), kind.name


def test_every_refusal_can_be_answered() -> None:
    answered = {member.name for union in UNIONS for member in union.types}

    assert {kind.name for kind in SCHEMA._schema.get_possible_types(REFUSAL)} <= answered


def shape(kind: Any) -> tuple[str, ...]:
    """The lists and non-nulls around a type, from the outside."""
    if isinstance(kind, GraphQLNonNull):
        return ("!", *shape(kind.of_type))
    return ("[]", *shape(kind.of_type)) if isinstance(kind, GraphQLList) else ()


def conflicts(one: GraphQLField, other: GraphQLField, path: str, seen: frozenset[tuple[str, str]]) -> Iterator[str]:
    """Why two fields of one name cannot be asked for together, in whatever they select. Source: GraphQL, 5.3.2 SameResponseShape."""
    mine, theirs = get_named_type(one.type), get_named_type(other.type)
    if shape(one.type) != shape(other.type):
        yield f"{path}: {one.type} and {other.type}"
    elif not (is_composite_type(mine) and is_composite_type(theirs)):
        if mine is not theirs:
            yield f"{path}: {one.type} and {other.type}"
    elif mine is not theirs and (mine.name, theirs.name) not in seen:
        yield from conflicting(mine, theirs, path, seen | {(mine.name, theirs.name)})


def conflicting(one: Any, other: Any, path: str, seen: frozenset[tuple[str, str]]) -> Iterator[str]:
    mine, theirs = getattr(one, "fields", {}), getattr(other, "fields", {})
    for name in mine.keys() & theirs.keys():
        yield from conflicts(mine[name], theirs[name], f"{path}.{name}", seen)


@pytest.mark.parametrize("union", UNIONS, ids=lambda union: str(union))
def test_all_that_is_answered_can_be_asked_for_together(union: GraphQLUnionType) -> None:
    found = [
        problem
        for one, other in combinations(union.types, 2)
        for problem in conflicting(one, other, f"{one.name} and {other.name}", frozenset())
    ]

    assert found == []


@pytest.mark.parametrize("union", UNIONS, ids=lambda union: str(union))
def test_no_success_has_a_field_of_the_refusals(union: GraphQLUnionType) -> None:
    successes = [member for member in union.types if REFUSAL not in member.interfaces]

    assert not [f"{member}.{name}" for member in successes for name in REFUSAL.fields if name in member.fields]


def test_every_refusal_has_one_code_and_every_code_is_used() -> None:
    made = codes_made()
    refusals = {kind.name for kind in SCHEMA._schema.get_possible_types(REFUSAL)}

    assert {name: codes for name, codes in made.items() if len(codes) != 1} == {}
    assert refusals <= made.keys()
    used = [next(iter(made[name])) for name in sorted(refusals)]
    assert len(used) == len(set(used)), "a code means one refusal"
    assert set(ErrorCode.__members__) - set(used) == OF_THE_EDGE | set(RESERVED)


def test_the_edges_codes_are_of_the_same_list() -> None:
    """But for those that tell of a document or a body that is wrong, which is told before there is any schema in play."""
    edges = {code for code in vars(faults).values() if faults.is_code(code)}

    assert edges - set(ErrorCode.__members__) == {"BAD_REQUEST", "GRAPHQL_PARSE_FAILED", "GRAPHQL_VALIDATION_FAILED"}


def test_everything_with_an_id_of_its_own_is_found_by_it() -> None:
    node = cast(GraphQLInterfaceType, TYPES["Node"])
    nodes = {kind.name for kind in SCHEMA._schema.get_possible_types(node)}

    named = {kind.__name__.removesuffix("Id") for kind in FINDERS}
    assert named - {"Entry"} == nodes - {"WaitlistEntry"}, "all are called as their ids are, but for these two, which are one"
    assert ("Entry" in named) == ("WaitlistEntry" in nodes)
    assert set(FINDERS) <= set(KINDS.values())


def test_the_names_clients_are_written_against_are_there() -> None:
    wanted, owner = set(), ""
    for word in CORE.split():
        if word.endswith(":"):
            owner = word.removesuffix(":")
        else:
            wanted.add(f"{owner}.{word}")
    there = {f"{name}.{field}" for name, kind in TYPES.items() for field in getattr(kind, "fields", {})}

    assert wanted - there == NOT_BUILT

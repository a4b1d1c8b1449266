"""Whatever anybody asks of the whole schema: from its plan it is answered as graphql-core answers it, byte for byte."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.callers import Caller
from domain.ids import EventId
from engine.lasting import Shelf
from resolvers.context import Context
from tests.api.house import ADMIN, SCHEMA, VISA, House, a_house
from tests.api.stage import an_organizer
from tests.engine.documents_of import Asked, documents
from tests.engine.running import Runs, told

WORDS = ("EVENT", "VENUE", "BOOKING", "PAYMENT", "TICKET", "USER", "ORGANIZATION", "TIER")
"""What stands in a document for an id that is not known before the test's world is made."""
NOT_OURS = ("evt_0000000000001", "x")
SAMPLES: dict[str, list[Any]] = {
    "id": [*["EVENT", "VENUE", "EVENT", "BOOKING"] * 2, *WORDS, *NOT_OURS],
    **{f"{name}.id": [*[name.upper()] * 6, *NOT_OURS] for name in ("event", "venue", "booking", "payment", "organization")},
    "tickets": ["TICKET"],
    "seats": ["x"],
    "organizationId": ["ORGANIZATION"],
    "eventId": ["EVENT", NOT_OURS[0]],
    "bookingId": ["BOOKING"],
    "tier": [*["TIER"] * 8, "x"],
    "first": [*range(10), 1000],
    "after": [*[None] * 8, "x"],
    "section": ["Stalls", "x"],
    "timezone": [*["Europe/London"] * 8, "x"],
    "DateTime": ["2031-05-01T19:30:00Z"],
    "Date": ["2031-05-01", "2031-04-01"],
    "Decimal": ["10.00"],
    "BigInt": [1],
    "JSON": [1],
}
VOLATILE = frozenset(("serverTime", "validUntil", "entryCode", "health"))
"""What is another thing at every look."""
SHELF = Shelf()
RAN = {"all": 0, "planned": 0, "from the plan": 0}
pytestmark = [  # graphql-core leaves coroutines behind where it cancels what it has not begun; `test_plans.py` shows that plans do not
    pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
quiet = settings(deadline=None, suppress_health_check=list(HealthCheck), max_examples=30)


@dataclass
class Visited:
    """A house in which there is something to see, and people who may see more or less of it."""

    house: House
    ids: dict[str, str]
    callers: list[Caller | None]

    def context(self, who: int) -> Context:
        return Context(services=self.house.services, caller=self.callers[who], request_id="test")


@pytest.fixture(scope="module")
async def visited(database_url: str, redis_url: str) -> AsyncIterator[Visited]:
    async with a_house(database_url, redis_url) as house:
        user, event_id = await house.user(), await house.event()
        booking = await house.book(user, event_id, 0, 1, 6, payment=VISA)
        await house.book(user, await house.event(), 3)
        for_sale = await house.ask(
            "query ($id: ID!) { event(id: $id) { venue { id } tiers { id } organization { id } } }", ADMIN, id=event_id
        )
        ids = {
            "EVENT": event_id,
            "VENUE": for_sale["venue"]["id"],
            "BOOKING": booking["id"],
            "PAYMENT": booking["payment"]["id"],
            "TICKET": booking["tickets"][0]["id"],
            "USER": str(user.user_id),
            "ORGANIZATION": (for_sale["organization"] or {"id": "org_0000000000001"})["id"],
            "TIER": for_sale["tiers"][0]["id"],
        }
        assert EventId.parse(event_id)
        yield Visited(house, ids, [None, user, ADMIN, an_organizer()])
        assert RAN["planned"] == RAN["all"]
        assert RAN["from the plan"] > 0.2 * RAN["all"], RAN


@quiet
@given(asked=documents(SCHEMA._schema, samples=SAMPLES, depth=5, without=VOLATILE), who=st.sampled_from([2, 2, 2, 2, 0, 1, 3]))
async def test_the_whole_schema_is_answered_as_by_graphql_core(visited: Visited, asked: Asked, who: int) -> None:
    asked = with_ids(asked, visited.ids)
    runs = Runs(SCHEMA, asked, SHELF)

    expected = told(await SCHEMA.execute(asked.text, asked.variables, visited.context(who)))

    for _ in range(2):
        assert is_the_same(await runs.run(visited.context(who)), expected)
    RAN["all"] += 1
    RAN["planned"] += runs.planned
    RAN["from the plan"] += runs.planned and not runs.fell_back
    if b'"errors":[]' in expected:
        assert not runs.fell_back, "what is as it should be is answered from the plan"


def is_the_same(found: bytes, expected: bytes) -> bool:
    """Byte for byte; but errors come in the order in which they happened, and where they leave no data any of them may be told alone."""
    if found == expected:
        return True
    ours, theirs = json.loads(found), json.loads(expected)
    if ours["data"] is None and theirs["data"] is None:
        return bool(ours["errors"]) and bool(theirs["errors"])
    by_path = partial(sorted, key=lambda error: json.dumps(error["path"]))
    return json.dumps(ours["data"]) == json.dumps(theirs["data"]) and by_path(ours["errors"]) == by_path(theirs["errors"])


def with_ids(asked: Asked, ids: dict[str, str]) -> Asked:
    """The same with the ids that there are."""
    text, variables = asked.text, json.dumps(asked.variables)
    for word, known in ids.items():
        text, variables = text.replace(f'"{word}"', f'"{known}"'), variables.replace(f'"{word}"', f'"{known}"')
    return Asked(text, json.loads(variables))

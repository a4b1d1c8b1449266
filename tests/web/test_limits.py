"""What a client may ask for at most, seen from outside: each limit by its name, in words that say what it is and what was found."""

from dataclasses import dataclass, fields
from typing import Any

import httpx
import pytest

from engine.limits import OperationLimits
from tests.web.test_ws import a_socket, subscribe
from tests.web.toy import SEEN, serving, toy_app

NEW = {"accept": "application/graphql-response+json"}


@dataclass(frozen=True)
class Excess:
    """A limit, the most that is under it, and what is just over."""

    limit: str
    most: int
    under: str
    over: str
    found: int
    variables: Any = None
    over_variables: Any = None

    @property
    def limits(self) -> OperationLimits:
        given: dict[str, Any] = {self.limit: self.most}
        return OperationLimits(**given)


SEQUEL = "{ shelf { sequel { title } } }"
EXCESSES = [
    Excess("document_bytes", 20, '{ hello(name:"abc")}', '{ hello(name:"abä")}', 21),
    Excess("tokens", 7, "{ hello later number who poll }", "{ hello later number who poll facts }", 8),
    Excess("fields", 2, "{ hello later }", "{ hello later number }", 3),
    Excess("fields", 3, "{ ...F ...F } fragment F on Query { hello }", "{ ...F ...F } fragment F on Query { hello later }", 4),
    Excess("overlaps", 1, "{ hello hello }", "{ hello hello hello }", 3),
    Excess("depth", 3, SEQUEL, "{ shelf { sequel { sequel { title } } } }", 4),
    Excess("depth", 2, "{ shelf { title } }", "{ shelf { ...F } } fragment F on Book { sequel { title } }", 3),
    Excess("aliases", 1, "{ a: hello hello }", "{ a: hello b: hello }", 2),
    Excess("root_fields", 2, "{ hello later }", "{ hello ... { later number } }", 3),
    Excess("directives", 1, "{ hello @skip(if: false) }", "{ hello @skip(if: false) later @include(if: true) }", 2),
    Excess("list_items", 2, "{ total(numbers: [1, 2]) }", "{ total(numbers: [1, 2, 3]) }", 3),
    Excess(
        "list_items",
        2,
        "query ($n: [Int!]!) { total(numbers: $n) }",
        "query ($n: [Int!]!) { total(numbers: $n) }",
        3,
        {"n": [1, 2]},
        {"n": [1, 2, 3]},
    ),
    Excess("cost", 5, "{ shelf(first: 3) { title } }", "{ shelf(first: 3) { sequel { title } } }", 8),
    Excess(
        "cost",
        8,
        "query ($n: Int) { shelf(first: $n) { sequel { title } } }",
        "query ($n: Int) { shelf(first: $n) { sequel { title } } }",
        9,
        {"n": 3},
        {"n": 4},
    ),
]


def test_every_limit_there_is_is_tried() -> None:
    assert {excess.limit for excess in EXCESSES} == {field.name for field in fields(OperationLimits)} - {"introspection"}


@pytest.mark.parametrize("excess", EXCESSES, ids=lambda excess: f"{excess.limit}-{excess.found}")
async def test_what_is_over_a_limit_is_refused_with_its_name(excess: Excess) -> None:
    with serving(toy_app(operations=excess.limits)) as address:
        async with httpx.AsyncClient(base_url=f"http://{address}", headers=NEW) as http, a_socket(address) as socket:
            under = await http.post("/graphql", json={"query": excess.under, "variables": excess.variables})
            over = await http.post("/graphql", json={"query": excess.over, "variables": excess.over_variables})
            legacy = await http.post("/graphql", json={"query": excess.over, "variables": excess.over_variables}, headers={"accept": "*/*"})
            await socket.say(subscribe(excess.over, variables=excess.over_variables))
            told = await socket.hear()
            await socket.say(subscribe(excess.under, variables=excess.variables))
            goes_on = await socket.hear()

    assert (under.status_code, "errors" in under.json()) == (200, False), under.json()
    (error,) = over.json()["errors"]
    facts = {"code": "OPERATION_TOO_COMPLEX", "limit": excess.limit, "most": excess.most, "found": excess.found}
    assert error["extensions"] == {**facts, "requestId": over.headers["x-request-id"]}
    assert error["message"].endswith(f": {excess.most} at most.")
    assert (over.status_code, legacy.status_code, "data" in over.json()) == (400, 200, False)
    assert told["type"] == "error"
    assert told["payload"][0]["extensions"].items() >= facts.items()
    assert goes_on["type"] == "next"


async def test_no_limit_is_none() -> None:
    zeros: dict[str, Any] = {field.name: 0 for field in fields(OperationLimits) if field.name != "introspection"}
    many = " ".join(f"a{n}: hello @skip(if: false)" for n in range(300))

    with serving(toy_app(operations=OperationLimits(**zeros))) as address:
        async with httpx.AsyncClient(base_url=f"http://{address}", headers=NEW) as http:
            response = await http.post("/graphql", json={"query": f"{{ {many} shelf(first: 20000) {{ sequel {{ title }} }} }}"})

    assert len(response.json()["data"]) == 301


@pytest.mark.parametrize("headers", [{}, {"x-debug-cost": "1"}], ids=["unasked", "asked"])
async def test_what_costs_too_much_is_told_what_it_costs(http: httpx.AsyncClient, headers: dict[str, str]) -> None:
    body = {"query": "query ($n: Int!) { shelf(first: $n) { sequel { sequel { title } } } }", "variables": {"n": 6000}}

    response = await http.post("/graphql", json=body, headers={**NEW, **headers})

    assert response.status_code == 400
    assert response.json()["extensions"] == {"requestId": response.headers["x-request-id"], "cost": {"requested": 12_005, "limit": 10_000}}


async def test_other_limits_say_nothing_of_cost(http: httpx.AsyncClient) -> None:
    response = await http.post("/graphql", json={"query": f"{{ {' '.join(f'a{n}: hello' for n in range(31))} }}"})

    assert set(response.json()) == {"errors"}


async def test_what_is_over_a_limit_never_runs() -> None:
    before = SEEN.added

    with serving(toy_app(operations=OperationLimits(root_fields=1))) as address:
        async with httpx.AsyncClient(base_url=f"http://{address}") as http:
            response = await http.post("/graphql", json={"query": "mutation { a: add(n: 1) b: add(n: 1) }"})

    assert response.json()["errors"][0]["extensions"]["limit"] == "root_fields"
    assert SEEN.added == before


@pytest.mark.parametrize("value", [2**31, "9" * 400, -1, 1.5, None, [], {}, True], ids=lambda value: str(value)[:10])
async def test_a_page_size_that_is_none_costs_no_less_and_breaks_nothing(http: httpx.AsyncClient, value: object) -> None:
    body = {"query": "query ($n: Int) { shelf(first: $n) { sequel { title } } }", "variables": {"n": value}}

    response = await http.post("/graphql", json=body, headers=NEW)

    codes = {error["extensions"]["code"] for error in response.json().get("errors", ())}
    assert codes <= {"BAD_REQUEST", "OPERATION_TOO_COMPLEX"} or value is None, response.json()
    assert bool(codes) != (value == -1) or value is None


async def test_the_schema_is_not_told_where_introspection_is_off() -> None:
    with serving(toy_app(operations=OperationLimits(introspection=False), suggestions=False)) as address:
        async with httpx.AsyncClient(base_url=f"http://{address}", headers=NEW) as http:
            told = [
                (await http.post("/graphql", json={"query": query})).json()
                for query in ("{ __schema { description } }", '{ __type(name: "Query") { name } }', "{ hallo }", "{ __typename hello }")
            ]

    assert [answer["errors"][0]["extensions"]["code"] for answer in told[:3]] == ["GRAPHQL_VALIDATION_FAILED"] * 3
    assert "Did you mean" not in str(told)
    assert told[3] == {"data": {"__typename": "Query", "hello": "Hello you"}}


async def test_fragments_that_explode_are_no_work() -> None:
    doubled = " ".join(f"fragment F{n} on Book {{ ...F{n + 1} ...F{n + 1} }}" for n in range(26))
    document = f"{{ shelf {{ ...F0 }} }} {doubled} fragment F26 on Book {{ title }}"

    with serving(toy_app()) as address:
        async with httpx.AsyncClient(base_url=f"http://{address}", headers=NEW, timeout=5) as http:
            response = await http.post("/graphql", json={"query": document})

    assert response.json()["errors"][0]["extensions"].items() >= {"limit": "fields", "most": 2000, "found": 2**26 + 1}.items()


@pytest.mark.parametrize("spread", ["...F", "... { ...F }"])
async def test_fragments_in_a_circle_are_not_valid(http: httpx.AsyncClient, spread: str) -> None:
    document = f"{{ ...F }} fragment F on Query {{ hello {spread} }}"

    response = await http.post("/graphql", json={"query": document}, headers=NEW)

    (error,) = response.json()["errors"]
    assert error["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"
    assert "itself" in error["message"]

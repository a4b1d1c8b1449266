"""GraphQL over HTTP, rule by rule: every MUST and SHOULD of the specification that a server can be seen to keep.

Sources: https://graphql.github.io/graphql-over-http/draft/ for the rules; four digits or letters are an audit's of graphql-http:
https://github.com/graphql/graphql-http/blob/main/src/audits/server.ts

Not kept, on purpose: what comes without Accept, or with `*/*`, is answered as `application/json`, as older clients expect; and data beside
errors has the status 200, where the edition of September 2026 would rather have 294.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
import orjson
import pytest

from tests.web.toy import SEEN, serving, toy_app
from web.edge import Limits

NEW = "application/graphql-response+json"
OLD = "application/json"
TYPENAME = {"query": "{ __typename }"}
ADD = "mutation { add(n: 1) }"
OK, BAD = (200,), (400,)
NO_STRINGS: dict[str, Any] = {"an object": {"ob": "ject"}, "a number": 0, "a boolean": False, "an array": ["array"]}
NO_MAPS: dict[str, Any] = {"a string": "string", "a number": 0, "a boolean": False, "an array": ["array"]}


@dataclass(frozen=True)
class Rule:
    """A rule, a request that tries it, and what the answer must be like."""

    words: str
    body: Any = field(default_factory=lambda: TYPENAME)
    """What is sent as JSON; bytes go as they are; None is no body."""
    accept: str | None = None
    params: Mapping[str, str] | None = None
    """Of a GET; POST where there are none."""
    headers: Mapping[str, str] = field(default_factory=lambda: {"content-type": "application/json"})
    method: str = ""
    status: Collection[int] = OK
    answers: str | None = None
    """The media type of the answer."""
    has_errors: bool = False


def both(words: str, status_new: Collection[int], status_old: Collection[int], **request: Any) -> list[Rule]:
    """A rule for each of the two media types, which is an answer's own type as well."""
    return [
        Rule(f"{words}, {accept}", accept=accept, status=status, answers=accept, has_errors=status_new != OK, **request)
        for accept, status in ((NEW, status_new), (OLD, status_old))
    ]


def posted(words: str, status_new: Collection[int], status_old: Collection[int], **body: Any) -> list[Rule]:
    return both(words, status_new, status_old, body={**TYPENAME, **body})


MEDIA_TYPES = [
    Rule("22EB MUST accept application/graphql-response+json and match the content type", accept=NEW, answers=NEW),
    Rule("4655 MUST accept application/json and match the content type", accept=OLD, answers=OLD),
    Rule("47DE SHOULD accept */* and answer with application/json", accept="*/*", answers=OLD),
    Rule("80D8 SHOULD assume application/json where Accept is missing", params=TYPENAME, answers=OLD),
    Rule("82A3 MUST answer in UTF-8", body={"query": '{ hello(name: "Zoë 🎭") }'}, accept=NEW, answers=NEW),
    Rule("BF61 MUST accept requests in UTF-8", headers={"content-type": "application/json; charset=utf-8"}),
    Rule("78D5 MUST assume UTF-8 where the request does not say", body='{"query": "{ hello(name: \\"Zoë\\") }"}'.encode()),
    Rule("Accept with a charset is that type", accept=f"{NEW}; charset=utf-8", answers=NEW),
    Rule("the Accept that is recommended to clients", accept=f"{NEW}; charset=utf-8, {OLD}; charset=utf-8", answers=NEW),
    Rule("MUST respect the priorities in Accept", accept=f"{NEW};q=0.2, {OLD};q=0.8", answers=OLD),
    Rule("406 is RECOMMENDED where no type is supported", accept="application/xml", status=(406,), has_errors=True),
    Rule("406 for a type that is given no weight", accept=f"{OLD};q=0, {NEW};q=0", status=(406,), has_errors=True),
]
METHODS = [
    Rule("2C94 MUST accept POST"),
    Rule("03D4 MUST accept application/json by POST"),
    Rule("5A70 MAY accept GET, its parameters as a form encodes them", params={"query": '{ hello(name: "a + b & c") }'}),
    Rule(
        "D6D5 variables by GET are JSON", params={"query": "query ($n: String!) { hello(name: $n) }", "variables": '{"n": "x"}'}, accept=NEW
    ),
    Rule(
        "6A70 variables by GET are JSON", params={"query": "query ($n: String!) { hello(name: $n) }", "variables": '{"n": "x"}'}, accept=OLD
    ),
    Rule("variables by GET that are no JSON", params={**TYPENAME, "variables": "n=1"}, accept=NEW, status=BAD, has_errors=True),
    Rule("variables by GET that are no map", params={**TYPENAME, "variables": "[1]"}, accept=NEW, status=BAD, has_errors=True),
    Rule("extensions by GET are JSON", params={**TYPENAME, "extensions": '{"some": "value"}'}, accept=NEW),
    Rule("extensions by GET that are no map", params={**TYPENAME, "extensions": '"x"'}, accept=NEW, status=BAD, has_errors=True),
    Rule("operationName by GET", params={"query": "query A { hello } query B { later }", "operationName": "B"}),
    Rule("an empty operationName by GET is none", params={**TYPENAME, "operationName": ""}),
    Rule("null by GET is a name like others", params={"query": "query null { __typename }", "operationName": "null"}),
    Rule("a GET without a query", params={"operationName": "A"}, accept=NEW, status=BAD, has_errors=True),
    Rule("9C48 MUST NOT run a mutation by GET: 405", params={"query": ADD}, accept=NEW, status=(405,), answers=NEW, has_errors=True),
    Rule("9C48 MUST NOT run a mutation by GET: 405, old type", params={"query": ADD}, accept=OLD, status=(405,), has_errors=True),
    Rule(
        "MUST NOT run a mutation by GET that operationName names",
        params={"query": "query A { hello } mutation B { add(n: 1) }", "operationName": "B"},
        accept=NEW,
        status=(405,),
        has_errors=True,
    ),
    Rule("a query beside a mutation may come by GET", params={"query": "query A { hello } mutation B { add(n: 1) }", "operationName": "A"}),
    Rule("what is neither GET nor POST is 405", method="PUT", status=(405,), has_errors=True),
]
CONTENT_TYPES = [
    Rule("9ABE SHOULD refuse a POST without content type", headers={}, status=(415,), has_errors=True),
    Rule("7267 MUST require a body on POST", body=None, accept=NEW, status=BAD, has_errors=True),
    *(
        Rule(f"what any page could send is refused: {kind}", headers={"content-type": kind}, status=(415,), has_errors=True)
        for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain; application/json")
    ),
]
PARAMETERS = [
    *both("423L, 6610 a missing query", BAD, BAD, body={"notquery": "{ __typename }"}),
    *(rule for kind, wrong in NO_STRINGS.items() for rule in posted(f"4F5, LKJ {kind} as query", BAD, BAD, query=wrong)),
    *posted("34A2, 13EE a string as query", OK, OK),
    *(rule for kind, wrong in NO_STRINGS.items() for rule in posted(f"E3E, 6C0 {kind} as operationName", BAD, BAD, operationName=wrong)),
    *posted("8161, B8B3 a string as operationName", OK, OK, query="query Query { __typename }", operationName="Query"),
    *(rule for name in ("variables", "operationName", "extensions") for rule in posted(f"94B, 022 null as {name}", OK, OK, **{name: None})),
    *(rule for kind, wrong in NO_MAPS.items() for rule in posted(f"69B, 476 {kind} as variables", BAD, BAD, variables=wrong)),
    *posted("2EA1, 28B9 a map as variables", OK, OK, query="query ($n: String!) { __type(name: $n) { name } }", variables={"n": "x"}),
    *(rule for kind, wrong in NO_MAPS.items() for rule in posted(f"904, 58B {kind} as extensions", BAD, BAD, extensions=wrong)),
    *posted("428F, 1B7A a map as extensions", OK, OK, extensions={"some": "value"}),
    *posted("other properties are ignored", OK, OK, id=1, onError="NULL"),
    *both("a batch is refused", BAD, BAD, body=[TYPENAME, TYPENAME]),
]
STATUSES = [
    *both("60AA, 2163, BCF8 JSON that cannot be parsed", BAD, BAD, body=b'{ "not a JSON'),
    *both("3E36, 17C5, 34D6 parameters that are invalid", BAD, BAD, body={"qeury": "{ __typename }"}),
    *posted("865D, 556A, D586, 572B a document that cannot be parsed", BAD, OK, query="{"),
    *posted("51FE, 74FF, 5E5B, FDE2 a document that is not valid", BAD, OK, query="{ 8f31403dfe404bccbb0e835f2629c6a7 }"),
    *posted("51FE, 74FF, 5E5B, FDE2 a field that is not there", BAD, OK, query="{ nothing }"),
    *posted("86EE, 7B9B variables that cannot be coerced", BAD, OK, query="query ($n: Int!) { number(n: $n) }", variables={"n": "x"}),
    *posted("an operation that cannot be determined", BAD, OK, query="query A { hello } query B { hello }"),
    *posted("an operation that is not there", BAD, OK, query="query A { hello }", operationName="B"),
]


@pytest.mark.parametrize("rule", [*MEDIA_TYPES, *METHODS, *CONTENT_TYPES, *PARAMETERS, *STATUSES], ids=lambda rule: rule.words)
async def test_the_rules_of_graphql_over_http_are_kept(server: str, rule: Rule) -> None:
    before = SEEN.added

    response = await answered(server, rule)

    body = orjson.loads(response.content)
    media, _, parameters = response.headers["content-type"].partition("; ")
    assert (response.status_code in rule.status, "errors" in body, "data" in body) == (True, rule.has_errors, not rule.has_errors), response
    assert media == (rule.answers or media)
    assert media in (NEW, OLD)
    assert parameters == "charset=utf-8"
    assert all(error["message"] and error["extensions"]["code"] for error in body.get("errors", ()))
    assert SEEN.added == before, "no rule is tried with a mutation that may run"


async def answered(server: str, rule: Rule) -> httpx.Response:
    content = rule.body if isinstance(rule.body, bytes) else None if rule.body is None else orjson.dumps(rule.body)
    by_get = rule.params is not None
    headers = {**({} if by_get else rule.headers), **({"accept": rule.accept} if rule.accept else {})}
    async with httpx.AsyncClient(base_url=f"http://{server}") as client:
        if rule.accept is None:
            del client.headers["accept"]
        method = rule.method or ("GET" if by_get else "POST")
        return await client.request(method, "/graphql", params=rule.params, content=None if by_get else content, headers=headers)


@pytest.mark.parametrize(
    ("query", "status"),
    [("{ hello boomOrNull }", 200), ("{ hello boom }", 200), ("{ outOfRange }", 200)],
    ids=["beside data", "data is null", "a field is null"],
)
@pytest.mark.parametrize("accept", [NEW, OLD])
async def test_an_error_of_a_field_is_a_success_with_errors(http: httpx.AsyncClient, query: str, status: int, accept: str) -> None:
    response = await http.post("/graphql", json={"query": query}, headers={"accept": accept})

    body = response.json()
    assert (response.status_code, "data" in body, bool(body["errors"])) == (status, True, True)


@pytest.mark.parametrize("accept", [NEW, OLD])
async def test_who_may_not_ask_at_all_is_told_so_in_the_status(http: httpx.AsyncClient, accept: str) -> None:
    response = await http.post("/graphql", json=TYPENAME, headers={"accept": accept, "authorization": "Bearer false"})

    assert (response.status_code, "data" in response.json()) == (401, False)


async def test_a_405_says_what_is_allowed(http: httpx.AsyncClient) -> None:
    mutation = await http.get("/graphql", params={"query": ADD})
    put = await http.put("/graphql", json=TYPENAME)
    options = await http.options("/graphql")

    assert [answer.headers["allow"] for answer in (mutation, put, options)] == [
        "POST",
        "GET, HEAD, POST, OPTIONS",
        "GET, HEAD, POST, OPTIONS",
    ]


async def test_a_mutation_by_get_is_no_booking_that_was_asked_for() -> None:
    charged: list[Any] = []

    async def charge(_facts: Any, operation: Any) -> None:
        charged.append(operation.root_fields)

    with serving(toy_app(charge=charge)) as address:
        async with httpx.AsyncClient(base_url=f"http://{address}") as http:
            by_get = await http.get("/graphql", params={"query": ADD})
            by_post = await http.post("/graphql", json={"query": ADD})

    assert (by_get.status_code, by_post.status_code, charged) == (405, 200, [("add",)])


async def test_one_url_serves_queries_and_mutations_with_and_without_a_body_of_known_length(http: httpx.AsyncClient) -> None:
    async def pieces() -> Any:
        yield b'{"query": '
        yield b'"{ hello }"}'

    response = await http.post("/graphql", content=pieces(), headers={"content-type": "application/json"})

    assert response.json() == {"data": {"hello": "Hello you"}}


async def test_what_was_not_looked_at_further_has_a_status_of_its_own_kind_for_both_types() -> None:
    with serving(toy_app(limits=Limits(body_bytes=200))) as address:
        async with httpx.AsyncClient(base_url=f"http://{address}") as http:
            answers = [await http.post("/graphql", json={"query": "#" * 500}, headers={"accept": accept}) for accept in (NEW, OLD)]

    assert [(answer.status_code, answer.headers["content-type"].partition(";")[0]) for answer in answers] == [(413, NEW), (413, OLD)]

"""GraphQL over HTTP, as clients see it."""

import json
import logging
import time
from typing import Any

import httpx
import pytest

from tests.web.toy import SEEN, connected, serving, toy_app
from web.edge import Limits

GRAPHQL_JSON = {"accept": "application/graphql-response+json"}
LEGACY_JSON = {"accept": "application/json"}
URQL = "application/graphql-response+json, application/graphql+json, application/json, text/event-stream, multipart/mixed"


async def ask(http: httpx.AsyncClient, query: str, headers: dict[str, str] | None = None, **body: Any) -> httpx.Response:
    return await http.post("/graphql", json={"query": query, **body}, headers={**GRAPHQL_JSON, **(headers or {})})


def error_of(response: httpx.Response) -> dict[str, Any]:
    """The only error of a response, without the request id, which is checked here for all."""
    (error,) = response.json()["errors"]
    assert isinstance(error, dict)
    assert error["extensions"].pop("requestId") == response.headers["x-request-id"]
    return error


async def test_a_query_is_answered_with_its_data(http: httpx.AsyncClient) -> None:
    response = await ask(http, "query Q($n: String!) { hello(name: $n) later }", variables={"n": "Ann"}, operationName="Q")

    assert response.status_code == 200
    assert response.headers["content-type"] == "application/graphql-response+json; charset=utf-8"
    assert response.json() == {"data": {"hello": "Hello Ann", "later": "later"}}


@pytest.mark.parametrize("optional", [{}, {"variables": None, "operationName": None, "extensions": None}, {"operationName": ""}])
async def test_what_is_optional_may_be_null_or_missing(http: httpx.AsyncClient, optional: dict[str, Any]) -> None:
    response = await ask(http, "{ hello }", **optional)

    assert response.json() == {"data": {"hello": "Hello you"}}


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        ("application/graphql-response+json", "application/graphql-response+json"),
        ("application/json", "application/json"),
        ("*/*", "application/json"),
        ("application/*;q=0.5", "application/json"),
        ("application/graphql-response+json, application/json;q=0.9", "application/graphql-response+json"),
        ("application/json, application/graphql-response+json;q=0.5", "application/json"),
        (URQL, "application/graphql-response+json"),
        ("application/json;q=0, */*", "application/graphql-response+json"),
        ("text/event-stream;q=0.1, */*;q=0.2", "application/json"),
        ("text/event-stream", "text/event-stream"),
        ("text/event-stream, multipart/mixed", "text/event-stream"),
    ],
)
async def test_the_type_of_the_answer_is_what_the_client_prefers(http: httpx.AsyncClient, accept: str, chosen: str) -> None:
    response = await ask(http, "{ hello }", {"accept": accept})

    assert response.status_code == 200
    assert response.headers["content-type"] == f"{chosen}; charset=utf-8"


async def test_a_client_that_takes_none_of_our_types_is_told_so(http: httpx.AsyncClient) -> None:
    response = await ask(http, "{ hello }", {"accept": "image/png"})

    assert (response.status_code, error_of(response)["extensions"]) == (406, {"code": "BAD_REQUEST"})


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("{ hello", "GRAPHQL_PARSE_FAILED"),
        ("{ a " * 30_000, "GRAPHQL_PARSE_FAILED"),
        ("{ nonsense }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ number(n: 1.5) }", "GRAPHQL_VALIDATION_FAILED"),
        ("query($n: Int) { number(n: $n) }", "BAD_REQUEST"),
        ("query($n: Int!) { number(n: $n) missing: number(n: $m) }", "GRAPHQL_VALIDATION_FAILED"),
        ("query A { hello } query B { hello }", "BAD_REQUEST"),
        ("fragment F on Query { hello }", "BAD_REQUEST"),
        ("subscription { count }", "BAD_REQUEST"),
    ],
)
@pytest.mark.parametrize("headers", [GRAPHQL_JSON, LEGACY_JSON], ids=["graphql-json", "legacy"])
async def test_a_wrong_document_is_a_request_error(http: httpx.AsyncClient, query: str, code: str, headers: dict[str, str]) -> None:
    response = await ask(http, query, headers, variables={"n": "x"})

    expected = 400 if headers is GRAPHQL_JSON or query.startswith("subscription") else 200
    assert response.status_code == expected
    assert "data" not in response.json()
    assert {error["extensions"]["code"] for error in response.json()["errors"]} == {code}


async def test_an_unknown_operation_name_is_a_request_error(http: httpx.AsyncClient) -> None:
    response = await ask(http, "query A { hello }", operationName="B")

    assert (response.status_code, error_of(response)) == (
        400,
        {"message": 'Unknown operation named "B".', "extensions": {"code": "BAD_REQUEST"}},
    )


BODIES = {
    "nothing": b"",
    "null": b"null",
    "a number": b"1",
    "a string": b'"{ hello }"',
    "true": b"true",
    "an array": b'[{"query": "{ hello }"}]',
    "an open object": b'{"query": ',
    "invalid UTF-8": b'{"query": "{ hello }\xff"}',
    "deep nesting": b'{"query": "{ hello }", "variables": {"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}}",
    "a 5,000-digit integer": b'{"query": "{ hello }", "variables": {"a": ' + b"1" * 5_000 + b"}}",
    "a lone surrogate": b'{"query": "{ hello }", "variables": {"a": "\\ud800"}}',
    "NUL": b'{"query": "{ hello }", "variables": {"a": ["\\u0000"]}}',
    "NUL as a key": b'{"query": "{ hello }", "variables": {"\\u0000": 1}}',
    "no query": b"{}",
    "an empty query": b'{"query": " "}',
    "a number as query": b'{"query": 1}',
    "an array as variables": b'{"query": "{ hello }", "variables": []}',
    "a string as variables": b'{"query": "{ hello }", "variables": "{}"}',
    "a number as name": b'{"query": "{ hello }", "operationName": 1}',
    "a string as extensions": b'{"query": "{ hello }", "extensions": "x"}',
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
@pytest.mark.parametrize("headers", [GRAPHQL_JSON, LEGACY_JSON], ids=["graphql-json", "legacy"])
async def test_a_bad_body_is_a_bad_request(http: httpx.AsyncClient, body: bytes, headers: dict[str, str]) -> None:
    response = await http.post("/graphql", content=body, headers={**headers, "content-type": "application/json"})

    assert response.status_code == 400
    assert response.headers["content-type"].startswith(headers["accept"])
    assert error_of(response)["extensions"] == {"code": "BAD_REQUEST"}


async def test_an_escaped_backslash_before_u0000_is_not_nul(http: httpx.AsyncClient) -> None:
    body = b'{"query": "query($n: String!) { hello(name: $n) }", "variables": {"n": "\\\\u0000"}}'

    response = await http.post("/graphql", content=body, headers={"content-type": "application/json"})

    assert response.json() == {"data": {"hello": "Hello \\u0000"}}


@pytest.mark.parametrize(
    "headers",
    [
        {"content-type": "text/plain"},
        {"content-type": "application/x-www-form-urlencoded"},
        {"content-type": "multipart/form-data; boundary=x"},
        {"content-type": "application/json; charset=utf-16"},
        {"content-type": "application/json", "content-encoding": "gzip"},
        {},
    ],
)
async def test_only_uncompressed_json_in_utf8_is_taken(http: httpx.AsyncClient, headers: dict[str, str]) -> None:
    response = await http.post("/graphql", content=b'{"query": "{ hello }"}', headers=headers)

    assert (response.status_code, error_of(response)["extensions"]) == (415, {"code": "BAD_REQUEST"})


async def test_json_may_name_its_charset(http: httpx.AsyncClient) -> None:
    for content_type in ("application/json; charset=utf-8", 'Application/JSON;charset="UTF-8"'):
        response = await http.post("/graphql", content=b'{"query": "{ hello }"}', headers={"content-type": content_type})
        assert response.json() == {"data": {"hello": "Hello you"}}


async def test_a_query_may_come_by_get(http: httpx.AsyncClient) -> None:
    params = {"query": "query Q($n: String!) { hello(name: $n) }", "variables": '{"n": "Ann"}', "operationName": "Q"}

    response = await http.get("/graphql", params=params)

    assert (response.status_code, response.json()) == (200, {"data": {"hello": "Hello Ann"}})


async def test_head_answers_as_get_does(http: httpx.AsyncClient) -> None:
    response = await http.head("/graphql", params={"query": "{ hello }"})

    assert (response.status_code, response.content) == (200, b"")


@pytest.mark.parametrize("accept", [GRAPHQL_JSON, LEGACY_JSON, {"accept": "text/event-stream"}])
async def test_a_mutation_by_get_is_refused_and_not_carried_out(http: httpx.AsyncClient, accept: dict[str, str]) -> None:
    before = SEEN.added

    response = await http.get("/graphql", params={"query": "mutation { add(n: 1) }"}, headers=accept)

    assert (response.status_code, response.headers["allow"], SEEN.added) == (405, "POST", before)
    assert error_of(response)["extensions"] == {"code": "BAD_REQUEST"}


@pytest.mark.parametrize(
    "query_string",
    [
        "",
        "query=",
        "query=%7Bhello%7D&query=%7Bhello%7D",
        "query=%FF",
        "query=%7Bhello%7D&variables=[",
        "query=%7Bhello%7D&variables=1",
        "query=%7Bhello%7D%00",
        "&".join(f"a{n}=1" for n in range(30)),
    ],
)
async def test_bad_parameters_are_a_bad_request(http: httpx.AsyncClient, query_string: str) -> None:
    response = await http.get(f"/graphql?{query_string}")

    assert (response.status_code, error_of(response)["extensions"]) == (400, {"code": "BAD_REQUEST"})


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
async def test_other_methods_are_told_which_are_allowed(http: httpx.AsyncClient, method: str) -> None:
    response = await http.request(method, "/graphql")

    assert (response.status_code, response.headers["allow"]) == (405, "GET, HEAD, POST, OPTIONS")


async def test_a_body_over_the_limit_is_refused_however_it_is_sent() -> None:
    with serving(toy_app(limits=Limits(body_bytes=1000))) as address:
        async with httpx.AsyncClient(base_url=f"http://{address}") as http:

            async def chunks() -> Any:
                for _ in range(20):
                    yield b" " * 100

            known = await http.post("/graphql", content=b" " * 2000, headers={"content-type": "application/json"})
            unknown = await http.post("/graphql", content=chunks(), headers={"content-type": "application/json"})

    assert (known.status_code, unknown.status_code) == (413, 413)
    assert error_of(known)["extensions"] == {"code": "BAD_REQUEST"}


def test_a_body_that_does_not_come_is_not_waited_for() -> None:
    with serving(toy_app(limits=Limits(body_seconds=0.2))) as address, connected(address) as client:
        client.sendall(b"POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{")
        began = time.monotonic()
        answer = b"".join(iter(lambda: client.recv(65536), b""))

    assert answer.startswith(b"HTTP/1.1 408")
    assert time.monotonic() - began < 3


async def test_a_client_that_does_not_read_its_answers_is_hung_up_on(caplog: pytest.LogCaptureFixture) -> None:
    query = json.dumps({"query": "query($n: String!) { hello(name: $n) }", "variables": {"n": "x" * 900_000}}).encode()
    head = f"POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {len(query)}\r\n\r\n".encode()

    def ask_for_ever() -> None:
        for _ in range(30):
            client.sendall(head + query)

    with serving(toy_app(limits=Limits(stuck_seconds=0.3))) as address, connected(address) as client:
        with pytest.raises(ConnectionError):
            ask_for_ever()

        assert not caplog.records


async def test_a_resolvers_exception_is_masked_and_logged_with_the_request_id(
    http: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR, "web"):
        response = await ask(http, "{ boom boomOrNull }", {"x-request-id": "r-1"})

    assert response.status_code == 200
    assert response.json()["data"] is None
    assert response.json()["errors"][0] == {
        "message": "Something went wrong on our side.",
        "locations": [{"line": 1, "column": 3}],
        "path": ["boom"],
        "extensions": {"code": "SERVER_ERROR", "requestId": "r-1"},
    }
    assert "secret" not in response.text
    (record,) = caplog.records
    assert "r-1" in record.getMessage()
    assert record.exc_info is not None
    assert "secret" in str(record.exc_info[1])


@pytest.mark.parametrize("query", ["{ boomOrNull }", "{ tooBig }"])
async def test_what_graphql_or_a_library_throws_is_masked_as_well(http: httpx.AsyncClient, query: str) -> None:
    response = await ask(http, query)

    assert error_of(response)["extensions"] == {"code": "SERVER_ERROR"}
    assert "SELECT" not in response.text
    assert "1099511627776" not in response.text


async def test_an_exception_with_a_code_is_shown_with_its_facts(http: httpx.AsyncClient) -> None:
    response = await ask(http, "{ hello outOfRange }")

    assert response.status_code == 200
    assert response.json()["data"] == {"hello": "Hello you", "outOfRange": None}
    assert error_of(response) == {
        "message": "Ten at most.",
        "locations": [{"line": 1, "column": 9}],
        "path": ["outOfRange"],
        "extensions": {"code": "OUT_OF_RANGE", "most": 10},
    }


async def test_a_value_refused_while_executing_is_the_clients_fault(http: httpx.AsyncClient) -> None:
    response = await ask(http, "query($n: Int = 1) { number(n: $n) }", variables={"n": None})

    assert error_of(response)["extensions"] == {"code": "BAD_REQUEST"}


@pytest.mark.parametrize(("headers", "status"), [(GRAPHQL_JSON, 503), (LEGACY_JSON, 200)], ids=["graphql-json", "legacy"])
async def test_an_outage_says_when_to_try_again(http: httpx.AsyncClient, headers: dict[str, str], status: int) -> None:
    response = await ask(http, "{ outage }", headers)

    assert (response.status_code, response.headers["retry-after"]) == (status, "2")
    assert error_of(response)["extensions"] == {"code": "SERVICE_UNAVAILABLE", "retryAfter": 2}
    assert "database" not in response.text


@pytest.mark.parametrize("suggestions", [True, False])
async def test_suggestions_can_be_switched_off(suggestions: bool) -> None:
    with serving(toy_app(suggestions=suggestions)) as address:
        async with httpx.AsyncClient(base_url=f"http://{address}") as http:
            field = await ask(http, "{ hallo }")
            argument = await ask(http, "{ hello(nam: 1) }")

    assert ("Did you mean" in field.text, "Did you mean" in argument.text) == (suggestions, suggestions)
    assert error_of(field)["message"].startswith("Cannot query field 'hallo' on type 'Query'.")


async def test_long_names_are_not_repeated_in_full(http: httpx.AsyncClient) -> None:
    response = await ask(http, "{ " + "a" * 100_000 + " }")

    assert len(response.content) < 2000


@pytest.mark.parametrize("authorization", ["Bearer", "Basic YTpi", "ann", "Bearer a b", "Bearer \u00e4", "Bearer " + "a" * 9000])
async def test_an_authorization_we_cannot_read_is_unauthenticated(http: httpx.AsyncClient, authorization: str) -> None:
    response = await http.post("/graphql", json={"query": "{ who }"}, headers={b"authorization": authorization.encode("latin-1")})

    assert (response.status_code, response.headers["www-authenticate"]) == (401, "Bearer")
    assert error_of(response)["extensions"] == {"code": "UNAUTHENTICATED"}


async def test_the_caller_is_whom_the_token_names(http: httpx.AsyncClient) -> None:
    known = await ask(http, "{ who }", {"authorization": "bearer ann"})
    unknown = await ask(http, "{ who }")

    assert (known.json(), unknown.json()) == ({"data": {"who": "ann"}}, {"data": {"who": "nobody"}})


@pytest.mark.parametrize(
    ("token", "status", "code"),
    [
        ("late", 401, "AUTH_TOKEN_EXPIRED"),
        ("false", 401, "UNAUTHENTICATED"),
        ("broken", 500, "SERVER_ERROR"),
        ("outage", 503, "SERVICE_UNAVAILABLE"),
    ],
)
async def test_a_token_that_is_refused_says_why(http: httpx.AsyncClient, token: str, status: int, code: str) -> None:
    response = await ask(http, "{ hello }", {"authorization": f"Bearer {token}"})

    assert (response.status_code, error_of(response)["extensions"]["code"]) == (status, code)
    assert "secret" not in response.text


async def test_the_context_knows_the_facts_of_the_request(http: httpx.AsyncClient) -> None:
    response = await ask(http, "{ facts }", {"x-request-id": "r-2", "idempotency-key": "once only"})

    assert response.json()["data"]["facts"] == ["r-2", "http", "once only", "127.0.0.1"]


@pytest.mark.parametrize("key", ["", "a" * 256, "a\tb"])
async def test_a_strange_idempotency_key_is_a_bad_request(http: httpx.AsyncClient, key: str) -> None:
    response = await ask(http, "{ hello }", {"idempotency-key": key})

    assert (response.status_code, error_of(response)["extensions"]) == (400, {"code": "BAD_REQUEST"})


async def test_what_admission_refuses_is_not_run() -> None:
    class TooMany(Exception):
        code = "RATE_LIMIT_EXCEEDED"
        extensions = {"retryAfter": 7}  # noqa: RUF012

    async def admit(_facts: Any, operation: Any) -> None:
        if operation.name == "Greedy":
            raise TooMany("Slower, please.")

    with serving(toy_app(admit=admit)) as address:
        async with httpx.AsyncClient(base_url=f"http://{address}") as http:
            refused = await ask(http, "query Greedy { hello }", operationName="Greedy")
            admitted = await ask(http, "query Modest { hello }")

    assert (refused.status_code, refused.headers["retry-after"], admitted.status_code) == (429, "7", 200)
    assert error_of(refused) == {"message": "Slower, please.", "extensions": {"code": "RATE_LIMIT_EXCEEDED", "retryAfter": 7}}

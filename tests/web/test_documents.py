"""Documents that are named rather than sent: Apollo's persisted queries, and documents of a manifest, whichever way they are asked for."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from engine.trusted import TrustedDocuments
from tests.web.test_ws import a_socket
from tests.web.toy import SEEN, serving, toy_app

Ask = Callable[..., Awaitable[dict[str, Any]]]
NEW = {"accept": "application/graphql-response+json"}
HELLO = "query Hello($name: String!) { hello(name: $name) }"
WATCH = "subscription { count(to: 1) }"
WAYS = ("post", "get", "events", "socket")


def hash_of(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def persisted(text: str, *, version: object = 1) -> dict[str, Any]:
    return {"persistedQuery": {"version": version, "sha256Hash": hash_of(text)}}


def code_of(answer: dict[str, Any]) -> str:
    (error,) = answer["errors"]
    code: str = error["extensions"]["code"]
    return code


async def asker(address: str, way: str, stack: AsyncExitStack) -> Ask:
    """A client that asks in one of the ways there are, and is told the first response as HTTP would have it."""
    http = await stack.enter_async_context(httpx.AsyncClient(base_url=f"http://{address}"))
    if way == "socket":
        socket = await stack.enter_async_context(a_socket(address))
    count = 0

    async def ask(**body: Any) -> dict[str, Any]:
        if way == "post":
            answer: dict[str, Any] = (await http.post("/graphql", json=body, headers=NEW)).json()
            return answer
        if way == "get":
            params = {name: value if isinstance(value, str) else orjson.dumps(value).decode() for name, value in body.items()}
            answer = (await http.get("/graphql", params=params, headers=NEW)).json()
            return answer
        if way == "events":
            told = (await http.post("/graphql", json=body, headers={"accept": "text/event-stream"})).text
            answer = orjson.loads(told.split("\n\n")[0].removeprefix("event: next\ndata: "))
            return answer
        nonlocal count
        count += 1
        await socket.say({"id": str(count), "type": "subscribe", "payload": body})
        message = await socket.hear()
        if message["type"] == "error":
            return {"errors": message["payload"]}
        assert (await socket.hear())["type"] == "complete"
        answer = message["payload"]
        return answer

    return ask


@pytest.fixture(params=WAYS)
async def ask(request: pytest.FixtureRequest) -> AsyncIterator[Ask]:
    """Each way to ask, of a server that knows no document yet."""
    with serving(toy_app()) as address:
        async with AsyncExitStack() as stack:
            yield await asker(address, request.param, stack)


async def test_apollos_clients_send_a_hash_and_the_text_only_once(ask: Ask) -> None:
    variables = {"name": "Ann"}

    unknown = await ask(variables=variables, extensions=persisted(HELLO))
    with_text = await ask(query=HELLO, variables=variables, extensions=persisted(HELLO))
    alone = await ask(variables={"name": "Ben"}, extensions=persisted(HELLO))

    assert (code_of(unknown), unknown["errors"][0]["message"]) == ("PERSISTED_QUERY_NOT_FOUND", "PersistedQueryNotFound")
    assert (with_text, alone) == ({"data": {"hello": "Hello Ann"}}, {"data": {"hello": "Hello Ben"}})


async def test_a_document_that_was_sent_without_its_hash_is_known_by_it(ask: Ask) -> None:
    await ask(query=HELLO, variables={"name": "Ann"})

    assert await ask(variables={"name": "Ben"}, operationName="Hello", extensions=persisted(HELLO)) == {"data": {"hello": "Hello Ben"}}


async def test_a_hash_that_does_not_match_is_refused_and_nothing_is_remembered_under_it(ask: Ask) -> None:
    wrong = await ask(query="{ later }", extensions=persisted(HELLO))

    assert (code_of(wrong), wrong["errors"][0]["message"]) == ("BAD_REQUEST", "provided sha does not match query")
    assert code_of(await ask(variables={"name": "Ann"}, extensions=persisted(HELLO))) == "PERSISTED_QUERY_NOT_FOUND"


async def test_a_known_document_is_not_run_under_the_hash_of_another(ask: Ask) -> None:
    await ask(query="{ later }")
    await ask(query=HELLO, variables={"name": "Ann"})

    assert code_of(await ask(query="{ later }", extensions=persisted(HELLO))) == "BAD_REQUEST"


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"version": 2, "sha256Hash": hash_of(HELLO)}, "PERSISTED_QUERY_NOT_SUPPORTED"),
        ({"sha256Hash": hash_of(HELLO)}, "PERSISTED_QUERY_NOT_SUPPORTED"),
        ({"version": True, "sha256Hash": hash_of(HELLO)}, "PERSISTED_QUERY_NOT_SUPPORTED"),
        ({"version": 1}, "BAD_REQUEST"),
        ({"version": 1, "sha256Hash": hash_of(HELLO).upper()}, "BAD_REQUEST"),
        ({"version": 1, "sha256Hash": "0" * 63}, "BAD_REQUEST"),
        ({"version": 1, "sha256Hash": 1}, "BAD_REQUEST"),
        ("x", "BAD_REQUEST"),
        ([], "BAD_REQUEST"),
    ],
    ids=str,
)
async def test_a_hash_that_is_none_is_refused(server: str, given: object, code: str) -> None:
    async with AsyncExitStack() as stack:
        for way in WAYS:
            ask = await asker(server, way, stack)
            assert code_of(await ask(query=HELLO, variables={"name": "Ann"}, extensions={"persistedQuery": given})) == code, way


async def test_a_wrong_document_is_not_known_by_its_hash(ask: Ask) -> None:
    wrong = "{ nothing }"

    assert code_of(await ask(query=wrong, extensions=persisted(wrong))) == "GRAPHQL_VALIDATION_FAILED"
    assert code_of(await ask(extensions=persisted(wrong))) == "PERSISTED_QUERY_NOT_FOUND"


@pytest.mark.parametrize("way", ["events", "socket"])
async def test_a_subscription_may_be_named_by_its_hash(way: str) -> None:
    with serving(toy_app()) as address:
        async with AsyncExitStack() as stack:
            ask = await asker(address, way, stack)

            told = [
                await ask(extensions=persisted(WATCH)),
                await ask(query=WATCH, extensions=persisted(WATCH)),
                await ask(extensions=persisted(WATCH)),
            ]

    assert code_of(told[0]) == "PERSISTED_QUERY_NOT_FOUND"
    assert told[1:] == [{"data": {"count": 1}}] * 2


@pytest.mark.parametrize(("accept", "status"), [(NEW["accept"], 400), ("application/json", 200)])
async def test_an_unknown_hash_is_a_request_error_that_no_cache_keeps(http: httpx.AsyncClient, accept: str, status: int) -> None:
    params = {"extensions": orjson.dumps(persisted("{ hello } # nobody sends this")).decode()}

    response = await http.get("/graphql", params=params, headers={"accept": accept})

    assert (response.status_code, response.headers["cache-control"]) == (status, "no-store")


async def test_a_public_query_by_its_hash_may_be_kept_on_its_way(http: httpx.AsyncClient) -> None:
    text = "{ shelf { title } } # by hash"
    await http.post("/graphql", json={"query": text})

    response = await http.get("/graphql", params={"extensions": orjson.dumps(persisted(text)).decode()})

    assert (response.status_code, response.headers["cache-control"]) == (200, "public, max-age=30")


async def test_a_mutation_by_get_is_refused_by_its_hash_too(http: httpx.AsyncClient) -> None:
    text = "mutation { add(n: 1) } # by hash"
    await http.post("/graphql", json={"query": text})
    before = SEEN.added

    response = await http.get("/graphql", params={"extensions": orjson.dumps(persisted(text)).decode()})

    assert (response.status_code, SEEN.added) == (405, before)


async def test_there_are_no_documents_with_ids_without_a_manifest(ask: Ask) -> None:
    assert code_of(await ask(documentId="hello")) == "PERSISTED_QUERY_NOT_SUPPORTED"


@pytest.fixture(params=WAYS)
async def trusting(request: pytest.FixtureRequest) -> AsyncIterator[Ask]:
    """Each way to ask a server that runs only what it was given."""
    with serving(toy_app(trusted=TrustedDocuments({"hello": HELLO, "watch": WATCH}))) as address:
        async with AsyncExitStack() as stack:
            yield await asker(address, request.param, stack)


async def test_a_trusted_document_is_named_by_its_id_its_hash_or_its_text(trusting: Ask) -> None:
    variables = {"name": "Ann"}

    told = [
        await trusting(documentId="hello", variables=variables),
        await trusting(documentId=hash_of(HELLO), variables=variables),
        await trusting(documentId=f"sha256:{hash_of(HELLO)}", variables=variables),
        await trusting(extensions=persisted(HELLO), variables=variables),
        await trusting(query=HELLO, variables=variables, operationName="Hello"),
        await trusting(query=HELLO, documentId="hello", variables=variables),
    ]

    assert told == [{"data": {"hello": "Hello Ann"}}] * 6


@pytest.mark.parametrize(
    "body",
    [
        {"query": "{ hello }"},
        {"query": f"{HELLO} "},
        {"query": "{ hello", "extensions": persisted("{ hello")},
        {"documentId": "goodbye"},
        {"documentId": "hello", "query": "{ hello }"},
        {"query": "{ __schema { description } }"},
        {"extensions": persisted("{ hello }")},
    ],
    ids=["a text", "a space more", "no document", "another id", "another text", "introspection", "another hash"],
)
async def test_no_other_document_runs(trusting: Ask, body: dict[str, Any]) -> None:
    assert code_of(await trusting(**body)) == "DOCUMENT_NOT_TRUSTED"


async def test_a_trusted_subscription_is_named_by_its_id() -> None:
    with serving(toy_app(trusted=TrustedDocuments({"hello": HELLO, "watch": WATCH}))) as address:
        async with AsyncExitStack() as stack:
            told = [await (await asker(address, way, stack))(documentId="watch") for way in ("events", "socket")]

    assert told == [{"data": {"count": 1}}] * 2


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    path = tmp_path / "manifest.json"
    operation = {"id": "f1", "name": "Hello", "type": "query", "body": HELLO}
    path.write_bytes(orjson.dumps({"format": "apollo-persisted-query-manifest", "version": 1, "operations": [operation]}))
    return path


async def test_apollos_manifest_is_what_its_clients_send(manifest: Path) -> None:
    by_apollo = {"persistedQuery": {"version": 1, "sha256Hash": hash_of(HELLO)}}

    with serving(toy_app(trusted=TrustedDocuments.read(manifest))) as address:
        async with AsyncExitStack() as stack:
            ask = await asker(address, "post", stack)

            assert await ask(variables={"name": "Ann"}, extensions=by_apollo) == {"data": {"hello": "Hello Ann"}}
            assert await ask(variables={"name": "Ann"}, documentId="f1") == {"data": {"hello": "Hello Ann"}}

"""What everybody may see is answered once for all who ask at about the same time, and may be kept on its way."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from tests.web.test_ws import a_socket, subscribe
from tests.web.toy import SEEN, serving, toy_app

NEW = {"accept": "application/graphql-response+json"}
ANN = {"authorization": "Bearer ann"}
POLL = "query ($seconds: Float = 0) { poll(seconds: $seconds) }"


@contextmanager
def polled(**options: Any) -> Iterator[httpx.AsyncClient]:
    """A client of a server of its own, where nothing is kept yet."""
    with serving(toy_app(**options)) as address:
        yield httpx.AsyncClient(base_url=f"http://{address}", timeout=10)


async def poll(http: httpx.AsyncClient, headers: dict[str, str] | None = None, query: str = POLL, **variables: float) -> str:
    """How many times it was asked before, and for whom it was answered."""
    response = await http.post("/graphql", json={"query": query, "variables": variables}, headers=headers)
    told: str = response.json()["data"]["poll"]
    return told


async def test_those_who_ask_while_it_is_being_answered_get_the_same_answer() -> None:
    before = SEEN.polls

    with polled() as http:
        async with http:
            told = await asyncio.gather(*(poll(http, seconds=0.4) for _ in range(30)))

    assert set(told) == {f"{before + 1} nobody"}
    assert SEEN.polls == before + 1


async def test_an_answer_is_kept_no_longer_than_it_may_be() -> None:
    with polled(max_age_ms=300) as http:
        async with http:
            first, again = await poll(http), await poll(http)
            await asyncio.sleep(0.35)
            later = await poll(http)

    assert first == again != later


async def test_an_answer_ages_from_when_it_was_begun() -> None:
    with polled(max_age_ms=300) as http:
        async with http:
            slow = await poll(http, seconds=0.35)

            assert await poll(http, seconds=0.35) != slow, "what it read may be older than it may become"


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"seconds": 0}, {"seconds": 0.01}),
        ({"query": "{ poll }"}, {"query": "{ poll  }"}),
        ({"query": "query A { poll }"}, {"query": "query B { poll }"}),
    ],
    ids=["variables", "text", "name"],
)
async def test_what_is_asked_otherwise_is_answered_apart(first: dict[str, Any], second: dict[str, Any]) -> None:
    with polled() as http:
        async with http:
            assert await poll(http, **first) != await poll(http, **second)


async def test_nothing_is_kept_where_that_is_not_wanted() -> None:
    before = SEEN.polls

    with polled(max_age_ms=0) as http:
        async with http:
            await asyncio.gather(*(poll(http, seconds=0.1) for _ in range(5)))

    assert SEEN.polls == before + 5


@pytest.mark.parametrize("query", ["{ poll who }", "{ who poll }", "{ ...F who } fragment F on Query { poll }"])
async def test_an_answer_that_is_not_all_public_is_never_kept(query: str) -> None:
    before = SEEN.polls

    with polled() as http:
        async with http:
            told = [await poll(http, headers, query=query) for headers in (ANN, None, None)]

    assert [answer.split()[1] for answer in told] == ["ann", "nobody", "nobody"]
    assert SEEN.polls == before + 3


async def test_a_caller_with_rights_of_their_own_is_not_answered_what_all_are() -> None:
    with polled() as http:
        async with http:
            nobody, ann, again = await poll(http), await poll(http, ANN), await poll(http)

    assert ann.endswith(" ann")
    assert nobody == again, "what was made for somebody is not kept for all"


async def test_a_caller_who_sees_what_all_see_is_answered_as_nobody_is() -> None:
    with polled(is_anybody=lambda _caller: True) as http:
        async with http:
            ann, nobody = await poll(http, ANN), await poll(http)

    assert ann == nobody
    assert ann.endswith(" nobody"), "what is kept has never seen a caller"


async def test_errors_are_never_kept(http: httpx.AsyncClient, caplog: pytest.LogCaptureFixture) -> None:
    told = [(await http.post("/graphql", json={"query": "{ hello outage }"}, headers=NEW)) for _ in range(2)]

    assert [answer.status_code for answer in told] == [503, 503]
    assert len({answer.json()["errors"][0]["extensions"]["requestId"] for answer in told}) == 2
    assert len([record for record in caplog.records if "Outage" in record.message]) == 2


async def test_one_who_leaves_does_not_take_the_answer_from_the_others() -> None:
    before = SEEN.polls

    with polled() as http:
        async with http:
            leaves = asyncio.create_task(poll(http, seconds=0.4))
            while SEEN.polls == before:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
            stays = asyncio.create_task(poll(http, seconds=0.4))
            await asyncio.sleep(0.05)
            leaves.cancel()

            assert await stays == f"{before + 1} nobody"


async def test_all_ways_to_ask_share_what_is_kept() -> None:
    with serving(toy_app(max_age_ms=5000)) as address:
        async with httpx.AsyncClient(base_url=f"http://{address}") as http, a_socket(address) as socket:
            by_post = (await http.post("/graphql", json={"query": "{ poll }"})).json()
            by_get = (await http.get("/graphql", params={"query": "{ poll }"})).json()
            by_events = await http.post("/graphql", json={"query": "{ poll }"}, headers={"accept": "text/event-stream"})
            await socket.say(subscribe("{ poll }"))
            by_socket = (await socket.hear())["payload"]
            await socket.hear()
            in_the_new_type = (await http.post("/graphql", json={"query": "{ poll }"}, headers=NEW)).json()

    assert by_post == by_get == by_socket == in_the_new_type
    assert by_post["data"]["poll"] in by_events.text


async def test_a_caller_reads_their_own_writes() -> None:
    with polled(is_anybody=lambda _caller: True, max_age_ms=5000) as http:
        async with http:
            kept = await poll(http, ANN)
            await http.post("/graphql", json={"query": "mutation { add(n: 0) }"}, headers=ANN)
            own, others = await poll(http, ANN), await poll(http)

    assert own.split()[1] == "ann"
    assert int(own.split()[0]) > int(kept.split()[0])
    assert others == kept, "what all are told is as it was"


async def test_a_caller_is_told_what_all_are_some_time_after_their_own_write() -> None:
    with polled(is_anybody=lambda _caller: True, max_age_ms=100) as http:
        async with http:
            await http.post("/graphql", json={"query": "mutation { add(n: 0) }"}, headers=ANN)
            at_once = await poll(http, ANN)
            await asyncio.sleep(1.2)

            assert [told.split()[1] for told in (at_once, await poll(http, ANN))] == ["ann", "nobody"]


async def test_a_public_get_may_be_kept_on_its_way(http: httpx.AsyncClient) -> None:
    response = await http.get("/graphql", params={"query": "{ shelf { title } hello }"}, headers=NEW)

    assert response.headers["cache-control"] == "public, max-age=1", "as the shortest-lived of its fields"
    assert response.headers["vary"] == "accept, authorization, Origin"
    assert response.headers["etag"].startswith('"')
    assert response.headers["content-length"] == str(len(response.content))


async def test_what_is_still_the_same_is_not_sent_again(http: httpx.AsyncClient) -> None:
    params = {"query": "{ shelf { title } }"}
    first = await http.get("/graphql", params=params, headers=NEW)
    etag = first.headers["etag"]

    same = [
        await http.get("/graphql", params=params, headers={**NEW, "if-none-match": given})
        for given in (etag, f"W/{etag}", f'"other", {etag}')
    ]
    changed = await http.get("/graphql", params=params, headers={**NEW, "if-none-match": '"other"'})

    assert [(answer.status_code, answer.content, answer.headers["etag"]) for answer in same] == [(304, b"", etag)] * 3
    assert {answer.headers["cache-control"] for answer in same} == {"public, max-age=30"}
    assert {answer.headers["vary"] for answer in same} == {"accept, authorization, Origin"}
    assert (changed.status_code, changed.content) == (200, first.content)


async def test_each_type_of_answer_has_an_etag_of_its_own(http: httpx.AsyncClient) -> None:
    params = {"query": "{ shelf { title } }"}

    etags = [
        (await http.get("/graphql", params=params, headers={"accept": kind})).headers["etag"]
        for kind in (NEW["accept"], "application/json")
    ]

    assert len(set(etags)) == 2


@pytest.mark.parametrize(
    ("query", "headers"),
    [
        ("{ shelf { title } }", ANN),
        ("{ shelf { title } }", {"x-debug-cost": "1"}),
        ("{ shelf { title } who }", {}),
        ("{ shelf { title sequel { title } } }", {}),
        ("{ hello outage }", {}),
        ("{ shelf { nothing } }", {}),
    ],
    ids=["of a caller", "with its cost", "private", "private beneath", "an outage", "not valid"],
)
async def test_what_is_not_everybodys_is_not_kept_on_its_way(http: httpx.AsyncClient, query: str, headers: dict[str, str]) -> None:
    response = await http.get("/graphql", params={"query": query}, headers=headers)

    assert response.headers["cache-control"] == "no-store"
    assert "etag" not in response.headers


async def test_what_was_posted_is_not_kept_on_its_way(http: httpx.AsyncClient) -> None:
    response = await http.post("/graphql", json={"query": "{ shelf { title } }"})

    assert (response.headers["cache-control"], "etag" in response.headers) == ("no-store", False)


@pytest.mark.parametrize("query", ["{ shelf(first: 3) { title } }", "{ shelf(first: 3) { title } who }"], ids=["kept", "not kept"])
async def test_what_an_operation_costs_is_told_to_who_asks(http: httpx.AsyncClient, query: str) -> None:
    plain = await http.post("/graphql", json={"query": query})
    asked = [
        (await http.post("/graphql", json={"query": query}, headers={"x-debug-cost": "1", "x-request-id": f"r-{n}"})).json() for n in (1, 2)
    ]

    assert plain.json() == {"data": asked[0]["data"]}
    assert [answer["extensions"] for answer in asked] == [
        {"requestId": f"r-{n}", "cost": {"requested": asked[0]["extensions"]["cost"]["requested"], "limit": 10_000}} for n in (1, 2)
    ]
    assert asked[0]["extensions"]["cost"]["requested"] >= 5


async def test_what_an_operation_costs_is_told_on_a_socket_whose_handshake_asked(server: str) -> None:
    async with a_socket(server, additional_headers={"X-Debug-Cost": "1", "X-Request-Id": "r-7"}) as socket:
        await socket.say(subscribe("{ shelf { title } }"))
        first = await socket.hear()
        await socket.hear()
        await socket.say(subscribe("subscription { count(to: 1) }"))
        second = await socket.hear()

    assert first["payload"]["data"] == {"shelf": [{"title": "Book 0"}, {"title": "Book 1"}]}
    assert first["payload"]["extensions"]["requestId"] == "r-7.1"
    assert first["payload"]["extensions"]["cost"]["limit"] == 10_000
    assert second["payload"]["extensions"]["requestId"] == "r-7.2"

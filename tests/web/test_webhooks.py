"""The door for payment providers: what it answers to whoever takes a post in, and what it lets through at all."""

from collections.abc import Iterator

import httpx
import pytest

from domain.ports import Outage
from tests.web.toy import serving, toy_app
from web.webhooks import BODY_BYTES, stripe_webhook

TAKEN: list[tuple[bytes, str | None]] = []


async def take_in(body: bytes, signature: str | None) -> bool:
    TAKEN.append((body, signature))
    if body == b"outage":
        raise Outage("The database does not answer.", 1500)
    if body == b"bug":
        raise ValueError("secret")
    return signature == "right"


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    async def admit(*_asked: object) -> None:
        raise AssertionError("no rate limit stands before it")

    with serving(toy_app(routes=[stripe_webhook(take_in)], admit=admit)) as address:
        yield f"http://{address}/webhooks/stripe"


def post(url: str, body: bytes, signature: str | None = "right", **headers: str) -> httpx.Response:
    signed = {"stripe-signature": signature} if signature else {}
    return httpx.post(url, content=body, headers={**signed, **headers})


def test_a_post_is_handed_on_as_it_came(url: str) -> None:
    answer = post(url, b'{"a":  1}\n', origin="https://elsewhere.example")

    assert answer.status_code == 200
    assert TAKEN[-1] == (b'{"a":  1}\n', "right")
    assert answer.headers["x-request-id"]


@pytest.mark.parametrize("signature", [None, "wrong"])
def test_what_is_not_genuine_is_answered_400(url: str, signature: str | None) -> None:
    assert post(url, b"{}", signature).status_code == 400


def test_in_an_outage_it_is_to_be_sent_again(url: str) -> None:
    answer = post(url, b"outage")

    assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")


def test_a_bug_is_masked_and_sent_again(url: str) -> None:
    answer = post(url, b"bug")

    assert answer.status_code == 500
    assert "secret" not in answer.text


def test_a_body_that_is_too_long_is_not_taken(url: str) -> None:
    taken = len(TAKEN)

    assert post(url, b"x" * (BODY_BYTES + 1)).status_code == 413
    assert len(TAKEN) == taken


def test_only_posts_are_taken(url: str) -> None:
    answer = httpx.get(url)

    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")

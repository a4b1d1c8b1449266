"""Tickets in people's hands: handed on, shown at the door by a code that verifies itself, and used once."""

import asyncio
import base64
import json
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from domain.callers import Caller, Role
from domain.entry_codes import CodeProblem, EntryCodeInvalid, EntryPass, ShownTicket
from domain.ids import BookingId, EventId, OrganizationId, TicketId
from tests.api.asking import Failed
from tests.api.house import ADMIN, CHECK_IN, CHECK_IN_BY_CODE, FLOOR, TRANSFER, VISA, House, a_house, a_key, seat
from tests.api.served import Served, a_server
from tests.api.stage import an_organizer
from web.entry_codes import EntryKeys, PublicKey, SignedEntryCodes, keys_route

ROOT = Path(__file__).parents[2]
TICKET = """query ($id: ID!) { node(id: $id) { ... on Ticket { id ticketNumber status transferred issue checkedInAt entryCode
    holder { userId name } event { id name } place { section row number tier { name } } } } }"""
RECEIVED = """query ($first: Int!, $after: String) { me { receivedTickets(first: $first, after: $after) { totalCount
    edges { cursor node { id entryCode transferred event { name } place { row number } } } pageInfo { hasNextPage endCursor } } } }"""
ATTENDANCE = "query ($id: ID!) { event(id: $id) { attendance { sold checkedIn } } }"
SEED = bytes(range(32))
NOW = datetime(2031, 5, 1, 19, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
async def house(database_url: str, redis_url: str) -> AsyncIterator[Served]:
    async with a_server(database_url, redis_url) as house:
        yield house


async def hand_on(house: House, caller: Caller, ticket_id: str, email: str, **more: object) -> Any:
    return await house.ask(TRANSFER, caller, input={"ticketId": ticket_id, "toEmail": email, **more})


async def check_in(house: House, ticket_id: str, caller: Caller = ADMIN, key: str | None = None) -> Any:
    return await house.ask(CHECK_IN, caller, id=ticket_id, key=key)


async def shown(house: House, event_id: str, code: str, caller: Caller = ADMIN, **more: object) -> Any:
    return await house.ask(CHECK_IN_BY_CODE, caller, input={"eventId": event_id, "code": code, **more})


async def ticket_of(house: House, caller: Caller | None, ticket_id: str) -> Any:
    return await house.ask(TICKET, caller, id=ticket_id)


async def a_ticket(house: Served, buyer: Caller, *seats: int, **facts: object) -> tuple[str, str]:
    """An event, and a ticket for its first seat."""
    event_id = await house.event(**facts)
    booking = await house.sold(buyer, event_id, *(seats or (0,)))
    return event_id, booking["tickets"][0]["id"]


# Handing on


async def test_a_ticket_is_handed_on_and_only_its_new_holder_can_use_it(house: Served) -> None:
    (ann, _), (ben, email) = await house.person("Ann"), await house.person("Ben")
    event_id, ticket_id = await a_ticket(house, ann)
    before = await ticket_of(house, ann, ticket_id)

    handed = await hand_on(house, ann, ticket_id, email.upper())

    assert (handed["__typename"], handed["status"], handed["transferred"], handed["issue"]) == ("Ticket", "VALID", True, 2)
    assert handed["holder"] == {"userId": str(ben.user_id), "name": "Ben"}
    assert before["holder"]["name"] == "Ann"
    assert before["entryCode"]
    assert handed["entryCode"] is None, "the buyer sees no code any more"
    assert (await ticket_of(house, ann, ticket_id))["entryCode"] is None
    mine = await ticket_of(house, ben, ticket_id)
    assert mine["entryCode"] not in (None, before["entryCode"])
    old = await shown(house, event_id, before["entryCode"])
    assert (old["code"], old["superseded"], old["status"]) == ("TICKET_NOT_VALID", True, "VALID")
    assert (await shown(house, event_id, mine["entryCode"]))["ticket"]["holder"] == {"name": "Ben"}


async def test_a_ticket_is_seen_by_its_holder_its_buyer_and_those_who_run_the_event(house: Served) -> None:
    (ann, _), (ben, email), (other, _) = await house.person(), await house.person(), await house.person()
    organization = await house.ask('mutation { createOrganization(input: {name: "Ours"}) { ... on Organization { id } } }', ADMIN)
    organizer, elsewhere = an_organizer(organization["id"]), an_organizer(str(OrganizationId(77)))
    _, ticket_id = await a_ticket(house, ann, organizationId=organization["id"])
    await hand_on(house, ann, ticket_id, email)

    seen = {
        who: await ticket_of(house, caller, ticket_id)
        for who, caller in {
            "buyer": ann,
            "holder": ben,
            "organizer": organizer,
            "admin": ADMIN,
            "other": other,
            "elsewhere": elsewhere,
            "nobody": None,
        }.items()
    }

    assert {who for who, ticket in seen.items() if ticket is not None} == {"buyer", "holder", "organizer", "admin"}
    assert {who for who, ticket in seen.items() if ticket is not None and ticket["entryCode"] is not None} == {"holder"}


async def test_it_can_be_handed_on_and_back_and_by_nobody_else(house: Served) -> None:
    (ann, anns), (ben, bens), (_, cats) = await house.person(), await house.person(), await house.person()
    _, ticket_id = await a_ticket(house, ann)

    stolen = await hand_on(house, ben, ticket_id, bens)
    await hand_on(house, ann, ticket_id, bens)
    regretted = await hand_on(house, ann, ticket_id, cats)
    back = await hand_on(house, ben, ticket_id, anns)

    assert stolen.pop("message")
    assert stolen == {"__typename": "TicketNotFound", "code": "TICKET_NOT_FOUND", "ticketId": ticket_id}
    assert regretted["code"] == "TICKET_NOT_FOUND", "it is not the buyer's to give any more"
    assert (back["transferred"], back["issue"]) == (False, 3)
    assert (await ticket_of(house, ann, ticket_id))["entryCode"]
    assert await ticket_of(house, ben, ticket_id) is None


async def test_nobody_has_such_an_address(house: Served) -> None:
    user = await house.user()
    _, ticket_id = await a_ticket(house, user)

    for email in ("nobody@served.example", "no address"):
        refused = await hand_on(house, user, ticket_id, email)

        assert refused.pop("message") == "Nobody has registered with this e-mail address."
        assert refused == {"__typename": "RecipientNotFound", "code": "RECIPIENT_NOT_FOUND", "toEmail": email}


async def test_what_opens_no_door_is_not_handed_on(house: Served) -> None:
    (user, _), (_, email) = await house.person(), await house.person()
    event_id = await house.event()
    booking = await house.sold(user, event_id, 0, 1, 2)
    used, given_back, called_off = (ticket["id"] for ticket in booking["tickets"])
    await check_in(house, used)
    await house.ask(
        "mutation ($input: CancelBookingInput!) { cancelBooking(input: $input) { __typename } }",
        user,
        input={"bookingId": booking["id"], "tickets": [given_back]},
    )

    answers = [await hand_on(house, user, ticket_id, email) for ticket_id in (used, given_back)]
    await house.call_off(event_id)
    answers.append(await hand_on(house, user, called_off, email))

    assert [(answer["code"], answer["status"]) for answer in answers] == [
        ("TICKET_NOT_VALID", "CHECKED_IN"),
        ("TICKET_NOT_VALID", "CANCELLED"),
        ("TICKET_NOT_VALID", "VALID"),
    ]
    assert answers[2]["message"] == "The event does not take place."


async def test_handing_on_again_under_the_same_key_is_done_once(house: Served) -> None:
    (ann, _), (_, bens), (_, cats) = await house.person(), await house.person(), await house.person()
    _, ticket_id = await a_ticket(house, ann)
    key = a_key()

    first = await house.ask(TRANSFER, ann, header=key, input={"ticketId": ticket_id, "toEmail": bens})
    again = await hand_on(house, ann, ticket_id, bens, idempotencyKey=key)
    other = await hand_on(house, ann, ticket_id, cats, idempotencyKey=key)

    assert first["issue"] == again["issue"] == 2
    assert again == first
    assert other["code"] == "IDEMPOTENCY_KEY_REUSED"


async def test_received_tickets_are_listed_the_latest_event_first(house: Served) -> None:
    (ann, _), (ben, email) = await house.person(), await house.person()
    named = []
    for away in (3, 1, 2):
        event_id, ticket_id = await a_ticket(house, ann, 0, 1)
        await house.move_start(event_id, timedelta(days=away))
        await hand_on(house, ann, ticket_id, email)
        named.append(ticket_id)

    listed: list[str] = []
    after = None
    while True:
        page = (await house.ask(RECEIVED, ben, first=2, after=after))["receivedTickets"]
        listed += [edge["node"]["id"] for edge in page["edges"]]
        after = page["pageInfo"]["endCursor"]
        assert page["totalCount"] == 3
        assert all(edge["node"]["entryCode"] for edge in page["edges"])
        if not page["pageInfo"]["hasNextPage"]:
            break

    assert listed == [named[0], named[2], named[1]]
    assert (await house.ask(RECEIVED, ann, first=2))["receivedTickets"]["totalCount"] == 0
    document = "query ($id: ID!) { node(id: $id) { ... on User { receivedTickets { totalCount } } } }"
    assert (await house.ask(document, ADMIN, id=str(ben.user_id)))["receivedTickets"]["totalCount"] == 3


async def test_many_received_tickets_are_read_in_as_few_statements_as_one(database_url: str, redis_url: str) -> None:
    async with a_house(database_url, redis_url) as house:
        ann, ben = await house.user(), await house.user()
        account = await house.services.accounts.user(ben.user_id)
        assert account is not None
        for _ in range(5):
            booking = await house.book(ann, await house.event(), 0, payment=VISA)
            await hand_on(house, ann, booking["tickets"][0]["id"], account.email)
        counted, asked = house.counting()

        async def statements(first: int) -> list[str]:
            await counted.ask(RECEIVED, ben, first=first)
            asked.clear()
            page = (await counted.ask(RECEIVED, ben, first=first))["receivedTickets"]
            assert len(page["edges"]) == first
            assert all(edge["node"]["entryCode"] for edge in page["edges"])
            return list(asked)

        few, many = await statements(1), await statements(5)

    assert sorted(few) == sorted(many)
    assert len(many) == len(set(many)), "no statement is made twice"


# Entry codes


async def test_an_entry_code_says_where_it_leads_and_until_when(house: Served) -> None:
    user = await house.user()
    event_id, ticket_id = await a_ticket(house, user)
    ticket = await ticket_of(house, user, ticket_id)
    async with httpx.AsyncClient(base_url=f"http://{house.address}") as client:
        response = await client.get("/.well-known/jwks.json")
        unchanged = await client.get("/.well-known/jwks.json", headers={"If-None-Match": response.headers["etag"]})

    keys = jwt.PyJWKSet.from_dict(response.json())
    header = jwt.get_unverified_header(ticket["entryCode"])
    claims = jwt.decode(ticket["entryCode"], keys[header["kid"]], ["EdDSA"], issuer="box-office-entry")

    assert header["alg"] == "EdDSA"
    ends_at = datetime(2031, 5, 1, 21, 30, tzinfo=UTC)
    assert claims == {
        "iss": "box-office-entry",
        "sub": ticket_id,
        "event": event_id,
        "number": ticket["ticketNumber"],
        "issue": 1,
        "tier": "Front",
        "section": "Stalls",
        "row": "A",
        "seat": "1",
        "exp": int((ends_at + timedelta(days=1)).timestamp()),
    }
    assert len(ticket["entryCode"]) < 600, "a QR code that a telephone reads at arm's length"
    assert (await ticket_of(house, user, ticket_id))["entryCode"] == ticket["entryCode"]
    assert response.headers["content-type"] == "application/jwk-set+json"
    assert response.headers["cache-control"] == "public, max-age=3600"
    assert all("d" not in key for key in response.json()["keys"]), "no private part"
    assert (unchanged.status_code, unchanged.content) == (304, b"")


async def test_only_a_ticket_that_opens_the_door_has_a_code(house: Served) -> None:
    user, event_id = await house.user(), await house.event()
    booking = await house.take(user, event_id, FLOOR, 2, payment=VISA)
    first, second = (ticket["id"] for ticket in booking["tickets"])

    assert (await ticket_of(house, user, first))["entryCode"]
    await check_in(house, first)
    assert (await ticket_of(house, user, first))["entryCode"] is None
    await house.call_off(event_id)
    assert (await ticket_of(house, user, second))["entryCode"] is None


async def test_the_example_of_the_page_verifies_a_code_without_the_server(
    house: Served, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    user = await house.user()
    event_id, ticket_id = await a_ticket(house, user)
    code = (await ticket_of(house, user, ticket_id))["entryCode"]
    async with httpx.AsyncClient(base_url=f"http://{house.address}") as client:
        keys = (await client.get("/.well-known/jwks.json")).text
    example = re.search(r"```python\n(.*?)```", (ROOT / "docs" / "tickets.md").read_text(), re.DOTALL)
    assert example
    assert len(example[1].splitlines()) <= 20
    door: dict[str, Any] = {}
    exec(example[1], door)

    good = door["verified"](keys, event_id, code)

    assert good["sub"] == ticket_id
    assert (good["section"], good["row"], good["seat"]) == ("Stalls", "A", "1")
    assert door["verified"](keys, str(EventId(5)), code) is None
    head, body, signature = code.split(".")
    forged = base64.urlsafe_b64encode(base64.urlsafe_b64decode(body + "==").replace(b'"1"', b'"2"')).decode().rstrip("=")
    assert door["verified"](keys, event_id, f"{head}.{forged}.{signature}") is None
    assert door["verified"](keys, event_id, "EVT") is None


def a_pass(good_until: datetime = NOW + timedelta(days=1), **facts: Any) -> EntryPass:
    return EntryPass(TicketId.of(BookingId(EventId(7), 8), 1), **{"issue": 1, "tier": "Stalls", "good_until": good_until, **facts})


def codes(seed: bytes = SEED, *others: bytes, now: datetime = NOW) -> SignedEntryCodes:
    return SignedEntryCodes(EntryKeys.of(seed, others), clock=lambda: now)


def public(seed: bytes) -> bytes:
    return Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()


def test_what_was_signed_is_read_and_a_repeat_is_the_same_code() -> None:
    desk = codes()

    code = desk.code_of(a_pass(issue=3))

    assert desk.read(f" {code}\n") == ShownTicket(a_pass().ticket_id, 3)
    assert desk.code_of(a_pass(issue=3)) is code
    assert desk.code_of(a_pass(issue=4)) != code


def test_a_code_is_good_until_its_time_is_over() -> None:
    code = codes().code_of(a_pass(good_until=NOW))

    assert isinstance(codes(now=NOW - timedelta(seconds=1)).read(code), ShownTicket)
    assert codes(now=NOW).read(code) == EntryCodeInvalid(CodeProblem.EXPIRED)


def test_a_key_is_replaced_without_turning_anybody_away() -> None:
    old, new = SEED, bytes(32)
    before, announced, after = codes(old), codes(old, public(new)), codes(new, public(old))
    signed_before, signed_after = before.code_of(a_pass()), after.code_of(a_pass())

    assert isinstance(after.read(signed_before), ShownTicket)
    assert isinstance(announced.read(signed_after), ShownTicket)
    assert before.read(signed_after) == EntryCodeInvalid(CodeProblem.FORGED)
    assert codes(new).read(signed_before) == EntryCodeInvalid(CodeProblem.FORGED)
    assert [key["kid"] for key in json.loads(EntryKeys.of(new, [public(old)]).jwks)["keys"]] == [
        PublicKey(public(new)).kid,
        PublicKey(public(old)).kid,
    ]


def forged_codes() -> dict[str, str]:
    code = codes().code_of(a_pass())
    head, body, signature = code.split(".")
    kid = PublicKey(public(SEED)).kid
    claims = {"iss": "box-office-entry", "sub": str(a_pass().ticket_id), "issue": 1, "exp": int(NOW.timestamp()) + 9}
    own = Ed25519PrivateKey.from_private_bytes(bytes(32))
    ours = Ed25519PrivateKey.from_private_bytes(SEED)
    return {
        "another body": f"{head}.{body[:-2]}AA.{signature}",
        "another signature": f"{head}.{body}.{signature[:-4]}AAAA",
        "no signature": f"{head}.{body}.",
        "signed by somebody under our name": jwt.encode(claims, own, "EdDSA", headers={"kid": kid}),
        "signed with the public key as a secret": jwt.encode(claims, public(SEED), "HS256", headers={"kid": kid}),
        "unsigned": jwt.encode(claims, "", "none", headers={"kid": kid}),
        "of no key": jwt.encode(claims, own, "EdDSA"),
        "for another purpose": jwt.encode({**claims, "iss": "somebody"}, ours, "EdDSA", headers={"kid": kid}),
        "of no ticket": jwt.encode({**claims, "sub": "tkt_1"}, ours, "EdDSA", headers={"kid": kid}),
        "of no issue": jwt.encode({**claims, "issue": None}, ours, "EdDSA", headers={"kid": kid}),
        "without an end": jwt.encode({k: v for k, v in claims.items() if k != "exp"}, ours, "EdDSA", headers={"kid": kid}),
    }


@pytest.mark.parametrize(("how", "code"), forged_codes().items(), ids=list(forged_codes()))
def test_what_we_did_not_sign_is_forged(how: str, code: str) -> None:
    assert codes().read(code) == EntryCodeInvalid(CodeProblem.FORGED), how


@pytest.mark.parametrize("code", ["", "x", "a.b", "a.b.c", "ä.b.c", "..", "." * 3000, "[[[[.x.y"])
def test_what_is_no_code_at_all_is_malformed(code: str) -> None:
    assert codes().read(code) == EntryCodeInvalid(CodeProblem.MALFORMED)


def test_the_keys_name_nothing_private() -> None:
    keys = EntryKeys.of(SEED)

    assert SEED.hex() not in repr(keys)
    assert keys_route(keys).path == "/.well-known/jwks.json"
    assert set(json.loads(keys.jwks)["keys"][0]) == {"kty", "crv", "x", "use", "alg", "kid"}


# The door


async def test_a_ticket_opens_the_door_once(house: Served) -> None:
    user = await house.user()
    _, ticket_id = await a_ticket(house, user)

    first = await check_in(house, ticket_id)
    second = await check_in(house, ticket_id)

    assert (first["__typename"], first["ticket"]["status"]) == ("CheckIn", "CHECKED_IN")
    assert first["ticket"]["checkedInAt"] == first["checkedInAt"]
    assert first["ticket"]["entryCode"] is None, "who checks in does not get the code"
    assert second.pop("message").startswith("Somebody came in with this ticket on ")
    used = {"code": "TICKET_ALREADY_USED", "ticketId": ticket_id, "checkedInAt": first["checkedInAt"]}
    assert second == {"__typename": "AlreadyCheckedIn", **used}


@pytest.mark.parametrize("how", ["by id", "by code", "by number"])
async def test_of_many_who_come_at_once_with_one_ticket_one_is_let_in(house: Served, how: str) -> None:
    user = await house.user()
    event_id, ticket_id = await a_ticket(house, user)
    ticket = await ticket_of(house, user, ticket_id)
    code = {"by code": ticket["entryCode"], "by number": ticket["ticketNumber"]}.get(how)

    answers = await asyncio.gather(*(shown(house, event_id, code) if code else check_in(house, ticket_id) for _ in range(12)))

    assert sorted(answer["__typename"] for answer in answers) == ["AlreadyCheckedIn"] * 11 + ["CheckIn"]


async def test_a_door_that_lost_the_answer_asks_again_under_its_key(house: Served) -> None:
    user = await house.user()
    event_id, ticket_id = await a_ticket(house, user)
    number = (await ticket_of(house, user, ticket_id))["ticketNumber"]
    key = a_key()

    first = await shown(house, event_id, number, idempotencyKey=key)
    again = await shown(house, event_id, number, idempotencyKey=key)
    other = await check_in(house, ticket_id, key=key)

    assert again == first
    assert again["__typename"] == "CheckIn"
    assert other["code"] == "IDEMPOTENCY_KEY_REUSED"


async def test_a_printed_number_is_typed_as_it_is_written(house: Served) -> None:
    user = await house.user()
    event_id, ticket_id = await a_ticket(house, user)
    other_event = await house.event()
    number = (await ticket_of(house, user, ticket_id))["ticketNumber"]

    async def problem(event: str, code: str) -> Any:
        return (await shown(house, event, code)).get("problem")

    assert await problem(event_id, number[:-2] + "09") == "UNKNOWN_NUMBER"
    assert await problem(event_id, "EVT0000000000-01") == "UNKNOWN_NUMBER"
    assert await problem(other_event, number) == "UNKNOWN_NUMBER"
    for wrong in (number[:-3], number.lower(), number[:-1], f"{number}1", "EVT----------01", "EVT0000000000-²1", "", "?"):
        assert await problem(event_id, wrong) == "MALFORMED", wrong
    assert (await shown(house, event_id, f" {number} "))["__typename"] == "CheckIn"


async def test_a_code_of_another_event_or_another_house_opens_nothing(house: Served) -> None:
    user = await house.user()
    event_id, ticket_id = await a_ticket(house, user)
    other_event = await house.event()
    code = (await ticket_of(house, user, ticket_id))["entryCode"]

    elsewhere = await shown(house, other_event, code)
    forged = await shown(house, event_id, codes(bytes(32)).code_of(a_pass()))

    assert elsewhere.pop("message") == "This entry code is for another event."
    assert elsewhere == {"__typename": "EntryCodeInvalid", "code": "ENTRY_CODE_INVALID", "problem": "OTHER_EVENT"}
    assert (forged["code"], forged["problem"]) == ("ENTRY_CODE_INVALID", "FORGED")
    assert (await ticket_of(house, user, ticket_id))["status"] == "VALID"


async def test_a_ticket_that_was_given_back_opens_nothing(house: Served) -> None:
    user = await house.user()
    event_id = await house.event()
    booking = await house.sold(user, event_id, 0)
    ticket_id = booking["tickets"][0]["id"]
    code = (await ticket_of(house, user, ticket_id))["entryCode"]
    await house.cancel(user, booking["id"])

    refused = await shown(house, event_id, code)

    assert refused.pop("message") == "The ticket was given back."
    facts = {"ticketId": ticket_id, "status": "CANCELLED", "superseded": False}
    assert refused == {"__typename": "TicketNotValid", "code": "TICKET_NOT_VALID", **facts}
    assert (await check_in(house, ticket_id))["code"] == "TICKET_NOT_VALID"


async def test_only_those_who_run_the_event_stand_at_its_door(house: Served) -> None:
    user = await house.user()
    made = await house.ask('mutation { createOrganization(input: {name: "Door"}) { ... on Organization { id } } }', ADMIN)
    event_id, ticket_id = await a_ticket(house, user, organizationId=made["id"])
    organizer, elsewhere = an_organizer(made["id"]), an_organizer(str(OrganizationId(78)))
    nobodys = str(TicketId.of(BookingId(EventId.parse(event_id), 5), 1))

    for caller, code in ((user, "AUTH_UNAUTHORIZED"), (elsewhere, "AUTH_UNAUTHORIZED"), (None, "UNAUTHENTICATED")):
        for document, variables in ((CHECK_IN, {"id": ticket_id}), (CHECK_IN_BY_CODE, {"input": {"eventId": event_id, "code": "x"}})):
            with pytest.raises(Failed) as failed:
                await house.ask(document, caller, **variables)
            assert failed.value.code == code

    assert (await check_in(house, nobodys, organizer))["code"] == "TICKET_NOT_FOUND"
    assert (await shown(house, "evt_0000000000001", "x", organizer))["code"] == "EVENT_NOT_FOUND"
    assert (await check_in(house, ticket_id, organizer))["__typename"] == "CheckIn"


async def test_those_who_run_an_event_see_how_many_have_come(house: Served) -> None:
    user, event_id = await house.user(), await house.event()
    booking = await house.sold(user, event_id, 0, 1, 2)
    first, second, _ = (ticket["id"] for ticket in booking["tickets"])
    await check_in(house, first)
    await house.ask(
        "mutation ($input: CancelBookingInput!) { cancelBooking(input: $input) { __typename } }",
        user,
        input={"bookingId": booking["id"], "seats": [seat(event_id, 1)]},
    )

    assert (await house.ask(ATTENDANCE, ADMIN, id=event_id))["attendance"] == {"sold": 2, "checkedIn": 1}
    assert (await house.ask(ATTENDANCE, user, id=event_id))["attendance"] is None
    assert (await house.ask(ATTENDANCE, Caller(user.user_id, Role.ADMIN), id=await house.event()))["attendance"]["sold"] == 0
    assert (await check_in(house, second))["status"] == "CANCELLED"

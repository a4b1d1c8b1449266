"""Handing letters to mail servers: how one is named, who is let in, and what each trouble means."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from domain.delivery import Letter, TryLater, Undeliverable
from domain.ids import EventId, NotificationId
from domain.ports import Outage
from notices import smtp
from notices.mail import Draft, letter_of
from notices.smtp import MailServer, SmtpMail
from tests.notices.post import SENDER, MailHouse, a_sender


def a_letter(number: int = 1, address: str = "ann@people.test") -> Letter:
    id = NotificationId(EventId(1), number)
    return letter_of(Draft(id, datetime.now(UTC), "Ann", address, "Hello", "Hello", "<p>Hello</p>"), SENDER)


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://mail.example", MailServer("mail.example", 25)),
        ("smtp://mail.example?starttls", MailServer("mail.example", 587, starttls=True)),
        ("smtps://mail.example", MailServer("mail.example", 465, tls=True)),
        ("smtp://me:p%40ss@mail.example:2525?starttls", MailServer("mail.example", 2525, "me", "p@ss", starttls=True)),
    ],
)
def test_a_url_says_where_letters_go(url: str, server: MailServer) -> None:
    assert MailServer.of(url) == server
    assert "p@ss" not in repr(server)


async def test_connections_are_used_again_and_replaced_once_they_are_dead(mail: SmtpMail, mail_house: MailHouse) -> None:
    for number in range(3):
        await mail.send(a_letter(number))
    assert mail_house.connections == 1

    mail_house.moods["*"] = ["hang up"]
    with pytest.raises(TryLater, match="cut off"):
        await mail.send(a_letter(3))
    await mail.send(a_letter(4))

    assert (mail_house.connections, len(mail_house.letters)) == (2, 4)


async def test_a_refused_letter_does_not_stand_in_the_way_of_the_next(mail: SmtpMail, mail_house: MailHouse) -> None:
    mail_house.moods["*"] = ["550 no", "data:554 no", "450 later"]

    for expected in (Undeliverable, Undeliverable, TryLater):
        with pytest.raises(expected):
            await mail.send(a_letter())
    await mail.send(a_letter())

    assert (mail_house.connections, len(mail_house.letters)) == (1, 1)


async def test_an_address_in_any_script_is_written_to(mail: SmtpMail, mail_house: MailHouse) -> None:
    await mail.send(a_letter(address="žofie@people.test"))

    assert mail_house.recipients == ["žofie@people.test"]
    assert "To: Ann <žofie@people.test>".encode() in a_letter(address="žofie@people.test").content


class Silent(asyncio.Protocol):
    """A server that takes a connection and says nothing."""


async def test_a_server_that_says_nothing_is_an_outage(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smtp, "STEP_SECONDS", 0.1)
    server = await asyncio.get_running_loop().create_server(Silent, "127.0.0.1", 0)
    try:
        async with a_sender(f"smtp://127.0.0.1:{server.sockets[0].getsockname()[1]}") as mail:
            with pytest.raises(Outage):
                await mail.send(a_letter())
    finally:
        server.close()


async def test_a_server_that_stops_answering_in_the_middle_is_tried_later(
    mail: SmtpMail, mail_house: MailHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smtp, "SEND_SECONDS", 0.2)
    taking = MailHouse.handle_DATA

    async def ponder(self: MailHouse, server: SMTP, session: Session, envelope: Envelope) -> str:
        await asyncio.sleep(0.5)
        return await taking(self, server, session, envelope)

    monkeypatch.setattr(MailHouse, "handle_DATA", ponder)
    with pytest.raises(TryLater, match="no answer in time"):
        await mail.send(a_letter())
    monkeypatch.setattr(MailHouse, "handle_DATA", taking)
    await mail.send(a_letter(2))

    assert mail_house.connections == 2


async def test_encryption_that_is_asked_for_is_not_done_without(mail_house: MailHouse) -> None:
    async with a_sender(f"{mail_house.url}?starttls") as mail:
        with pytest.raises(Outage, match="cannot be used"):
            await mail.send(a_letter())

    assert mail_house.letters == []


@asynccontextmanager
async def a_guarded_house() -> AsyncIterator[MailHouse]:
    """A mail server that lets only `me` in, with the password `secret`."""
    house = MailHouse()

    def let_in(_server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: object) -> AuthResult:
        right = isinstance(data, LoginPassword) and (data.login, data.password) == (b"me", b"secret")
        return AuthResult(success=right, handled=False)

    def greet() -> SMTP:
        return SMTP(house, authenticator=let_in, auth_required=True, auth_require_tls=False, hostname="mail.test")

    server = await asyncio.get_running_loop().create_server(greet, "127.0.0.1", 0)
    house.port = server.sockets[0].getsockname()[1]
    try:
        yield house
    finally:
        server.close()


@pytest.mark.filterwarnings("ignore:Requiring AUTH")  # without TLS, which the way to ourselves does not need
async def test_who_has_the_password_is_let_in_and_all_others_wait() -> None:
    async with a_guarded_house() as house:
        async with a_sender(f"smtp://me:secret@127.0.0.1:{house.port}") as mail:
            await mail.send(a_letter())
        for url in (f"smtp://me:wrong@127.0.0.1:{house.port}", house.url):
            async with a_sender(url) as mail:
                with pytest.raises(Outage) as outage:
                    await mail.send(a_letter())
                assert "wrong" not in str(outage.value)

    assert len(house.letters) == 1

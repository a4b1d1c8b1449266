"""The post office of these tests: a real mail server with moods, and workers that deliver to it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any, cast

from aiosmtpd.smtp import SMTP, Envelope, Session

from db.due_notifications import PostgresDueNotifications
from db.pool import Pool
from domain.delivery import MailSender
from domain.ids import NotificationId
from notices.delivery import Delivery, Pace
from notices.smtp import MailServer, SmtpMail
from notices.templates import Templates

SENDER = "Box Office <tickets@boxoffice.test>"
QUICK = Pace(first_wait=timedelta(), every=timedelta(milliseconds=20), outage_wait=timedelta(milliseconds=100))
ACCEPTED = "250 OK"


@dataclass
class MailHouse:
    """A mail server: what it took, and what it answers to whom. The moods of an address, or of `*`, are used up one by one.

    A mood is a reply to RCPT; or one to DATA, after `data:`; or `hang up`, in the middle of a letter; or `keep and hang up`, before the
    reply to one.
    """

    port: int = 0
    letters: list[EmailMessage] = field(default_factory=list)
    moods: dict[str, list[str]] = field(default_factory=dict)
    recipients: list[str] = field(default_factory=list)
    connections: int = 0

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    def of(self, address: str) -> list[EmailMessage]:
        """The letters to an address."""
        return [letter for letter, recipient in zip(self.letters, self.recipients, strict=True) if recipient == address]

    def _mood(self, address: str, *, data: bool) -> str:
        for name in (address, "*"):
            moods = self.moods.get(name, [])
            if moods and data == (not moods[0][:1].isdigit()):
                return moods.pop(0)
        return ACCEPTED

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]) -> str:
        mood = self._mood(address, data=False)
        if mood == ACCEPTED:
            envelope.rcpt_tos.append(address)
        return mood

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        (recipient,) = envelope.rcpt_tos
        mood = self._mood(recipient, data=True)
        if mood in (ACCEPTED, "keep and hang up"):
            self.letters.append(message_from_bytes(cast(bytes, envelope.content), policy=default))
            self.recipients.append(recipient)
        if mood.endswith("hang up"):
            cast(asyncio.Transport, server.transport).abort()
        return mood.removeprefix("data:")


@asynccontextmanager
async def a_mail_house() -> AsyncIterator[MailHouse]:
    """A mail server, as long as the `async with` lasts."""
    house = MailHouse()

    def greet() -> SMTP:
        house.connections += 1
        return SMTP(house, enable_SMTPUTF8=True, hostname="mail.test", loop=asyncio.get_running_loop())

    server = await asyncio.get_running_loop().create_server(greet, "127.0.0.1", 0)
    house.port = server.sockets[0].getsockname()[1]
    try:
        yield house
    finally:
        server.close()


@dataclass
class Texts:
    """Who carries SMS: a list."""

    sent: list[tuple[NotificationId, str, str]] = field(default_factory=list)

    async def send(self, id: NotificationId, phone: str, text: str) -> None:
        self.sent.append((id, phone, text))


@asynccontextmanager
async def a_sender(url: str) -> AsyncIterator[SmtpMail]:
    """What hands letters to a mail server."""
    mail = SmtpMail(MailServer.of(url), SENDER)
    try:
        yield mail
    finally:
        await mail.close()


def a_worker(pool: Pool, mail: MailSender, *, texts: Any = None, pace: Pace = QUICK) -> Delivery:
    """A worker, not started."""
    return Delivery(PostgresDueNotifications(pool), mail, texts or Texts(), Templates(), SENDER, pace)


async def deliver_all(*workers: Delivery) -> None:
    """Let workers go round, together, until nothing is due."""
    while any(await asyncio.gather(*(worker.deliver_due() for worker in workers))):
        pass

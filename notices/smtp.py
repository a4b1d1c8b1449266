"""SMTP: e-mail handed to a mail server, over connections that are kept for a moment."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from email.utils import parseaddr
from typing import Self
from urllib.parse import unquote, urlsplit

import aiosmtplib
from aiosmtplib import SMTPException, SMTPHeloError, SMTPNotSupported, SMTPRecipientsRefused, SMTPResponseException, SMTPSenderRefused

from domain.delivery import Letter, TryLater, Undeliverable
from domain.ports import Outage
from notices.mail import deliverable, domain_of, needs_unicode

LOG = logging.getLogger("boxoffice.notices")
STEP_SECONDS = 10.0
"""How long the server may take for one step, such as the answer to a command."""
SEND_SECONDS = 30.0
"""How long it may take for all of a letter."""
IDLE_SECONDS = 5.0
"""How long an unused connection is kept: servers hang up on idle ones, after minutes at the earliest."""
FOR_GOOD = 500
"""From here on a reply means that the same would be refused again. Source: RFC 5321, 4.2.1."""


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where letters go. `smtp://` speaks plainly, or with `?starttls` until it is encrypted; `smtps://` always is."""

    host: str
    port: int
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    tls: bool = False
    starttls: bool = False

    @classmethod
    def of(cls, url: str) -> Self:
        """What a URL such as `smtp://user:password@mail.example:587?starttls` says; whose settings have seen to it that it can be one."""
        parts = urlsplit(url)
        tls, starttls = parts.scheme == "smtps", parts.query == "starttls"
        return cls(
            host=parts.hostname or "localhost",
            port=parts.port or (465 if tls else 587 if starttls else 25),
            username=unquote(parts.username) if parts.username else None,
            password=unquote(parts.password or "") if parts.username else None,
            tls=tls,
            starttls=starttls,
        )


class SmtpMail:
    """A `MailSender` over SMTP. As many connections as letters are sent at a time, each used again while there are more."""

    def __init__(self, server: MailServer, sender: str) -> None:
        self._server = server
        self._address = deliverable(parseaddr(sender)[1])
        self._idle: list[tuple[float, aiosmtplib.SMTP]] = []

    async def send(self, letter: Letter) -> None:
        """Hand a letter to the server. Raises Undeliverable where it refuses the letter for good, TryLater where it does for now or is cut
        off in the middle, and Outage where it cannot be reached or refuses us, whatever the letter.
        """
        options = ["SMTPUTF8", "BODY=8BITMIME"] if needs_unicode(letter.address) else []
        async with self._connection() as connection:
            try:
                async with asyncio.timeout(SEND_SECONDS):
                    await connection.sendmail(self._address, [letter.address], letter.content, mail_options=options)
            except SMTPRecipientsRefused as refused:
                raise _refusal(refused.recipients[0]) from refused
            except (SMTPSenderRefused, SMTPHeloError) as refused:
                raise Outage(f"The mail server takes nothing from us: {_said(refused)}.") from refused
            except SMTPNotSupported as unsupported:
                raise Undeliverable(str(unsupported)) from unsupported
            except SMTPResponseException as refused:
                raise _refusal(refused) from refused
            except (SMTPException, OSError, TimeoutError) as lost:
                connection.close()  # whatever it says next would be the answer to this letter
                raise TryLater(f"cut off: {str(lost) or 'no answer in time'}") from lost

    async def answers(self) -> None:
        """For `/ready`: raises Outage where the server does not answer, or refuses us."""
        async with self._connection():
            pass

    async def close(self) -> None:
        """Say goodbye on all idle connections."""
        for _, connection in self._idle:
            await _leave(connection)
        self._idle.clear()

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[aiosmtplib.SMTP]:
        connection = await self._known_connection() or await self._new_connection()
        try:
            yield connection
        except (SMTPException, TryLater, Undeliverable, Outage):
            await self._keep(connection)  # after a refusal it is as good as before
            raise
        except BaseException:
            connection.close()
            raise
        await self._keep(connection)

    async def _keep(self, connection: aiosmtplib.SMTP) -> None:
        if connection.is_connected:
            self._idle.append((time.monotonic(), connection))

    async def _known_connection(self) -> aiosmtplib.SMTP | None:
        """One that was used a moment ago and still answers."""
        while self._idle:
            used_at, connection = self._idle.pop()
            if time.monotonic() - used_at > IDLE_SECONDS:
                await _leave(connection)
                continue
            with suppress(SMTPException, OSError, TimeoutError):
                await connection.noop(timeout=STEP_SECONDS)
                return connection
            connection.close()
        return None

    async def _new_connection(self) -> aiosmtplib.SMTP:
        """One that the server has greeted and, where a name is set, let in."""
        server = self._server
        connection = aiosmtplib.SMTP(
            hostname=server.host,
            port=server.port,
            username=server.username,
            password=server.password,
            use_tls=server.tls,
            start_tls=server.starttls,
            local_hostname=domain_of(self._address),
            timeout=STEP_SECONDS,
        )
        try:
            async with asyncio.timeout(SEND_SECONDS):
                await connection.connect()
        except (SMTPException, OSError, TimeoutError) as failure:
            reason = _said(failure) if isinstance(failure, SMTPResponseException) else failure
            raise Outage(f"The mail server {server.host}:{server.port} cannot be used: {reason}.") from failure
        return connection


async def _leave(connection: aiosmtplib.SMTP) -> None:
    """End a connection in good manners, but do not wait for it."""
    with suppress(SMTPException, OSError, TimeoutError):
        await connection.quit(timeout=1.0)
    connection.close()


def _refusal(reply: SMTPResponseException) -> Undeliverable | TryLater:
    """What a reply about a letter means."""
    return Undeliverable(_said(reply)) if reply.code >= FOR_GOOD else TryLater(_said(reply))


def _said(reply: SMTPResponseException) -> str:
    """A reply as the server gave it."""
    return f"{reply.code} {reply.message}"

"""All parts of one process, from the pools to the loops."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from db.accounts import PostgresAccounts
from db.analytics import PostgresAnalytics
from db.audit import PostgresAudit
from db.boards import BoardReads
from db.bookings import Bookings
from db.box_office import BoxOffice, Limits
from db.catalogue import PostgresCatalogue
from db.catalogue_writes import PostgresCatalogueWriter
from db.due_notifications import PostgresDueNotifications
from db.errands import ErrandRunner
from db.exports import PostgresExports
from db.identifiers import new_number
from db.layouts import Layouts
from db.notifications import PostgresNotifications
from db.plans import SeatingPlans
from db.pool import close_pool, open_pool
from db.receipts import forget_receipts_forever
from db.sweeper import Sweeper
from db.tickets import Tickets
from db.tracing import BatchTraces
from db.waitlist import PostgresWaitlist
from domain.ports import Outage
from live.arrivals import LiveArrivals
from live.boards import Boards
from live.feed import ChangeFeed
from live.waitlists import LiveWaitlists
from notices.delivery import Delivery
from notices.folder import MailFolder
from notices.smtp import MailServer, SmtpMail
from notices.templates import Templates
from notices.texts import LoggedTexts
from payments.settlement import Settlement
from payments.tracing import TracedGateway
from resolvers.context import Services
from runtime.backing import Addresses
from runtime.settings import Settings
from runtime.tracing import Tracing
from web.auth import AccountDesk
from web.entry_codes import SignedEntryCodes
from web.health import Health
from web.metrics import Sources
from web.passwords import Passwords
from web.tokens import AccessTokens
from wiring import VERSION
from wiring.keys import entry_keys_of
from wiring.payments import gateways_of
from wiring.policy import pace_of, policy_of


@dataclass(slots=True)
class Parts:
    """What one process is made of, once it has started."""

    services: Services
    settlement: Settlement
    accounts: AccountDesk
    sources: Sources
    health: Health


@asynccontextmanager
async def started(settings: Settings, addresses: Addresses, tokens: AccessTokens, tracing: Tracing | None = None) -> AsyncIterator[Parts]:
    """The parts of one process, started in order of need and stopped in reverse."""
    async with AsyncExitStack() as stack:
        writing = await open_pool(addresses.database_url, settings.database_pool, for_writing=True)
        stack.push_async_callback(close_pool, writing)
        reading = await open_pool(addresses.database_url, settings.database_pool)
        stack.push_async_callback(close_pool, reading)

        feed = ChangeFeed(addresses.redis_url)
        await feed.start()
        stack.push_async_callback(feed.close)
        layouts = Layouts()
        plans = SeatingPlans(layouts.load)
        reads = BoardReads(reading, plans)
        boards = Boards(reads, feed)
        await boards.start()
        stack.push_async_callback(boards.close)
        waitlist = PostgresWaitlist(reading)
        waitlists = LiveWaitlists(waitlist, boards)
        stack.push_async_callback(waitlists.close)

        policy = policy_of(settings)
        limits = Limits(batch_most=settings.batch_limit, queue_most=settings.queue_limit)
        traces = BatchTraces(tracing.tracer("box_office")) if tracing is not None else None
        box_office = BoxOffice(writing, plans, feed, policy, limits, traces)
        stack.push_async_callback(box_office.close)
        bookings = Bookings(reading)
        gateways = await stack.enter_async_context(gateways_of(settings, policy))
        if tracing is not None:
            gateways = {name: TracedGateway(gateway, tracing.tracer("payments")) for name, gateway in gateways.items()}
        settlement = Settlement(box_office, gateways, bookings, new_number, wait_seconds=settings.payment_wait_seconds)
        stack.push_async_callback(settlement.close)

        passwords = Passwords()
        stack.callback(passwords.close)
        store = PostgresAccounts(reading, tokens.revoked)
        await tokens.revoked.look(store)
        accounts = AccountDesk(store, passwords, tokens, timedelta(seconds=settings.refresh_token_seconds))
        notifications, templates = PostgresNotifications(reading), Templates()
        arrivals = LiveArrivals(notifications, feed)
        await arrivals.start()
        stack.push_async_callback(arrivals.close)
        mail = SmtpMail(MailServer.of(settings.smtp_url), settings.mail_from) if settings.smtp_url else None
        if mail is not None:
            stack.push_async_callback(mail.close)
        letters = mail or MailFolder(settings.state_dir / "outbox")
        delivery = Delivery(PostgresDueNotifications(reading), letters, LoggedTexts(), templates, settings.mail_from, pace_of(settings))
        await delivery.start()
        stack.push_async_callback(delivery.close)
        services = Services(
            box_office=box_office,
            settlement=settlement,
            gateway=settings.payment_gateway,
            new_number=new_number,
            accounts=accounts,
            catalogue=(catalogue := PostgresCatalogue(reading, layouts)),
            catalogue_writer=PostgresCatalogueWriter(reading, layouts, feed, catalogue.forget),
            bookings=bookings,
            tickets=Tickets(reading),
            entry_codes=SignedEntryCodes(entry_keys_of(settings)),
            cancellation=policy.cancellation,
            seat_boards=boards,
            watching=boards,
            waitlist=waitlist,
            waitlists=waitlists,
            notifications=notifications,
            wording=templates,
            arrivals=arrivals,
            analytics=PostgresAnalytics(reading),
            audit=PostgresAudit(reading),
            exports=PostgresExports(reading, layouts),
            health=(health := health_of(reads, feed, mail)),
        )
        loops = Sweeper(writing, box_office).run(), settlement.recover_forever(), tokens.revoked.follow(store)
        await stack.enter_async_context(background(*loops, ErrandRunner(writing, box_office).run(), forget_receipts_forever(reading)))
        sources = Sources(boards, feed, box_office.served, {"writing": writing, "reading": reading}, delivery.delivered)
        yield Parts(services, settlement, accounts, sources, health)


def health_of(reads: BoardReads, feed: ChangeFeed, mail: SmtpMail | None) -> Health:
    """What a process depends on. Where the mail server is out, booking goes on and notifications wait."""

    async def database() -> None:
        await reads.versions([])

    async def redis() -> None:
        if not feed.is_connected:
            raise Outage("Redis cannot be reached; changes of other processes arrive late.")

    return Health(VERSION, {"database": database, "redis": redis}, {"smtp": mail.answers} if mail is not None else {})


@asynccontextmanager
async def background(*loops: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Runs endless loops for as long as the `async with` lasts."""
    tasks = [asyncio.create_task(loop) for loop in loops]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

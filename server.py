"""Box Office's command line, and the place where all its parts are plugged together by name."""

import asyncio
import logging
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from types import FrameType
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.routing import Route

from chores import appoint_admin, entry_keys_of, policy_of, seed, tokens_of, write_schema
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
from db.migrate import migrate
from db.notifications import PostgresNotifications
from db.plans import SeatingPlans
from db.pool import open_pool
from db.sweeper import Sweeper
from db.tickets import Tickets
from db.tracing import BatchTraces
from db.waitlist import PostgresWaitlist
from domain.accounts import RegistrationForm
from domain.inventory import BookingPolicy
from domain.ports import Gateway, Outage
from live.arrivals import LiveArrivals
from live.boards import Boards
from live.feed import ChangeFeed
from live.waitlists import LiveWaitlists
from notices.delivery import Delivery, Pace
from notices.folder import MailFolder
from notices.smtp import MailServer, SmtpMail
from notices.templates import Templates
from notices.texts import LoggedTexts
from payments.sandbox import SandboxGateway
from payments.settlement import Settlement
from payments.tracing import TracedGateway
from resolvers.context import Context, Services
from resolvers.root import make_schema
from runtime.admins import read_password
from runtime.backing import Addresses, Backing
from runtime.command_line import parsed, wanted_of
from runtime.demo import fill
from runtime.failures import CannotStart
from runtime.listening import listening_on
from runtime.logs import request_id, start_logging
from runtime.settings import Settings, read_settings
from runtime.starter import end_with, parent, starter
from runtime.tracing import Tracing, start_tracing
from runtime.workers import Workers
from web.app import create_app
from web.auth import AccountDesk
from web.entry_codes import SignedEntryCodes, keys_route
from web.execution import Executor, StrawberryExecutor
from web.health import Check, Health
from web.metrics import Metrics, Sources
from web.passwords import Passwords
from web.rate_limits import RateLimits, Rates
from web.requests import RequestFacts
from web.serving import Server, uvicorn_options
from web.tokens import AccessTokens
from web.tracing import TracedExecutor, TracedRequests
from web.webhooks import stripe_webhook

VERSION = "0.1.0"
LOG = logging.getLogger("boxoffice")


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
        stack.push_async_callback(writing.close)
        reading = await open_pool(addresses.database_url, settings.database_pool)
        stack.push_async_callback(reading.close)

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
            catalogue=PostgresCatalogue(reading, layouts),
            catalogue_writer=PostgresCatalogueWriter(reading, layouts, feed),
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
        await stack.enter_async_context(background(*loops, ErrandRunner(writing, box_office).run()))
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
async def gateways_of(settings: Settings, policy: BookingPolicy) -> AsyncIterator[dict[str, Gateway]]:
    """All gateways that are configured, by name: whichever takes new payments, old ones go back through the one that took them."""
    gateways: dict[str, Gateway] = {"sandbox": SandboxGateway(late=policy.hold + policy.extension + timedelta(seconds=10))}
    async with AsyncExitStack() as stack:
        if settings.stripe_api_key is not None:
            from payments.stripe import StripeGateway  # the library is large, and most who run this do without it

            stripe = StripeGateway(settings.stripe_api_key.get_secret_value(), settings.stripe_api_base)
            stack.push_async_callback(stripe.close)
            gateways[stripe.name] = stripe
        yield gateways


def webhooks_of(settings: Settings, settlement: Callable[[], Settlement]) -> list[Route]:
    """Where payment providers post; none without the secret that they sign with."""
    secret = settings.stripe_webhook_secret
    if settings.stripe_api_key is None or secret is None:
        return []

    async def take_in(body: bytes, signature: str | None) -> bool:
        from payments.stripe_webhooks import StripeWebhooks

        return await StripeWebhooks(secret.get_secret_value(), settlement()).take_in(body, signature)

    return [stripe_webhook(take_in)]


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


def pace_of(settings: Settings) -> Pace:
    """How notifications are delivered."""
    return Pace(
        at_once=settings.notification_concurrency,
        attempts_most=settings.notification_attempts,
        first_wait=timedelta(seconds=settings.notification_retry_seconds),
    )


def make_app(settings: Settings, addresses: Addresses) -> Starlette:
    """The app of one process; its parts start and stop with it."""
    tokens = tokens_of(settings)
    running: list[Parts] = []
    limits = RateLimits(addresses.redis_url, Rates(**settings.rates))
    metrics = Metrics(lambda: running[0].sources if running else None)
    tracing = start_tracing(settings.otel_exporter_otlp_endpoint, VERSION)
    executor: Executor = StrawberryExecutor(make_schema())
    if tracing is not None:
        executor = TracedExecutor(executor, tracing.tracer("graphql"))

    @asynccontextmanager
    async def lifespan() -> AsyncIterator[None]:
        async with started(settings, addresses, tokens, tracing) as parts, limits.counting():
            running.append(parts)
            yield
            running.clear()
        if tracing is not None:
            tracing.stop()

    def make_context(facts: RequestFacts) -> Context:
        request_id.set(facts.request_id)
        services = running[0].services
        services = replace(services, accounts=limits.for_client(services.accounts, facts.client))
        return Context(services, facts.caller, facts.request_id, facts.idempotency_key)

    def check(name: str) -> Check:
        return lambda: running[0].health.checks[name]()

    app = create_app(
        metrics.measured(executor),
        make_context,
        authenticate=tokens.authenticate,
        revoked=tokens.revoked,
        admit=metrics.counted(limits.admit),
        allowed_origins=settings.allowed_origins,
        version=VERSION,
        checks={name: check(name) for name in ("database", "redis")},
        dispensable={"smtp": check("smtp")} if settings.smtp_url else {},
        routes=[metrics.route, keys_route(entry_keys_of(settings)), *webhooks_of(settings, lambda: running[0].settlement)],
        exporting=lambda: running[0].services,
        lifespan=lifespan,
    )
    if tracing is not None:
        app.add_middleware(TracedRequests, tracer=tracing.tracer("http"))
    return app


def serve(settings: Settings) -> None:
    """Start all there is, serve until SIGINT or SIGTERM, and stop all that was started."""
    signal.signal(signal.SIGTERM, leave)  # uvicorn raises the signal again once it has stopped, and there is more to stop
    backing = Backing(settings)
    try:
        addresses = backing.start()
        end_with(starter())
        with listening_on(settings.host, settings.port) as shared:
            asyncio.run(prepare(settings, addresses))
            LOG.info("serving at http://%s:%d", *shared.getsockname()[:2])
            if settings.workers == 1:
                Server(configured(settings, addresses)).run([shared])
            else:
                os.environ |= {"DATABASE_URL": addresses.database_url, "REDIS_URL": addresses.redis_url}
                command = (sys.executable, __file__, "work", "--socket", str(shared.fileno()))
                Workers(command, settings.workers, inherited=[shared.fileno()]).run()
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        backing.stop()


def leave(_number: int, _frame: FrameType | None) -> None:
    """End this process in good order."""
    sys.exit(0)


def work(settings: Settings, descriptor: int) -> None:
    """Serve as one of several processes, on the socket they share, with what the first of them found in its environment."""
    end_with(parent())
    assert settings.database_url is not None, "whoever starts workers says where the database is"
    assert settings.redis_url is not None, "whoever starts workers says where Redis is"
    addresses = Addresses(settings.database_url, settings.database_url, settings.redis_url)
    Server(configured(settings, addresses)).run([socket.socket(fileno=descriptor)])


def configured(settings: Settings, addresses: Addresses) -> uvicorn.Config:
    """How uvicorn serves the app."""
    return uvicorn.Config(make_app(settings, addresses), host=settings.host, port=settings.port, log_config=None, **uvicorn_options())


async def prepare(settings: Settings, addresses: Addresses) -> None:
    """Bring the database to the present tables, and fill one without venues with demo data, where that is wanted."""
    await migrate(addresses.migration_database_url)
    if settings.demo:
        async with started(settings, addresses, tokens_of(settings)) as parts:
            offered = parts.services
            if await offered.catalogue.count_venues(None, None) == 0:
                count = await fill(parts.accounts, offered.catalogue_writer, offered.box_office, new_number)
                LOG.info("the database was empty: made %d demo events; accounts are in README.md", count)


def main() -> int:
    """The command line; answers the exit code."""
    chosen = parsed()
    if chosen.command == "schema":
        return write_schema(check=chosen.check)
    try:
        given = {name: value for name, value in vars(chosen).items() if name in ("host", "port", "workers") and value is not None}
        settings = read_settings(**given)
        start_logging(settings.log_level, settings.log_format)
        if chosen.command in ("migrate", "admin", "seed"):
            form = RegistrationForm(chosen.email, read_password(), chosen.name) if chosen.command == "admin" else None
            backing = Backing(settings)
            try:
                addresses = backing.start(join=True)
                if form is not None:
                    return asyncio.run(appoint_admin(settings, addresses, form))
                is_seed = chosen.command == "seed"
                asyncio.run(seed(settings, addresses, wanted_of(chosen)) if is_seed else migrate(addresses.migration_database_url))
            finally:
                backing.stop()
        elif chosen.command == "work":
            work(settings, chosen.descriptor)
        else:
            serve(settings)
    except CannotStart as failure:
        print(failure, file=sys.stderr)
        return 1
    except Outage as outage:
        reason = str(outage.__cause__ or "").partition("\n")[0]
        print(f"{outage} {reason}".strip(), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())

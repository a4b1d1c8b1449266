"""Box Office's command line, and the place where all its parts are plugged together by name."""

import argparse
import asyncio
import logging
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from types import FrameType
from typing import Any

import uvicorn
from starlette.applications import Starlette

from db.accounts import PostgresAccounts
from db.boards import BoardReads
from db.bookings import Bookings
from db.box_office import BoxOffice, Limits
from db.catalogue import PostgresCatalogue
from db.catalogue_writes import PostgresCatalogueWriter
from db.identifiers import new_number
from db.layouts import Layouts
from db.migrate import migrate
from db.plans import SeatingPlans
from db.pool import open_pool
from db.sweeper import Sweeper
from domain.inventory import BookingPolicy
from domain.ports import Outage
from live.boards import Boards
from live.feed import ChangeFeed
from payments.sandbox import SandboxGateway
from payments.settlement import Settlement
from resolvers.context import Context, Services
from resolvers.root import make_schema
from runtime.backing import Addresses, Backing
from runtime.demo import fill
from runtime.failures import CannotStart
from runtime.listening import listening_on
from runtime.logs import start_logging
from runtime.secrets import jwt_secret
from runtime.settings import Settings, read_settings
from runtime.starter import end_with, parent, starter
from runtime.workers import Workers
from web.app import create_app
from web.auth import AccountDesk
from web.execution import StrawberryExecutor
from web.metrics import Metrics, Sources
from web.passwords import Passwords
from web.rate_limits import RateLimits, Rates
from web.requests import RequestFacts
from web.serving import Server, uvicorn_options
from web.tokens import AccessTokens, SigningKey

VERSION = "0.1.0"
LOG = logging.getLogger("boxoffice")
SCHEMA_FILE = Path(__file__).parent / "schema" / "schema.graphql"


@dataclass(slots=True)
class Parts:
    """What one process is made of, once it has started."""

    services: Services
    accounts: AccountDesk
    reads: BoardReads
    feed: ChangeFeed
    sources: Sources

    async def database_answers(self) -> None:
        """For `/ready`: raises Outage where the database does not."""
        await self.reads.versions([])

    async def redis_answers(self) -> None:
        """For `/ready`: raises Outage where messages of other processes do not arrive."""
        if not self.feed.is_connected:
            raise Outage("Redis cannot be reached; changes of other processes arrive late.")


@asynccontextmanager
async def started(settings: Settings, addresses: Addresses, tokens: AccessTokens) -> AsyncIterator[Parts]:
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

        policy = BookingPolicy(
            hold=timedelta(seconds=settings.hold_seconds),
            extension=timedelta(seconds=settings.extension_seconds),
            places_most=settings.max_places,
            cancellation_window=timedelta(hours=settings.cancellation_window_hours),
        )
        limits = Limits(batch_most=settings.batch_limit, queue_most=settings.queue_limit)
        box_office = BoxOffice(writing, plans, feed, policy, limits)
        stack.push_async_callback(box_office.close)
        bookings = Bookings(reading)
        gateway = SandboxGateway()
        settlement = Settlement(box_office, {gateway.name: gateway}, bookings, new_number, wait_seconds=settings.payment_wait_seconds)
        stack.push_async_callback(settlement.close)

        passwords = Passwords()
        stack.callback(passwords.close)
        accounts = AccountDesk(PostgresAccounts(reading), passwords, tokens, timedelta(seconds=settings.refresh_token_seconds))
        services = Services(
            box_office=box_office,
            settlement=settlement,
            gateway=gateway.name,
            new_number=new_number,
            accounts=accounts,
            catalogue=PostgresCatalogue(reading, layouts),
            catalogue_writer=PostgresCatalogueWriter(reading, layouts, feed),
            bookings=bookings,
            seat_boards=boards,
            watching=boards,
        )
        await stack.enter_async_context(background(Sweeper(writing, box_office).run(), settlement.recover_forever()))
        sources = Sources(boards, feed, box_office.served, {"writing": writing, "reading": reading})
        yield Parts(services, accounts, reads, feed, sources)


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


def tokens_of(settings: Settings) -> AccessTokens:
    """What signs and verifies access tokens."""
    return AccessTokens([SigningKey.of(jwt_secret(settings))], timedelta(seconds=settings.access_token_seconds))


def make_app(settings: Settings, addresses: Addresses) -> Starlette:
    """The app of one process; its parts start and stop with it."""
    tokens = tokens_of(settings)
    running: list[Parts] = []
    limits = RateLimits(addresses.redis_url, Rates(**settings.rates))
    metrics = Metrics(lambda: running[0].sources if running else None)

    @asynccontextmanager
    async def lifespan() -> AsyncIterator[None]:
        async with started(settings, addresses, tokens) as parts, limits.counting():
            running.append(parts)
            yield
            running.clear()

    def make_context(facts: RequestFacts) -> Context:
        services = running[0].services
        services = replace(services, accounts=limits.for_client(services.accounts, facts.client))
        return Context(services, facts.caller, facts.request_id, facts.idempotency_key)

    async def database() -> None:
        await running[0].database_answers()

    async def redis() -> None:
        await running[0].redis_answers()

    return create_app(
        metrics.measured(StrawberryExecutor(make_schema())),
        make_context,
        authenticate=tokens.authenticate,
        admit=metrics.counted(limits.admit),
        allowed_origins=settings.allowed_origins,
        version=VERSION,
        checks={"database": database, "redis": redis},
        routes=[metrics.route],
        lifespan=lifespan,
    )


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


def write_schema(*, check: bool) -> int:
    """Write the schema's text, or only say whether the one that is there is it; answers the exit code."""
    text = make_schema().as_str() + "\n"
    if not check:
        SCHEMA_FILE.write_text(text)
    elif not SCHEMA_FILE.exists() or SCHEMA_FILE.read_text() != text:
        print("schema/schema.graphql is not what the code says: run `make schema` and look at the difference.", file=sys.stderr)
        return 1
    return 0


def main() -> int:
    """The command line; answers the exit code."""
    parser = argparse.ArgumentParser(prog="server.py", description="Box Office: seat booking over GraphQL.")
    commands = parser.add_subparsers(dest="command")
    serving = commands.add_parser("serve", help="serve until stopped (the default)")
    serving.add_argument("--host", help="the address to listen on")
    serving.add_argument("--port", type=int, help="the port to listen on")
    serving.add_argument("--workers", type=int, help="how many processes serve")
    working = commands.add_parser("work", help="serve as one of several processes (used by serve)")
    working.add_argument("--socket", dest="descriptor", type=int, required=True, help="the file descriptor of the socket they share")
    commands.add_parser("migrate", help="bring the database to the present tables")
    schema = commands.add_parser("schema", help="write schema/schema.graphql")
    schema.add_argument("--check", action="store_true", help="only say whether it is what the code says")
    chosen = parser.parse_args()
    if chosen.command == "schema":
        return write_schema(check=chosen.check)
    try:
        given = {name: value for name, value in vars(chosen).items() if name in ("host", "port", "workers") and value is not None}
        settings = read_settings(**given)
        start_logging(settings.log_level, settings.log_format)
        if chosen.command == "migrate":
            backing = Backing(settings)
            try:
                asyncio.run(migrate(backing.start(join=True).migration_database_url))
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

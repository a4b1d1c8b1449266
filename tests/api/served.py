"""A house with its edge: the whole app on a socket, asked over HTTP by the `gql` client, with tokens such as people get from a log-in."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from tempfile import TemporaryDirectory
from typing import Any, cast

from gql import Client, gql
from gql.client import AsyncClientSession
from gql.transport.exceptions import TransportQueryError
from gql.transport.httpx import HTTPXAsyncTransport

from db.identifiers import new_number
from db.pool import open_pool
from domain.callers import Caller, Role
from domain.ids import EventId, UserId
from domain.users import User
from resolvers.context import Services
from runtime.backing import Addresses
from runtime.settings import read_settings
from tests.api.asking import Failed
from tests.api.house import House
from tests.system.running import NO_TLS
from tests.web.toy import serving
from web.tokens import AccessTokens
from wiring.app import make_app
from wiring.keys import tokens_of


@dataclass
class Served(House):
    """A running server, and a client for each who asks."""

    address: str
    tokens: AccessTokens
    stack: AsyncExitStack
    clients: dict[Caller | None, AsyncClientSession] = field(default_factory=dict)

    async def data(self, document: str, caller: Caller | None = None, /, *, header: str | None = None, **variables: object) -> Any:
        """The whole answer; raises Failed on an error."""
        client = await self.client(caller)
        request = gql(document)
        request.variable_values = variables
        headers = {"Idempotency-Key": header} if header is not None else {}
        try:
            return await client.execute(request, extra_args={"headers": headers})
        except TransportQueryError as refused:
            first = (refused.errors or [])[0]
            raise Failed(first["extensions"]["code"], first["message"]) from refused

    async def client(self, caller: Caller | None) -> AsyncClientSession:
        """Somebody's client."""
        if caller not in self.clients:
            headers = {}
            if caller is not None:
                person = User(caller.user_id, "token@api.example", "Token", caller.role, datetime.now(UTC))
                headers["Authorization"] = f"Bearer {self.tokens.sign(person, sorted(caller.organizations)).text}"
            transport = HTTPXAsyncTransport(f"http://{self.address}/graphql", headers=headers, timeout=30, verify=NO_TLS)
            self.clients[caller] = await self.stack.enter_async_context(Client(transport=transport, execute_timeout=30))
        return self.clients[caller]

    async def person(self, name: str = "Ann") -> tuple[Caller, str]:
        """Somebody new, with their e-mail address."""
        number = new_number()
        email = f"p{number}@served.example"
        await self.pool.execute(
            "INSERT INTO account (user_id, email, email_key, name, role, password_hash, created_at) VALUES ($1, $2, $2, $3, 0, '!', now())",
            number,
            email,
            name,
        )
        return Caller(UserId(number), Role.USER), email

    async def user(self) -> Caller:
        """Somebody new, who is registered."""
        return (await self.person())[0]

    async def sold(self, caller: Caller, event_id: str, *seats: int) -> Any:
        """A confirmed booking of some seats."""
        booking = await self.book(caller, event_id, *seats, payment={"token": "pm_card_visa"})
        assert booking["status"] == "CONFIRMED", booking
        return booking

    async def policy(self, event_id: str, *steps: tuple[int, int]) -> None:
        """Let what is bought from now on be bought under these steps: (minutes before the start, per cent)."""
        await self.pool.execute(
            "UPDATE event SET refund_steps = $2::jsonb WHERE event_id = $1", EventId.parse(event_id), str([list(step) for step in steps])
        )


@asynccontextmanager
async def a_server(database_url: str, redis_url: str, **settings: object) -> AsyncIterator[Served]:
    """A server without rate limits, as long as the `async with` lasts."""
    state = TemporaryDirectory(ignore_cleanup_errors=True)
    given = read_settings(**{"state_dir": state.name, "jwt_secret": "s" * 32, "rate_limits": False, "micro_cache_ms": 0, **settings})
    async with AsyncExitStack() as stack:
        stack.callback(state.cleanup)
        pool = await open_pool(database_url, 4)
        stack.push_async_callback(pool.close)
        address = stack.enter_context(serving(make_app(given, Addresses(database_url, database_url, redis_url))))
        yield Served(pool, cast(Services, None), address, tokens_of(given), stack)

"""Rate limits: how much one client may ask for in a minute, and how often a password may be guessed."""

import hashlib
import ipaddress
import math
from collections.abc import Awaitable, Callable, Iterable
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeVar

from strawberry.types.graphql import OperationType

from domain.accounts import Accounts, InvalidCredentials, LogInForm, PasswordChangeForm
from domain.callers import Caller
from domain.ids import UserId
from domain.sessions import Session
from domain.users import UserNotFound
from domain.validation import InvalidInput
from engine.operations import Operation, PreparedOperation
from web.auth import parse_email
from web.faults import RATE_LIMIT_EXCEEDED, GraphQLFault
from web.requests import RequestFacts
from web.tally import Demand, Tally

A = TypeVar("A")
MINUTE_S = 60
LOG_IN_WINDOW_S = 15 * MINUTE_S
BOOKING_FIELDS = frozenset(("createBooking", "confirmBooking", "extendBooking", "cancelBooking", "transferTicket"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """How much is allowed in a minute, and of wrong passwords in 15; 0 is without limit. An admin has one limit for everything."""

    anonymous: int = 0
    authenticated: int = 0
    booking: int = 0
    admin: int = 0
    log_in_account: int = 0
    log_in_address: int = 0


class RateLimits:
    """The limits of all processes that share a Redis. What is refused does not count, but that it was asked for may have.

    A request is counted before anybody looks at what it asks for, and its bookings once that is known: those that are over their own limit
    were a request all the same.
    """

    def __init__(self, redis_url: str, rates: Rates) -> None:
        self._rates = rates
        self.tally = Tally(redis_url)

    def counting(self) -> AbstractAsyncContextManager[None]:
        """Counts with Redis for as long as the `async with` lasts; before it, in this process alone."""
        return self.tally.counting()

    async def admit(self, facts: RequestFacts, operation: Operation) -> None:
        """Count an operation; raises RATE_LIMIT_EXCEEDED where its caller has asked too much of late."""
        rates = self._rates
        match facts.caller:
            case Caller(user_id=user_id, is_admin=True) if rates.admin:
                await self._take([Demand(f"admin:{int(user_id)}", rates.admin, MINUTE_S)])
            case Caller(user_id=user_id, is_admin=False) if rates.authenticated:
                await self._take([Demand(f"user:{int(user_id)}", rates.authenticated, MINUTE_S)])
            case None if rates.anonymous:
                await self._take([Demand(f"anonymous:{network_of(facts.client)}", rates.anonymous, MINUTE_S)])

    async def charge(self, facts: RequestFacts, operation: PreparedOperation) -> None:
        """Count the bookings that a mutation makes or changes; raises RATE_LIMIT_EXCEEDED. An admin has one limit for everything."""
        match facts.caller:
            case Caller(user_id=user_id, is_admin=False) if self._rates.booking and (count := booking_count(operation)):
                await self._take([Demand(f"booking:{int(user_id)}", self._rates.booking, MINUTE_S, count)])
            case _:
                pass

    def for_client(self, accounts: Accounts, client: str | None) -> Accounts:
        """The accounts as one client may use them: wrong passwords are counted."""
        return SlowedAccounts(accounts, self, client) if self._rates.log_in_account or self._rates.log_in_address else accounts

    async def begin_guess(self, of: str, client: str | None) -> list[Demand]:
        """Count a password as if it were wrong, so that many at once cannot slip through; answers what `forgive` takes back."""
        demands = [
            Demand(of, self._rates.log_in_account, LOG_IN_WINDOW_S),
            Demand(f"log-in-from:{network_of(client)}", self._rates.log_in_address, LOG_IN_WINDOW_S),
        ]
        await self._take(demands)
        return demands

    async def forgive(self, demands: Iterable[Demand]) -> None:
        """Give back what was counted."""
        await self._take([Demand(demand.key, demand.most, demand.window_s, -demand.cost) for demand in demands])

    async def _take(self, demands: list[Demand]) -> None:
        limited = [demand for demand in demands if demand.most]
        for demand in limited:
            if demand.cost > demand.most:  # which no waiting helps
                raise GraphQLFault(RATE_LIMIT_EXCEEDED, f"A request may do this {demand.most} times at most.")
        if limited and (wait_s := await self.tally.take(*limited)):
            seconds = max(1, math.ceil(wait_s))
            raise GraphQLFault(RATE_LIMIT_EXCEEDED, f"Too many requests: try again in {seconds} s.", retryAfter=seconds)


class SlowedAccounts:
    """The `Accounts` of one client, whose wrong passwords are slowed; whether there is such an account cannot be told from it."""

    def __init__(self, accounts: Accounts, limits: RateLimits, client: str | None) -> None:
        self._log_in = accounts.log_in
        self._change_password = accounts.change_password
        self._limits = limits
        self._client = client
        self.register = accounts.register
        self.refresh_session = accounts.refresh_session
        self.log_out = accounts.log_out
        self.update_profile = accounts.update_profile
        self.user = accounts.user
        self.user_by_email = accounts.user_by_email
        self.users_many = accounts.users_many
        self.members_many = accounts.members_many
        self.memberships_many = accounts.memberships_many
        self.set_role = accounts.set_role

    async def log_in(self, form: LogInForm) -> Session | InvalidInput | InvalidCredentials:
        """As the accounts do; raises RATE_LIMIT_EXCEEDED where too many log-ins to this account, or from this client, have failed."""
        return await self._slowed(f"log-in:{account_of(form)}", lambda: self._log_in(form))

    async def change_password(
        self, user_id: UserId, form: PasswordChangeForm
    ) -> Session | InvalidInput | InvalidCredentials | UserNotFound:
        """As the accounts do; raises RATE_LIMIT_EXCEEDED where the current password was wrong too often: a stolen token must not help.

        Counted apart from log-ins, so that nobody who only knows an e-mail address keeps its owner from changing the password.
        """
        return await self._slowed(f"password:{int(user_id)}", lambda: self._change_password(user_id, form))

    async def _slowed(self, of: str, guess: Callable[[], Awaitable[A]]) -> A:
        counted = await self._limits.begin_guess(of, self._client)
        failed = False
        try:
            outcome = await guess()
            failed = isinstance(outcome, InvalidCredentials)
            return outcome
        finally:
            if not failed:  # right, or never looked at
                await self._limits.forgive(counted)


def account_of(form: LogInForm) -> str:
    """The account that a log-in names, whether it exists or not: hashed, as Redis need not know who it is."""
    named = (form.username or form.email or "").strip()
    if not form.username:
        with suppress(ValueError):  # then it is nobody's name, and as good as any other
            named = parse_email(named).key
    return hashlib.sha256(named.lower().encode("utf-8", "surrogatepass")).hexdigest()[:32]


@lru_cache(maxsize=4096)
def network_of(client: str | None) -> str:
    """What counts as one client among addresses: an IPv4 address, or the /64 of an IPv6 address, all of which one subscriber has."""
    try:
        address = ipaddress.ip_address(client or "")
    except ValueError:
        return (client or "-")[:64]
    if isinstance(address, ipaddress.IPv6Address):
        return str(address.ipv4_mapped or ipaddress.IPv6Address(int(address) >> 64 << 64))
    return str(address)


def booking_count(operation: PreparedOperation) -> int:
    """How many bookings an operation would make or change: by the root fields of its mutation, each answer's name once."""
    return sum(name in BOOKING_FIELDS for name in operation.root_fields) if operation.kind is OperationType.MUTATION else 0

"""What is done beside serving: seeding, admins, the schema's text. Part of the composition root, and imported by `server.py` alone."""

import sys
from datetime import timedelta
from pathlib import Path

from db.accounts import PostgresAccounts
from db.migrate import migrate
from db.pool import open_pool
from domain.accounts import RegistrationForm
from domain.cancellation import CancellationPolicy, RefundStep
from domain.inventory import BookingPolicy
from domain.seeds import Wanted
from resolvers.root import make_schema
from runtime.admins import appoint
from runtime.backing import Addresses
from runtime.secrets import jwt_secret, previous_jwt_secrets, ticket_previous_keys, ticket_signing_key
from runtime.settings import Settings
from web.auth import AccountDesk
from web.entry_codes import EntryKeys
from web.passwords import Passwords
from web.tokens import AccessTokens, SigningKey

SCHEMA_FILE = Path(__file__).parent / "schema" / "schema.graphql"


def policy_of(settings: Settings) -> BookingPolicy:
    """The house's numbers, as they are set."""
    return BookingPolicy(
        hold=timedelta(seconds=settings.hold_seconds),
        extension=timedelta(seconds=settings.extension_seconds),
        places_most=settings.max_places,
        cancellation=CancellationPolicy((RefundStep(settings.cancellation_window_hours * 60, 100),)),
        offer=timedelta(seconds=settings.offer_seconds),
    )


def tokens_of(settings: Settings) -> AccessTokens:
    """What signs and verifies access tokens. None outlives the refresh token it came with, whose row is what tells that it was revoked."""
    keys = [SigningKey.of(secret) for secret in (jwt_secret(settings), *previous_jwt_secrets(settings))]
    return AccessTokens(keys, timedelta(seconds=min(settings.access_token_seconds, settings.refresh_token_seconds)))


def entry_keys_of(settings: Settings) -> EntryKeys:
    """What signs and verifies entry codes."""
    return EntryKeys.of(ticket_signing_key(settings), ticket_previous_keys(settings))


async def appoint_admin(settings: Settings, addresses: Addresses, form: RegistrationForm) -> int:
    """Bring the database to the present tables, and make or promote an admin there; answers the exit code."""
    await migrate(addresses.migration_database_url)
    pool, passwords, tokens = await open_pool(addresses.database_url, 1), Passwords(), tokens_of(settings)
    try:
        return await appoint(AccountDesk(PostgresAccounts(pool, tokens.revoked), passwords, tokens), form)
    finally:
        passwords.close()
        await pool.close()


async def seed(settings: Settings, addresses: Addresses, wanted: Wanted) -> None:
    """Bring the database to the present tables, and fill it with what is wanted; says what it did."""
    from db.bulk import BulkStore  # here, as nobody else needs them
    from runtime.seeding import plant, progress_bar

    await migrate(addresses.migration_database_url)
    pool, passwords, tokens = await open_pool(addresses.database_url, 1), Passwords(), tokens_of(settings)
    try:
        accounts = AccountDesk(PostgresAccounts(pool, tokens.revoked), passwords, tokens)
        with progress_bar(wanted) as progress:
            said = await plant(BulkStore(pool), accounts, passwords.hash, wanted, policy_of(settings), progress)
        print(said)
    finally:
        passwords.close()
        await pool.close()


def write_schema(*, check: bool) -> int:
    """Write the schema's text, or only say whether the one that is there is it; answers the exit code."""
    text = make_schema().as_str() + "\n"
    if not check:
        SCHEMA_FILE.write_text(text)
    elif not SCHEMA_FILE.exists() or SCHEMA_FILE.read_text() != text:
        print("schema/schema.graphql is not what the code says: run `make schema` and look at the difference.", file=sys.stderr)
        return 1
    return 0

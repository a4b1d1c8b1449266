"""What is done beside serving: preparing and seeding a database, making admins, writing the schema's text."""

import logging
import sys
from pathlib import Path

from db.accounts import PostgresAccounts
from db.migrate import migrate
from db.pool import open_pool
from domain.accounts import RegistrationForm
from domain.seeds import Wanted
from resolvers.root import make_schema
from runtime.admins import appoint
from runtime.backing import Addresses
from runtime.settings import Settings
from web.auth import AccountDesk
from web.passwords import Passwords
from wiring.keys import tokens_of
from wiring.policy import policy_of
from wiring.process import Parts, started

SCHEMA_FILE = Path(__file__).parents[1] / "schema" / "schema.graphql"
LOG = logging.getLogger("boxoffice")


async def prepare(settings: Settings, addresses: Addresses) -> None:
    """Bring the database to the present tables, and fill one without venues with demo data, where that is wanted."""
    await migrate(addresses.migration_database_url)
    if settings.demo:
        async with started(settings, addresses, tokens_of(settings)) as parts:
            offered = parts.services
            if await offered.catalogue.count_venues(None, None) == 0:
                count = await make_demo(settings, addresses, parts)
                LOG.info("the database was empty: made %d demo events; accounts are in README.md", count)


async def make_demo(settings: Settings, addresses: Addresses, parts: Parts) -> int:
    """Fill an empty database with demo data; answers how many events."""
    from db.bulk import BulkStore  # here, as nobody else needs them
    from runtime.demo import PASSWORD, Doors, fill

    offered = parts.services
    pool, passwords = await open_pool(addresses.database_url, 1), Passwords()
    try:
        doors = Doors(parts.accounts, offered.catalogue_writer, BulkStore(pool), offered.box_office, offered.settlement, offered.new_number)
        return await fill(doors, policy_of(settings), await passwords.hash(PASSWORD))
    finally:
        passwords.close()
        await pool.close()


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

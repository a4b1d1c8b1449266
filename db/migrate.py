"""Bringing a database to the present tables."""

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine

from db.pool import outages

if TYPE_CHECKING:
    from alembic.config import Config

MIGRATIONS = Path(__file__).parent / "migrations"
ONE_AT_A_TIME = 6_403_125
"""An advisory lock, good for this alone: migrations always go through one node, whatever the tables are spread over."""


async def migrate(url: str) -> None:
    """Run every step the database has not seen, one process at a time; raises Outage where it cannot be reached.

    `url` is the one DDL may go through.
    """
    engine = create_async_engine(make_url(url).set(drivername="postgresql+asyncpg"))
    try:
        async with outages(), engine.begin() as connection:
            await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ONE_AT_A_TIME})
            await connection.run_sync(upgrade)
    finally:
        await engine.dispose()


def upgrade(connection: Connection) -> None:
    """Run every step the connection's database has not seen."""
    if version_of(connection) == newest():
        return
    from alembic import command  # here, as it takes a quarter of a second to load, and most starts have nothing to do

    command.upgrade(config(connection), "head")


def version_of(connection: Connection) -> str | None:
    """The last step that a database has seen; None where it has seen none."""
    has_seen_any = connection.scalar(text("SELECT to_regclass('alembic_version') IS NOT NULL"))
    return connection.scalar(text("SELECT version_num FROM alembic_version")) if has_seen_any else None


def newest() -> str:
    """The last step there is. Their files' names begin with their numbers."""
    return max(step.stem.partition("_")[0] for step in (MIGRATIONS / "versions").glob("[0-9]*.py"))


def config(connection: Connection) -> "Config":
    """Alembic's settings: where the steps are, and whom to run them on."""
    from alembic.config import Config

    settings = Config()
    settings.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    settings.attributes["connection"] = connection
    return settings

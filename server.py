"""Box Office's command line, and the place where all its parts are plugged together by name."""

import argparse
import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from uvicorn.supervisors import Multiprocess

from db.accounts import AccountRows
from db.boards import BoardReads
from db.bookings import Bookings
from db.box_office import BoxOffice, Limits
from db.identifiers import new_number
from db.migrate import migrate
from db.plans import SeatingPlans
from db.pool import open_pool
from db.sweeper import Sweeper
from domain.inventory import BookingPolicy
from live.boards import Boards
from live.feed import ChangeFeed
from payments.sandbox import SandboxGateway
from payments.settlement import Settlement
from resolvers.context import Context, Services
from resolvers.root import make_schema
from runtime.backing import Addresses, Backing
from runtime.failures import CannotStart
from runtime.logs import start_logging
from runtime.secrets import jwt_secret
from runtime.settings import Settings, read_settings
from runtime.starter import end_with, parent, starter
from web.app import create_app
from web.auth import AccountDesk
from web.execution import StrawberryExecutor
from web.passwords import Passwords
from web.requests import RequestFacts
from web.serving import Server, uvicorn_options
from web.tokens import AccessTokens, SigningKey

VERSION = "0.1.0"
SCHEMA_FILE = Path(__file__).parent / "schema" / "schema.graphql"


@asynccontextmanager
async def services_of(settings: Settings, addresses: Addresses, tokens: AccessTokens) -> AsyncIterator[Services]:
    """All that a process offers, started in order of need and stopped in reverse."""
    async with AsyncExitStack() as stack:
        writing = await open_pool(addresses.database_url, settings.database_pool, for_writing=True)
        stack.push_async_callback(writing.close)
        reading = await open_pool(addresses.database_url, settings.database_pool)
        stack.push_async_callback(reading.close)
        feed = ChangeFeed(addresses.redis_url)
        await feed.start()
        stack.push_async_callback(feed.close)
        raise NotImplementedError(stack)
        yield

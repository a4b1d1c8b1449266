"""A database in which only one test at a time has notifications, as whoever delivers finds all that are due; and a mail server."""

from collections.abc import AsyncIterator

import pytest

from db.pool import Pool, open_pool
from notices.smtp import SmtpMail
from tests.conftest import a_database
from tests.notices.post import MailHouse, a_mail_house, a_sender


@pytest.fixture(scope="session")
async def notices_database_url(database_server: str, migrated_template: str) -> AsyncIterator[str]:
    async with a_database(database_server, migrated_template) as url:
        yield url


@pytest.fixture
async def pool(notices_database_url: str) -> AsyncIterator[Pool]:
    pool = await open_pool(notices_database_url, 8)
    await pool.execute("TRUNCATE notification")
    yield pool
    await pool.close()


@pytest.fixture
async def mail_house() -> AsyncIterator[MailHouse]:
    async with a_mail_house() as house:
        yield house


@pytest.fixture
async def mail(mail_house: MailHouse) -> AsyncIterator[SmtpMail]:
    async with a_sender(mail_house.url) as mail:
        yield mail

"""Starting and stopping, as whoever runs Box Office sees it: with nothing set or much, in folders of all kinds, and by every exit."""

import asyncio
import json
import os
import re
import signal
import socket
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager, suppress
from pathlib import Path

import asyncpg
import psutil
import pytest
from gql.transport.exceptions import TransportError

from db.pool import open_pool
from domain.ids import EventId
from tests.conftest import a_database
from tests.db.events import an_event
from tests.runtime.serving import is_gone
from tests.system.conftest import House
from tests.system.people import BOOK, buying, seat_ids
from tests.system.running import SECRET, Running, beside, command, eventually, serving, settings
from tests.system.viewers import Viewer, viewing

STOPS_SECONDS = 5.0
VIEWERS_MOST = 400
LIST = """{ events(first: 1) { totalCount edges { node { id name } } } }"""
REGISTER = """mutation ($input: RegisterInput!) { register(input: $input) { __typename ... on Session { accessToken } } }"""
ANN = {"email": "ann@boxoffice.test", "password": "Box-0ffice!", "name": "Ann Person"}
BOOKINGS = """{ me { bookings { totalCount edges { node { id status } } } } }"""


@contextmanager
def embedded(folder: Path, **environment: str) -> Iterator[Running]:
    """A server started in a folder, with its own PostgreSQL and Valkey there; none of it is left at the end."""
    with serving(folder / "server.log", {"DEMO": "0", "JWT_SECRET": SECRET, "RATE_LIMITS": "0", **environment}, folder) as running:
        family = running.family()
        yield running
    psutil.wait_procs(family, timeout=10)
    assert all(is_gone(process.pid) for process in family)
    assert processes_below(folder) == []


def processes_below(folder: Path) -> list[str]:
    """What runs in a folder or names it: by working folder, and by command line."""
    found = []
    for process in psutil.process_iter(["pid", "cwd", "cmdline", "status"]):
        told = (process.info["cwd"] or "", *(process.info["cmdline"] or ()))
        if process.info["status"] != psutil.STATUS_ZOMBIE and any(str(folder) in word for word in told):
            found.append(" ".join(told))
    return found


async def an_event_at(running: Running, seats: int = 20) -> EventId:
    """An event in the embedded database."""
    connection = await asyncpg.connect(address_of(running))
    try:
        return await an_event(connection, seats)
    finally:
        await connection.close()


def address_of(running: Running) -> str:
    """The embedded database of a running server."""
    known: dict[str, str] = json.loads((running.folder / ".state" / "addresses.json").read_text())
    return known["database_url"]


async def ann_at(running: Running) -> str:
    """A token of a user registered there."""
    token: str = (await running.ask(REGISTER, {"input": ANN}))["accessToken"]
    return token


@pytest.mark.timeout(120)
async def test_with_nothing_set_it_serves_demo_data_and_ctrl_c_stops_everything(tmp_path: Path) -> None:
    folder = tmp_path / "an empty folder"
    folder.mkdir()

    with serving(folder / "server.log", {}, folder) as running:
        shown = await running.ask(LIST)
        token = await running.token_of("user@boxoffice.test")
        family = running.family()
        names = {process.name() for process in family}
        seconds = await asyncio.to_thread(running.stop, signal.SIGINT)

    assert shown["totalCount"] > 50
    assert token
    assert {"postgres", "valkey-server"} <= names
    assert seconds <= STOPS_SECONDS
    assert all(is_gone(process.pid) for process in family)
    assert processes_below(folder) == []
    assert (folder / ".state").stat().st_mode & 0o777 == 0o700


@pytest.mark.timeout(120)
async def test_it_stops_in_time_with_open_streams_and_under_load(tmp_path: Path) -> None:
    with embedded(tmp_path) as running:
        event_id, token = await an_event_at(running), await ann_at(running)
        by_socket, by_events = Viewer(str(event_id)), Viewer(str(event_id))

        async def watch() -> None:
            with suppress(TransportError):
                await by_socket.watch(running)

        async def load() -> None:
            with suppress(TransportError):
                async with buying(running, token) as buyer:
                    while True:
                        booked = await buyer.book(event_id, 1, 2)
                        if booked["__typename"] == "Booking":
                            await buyer.cancel(booked["id"])

        async with beside(watch(), by_events.watch_events(running), *(load() for _ in range(4))) as (socket, stream, *loads):
            await eventually(lambda: len(by_socket.told) > 5 and len(by_events.told) > 5)
            seconds = await asyncio.to_thread(running.stop)
            await eventually(lambda: all(task.done() for task in (socket, stream, *loads)))

    assert seconds <= STOPS_SECONDS
    assert "Traceback" not in running.log.read_text()


@pytest.mark.timeout(120)
async def test_a_second_start_in_one_folder_says_so_and_two_folders_do_not_know_each_other(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    one.mkdir()
    other.mkdir()

    with embedded(one) as first:
        refused = await asyncio.to_thread(command, "serve", folder=one, PORT="0")
        with embedded(other) as second:
            token = await ann_at(first)
            again = await second.ask(REGISTER, {"input": ANN})
            taken = await first.ask(REGISTER, {"input": ANN})

    assert refused.returncode == 1
    assert refused.stderr.strip() == f"Box Office already runs from this folder (pid {first.pid})."
    assert token
    assert (again["__typename"], taken["__typename"]) == ("Session", "EmailAlreadyExists")


@pytest.mark.timeout(120)
async def test_after_all_of_it_was_killed_it_starts_again_with_all_its_data(tmp_path: Path) -> None:
    with embedded(tmp_path) as running:
        event_id, token = await an_event_at(running), await ann_at(running)
        async with buying(running, token) as buyer:
            booked = await buyer.book(event_id, 1, 2)
            for process in running.family():
                with suppress(psutil.NoSuchProcess):
                    process.kill()
            await asyncio.to_thread(running.kill)
            await running.restart()
            after_all = (await running.ask(BOOKINGS, token=token))["bookings"]
            await asyncio.to_thread(running.kill)  # only the first of them: the others end with it
            await running.restart()
            paid = await buyer.pay(booked["id"])
        seconds = await asyncio.to_thread(running.stop)

    assert after_all == {"totalCount": 1, "edges": [{"node": {"id": booked["id"], "status": "PENDING"}}]}
    assert paid["status"] == "CONFIRMED"
    assert seconds <= STOPS_SECONDS


@pytest.mark.timeout(120)
async def test_workers_share_everything_and_one_that_is_killed_is_replaced(tmp_path: Path) -> None:
    with embedded(tmp_path, WORKERS="2") as running:
        event_id, token = await an_event_at(running), await ann_at(running)
        first_workers = workers_of(running)
        async with AsyncExitStack() as stack:
            viewers = await viewers_of_each(first_workers, running, event_id, stack)
            buyer = await stack.enter_async_context(buying(running, token))
            await buyer.book(event_id, 1, 2)
            await eventually(lambda: all(viewer.seats == {1: "HELD", 2: "HELD"} for viewer in viewers))
        lost, kept = first_workers
        lost.kill()
        await eventually(lambda: len(workers_of(running)) == 2 and lost.pid not in {worker.pid for worker in workers_of(running)})
        after = await running.ask(BOOKINGS, token=token)
        family, workers = running.family(), workers_of(running)
        seconds = await asyncio.to_thread(running.stop)

    assert len(first_workers) == len(workers) == 2
    assert kept in workers
    assert after["bookings"]["totalCount"] == 1
    assert seconds <= STOPS_SECONDS
    assert all(is_gone(process.pid) for process in family)


@pytest.mark.timeout(120)
async def test_workers_end_with_the_one_that_started_them(house: House, tmp_path: Path) -> None:
    with serving(tmp_path / "server.log", settings(house.database_url, house.redis_url, WORKERS="2"), tmp_path) as running:
        family = running.family()
        await asyncio.to_thread(running.kill)
        await eventually(lambda: all(is_gone(process.pid) for process in family))

    assert len(family) == 3


async def test_with_both_addresses_nothing_of_its_own_is_started(
    database_server: str, migrated_template: str, redis_url: str, tmp_path: Path
) -> None:
    async with a_database(database_server, migrated_template) as url:
        with serving(tmp_path / "server.log", settings(url, redis_url), tmp_path) as running:
            family = running.family()
            pool = await open_pool(url, 1)
            event_id = await an_event(pool, 5)
            token = await ann_at(running)
            booked = await running.ask(BOOK, {"input": {"eventId": str(event_id), "places": {"seats": seat_ids(event_id, [4])}}}, token)
            await pool.close()

    assert [process.pid for process in family] == [running.pid]
    assert booked["status"] == "PENDING"
    assert sorted(os.listdir(tmp_path)) == ["server.log"]


def test_settings_that_cannot_be_are_told_in_a_sentence_each(tmp_path: Path) -> None:
    wrong = {"PORT": "ninety", "WORKERS": "0", "DATABASE_URL": "mysql://nobody", "DEMO": "perhaps", "JWT_SECRET": "short"}

    refused = command("serve", folder=tmp_path, **wrong)

    assert (refused.returncode, refused.stdout) == (1, "")
    assert sorted(refused.stderr.splitlines()) == [
        "DATABASE_URL should be a URL that begins with postgresql://.",
        "DEMO should be true or false, not 'perhaps'.",
        "JWT_SECRET should be at least 32 characters long.",
        "PORT should be a whole number, not 'ninety'.",
        "WORKERS should be at least 1, not '0'.",
    ]
    assert list(tmp_path.iterdir()) == []


def test_a_state_folder_that_cannot_be_is_told_in_one_sentence(tmp_path: Path) -> None:
    refused = command("serve", folder=tmp_path, STATE_DIR="/dev/null/state")

    assert (refused.returncode, refused.stderr.strip()) == (1, "STATE_DIR /dev/null/state cannot be used: Not a directory.")


def test_a_database_that_cannot_be_reached_is_told_in_one_line_with_the_reason(tmp_path: Path) -> None:
    refused = command("serve", folder=tmp_path, DATABASE_URL="postgresql://nobody@127.0.0.1:9/none", REDIS_URL="redis://127.0.0.1:9")

    assert refused.returncode == 1
    assert re.fullmatch(r"The database did not answer\. .*Connect call failed.*\n", refused.stderr)


async def test_a_port_that_is_taken_is_told_and_nothing_is_left_running(house_port: int, tmp_path: Path) -> None:
    refused = await asyncio.to_thread(command, "serve", folder=tmp_path, PORT=str(house_port), DEMO="0")

    assert refused.returncode == 1
    assert refused.stderr.splitlines()[-1] == f"HOST 127.0.0.1 and PORT {house_port} cannot be listened on: Address already in use."
    assert processes_below(tmp_path) == []


@pytest.fixture
def house_port() -> Iterator[int]:
    """A port on which somebody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        yield taken.getsockname()[1]


def test_migrate_makes_the_tables_and_leaves_nothing_running(tmp_path: Path) -> None:
    done = command("migrate", folder=tmp_path)

    assert done.returncode == 0, done
    assert "Running upgrade" in done.stderr
    assert (tmp_path / ".state" / "postgres").is_dir()
    assert processes_below(tmp_path) == []


def test_the_schema_in_the_repository_is_the_one_the_code_makes() -> None:
    checked = command("schema", "--check")

    assert (checked.returncode, checked.stderr) == (0, "")


async def viewers_of_each(workers: list[psutil.Process], running: Running, event_id: EventId, stack: AsyncExitStack) -> list[Viewer]:
    """Viewers, enough that each worker has some: which of them takes a connection is the kernel's to say."""
    viewers: list[Viewer] = []
    while not all(len(worker.net_connections("tcp")) > 1 for worker in workers):
        assert len(viewers) < VIEWERS_MOST, "one worker takes all connections"
        more = await asyncio.gather(*(stack.enter_async_context(viewing(running, event_id)) for _ in range(20)))
        viewers += more
        await all_told(more)
    return viewers


async def all_told(viewers: list[Viewer]) -> None:
    """Wait until each has been told what there is."""
    await eventually(lambda: all(viewer.told for viewer in viewers))


def workers_of(running: Running) -> list[psutil.Process]:
    """The processes that serve."""
    return [process for process in psutil.Process(running.pid).children() if "work" in words_of(process)]


def words_of(process: psutil.Process) -> list[str]:
    """A process' command line; empty where it has ended."""
    try:
        return process.cmdline()
    except psutil.Error:
        return []

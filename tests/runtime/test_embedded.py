"""The embedded servers, one at a time."""

import asyncio
import logging
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest
from redis import Redis

from runtime.failures import CannotStart
from runtime.postgres import EmbeddedPostgres, programs
from runtime.processes import EmbeddedServer, private_folder
from runtime.valkey import EmbeddedValkey
from tests.runtime.serving import eventually, is_gone, pings


@pytest.fixture(scope="module")
def own_postgres(made_state: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedPostgres]:
    server = EmbeddedPostgres(shutil.copytree(made_state, tmp_path_factory.mktemp("own") / "state"))
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def own_valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedValkey]:
    server = EmbeddedValkey(tmp_path_factory.mktemp("own state"))
    server.start()
    yield server
    server.stop()


def comes_back(server: EmbeddedServer, killed: int | None) -> bool:
    return server.pid not in (None, killed) and server.is_ready(server.pid or 0)


async def test_a_killed_postgres_comes_back_where_it_was_with_what_was_committed(own_postgres: EmbeddedPostgres) -> None:
    connection = await asyncpg.connect(own_postgres.url)
    await connection.execute("CREATE TABLE committed AS SELECT 7 AS n")
    url, pid = own_postgres.url, own_postgres.pid

    own_postgres.kill()
    await asyncio.to_thread(eventually, lambda: comes_back(own_postgres, pid))

    assert own_postgres.url == url
    connection.terminate()
    again = await asyncpg.connect(url)
    assert await again.fetchval("SELECT n FROM committed") == 7
    await again.close()


def test_a_killed_valkey_comes_back_where_it_was_and_empty(own_valkey: EmbeddedValkey) -> None:
    with Redis.from_url(own_valkey.url) as redis:
        redis.set("seen", "1")
    pid = own_valkey.pid

    own_valkey.kill()
    eventually(lambda: comes_back(own_valkey, pid))

    with Redis.from_url(own_valkey.url) as redis:
        assert redis.get("seen") is None
    assert [file.name for file in own_valkey.home.iterdir()] == ["valkey.sock"]


async def test_a_restart_does_not_wait_for_clients(own_postgres: EmbeddedPostgres) -> None:
    connection = await asyncpg.connect(own_postgres.url)
    await connection.execute("BEGIN")
    pid = own_postgres.pid

    await asyncio.to_thread(own_postgres.restart)

    assert own_postgres.pid not in (None, pid)
    with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, OSError)):
        await connection.fetchval("SELECT 1")
    connection.terminate()


def test_a_restarted_valkey_answers(own_valkey: EmbeddedValkey) -> None:
    own_valkey.restart()

    assert pings(own_valkey.url)


def test_a_server_that_does_not_stop_is_ended_by_force(tmp_path: Path) -> None:
    server = EmbeddedValkey(tmp_path)
    server.start()
    pid = server.pid or 0
    os.kill(pid, signal.SIGSTOP)

    server.stop()

    assert is_gone(pid)


@pytest.mark.parametrize("kind", [EmbeddedPostgres, EmbeddedValkey])
def test_a_server_left_running_is_stopped_before_ours_starts(
    kind: type[EmbeddedPostgres] | type[EmbeddedValkey], state: Path, caplog: pytest.LogCaptureFixture
) -> None:
    server = kind(state)
    server.start()
    server.stop()
    server.prepare()
    with subprocess.Popen(server.command(), cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as left_over:
        eventually(lambda: server.is_ready(left_over.pid))

        with caplog.at_level(logging.WARNING):
            server.start()

        assert left_over.wait(20) == 0
        assert server.pid not in (None, left_over.pid)
        assert f"pid {left_over.pid}" in caplog.text
        server.stop()


def test_another_program_in_the_data_folder_is_left_alone(own_postgres: EmbeddedPostgres) -> None:
    with subprocess.Popen(["sleep", "60"], cwd=own_postgres.data) as somebody:
        own_postgres.restart()

        assert somebody.poll() is None
        somebody.kill()


def test_a_server_that_cannot_start_says_why(state: Path) -> None:
    server = EmbeddedPostgres(state, max_connections=-1)

    with pytest.raises(CannotStart, match=r"PostgreSQL did not start: .*max_connections"):
        server.start()

    assert server.pid is None


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
async def test_root_may_change_the_way_it_runs_postgres(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where user namespaces are forbidden the server runs as `nobody`, also on data from a time when they were not, and back.

    All of it lies in a home that is closed to others: the data, and the programs.
    """
    (state / "bin").symlink_to(programs())
    monkeypatch.setattr("runtime.postgres.programs", lambda: state / "bin")

    for turn, identity in enumerate(["other", "nobody", "other"]):
        server = EmbeddedPostgres(state, identity=identity)
        await asyncio.to_thread(server.start)
        connection = await asyncpg.connect(server.url)
        await connection.execute("CREATE TABLE IF NOT EXISTS turns (n int)")
        await connection.execute("INSERT INTO turns VALUES ($1)", turn)

        assert await connection.fetchval("SELECT count(*) FROM turns") == turn + 1
        await connection.close()
        await asyncio.to_thread(server.stop)


def test_a_socket_has_a_short_path_however_deep_the_state_lies(tmp_path: Path) -> None:
    deep = tmp_path.joinpath(*["a rather long name for a folder"] * 10)

    folder = private_folder("postgres", deep)

    assert folder == private_folder("postgres", deep) != private_folder("postgres", tmp_path)
    assert len(os.fsencode(folder / ".s.PGSQL.5432.lock")) < 104


def test_a_socket_folder_that_somebody_else_made_is_not_used(tmp_path: Path) -> None:
    expected = private_folder("valkey", tmp_path)
    expected.symlink_to(tmp_path)

    server = EmbeddedValkey(tmp_path)
    server.start()

    assert server.home != expected
    assert pings(server.url)
    server.stop()
    expected.unlink()


async def test_no_port_is_open(own_postgres: EmbeddedPostgres, own_valkey: EmbeddedValkey) -> None:
    connection = await asyncpg.connect(own_postgres.url)
    assert await connection.fetchval("SHOW listen_addresses") == ""
    await connection.close()

    with Redis.from_url(own_valkey.url) as redis:
        assert redis.config_get("port") == {"port": "0"}
    assert own_valkey.socket.stat().st_mode & 0o077 == 0

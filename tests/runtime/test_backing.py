"""What Box Office stands on, started and killed for real."""

import os
import pwd
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from tempfile import mkdtemp

import pytest

from runtime.backing import Backing
from runtime.settings import read_settings
from tests.runtime.serving import ROOT, eventually, is_gone, pings, serving, sql, start_process


def test_it_runs_in_a_path_with_spaces_and_leaves_nothing_running(tmp_path: Path) -> None:
    state = tmp_path / "box office" / ".state"

    with serving(state) as first:
        assert sql(first.database_url, "SELECT 6 * 7") == "42"
        assert pings(first.redis_url)

        first.terminate()

        assert all(is_gone(pid) for pid in first.pids)
    assert first.process.returncode == 0
    assert {file.name for file in state.iterdir()} == {"lock", "postgres", "postgres.log", "valkey.log"}
    assert state.stat().st_mode & 0o077 == 0


def test_two_checkouts_run_at_once(state: Path, another_state: Path) -> None:
    with serving(state) as one, serving(another_state) as two:
        sql(one.database_url, "CREATE TABLE only_in_one ()")

        assert one.redis_url != two.redis_url
        assert sql(two.database_url, "SELECT to_regclass('only_in_one')") == ""


def test_a_second_one_in_the_same_folder_says_who_runs_there(state: Path) -> None:
    with serving(state) as first:
        with start_process(state) as second:
            _, said = second.communicate(timeout=20)

        assert second.returncode == 1
        assert said == f"Box Office already runs from this folder (pid {first.process.pid}).\n"
        assert pings(first.redis_url)


def test_a_second_one_may_join_the_first(state: Path) -> None:
    with serving(state) as first:
        joined = Backing(read_settings(state_dir=state, database_url=None, redis_url=None))

        addresses = joined.start(join=True)
        joined.stop()

        assert (addresses.database_url, addresses.redis_url) == (first.database_url, first.redis_url)
        assert pings(addresses.redis_url)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child that its parent has ended")
def test_servers_end_with_the_process_that_started_them_however_it_ends(state: Path) -> None:
    with serving(state) as first:
        first.process.kill()

        eventually(lambda: all(is_gone(pid) for pid in first.pids))

    with serving(state) as second:
        assert pings(second.redis_url)


def test_a_commit_survives_kill_9_of_everything(state: Path) -> None:
    with serving(state) as first:
        sql(first.database_url, "CREATE TABLE kept AS SELECT 1 AS n")
        for pid in first.pids:
            os.kill(pid, signal.SIGKILL)

    with serving(state) as second:
        assert sql(second.database_url, "SELECT n FROM kept") == "1"
        assert pings(second.redis_url)


def test_a_first_start_that_was_cut_short_is_begun_again(tmp_path: Path) -> None:
    with start_process(tmp_path) as cut_short:
        eventually(lambda: (tmp_path / "postgres.unfinished" / "PG_VERSION").exists())
        cut_short.kill()

    with serving(tmp_path) as second:
        assert sql(second.database_url, "SELECT current_database()") == "boxoffice"


def test_nothing_is_started_where_both_servers_are_given(tmp_path: Path) -> None:
    state = tmp_path / "state"
    backing = Backing(read_settings(state_dir=state, database_url="postgresql://db/x", redis_url="redis://cache"))

    addresses = backing.start()
    backing.stop()

    assert (addresses.database_url, addresses.migration_database_url, addresses.redis_url) == (
        "postgresql://db/x",
        "postgresql://db/x",
        "redis://cache",
    )
    assert not state.exists()


def test_a_folder_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with start_process(tmp_path / "file" / "state") as process:
        _, said = process.communicate(timeout=20)

    assert process.returncode == 1
    assert said == f"STATE_DIR {tmp_path / 'file' / 'state'} cannot be used: Not a directory.\n"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_it_runs_for_a_user_who_is_not_root() -> None:
    user = pwd.getpwnam("nobody").pw_uid
    home = Path(mkdtemp())  # pytest's own folders are closed to others
    os.chown(home, user, user)
    try:
        python = python_for(user)
        with serving(home / "state", python=python, user=user) as running:
            assert (home / "state" / "postgres").stat().st_uid == user
            running.terminate()
            assert all(is_gone(pid) for pid in running.pids)
        assert running.process.returncode == 0
    finally:
        shutil.rmtree(home)


def python_for(user: int) -> str:
    """A Python of our version that this user can run, with our packages; a virtual environment's often lies in somebody's home."""
    packages = os.pathsep.join([str(ROOT), *(entry for entry in sys.path if entry.endswith("site-packages"))])
    name = f"python{sys.version_info.major}.{sys.version_info.minor}"
    for python in (sys.executable, f"/usr/bin/{name}", f"/usr/local/bin/{name}"):
        try:
            found = subprocess.run(
                [python, "-c", "import tests.runtime.serving"],
                env={"PYTHONPATH": packages},
                user=user,
                group=user,
                extra_groups=[],
                cwd="/",
                capture_output=True,
                check=False,
            )
        except OSError:
            continue
        if found.returncode == 0:
            return python
    pytest.skip("no Python with our packages can be reached by another user")

"""A process of its own that stands on a Backing, as the server does: started, asked, killed.

As a program (`python serving.py STATE_DIR`) it starts one, tells where it is, and stops it on SIGTERM.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from runtime.backing import Backing
from runtime.failures import CannotStart
from runtime.postgres import programs
from runtime.settings import read_settings

ROOT = Path(__file__).parents[2]


@dataclass
class Serving:
    process: subprocess.Popen[str]
    database_url: str
    redis_url: str
    postgres_pid: int
    valkey_pid: int

    @property
    def pids(self) -> list[int]:
        return [self.process.pid, self.postgres_pid, self.valkey_pid]

    def terminate(self) -> None:
        self.process.terminate()
        self.process.wait(20)


def start_process(state: Path, *, python: str = sys.executable, user: int | None = None) -> subprocess.Popen[str]:
    path = os.pathsep.join([str(ROOT), *(entry for entry in sys.path if entry.endswith("site-packages"))])
    return subprocess.Popen(
        [python, __file__, str(state)],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": path},
        cwd="/",
        user=user,
        group=user,
        extra_groups=None if user is None else [],
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


@contextmanager
def serving(state: Path, *, python: str = sys.executable, user: int | None = None) -> Iterator[Serving]:
    """Until the `with` ends; by force where the test has not ended it."""
    with start_process(state, python=python, user=user) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        told = process.stdout.readline()
        assert told, process.stderr.read()
        running = Serving(process, **json.loads(told))
        try:
            yield running
        finally:
            process.terminate()
            eventually(lambda: all(is_gone(pid) for pid in running.pids))


def sql(database_url: str, statement: str) -> str:
    """What the statement answers, by the program `psql`."""
    host = database_url.partition("host=")[2]
    command = [str(programs() / "psql"), "-h", host, "-U", "boxoffice", "-Atqc", statement, "boxoffice"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def pings(redis_url: str) -> bool:
    from redis import Redis  # here, because as a program this file must also run where a little less is installed

    with Redis.from_url(redis_url) as redis:
        return bool(redis.ping())


def is_gone(pid: int) -> bool:
    """A zombie counts as gone: nobody but its parent can remove it."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def eventually(happens: Callable[[], bool], *, seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not happens():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.02)


def main(state: str) -> None:
    backing = Backing(read_settings(state_dir=state))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    try:
        addresses = backing.start()
        assert backing.postgres is not None
        assert backing.valkey is not None
        told = {"postgres_pid": backing.postgres.pid, "valkey_pid": backing.valkey.pid}
        print(json.dumps({"database_url": addresses.database_url, "redis_url": addresses.redis_url, **told}), flush=True)
        signal.pause()
    except CannotStart as reason:
        sys.exit(str(reason))
    finally:
        backing.stop()


if __name__ == "__main__":
    main(sys.argv[1])

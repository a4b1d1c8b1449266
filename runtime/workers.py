"""Several processes that serve one socket: kept at their number, and stopped together."""

import logging
import signal
import subprocess
import threading
import time
from collections.abc import Sequence
from types import FrameType

logger = logging.getLogger(__name__)

LOOK_SECONDS = 0.2
AGAIN_SECONDS = 1.0
"""A worker that ended is replaced no sooner than so long after it was started."""
STOP_SECONDS = 4.5


class Workers:
    """Runs a command several times at once until SIGINT or SIGTERM; one that ends by itself is started again."""

    def __init__(self, command: Sequence[str], count: int, *, inherited: Sequence[int]) -> None:
        """`inherited` are the file descriptors that the command needs, such as the socket's."""
        self._command = tuple(command)
        self._count = count
        self._inherited = tuple(inherited)
        self._running: list[tuple[subprocess.Popen[bytes], float]] = []
        self._stopping = threading.Event()

    def run(self) -> None:
        """Blocks until all have been stopped."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._stop)
        try:
            while not self._stopping.is_set():
                self._keep()
                self._stopping.wait(LOOK_SECONDS)
        finally:
            self._end()

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        self._stopping.set()

    def _keep(self) -> None:
        """Replace those that ended."""
        now = time.monotonic()
        for process, begun in tuple(self._running):
            if process.poll() is not None and now - begun >= AGAIN_SECONDS:
                logger.error("worker %d ended with %s and is started again", process.pid, process.returncode)
                self._running.remove((process, begun))
        while len(self._running) < self._count:
            self._running.append((subprocess.Popen(self._command, pass_fds=self._inherited), now))

    def _end(self) -> None:
        """Ask all to stop, and end those that do not in time."""
        for process, _ in self._running:
            process.terminate()
        deadline = time.monotonic() + STOP_SECONDS
        for process, _ in self._running:
            try:
                process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                logger.error("worker %d did not stop in time", process.pid)
                process.kill()
                process.wait()

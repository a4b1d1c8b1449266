"""A server program of our own, kept running."""

import contextlib
import logging
import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import threading
import time
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future
from hashlib import sha256
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import IO, Final

import psutil

from runtime import launch
from runtime.failures import CannotStart

logger = logging.getLogger(__name__)

READY_SECONDS: Final = 60.0  # recovery after a crash replays what was not yet in the tables
RETRY_SECONDS: Final = 10.0
STOP_SECONDS: Final = 3.0
KILL_SECONDS: Final = 0.8
LONGEST_PAUSE_SECONDS: Final = 5.0
LOG_BYTES: Final = 10_000_000


class EmbeddedServer(ABC):
    """Runs from `start` to `stop`. When the program dies in between it is started again, at the same address.

    A thread of its own starts the program and waits for its end: the program is told when that thread ends, so that it does not
    outlive us, however we end. Nothing here needs an event loop, and `start` and `stop` block.
    """

    name: str
    program: str
    stop_signal = signal.SIGTERM
    passing_troubles: tuple[str, ...] = ()
    """Words in the program's last lines that mean: the same start may succeed a moment later."""

    def __init__(self, home: Path, log_file: Path) -> None:
        """`home` is the program's working folder and that of no other: by it one that was left over is found."""
        self.home = home
        self.log_file = log_file
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._reader: threading.Thread | None = None
        self._last_lines: deque[str] = deque(maxlen=8)

    @property
    @abstractmethod
    def url(self) -> str:
        """Where clients connect. It stays the same through restarts."""

    @abstractmethod
    def prepare(self) -> None:
        """Whatever must be there before the program starts. Nothing runs in `home` now."""

    @abstractmethod
    def command(self) -> list[str]:
        """The program and its arguments, as `launched` gives them."""

    @abstractmethod
    def is_ready(self, pid: int) -> bool:
        """Whether the program answers clients."""

    @property
    def pid(self) -> int | None:
        """None while the program is not running."""
        process = self._process
        return process.pid if process and process.returncode is None else None

    def start(self) -> str:
        """Answers the URL once the program answers clients. Raises CannotStart."""
        if self._thread is None:
            self._stopping.clear()
            ready: Future[None] = Future()
            self._thread = threading.Thread(target=self._keep_running, args=(ready,), name=f"embedded {self.name}", daemon=True)
            self._thread.start()
            try:
                ready.result()
            except OSError as failure:
                self.stop()
                raise CannotStart(f"{self.name} did not start: {failure}") from failure
            except BaseException:
                self.stop()
                raise
        return self.url

    def stop(self) -> None:
        """Ends the program within 4 s, by force where it takes longer. Does nothing when it is not running."""
        if self._thread is None:
            return
        with self._lock:
            self._stopping.set()
            self._signal(self.stop_signal)
        self._thread.join(STOP_SECONDS)
        if self._thread.is_alive():
            logger.warning("%s did not stop within %.0f s: ended by force", self.name, STOP_SECONDS)
            signal_each(processes_in(self.home, self.program), signal.SIGKILL)
            self._signal(signal.SIGKILL)
            self._thread.join(KILL_SECONDS)
        self._thread = None

    def restart(self) -> None:
        """Stops the program in good order and starts it again; every connection breaks."""
        self.stop()
        self.start()

    def kill(self) -> None:
        """Ends the program as a crash would; it comes back by itself."""
        self._signal(signal.SIGKILL)

    def _signal(self, number: signal.Signals) -> None:
        if (process := self._process) is not None:
            process.send_signal(number)

    def _keep_running(self, first_ready: Future[None]) -> None:
        with contextlib.closing(RotatingFileHandler(self.log_file, "a", LOG_BYTES, 1, "utf-8", delay=True)) as log:
            try:
                process = self._bring_up(log, retry_until=time.monotonic() + RETRY_SECONDS)
            except BaseException as failure:
                first_ready.set_exception(failure)
            else:
                first_ready.set_result(None)
                self._bring_back(process, log)
            if self._reader is not None:
                self._reader.join(KILL_SECONDS)

    def _bring_back(self, process: subprocess.Popen[bytes], log: logging.Handler) -> None:
        """Starts the program again each time it ends, until `stop`: at once, and then less and less often."""
        pause = 0.1
        while True:
            started = time.monotonic()
            ended = process.wait()
            if self._stopping.is_set():
                break
            if time.monotonic() - started > LONGEST_PAUSE_SECONDS:
                pause = 0.1
            logger.warning("%s ended (%s); starting it again", self.name, how_it_ended(ended))
            while not self._stopping.wait(pause):
                pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
                try:
                    process = self._bring_up(log)
                except CannotStart as failure:
                    logger.error("%s does not come back: %s", self.name, failure)
                except Exception:
                    logger.exception("%s does not come back", self.name)  # nobody else would start it: go on trying
                else:
                    break

    def _bring_up(self, log: logging.Handler, *, retry_until: float = 0.0) -> subprocess.Popen[bytes]:
        """Spawns the program and waits until it is ready."""
        while True:
            end_processes_in(self.home, self.program, self.stop_signal)
            self.prepare()
            process, self._reader = self._spawn(log)
            if self._becomes_ready(process):
                return process
            self._reader.join(KILL_SECONDS)
            reason = " / ".join(self._last_lines) or how_it_ended(process.wait())
            if self._stopping.is_set() or time.monotonic() > retry_until or not any(words in reason for words in self.passing_troubles):
                raise CannotStart(f"{self.name} did not start: {reason}")
            time.sleep(0.2)

    def _spawn(self, log: logging.Handler) -> tuple[subprocess.Popen[bytes], threading.Thread]:
        with self._lock:
            if self._stopping.is_set():
                raise CannotStart(f"{self.name} was stopped while it started")
            self._last_lines.clear()
            self._process = process = subprocess.Popen(
                self.command(),
                cwd="/",
                env=plain_environment(),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # the terminal's ^C is for us, and we stop the program in our own order
            )
        assert process.stdout is not None
        reader = threading.Thread(target=self._read_log, args=(process.stdout, log), name=f"log of embedded {self.name}", daemon=True)
        reader.start()
        return process, reader

    def _becomes_ready(self, process: subprocess.Popen[bytes]) -> bool:
        deadline = time.monotonic() + READY_SECONDS
        while process.poll() is None:
            if self.is_ready(process.pid):
                return True
            if time.monotonic() > deadline:
                process.kill()
            time.sleep(0.01)
        return False

    def _read_log(self, stream: IO[bytes], log: logging.Handler) -> None:
        """Until the program and all its children have closed their end."""
        with stream:
            for line in stream:
                text = line.decode(errors="replace").rstrip()
                self._last_lines.append(text)
                log.handle(logging.makeLogRecord({"msg": text}))


def launched(command: Sequence[str | Path], stop_signal: signal.Signals, identity: str = "own", folder: Path | None = None) -> list[str]:
    """The command that becomes `command` by way of launch.py, which tells what the other arguments mean."""
    words = [str(word) for word in command]
    return [sys.executable, "-I", "-S", launch.__file__, str(os.getpid()), str(stop_signal.value), identity, str(folder or "-"), *words]


def unprivileged_identity() -> str:
    """The identity for a program that refuses root, and anyone whom the passwd file does not know."""
    try:
        return "own" if pwd.getpwuid(os.geteuid()).pw_uid != 0 else "other"
    except KeyError:
        return "other"


def plain_environment() -> dict[str, str]:
    """What a server sees of our environment: nothing."""
    return {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}


def private_folder(purpose: str, state_folder: Path) -> Path:
    """Where sockets go: the same at each start from `state_folder`, and short, since a socket's path may have about 100 bytes."""
    temporary = Path(tempfile.gettempdir()).resolve()
    root = temporary if len(os.fsencode(temporary)) <= 50 else Path("/tmp").resolve()
    own = sha256(f"{os.geteuid()} {state_folder.resolve()}".encode()).hexdigest()[:12]
    folder = root / f"box-office-{own}-{purpose}"
    if os.path.lexists(folder):
        found = folder.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
            return Path(tempfile.mkdtemp(prefix="box-office-", dir=root))  # somebody else was there first: use none of theirs
    return folder


def renew(folder: Path) -> None:
    """Makes a private folder, empty and open to nobody else. Raises FileExistsError where another user holds that name."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)


def processes_in(folder: Path, program: str) -> list[psutil.Process]:
    """The processes of a program whose working folder this is: how servers that we left behind are found, and only these."""
    running = psutil.process_iter(["name", "cwd"])
    return [process for process in running if process.info["name"] == program and process.info["cwd"] == str(folder)]


def end_processes_in(folder: Path, program: str, stop_signal: signal.Signals) -> None:
    """Stops what an earlier run left behind; by force after 3 s."""
    left = processes_in(folder, program)
    if not left:
        return
    logger.warning("stopping what an earlier run left in %s: pid %s", folder, ", ".join(str(process.pid) for process in left))
    signal_each(left_alone(left), stop_signal)
    _, stubborn = psutil.wait_procs(left, timeout=STOP_SECONDS)
    signal_each({*stubborn, *processes_in(folder, program)}, signal.SIGKILL)
    psutil.wait_procs(stubborn, timeout=KILL_SECONDS)


def left_alone(processes: Sequence[psutil.Process]) -> Iterator[psutil.Process]:
    """Those whose parent is not among them: a server's children are the server's to stop."""
    pids = {process.pid for process in processes}
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            if process.ppid() not in pids:
                yield process


def signal_each(processes: Iterable[psutil.Process], number: signal.Signals) -> None:
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.send_signal(number)


def how_it_ended(code: int) -> str:
    return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"

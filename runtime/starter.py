"""Ending with whoever started us: a server whose starter is gone has nobody left to stop it."""

import os
import signal
import sys
import threading
import time
from contextlib import suppress

import psutil

EVERY_SECONDS = 0.5


def starter() -> psutil.Process | None:
    """Who ran `make`, where make ran us; None where we were started otherwise, by init, or under nohup, which asks us to outlive them."""
    if "MAKELEVEL" not in os.environ or signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
        return None
    make = psutil.Process().parent()
    above = make.parent() if make is not None else None
    return above if above is not None and above.pid > 1 else None


def running(pid: int) -> psutil.Process:
    """A process by its number, which it told us: to ask who our parent is may come too late. Ends this one where that has ended already."""
    try:
        return psutil.Process(pid)
    except psutil.NoSuchProcess:
        sys.exit(0)


def end_with(process: psutil.Process | None) -> None:
    """Send ourselves SIGTERM once a process has ended; does nothing where there is none."""
    if process is not None:
        threading.Thread(target=_watch, args=(process,), name="starter", daemon=True).start()


def _watch(process: psutil.Process) -> None:
    with suppress(psutil.NoSuchProcess):
        while process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
            time.sleep(EVERY_SECONDS)
    os.kill(os.getpid(), signal.SIGTERM)

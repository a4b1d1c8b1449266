"""Becomes a server program: a child of ours runs this first, and the program then takes its place under the same pid.

    python -I -S launch.py PARENT_PID SIGNAL IDENTITY FOLDER PROGRAM [ARGUMENT …]

SIGNAL is what the program gets when the thread that started it ends, even by `kill -9` (Linux only).
IDENTITY is `own`; or `other`, for programs that refuse to run as root: a user namespace in which we bear another name, or where
that is forbidden the user `nobody`; or `nobody`. FOLDER is handed over to that identity, where it exists; `-` means none.

It stands alone, on the standard library, because `-I -S` makes it start in some 20 ms, and because none of this can be done safely between
`fork` and `exec` of a process with threads.
"""

import ctypes
import os
import sys
from pathlib import Path
from typing import Final

NOBODY: Final = 65534  # known to every passwd file, which initdb insists on

# From Linux' headers <sched.h>, <linux/prctl.h>, <linux/securebits.h> and <linux/capability.h>.
CLONE_NEWUSER: Final = 0x10000000
PR_SET_PDEATHSIG: Final = 1
PR_SET_SECUREBITS: Final = 28
SECBIT_NO_SETUID_FIXUP: Final = 4
PR_CAP_AMBIENT: Final = 47
PR_CAP_AMBIENT_RAISE: Final = 2
CAPABILITY_VERSION_3: Final = 0x20080522
CAP_DAC_OVERRIDE: Final = 1


def launch(parent_pid: int, signal_at_parents_end: int, identity: str, folder: Path | None, command: list[str]) -> None:
    """Never returns: becomes `command`, or raises OSError."""
    if identity == "other" and can_enter_namespace():
        hand_over(folder, os.geteuid(), os.getegid())
        enter_namespace()
    elif identity in ("other", "nobody") and os.geteuid() == 0:
        hand_over(folder, NOBODY, NOBODY)
        become_nobody()
    if sys.platform == "linux":
        # Last, because a change of identity clears it. A parent that ended before this line would never be noticed otherwise.
        call("prctl", PR_SET_PDEATHSIG, signal_at_parents_end, 0, 0, 0)
        if os.getppid() != parent_pid:
            raise SystemExit(f"the process that started this one (pid {parent_pid}) has ended")
    os.execv(command[0], command)


def can_enter_namespace() -> bool:
    """Tried in a child, because there is no way back. Containers often forbid it."""
    if sys.platform != "linux":
        return False
    child = os.fork()
    if child == 0:
        try:
            enter_namespace()
        except OSError:
            os._exit(1)
        os._exit(0)
    return os.waitpid(child, 0)[1] == 0


def enter_namespace() -> None:
    """Files stay ours, whatever folders they lie in; the program sees that it is `nobody`, and holds no privilege once it runs."""
    user, group = os.geteuid(), os.getegid()
    call("unshare", CLONE_NEWUSER)
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{NOBODY} {user} 1")
    Path("/proc/self/gid_map").write_text(f"{NOBODY} {group} 1")


def become_nobody() -> None:
    """Keeps the one privilege that reaches programs and data under a home that is closed to others: root could read them too."""
    if sys.platform == "linux":
        call("prctl", PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP, 0, 0, 0)  # without it access() would say no to what open() allows
    os.setgroups([])
    os.setgid(NOBODY)
    os.setuid(NOBODY)
    if sys.platform == "linux":
        bit = 1 << CAP_DAC_OVERRIDE
        header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION_3, 0)
        effective_permitted_inheritable = (ctypes.c_uint32 * 6)(bit, bit, bit, 0, 0, 0)
        call("capset", header, effective_permitted_inheritable)
        call("prctl", PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_DAC_OVERRIDE, 0, 0)


def hand_over(folder: Path | None, user: int, group: int) -> None:
    """PostgreSQL wants its folder to be its own. Only root can have the wrong one: it ran before with another identity."""
    if folder is None or not folder.exists() or folder.stat().st_uid == user:
        return
    for parent, folders, files in os.walk(folder):
        for name in (".", *folders, *files):
            os.chown(Path(parent, name), user, group, follow_symlinks=False)


def call(function: str, *arguments: object) -> None:
    """A function of the C library that Python has not; OSError when it fails."""
    numbers_as_long = (ctypes.c_ulong(argument) if isinstance(argument, int) else argument for argument in arguments)
    if getattr(ctypes.CDLL(None, use_errno=True), function)(*numbers_as_long) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{function}: {os.strerror(number)}")


if __name__ == "__main__":
    _, parent, signal_number, wanted, owned, *program = sys.argv
    launch(int(parent), int(signal_number), wanted, None if owned == "-" else Path(owned), program)

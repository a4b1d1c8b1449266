"""Health: is the process alive, and can it do its work."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from domain.health import HealthReport

Check = Callable[[], Awaitable[object]]

NO_STORE = {"cache-control": "no-store"}

logger = logging.getLogger(__name__)


class Health:
    """Tries what a process depends on. The `HealthReads` of a process, which has been up since this was made."""

    def __init__(
        self, version: str, checks: Mapping[str, Check], dispensable: Mapping[str, Check] | None = None, check_seconds: float = 1.0
    ) -> None:
        self._version = version
        self._needed = frozenset(checks)
        self.checks = {**checks, **(dispensable or {})}
        self._check_seconds = check_seconds
        self._started = time.monotonic()

    @property
    def uptime_seconds(self) -> float:
        """Since when, to the millisecond."""
        return round(time.monotonic() - self._started, 3)

    async def look(self) -> HealthReport:
        """Try every check at once; what went wrong is logged, not told."""
        outcomes = await asyncio.gather(*(_passes(name, check, self._check_seconds) for name, check in self.checks.items()))
        answering = dict(zip(self.checks, outcomes, strict=True))
        return HealthReport(all(answering[name] for name in self._needed), self._version, self.uptime_seconds, answering)


def health_routes(
    version: str, checks: Mapping[str, Check], check_seconds: float = 1.0, dispensable: Mapping[str, Check] | None = None
) -> list[Route]:
    """`/health` answers while the process runs; `/ready` answers 503 unless every check returns within its time without raising.

    What is `dispensable` is told as well, but nobody is sent away where it fails.
    What went wrong is logged, not told.
    """
    looking = Health(version, checks, dispensable, check_seconds)

    async def health(_request: Request) -> JSONResponse:
        return JSONResponse({"status": "ok", "version": version, "uptime": looking.uptime_seconds}, headers=NO_STORE)

    async def ready(_request: Request) -> JSONResponse:
        report = await looking.look()
        told = {name: {"status": "ok" if answers else "unavailable"} for name, answers in report.answering.items()}
        body = {"status": "ok" if report.ready else "unavailable", "checks": told}
        return JSONResponse(body, 200 if report.ready else 503, NO_STORE)

    return [Route("/health", health), Route("/ready", ready)]


async def _passes(name: str, check: Check, within_seconds: float) -> bool:
    """Whether a check returns in time. One that does not even heed its cancellation is left behind rather than waited for."""
    task = asyncio.ensure_future(check())
    done, _ = await asyncio.wait([task], timeout=within_seconds)
    if not done:
        task.cancel()
        logger.warning("Not ready: %s did not answer within %s s", name, within_seconds)
        return False
    if error := task.exception():
        logger.warning("Not ready: %s", name, exc_info=error)
        return False
    return True

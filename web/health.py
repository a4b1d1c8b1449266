"""Health: is the process alive, and can it do its work."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

Check = Callable[[], Awaitable[object]]

NO_STORE = {"cache-control": "no-store"}

logger = logging.getLogger(__name__)


def health_routes(version: str, checks: Mapping[str, Check], check_seconds: float = 1.0) -> list[Route]:
    """`/health` answers while the process runs; `/ready` answers 503 unless every check returns within its time without raising.

    What went wrong is logged, not told.
    """
    started = time.monotonic()

    async def health(_request: Request) -> JSONResponse:
        uptime = round(time.monotonic() - started, 3)
        return JSONResponse({"status": "ok", "version": version, "uptime": uptime}, headers=NO_STORE)

    async def ready(_request: Request) -> JSONResponse:
        outcomes = await asyncio.gather(*(_passes(name, check, check_seconds) for name, check in checks.items()))
        ok = all(outcomes)
        told = {name: {"status": "ok" if passed else "unavailable"} for name, passed in zip(checks, outcomes, strict=True)}
        body = {"status": "ok" if ok else "unavailable", "checks": told}
        return JSONResponse(body, 200 if ok else 503, NO_STORE)

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

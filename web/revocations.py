"""Sessions that were ended while an access token of theirs is still good: by a log-out, a new password, a refresh token used twice.

Each process remembers them, so that no request has to ask the database. It hears at once of what it ends itself, and looks up every
second what others have ended.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from domain.ports import Outage
from domain.sessions import EndedSessions

EVERY_SECONDS = 0.8
"""A look begins so long after the last one ended, so that an ended session is refused everywhere within a second."""
OVERLAP = timedelta(minutes=1)
"""How far each look reaches back behind the last one: clocks of processes differ, and a commit comes later than the instant it tells."""

LOG = logging.getLogger(__name__)


def utc_now() -> datetime:
    """This moment."""
    return datetime.now(UTC)


class RevokedSessions:
    """The sessions whose access tokens are not accepted any more, for as long as one of them could be good."""

    def __init__(self, lifetime: timedelta, clock: Callable[[], datetime] = utc_now) -> None:
        self._remembered_for = lifetime + OVERLAP
        self._clock = clock
        self._ended: set[int] = set()
        self._in_order: deque[tuple[datetime, int]] = deque()
        self._looked_at: datetime | None = None
        self._watchers: dict[int, set[Callable[[], None]]] = {}

    def __contains__(self, session_id: object) -> bool:
        return session_id in self._ended

    def revoke(self, session_ids: Iterable[int]) -> None:
        """Accept no token of these sessions from now on, and end what is open under one."""
        until = self._clock() + self._remembered_for
        for session_id in session_ids:
            if session_id not in self._ended:
                self._ended.add(session_id)
                self._in_order.append((until, session_id))
                for end in self._watchers.pop(session_id, ()):
                    end()

    @contextmanager
    def watching(self, session_id: int, end: Callable[[], None]) -> Iterator[None]:
        """Calls `end` when the session is ended, at most once and only for as long as the `with` lasts."""
        if session_id in self._ended:
            end()
        watchers = self._watchers.setdefault(session_id, set())
        watchers.add(end)
        try:
            yield
        finally:
            watchers.discard(end)
            if not watchers and self._watchers.get(session_id) is watchers:
                del self._watchers[session_id]

    async def look(self, sessions: EndedSessions) -> None:
        """Learn what was ended since the last look, the first time since the oldest good token was signed. Raises Outage."""
        now = self._clock()
        longest_ago = now - self._remembered_for
        since = longest_ago if self._looked_at is None else max(longest_ago, self._looked_at - OVERLAP)
        self.revoke(await sessions.ended_since(since))
        self._looked_at = now
        while self._in_order and self._in_order[0][0] <= now:
            self._ended.discard(self._in_order.popleft()[1])

    async def follow(self, sessions: EndedSessions) -> None:
        """Look every second, until cancelled. An outage is waited out with what is known, and the next look reaches back before it."""
        while True:
            await asyncio.sleep(EVERY_SECONDS)
            try:
                await self.look(sessions)
            except Outage as outage:
                LOG.warning("sessions that other processes end are not heard of: %s", outage)
            except Exception:
                LOG.exception("sessions that other processes end are not heard of")

"""Passwords, hashed with Argon2id beside the event loop: a hash takes as long as hundreds of requests, and is meant to."""

import asyncio
import threading
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from argon2 import PasswordHasher, Type
from argon2.exceptions import VerifyMismatchError

from domain.account_rules import PASSWORD_MOST
from domain.ports import Outage

A = TypeVar("A")

OWASP = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1, hash_len=32, salt_len=16, type=Type.ID)
"""2 passes over 19 MiB. Source: OWASP, Password Storage Cheat Sheet. About 27 ms of processor time."""
THREADS = 2  # eight hold up the event loop for 83 ms: FACTS.md
WAITING_MOST = 64
NOBODYS = "A password that nobody has, compared where there is no user."


class Passwords:
    """Hashes and verifies, a few at a time. Where too many wait already it raises Outage at once: a flood must not grow a queue."""

    def __init__(self, hasher: PasswordHasher = OWASP, *, threads: int = THREADS, waiting_most: int = WAITING_MOST) -> None:
        self._hasher = hasher
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="passwords")
        self._room = threading.BoundedSemaphore(threads + waiting_most)
        self._nobodys_hash = hasher.hash(NOBODYS)

    async def hash(self, password: str) -> str:
        """A salted hash to keep, with the parameters it was made with."""
        return await self._aside(lambda: self._hasher.hash(to_bytes(password)))

    async def verify(self, password: str, password_hash: str | None) -> bool:
        """Whether a hash is of this password. None, for a user who is not there, takes as long and is False."""
        return await self._aside(lambda: self._matches(password, password_hash))

    def is_outdated(self, password_hash: str) -> bool:
        """Whether a hash was made with other parameters than today's, and should be made again while the password is at hand."""
        return self._hasher.check_needs_rehash(password_hash)

    def close(self) -> None:
        """Let the threads end; nothing can be hashed after it."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _matches(self, password: str, password_hash: str | None) -> bool:
        known = password_hash is not None and len(password) <= PASSWORD_MOST  # nobody has a longer one; composing it could take for ever
        try:
            self._hasher.verify(password_hash if known and password_hash else self._nobodys_hash, to_bytes(password if known else ""))
        except VerifyMismatchError:
            return False
        return known

    async def _aside(self, work: Callable[[], A]) -> A:
        if not self._room.acquire(blocking=False):
            raise Outage("Too many passwords wait to be hashed.", retry_after_ms=1000)
        try:
            job = self._threads.submit(work)
        except BaseException:
            self._room.release()
            raise
        job.add_done_callback(lambda _: self._room.release())  # also where the one who asked has gone
        return await asyncio.wrap_future(job)


def to_bytes(password: str) -> bytes:
    """What is hashed: keyboards differ in whether they type é as one character or two. Source: RFC 8265, OpaqueString."""
    return unicodedata.normalize("NFC", password).encode("utf-8", "surrogatepass")

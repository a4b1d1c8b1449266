"""Passwords: hashed as they should be, and never more at a time than there is room for."""

import asyncio
import threading
from typing import Literal

import pytest
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError

from domain.ports import Outage
from web.passwords import Passwords

QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


async def test_a_hash_is_argon2id_with_the_parameters_that_owasp_asks_for() -> None:
    passwords = Passwords()

    password_hash = await passwords.hash("Passw0rd")

    assert password_hash.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert await passwords.verify("Passw0rd", password_hash)
    assert not await passwords.verify("passw0rd", password_hash)
    assert not passwords.is_outdated(password_hash)


async def test_a_hash_with_other_parameters_is_verified_and_outdated() -> None:
    weak = QUICK.hash("Passw0rd")
    passwords = Passwords()

    assert await passwords.verify("Passw0rd", weak)
    assert passwords.is_outdated(weak)


async def test_two_hashes_of_one_password_differ() -> None:
    passwords = Passwords(QUICK)

    assert await passwords.hash("Passw0rd") != await passwords.hash("Passw0rd")


async def test_a_password_is_the_same_however_a_keyboard_composes_it() -> None:
    passwords = Passwords(QUICK)

    assert await passwords.verify("Cafe\u0301 123", await passwords.hash("Caf\u00e9 123"))


@pytest.mark.parametrize(
    "password", ["", "\0", "Passw0rd\0", "\ud800", "\U0001d504" * 256, "\u0301" * 1_000_000, "A password that nobody has"]
)
async def test_no_password_is_right_for_nobody_nor_any_odd_one_for_somebody(password: str) -> None:
    passwords = Passwords(QUICK)
    somebodys = await passwords.hash("Passw0rd")

    assert not await passwords.verify(password, None)
    assert not await passwords.verify(password, somebodys)


async def test_nobodys_password_takes_the_same_work_as_somebodys() -> None:
    verified: list[str] = []

    class Watched(PasswordHasher):
        def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:
            verified.append(str(hash).rpartition("$")[0].rpartition("$")[0])
            return super().verify(hash, password)

    passwords = Passwords(Watched(time_cost=1, memory_cost=8, parallelism=1))
    somebodys = await passwords.hash("Passw0rd")

    await passwords.verify("wrong", somebodys)
    await passwords.verify("wrong", None)

    assert len(verified) == 2
    assert verified[0] == verified[1]


async def test_what_is_no_hash_is_a_fault() -> None:
    with pytest.raises(InvalidHashError):
        await Passwords(QUICK).verify("Passw0rd", "no hash")


async def test_who_comes_when_there_is_no_room_is_told_at_once_and_others_are_served() -> None:
    go_on = threading.Event()

    class Slow(PasswordHasher):
        def hash(self, password: str | bytes, *, salt: bytes | None = None) -> str:
            if password != b"A password that nobody has, compared where there is no user.":
                go_on.wait(10)
            return super().hash(password, salt=salt)

    hasher = Slow(time_cost=1, memory_cost=8, parallelism=1)
    go_on.set()
    passwords = Passwords(hasher, threads=2, waiting_most=3)
    go_on.clear()
    served = [asyncio.create_task(passwords.hash(f"Passw0rd {number}")) for number in range(5)]
    await asyncio.sleep(0)

    with pytest.raises(Outage) as refused:
        await passwords.hash("one too many")
    go_on.set()

    assert refused.value.retry_after_ms > 0
    assert len(set(await asyncio.gather(*served))) == 5
    assert await passwords.hash("there is room again")


async def test_who_goes_away_leaves_their_room_to_others() -> None:
    go_on = threading.Event()

    class Slow(PasswordHasher):
        def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:
            go_on.wait(10)
            return super().verify(hash, password)

    passwords = Passwords(Slow(time_cost=1, memory_cost=8, parallelism=1), threads=1, waiting_most=1)
    for _ in range(20):
        running, waiting = (asyncio.create_task(passwords.verify("wrong", None)) for _ in range(2))
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        go_on.set()
        assert await running is False
        go_on.clear()

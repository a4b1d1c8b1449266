"""Gathered reads: as few as can be, none older than what it is read for, and nobody disturbed by others."""

import asyncio
from collections.abc import Sequence

import pytest

from db.gathered import HELD_SECONDS, Gathered


class Shelves:
    """What is read, and the reads, each of which ends when it is told to."""

    def __init__(self) -> None:
        self.reads: list[tuple[list[int], asyncio.Event]] = []
        self.gathered = Gathered(self.load)
        self.is_broken = False
        self.stock = "old"

    async def load(self, keys: Sequence[int]) -> list[str]:
        end = asyncio.Event()
        self.reads.append((list(keys), end))
        stock, is_broken = self.stock, self.is_broken
        await end.wait()
        if is_broken:
            raise LookupError("broken")
        return [f"{stock} {key}" for key in keys]

    async def ask(self, *keys: int) -> "asyncio.Task[Sequence[str]]":
        """Asks, and lets that come as far as it does by itself."""
        asked = asyncio.create_task(self.gathered.many(keys))
        await turns()
        return asked

    @property
    def asked(self) -> list[list[int]]:
        return [keys for keys, _ in self.reads]

    async def end(self, number: int) -> None:
        self.reads[number][1].set()
        await turns()


async def turns() -> None:
    """Let all others run as far as they come by themselves."""
    for _ in range(10):
        await asyncio.sleep(0)


async def test_who_asks_while_something_is_read_is_read_for_with_all_who_do_once_it_is_there() -> None:
    shelves = Shelves()
    first = await shelves.ask(1)
    second, third = await shelves.ask(2, 3), await shelves.ask(3, 4)
    assert shelves.asked == [[1]]

    await shelves.end(0)
    assert shelves.asked == [[1], [2, 3, 4]]
    await shelves.end(1)

    assert [await one for one in (first, second, third)] == [["old 1"], ["old 2", "old 3"], ["old 3", "old 4"]]
    assert shelves.gathered.is_idle


async def test_those_who_ask_in_the_same_turn_are_read_for_at_once() -> None:
    shelves = Shelves()

    asked = asyncio.gather(shelves.gathered.many([1]), shelves.gathered.many([2]), shelves.gathered.many([1]))
    await turns()
    await shelves.end(0)

    assert list(await asked) == [["old 1"], ["old 2"], ["old 1"]]
    assert [sorted(keys) for keys in shelves.asked] == [[1, 2]]


async def test_nobody_is_given_what_was_read_before_they_asked() -> None:
    shelves = Shelves()
    early = await shelves.ask(1)

    shelves.stock = "new"
    late = await shelves.ask(1)
    await shelves.end(0)
    await shelves.end(1)

    assert (await early, await late) == (["old 1"], ["new 1"])


async def test_who_turns_away_disturbs_nobody() -> None:
    shelves = Shelves()
    first = await shelves.ask(1)
    second, third, fourth = await shelves.ask(2), await shelves.ask(3), await shelves.ask(4)

    second.cancel()
    first.cancel()
    await turns()
    third.cancel()
    await turns()
    await shelves.end(1)

    assert shelves.asked == [[1], [3, 4]], "who had turned away before is not read for"
    assert await fourth == ["old 4"]
    assert shelves.gathered.is_idle


async def test_a_failure_is_told_to_those_it_was_read_for_and_to_nobody_else() -> None:
    shelves = Shelves()
    first = await shelves.ask(1)
    shelves.is_broken = True
    second, third = await shelves.ask(2), await shelves.ask(3)
    await shelves.end(0)
    shelves.is_broken = False
    fourth = await shelves.ask(4)
    await shelves.end(1)
    await shelves.end(2)

    assert (await first, await fourth) == (["old 1"], ["old 4"])
    for failed in (second, third):
        with pytest.raises(LookupError, match="broken"):
            await failed


async def test_a_read_that_takes_long_does_not_hold_up_those_behind_it() -> None:
    shelves = Shelves()
    slow = await shelves.ask(1)
    behind = await shelves.ask(2)

    assert shelves.asked == [[1]]
    await asyncio.sleep(HELD_SECONDS * 1.5)
    assert shelves.asked == [[1], [2]]
    await shelves.end(1)

    assert await behind == ["old 2"]
    await shelves.end(0)
    assert await slow == ["old 1"]

"""Shared subscriptions: run once for all who ask the same, and told to each from where it stands."""

import asyncio
import logging
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest

from engine import topics
from engine.fanout import frozen
from tests.engine.ledgers import READ, NoLedger, a_hall, settle


async def test_what_is_told_is_executed_and_encoded_once_for_all() -> None:
    async with a_hall() as hall:
        ledger = hall.ledger()
        ledger.write(1)
        readers = [hall.come() for _ in range(1000)]
        await eventually(lambda: all(reader.payloads for reader in readers))

        ledger.write(2)
        await eventually(lambda: all(len(reader.payloads) == 2 for reader in readers))

        assert (hall.office.opened, hall.office.executed, ledger.readers) == (1, 2, 1000)
        assert readers[0].payloads[1] == b'{"data":{"lines":{"since":1,"numbers":[2],"reader":"nobody"}}}'
        assert all(reader.payloads[1] is readers[0].payloads[1] for reader in readers)


async def test_a_thousand_who_come_one_after_the_other_share_one_snapshot() -> None:
    async with a_hall() as hall:
        hall.ledger().write(1, 2)
        for _ in range(50):
            hall.come()
            await settle()

        assert [reader.numbers for reader in hall.readers] == [[[1, 2]]] * 50
        assert hall.office.executed == 1


async def test_each_is_told_from_its_own_cursor_by_one_topic() -> None:
    async with a_hall() as hall:
        hall.ledger().write(1, 2, 3)

        new, knows_two, knows_all = hall.come(), hall.come(name="a", after=2), hall.come(name="a", after=3)
        await settle()
        hall.ledger().write(4)
        await settle()

        assert hall.fanout.topic_count == 1
        assert [reader.numbers for reader in (new, knows_two, knows_all)] == [[[1, 2, 3], [4]], [[3], [4]], [[4]]]


async def test_changes_of_one_turn_are_told_together() -> None:
    async with a_hall() as hall:
        reader = hall.come()
        await settle()

        for number in range(10):
            hall.ledger().write(number)
        await settle()

        assert reader.numbers == [list(range(10))]


async def test_who_is_behind_is_passed_over_and_then_told_all_at_once() -> None:
    async with a_hall() as hall:
        hall.ledger().write(0)
        slow, quick = hall.come(), hall.come()
        await settle()

        slow.stall()
        for number in range(1, 6):
            hall.ledger().write(number)
            await settle()
        asked = hall.ledger().asked
        slow.resume()
        await settle()
        hall.ledger().write(6)
        await settle()

        assert slow.numbers == [[0], [1, 2, 3, 4, 5], [6]]
        assert quick.numbers == [[0], [1], [2], [3], [4], [5], [6]]
        assert asked >= 6


async def test_who_can_take_more_when_there_is_nothing_new_is_told_nothing() -> None:
    async with a_hall() as hall:
        hall.ledger().write(1)
        reader = hall.come(stalled=True)
        await settle()
        assert reader.payloads == []

        reader.resume()
        await settle()
        reader.stall()
        reader.resume()
        await settle()

        assert reader.numbers == [[1]]


async def test_other_arguments_and_variables_that_matter_are_other_topics() -> None:
    document = (
        "subscription($name: String!, $by: Int!, $after: Int, $all: Boolean!) "
        "{ lines(name: $name, after: $after) { since @include(if: $all) times(by: $by) } }"
    )
    async with a_hall() as hall:
        hall.ledger("a").write(1)
        hall.ledger("b").write(2)

        plain = hall.come(document, name="a", by=1, all=False)
        twice = hall.come(document, name="a", by=2, all=False)
        whole = hall.come(document, name="a", by=1, all=True)
        other = hall.come(document, name="b", by=1, all=False)
        same = hall.come(document, name="a", by=1, all=False, after=0)
        await settle()

        assert hall.fanout.topic_count == 4
        assert [reader.told for reader in (plain, twice, whole, other)] == [
            [{"times": [1]}],
            [{"times": [2]}],
            [{"since": 0, "times": [1]}],
            [{"times": [2]}],
        ]
        assert same.told == plain.told


async def test_a_cursor_that_is_also_used_elsewhere_makes_a_difference() -> None:
    document = 'subscription($after: Int!) { lines(name: "a", after: $after) { times(by: $after) } }'
    async with a_hall() as hall:
        hall.ledger().write(1, 1, 1)

        one, two = hall.come(document, after=1), hall.come(document, after=2)
        await settle()

        assert [one.told, two.told] == [[{"times": [1, 1]}], [{"times": [2]}]]


async def test_fragments_and_other_names_are_shared_too() -> None:
    document = 'subscription { ...Read } fragment Read on Subscription { ours: lines(name: "a") { numbers } }'
    async with a_hall() as hall:
        hall.ledger().write(1)

        reader, other = hall.come(document), hall.come(document)
        await settle()

        assert reader.payloads == other.payloads == [b'{"data":{"ours":{"numbers":[1]}}}']


@pytest.mark.parametrize(
    ("document", "variables"),
    [
        ("subscription { own }", {"none": 0}),
        ("{ hello }", {"none": 0}),
        (READ, {"none": 0}),
        (READ, {"name": 5}),
        (READ, {"name": "a", "after": "x"}),
    ],
)
async def test_what_is_private_or_wrong_is_not_shared(document: str, variables: dict[str, Any]) -> None:
    async with a_hall() as hall:
        reader = hall.ask(document, **variables)

        assert reader.member is None
        assert hall.fanout.topic_count == 0


async def test_what_must_be_waited_for_goes_alone_and_is_not_tried_again() -> None:
    document = 'subscription { lines(name: "a") { slowly } }'
    async with a_hall() as hall:
        hall.ledger().write(1)

        first, second = hall.come(document), hall.come(document)
        await settle()
        third = hall.ask(document)

        assert [(reader.alone, reader.payloads, reader.ends) for reader in (first, second)] == [(1, [], [])] * 2
        assert third.member is None


async def test_an_error_in_a_response_is_told_and_the_subscription_goes_on() -> None:
    async with a_hall() as hall:
        hall.ledger().write(1)
        reader = hall.come('subscription { lines(name: "a") { numbers broken } }')
        await settle()
        hall.ledger().write(2)
        await settle()

        assert reader.numbers == [[1], [2]]
        assert b'"path":["lines","broken"]' in reader.payloads[0]


async def test_a_source_that_cannot_be_opened_is_an_error_for_all_and_is_tried_anew_later() -> None:
    async with a_hall() as hall:
        readers = [hall.come(name="none"), hall.come(name="none")]
        await settle()
        hall.ledger("none").write(1)
        late = hall.come(name="none")
        await settle()

        for reader in readers:
            (error,) = reader.ends
            assert isinstance(error, NoLedger)
            assert reader.payloads == []
        assert (late.numbers, late.ends) == ([[1]], [])


async def test_a_source_that_ends_completes_all() -> None:
    async with a_hall() as hall:
        hall.ledger().write(1)
        readers = [hall.come(), hall.come(), hall.come(stalled=True)]
        await settle()

        hall.ledger().end()
        await settle()

        assert [reader.ends for reader in readers] == [[None]] * 3
        assert hall.fanout.topic_count == 0


async def test_a_source_that_fails_ends_all_with_its_exception() -> None:
    async with a_hall() as hall:
        readers = [hall.come(), hall.come()]
        await settle()
        failure = hall.ledger().failure = OSError("the disk")

        hall.ledger().write(1)
        await settle()

        assert [reader.ends for reader in readers] == [[failure]] * 2


async def test_the_last_to_leave_closes_the_source_even_while_it_opens() -> None:
    async with a_hall() as hall:
        hall.ledger().write(1)
        first, second = hall.come(), hall.come()
        await settle()
        first.leave()
        first.leave()
        await settle()
        assert (hall.office.open, hall.ledger().readers) == (1, 1)
        second.leave()
        hall.office.gate.clear()
        third = hall.come()
        await settle()
        third.leave()
        hall.office.gate.set()
        await settle()

        assert (hall.office.open, hall.fanout.topic_count) == (0, 0)
        assert [first.ends, second.ends, third.ends, third.payloads] == [[], [], [], []]


async def test_who_left_is_told_nothing_even_in_the_same_round() -> None:
    async with a_hall() as hall:
        readers = [hall.come() for _ in range(4)]
        await settle()
        send = readers[0].send

        def send_and_leave(payload: bytes) -> None:
            send(payload)
            readers[2].leave()

        readers[0].send = send_and_leave  # type: ignore[method-assign]
        hall.ledger().write(1)
        await settle()

        assert [reader.numbers for reader in readers] == [[[1]], [[1]], [], [[1]]]


async def test_a_subscriber_that_breaks_is_not_the_end_of_others(caplog: pytest.LogCaptureFixture) -> None:
    async with a_hall() as hall:
        broken, well = hall.come(), hall.come()
        await settle()

        def send(_payload: bytes) -> None:
            raise ValueError("broken")

        broken.send = send  # type: ignore[method-assign, assignment]
        with caplog.at_level(logging.ERROR):
            hall.ledger().write(1)
            hall.ledger().write(2)
            await settle()

        assert well.numbers == [[1, 2]]
        assert [str(error) for error in broken.ends] == ["broken"]


async def test_a_long_round_gives_way_to_others() -> None:
    async with a_hall() as hall:
        readers = [hall.come() for _ in range(10 * topics.WRITES_AT_ONCE)]
        await settle()
        seen: list[int] = []

        hall.ledger().write(1)
        while not readers[-1].payloads:
            await asyncio.sleep(0)
            seen.append(sum(bool(reader.payloads) for reader in readers))

        assert max(after - before for before, after in pairwise(seen)) <= topics.WRITES_AT_ONCE


async def test_who_comes_with_many_cursors_is_not_remembered_for_ever() -> None:
    async with a_hall() as hall:
        hall.ledger().write(*range(2000))
        readers = [hall.come(name="a", after=after) for after in range(500)]
        await settle()
        await eventually(lambda: all(reader.payloads for reader in readers))
        topic = next(iter(hall.fanout._topics.values()))

        assert all(reader.numbers == [list(range(after, 2000))] for after, reader in enumerate(readers))
        assert len(topic._memo) <= topics.MEMO_MOST


def test_keys_tell_values_and_types_apart() -> None:
    assert frozen({"a": [1, {"b": None}]}) == frozen({"a": [1, {"b": None}]})
    assert frozen([1]) != frozen([True])
    assert frozen({"a": 1, "b": 2}) == frozen({"b": 2, "a": 1})
    with pytest.raises(TypeError):
        frozen({"a": bytearray(b"x")})


async def eventually(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not condition():  # noqa: ASYNC110 - what is waited for has no event of its own
            await asyncio.sleep(0.001)

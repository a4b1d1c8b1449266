"""The store: bounded by bytes, and a flood of documents that come once pushes out none that came twice."""

import gc
import tracemalloc

import pytest

from engine.documents import Documents
from engine.limits import OperationLimits
from engine.operations import Operation
from engine.refusals import Refused
from engine.store import SHARE_OF_THE_PROVEN
from tests.engine.market import SCHEMA, documents

MEBIBYTE = 2**20


def asking(number: int, fields: int = 20) -> Operation:
    """A document that is like no other."""
    selected = " ".join("price { amount } labels parts { name }" for _ in range(fields // 4))
    return Operation(f"query Q{number} {{ thing(name: \"{number}\") {{ {selected} }} }}")  # fmt: skip


def small_store(most_bytes: int) -> Documents:
    return Documents(SCHEMA, OperationLimits(), store_bytes=most_bytes)


def test_a_document_is_prepared_once_for_each_of_its_operations() -> None:
    known = documents()
    text = "query A { thing { name } } query B { thing { labels } }"

    a, b = (known.prepare(Operation(text, name=name)) for name in "AB")

    assert known.prepare(Operation(text, name="A")) is a is known.known(Operation(text, name="A"))
    assert (a.document, a.name, b.name) == (b.document, "A", "B")
    assert a is not b
    assert known.known(Operation(text)) is None
    assert len(known.store) == 1


def test_the_only_operation_is_the_same_with_and_without_its_name() -> None:
    known = documents()
    named = known.prepare(Operation("query A { thing { name } }", name="A"))

    assert known.prepare(Operation("query A { thing { name } }")) is named


def test_what_is_refused_is_not_kept() -> None:
    known = documents()
    known.prepare(Operation("query A { thing { name } } query B { a: thing { name } }", name="A"))
    before = known.store.bytes

    for name in ("C", None, "Ä"):
        assert known.known(Operation("query A { thing { name } } query B { a: thing { name } }", name=name)) is None
        with pytest.raises(Refused, match="operation"):
            known.prepare(Operation("query A { thing { name } } query B { a: thing { name } }", name=name))

    assert known.store.bytes == before


def test_a_flood_of_documents_that_come_once_pushes_out_none_that_came_twice() -> None:
    known = small_store(MEBIBYTE)
    regulars = [asking(number) for number in range(8)]
    prepared = [known.prepare(regular) for regular in regulars]
    assert [known.known(regular) for regular in regulars] == prepared

    for number in range(100, 200):
        known.prepare(asking(number))

    assert [known.known(regular) for regular in regulars] == prepared
    assert known.known(asking(100)) is None
    assert known.known(asking(199)) is not None
    assert known.store.bytes <= MEBIBYTE


def test_of_the_proven_those_unused_the_longest_go_first_and_are_on_trial_again() -> None:
    known = small_store(MEBIBYTE)
    for number in range(100):
        known.prepare(asking(number))
        assert known.known(asking(number)) is not None

    size = known.store.by_text(asking(99).document or "").size()  # type: ignore[union-attr]
    kept = [number for number in range(100) if known.known(asking(number)) is not None]

    assert kept == list(range(kept[0], 100))
    assert MEBIBYTE * SHARE_OF_THE_PROVEN - size < len(kept) * size <= MEBIBYTE
    assert known.store.bytes <= MEBIBYTE


def test_a_document_larger_than_the_store_runs_and_is_not_kept() -> None:
    known = small_store(1_000)

    assert known.prepare(asking(1)).cost(None) > 0
    assert (known.known(asking(1)), len(known.store), known.store.bytes) == (None, 0, 0)


def test_real_memory_stays_within_the_bytes_that_are_allowed() -> None:
    small_store(MEBIBYTE).prepare(asking(0))  # what graphql-core keeps once is none of the store's
    gc.collect()
    tracemalloc.start()
    try:
        known = small_store(MEBIBYTE)
        for number in range(60):
            known.prepare(asking(number))
            if number % 3 == 0:
                known.known(asking(number))
        gc.collect()
        taken, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert len(known.store) < 30
    assert MEBIBYTE * 0.3 < taken < MEBIBYTE

"""Whose answer an operation has: public only where every field with a resolver of its own says so."""

import pytest

from engine.cache_policy import PRIVATE, CachePolicy
from tests.engine.market import prepare


@pytest.mark.parametrize(
    ("text", "max_age_ms"),
    [
        ("{ thing { name price { amount } parts { labels } } }", 5000),
        ("{ thing { name stock } }", 1000),
        ("{ thing { name rated { amount } } }", 5000),
        ("{ thing { ...F } } fragment F on Thing { ... { parts { ...G } } } fragment G on Thing { stock name }", 1000),
        ("{ __typename thing { __typename name } }", 5000),
        ("{ named { name ... on Thing { stock } } }", 1000),
        ("subscription { watched { name } }", 5000),
        ("{ __typename }", 0),
    ],
)  # fmt: skip
def test_what_only_has_public_fields_is_public_for_the_shortest_time_declared(text: str, max_age_ms: int) -> None:
    assert prepare(text).cache == CachePolicy(is_public=True, max_age_ms=max_age_ms)


@pytest.mark.parametrize(
    "text",
    [
        "{ change(change: {}) }",
        "{ thing { name } change(change: {}) }",
        "{ thing { mine } }",
        "{ thing { offers { amount } } }",
        "{ thing { ...F } } fragment F on Thing { parts { ... on Named { ... on Thing { mine } } } }",
        "{ thing { similar { name } } }",
        "{ basket { total } }",
        "{ basket @skip(if: true) { total } thing { name } }",
        "mutation { buy }",
    ],
)  # fmt: skip
def test_one_field_that_is_not_public_is_enough(text: str) -> None:
    assert prepare(text).cache == PRIVATE


def test_the_schema_is_everybodys() -> None:
    for text in ("{ __schema { types { name } } }", '{ thing { name } __type(name: "Thing") { fields { name } } }'):
        assert prepare(text).cache == CachePolicy(is_public=True, max_age_ms=1000)

"""Measuring: the numbers are those of a document with all its fragments written out, and counting them is no more work than reading it."""

from dataclasses import asdict, replace
from functools import cache
from typing import Any

import pytest
from graphql import (
    DocumentNode,
    FieldNode,
    FragmentSpreadNode,
    ListValueNode,
    Node,
    ObjectValueNode,
    OperationDefinitionNode,
    parse,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.measure import MOST, Measured, MeasuredDocument, items_in, root_fields
from tests.engine.market import calls, doubling


def measure(text: str) -> Measured:
    document = MeasuredDocument(parse(text))
    return document.of(document.operations[0])


def test_an_operation_is_measured() -> None:
    text = """
        query Q($names: [[String!]!] = [["a"], ["b", "c"]]) @a {
            one: thing { name }
            thing { thing: name name: name ...F @b }
            basket(names: [["x"]])
        }
        fragment F on Thing @c { similar { name @include(if: true) } ... @d { price { amount } } }
    """

    measured = measure(text)

    expected = Measured(fields=10, depth=3, aliases=2, root_fields=3, directives=5, list_items=7)
    assert replace(measured, tokens=0) == expected
    assert measure("{ a # and a comment\n }").tokens == 4


@pytest.mark.parametrize(
    ("text", "depth"),
    [("{ a }", 1), ("{ a { b } }", 2), ("{ ... { a ... { b { c } } } }", 2), ("{ a { ...F } } fragment F on T { b { c } }", 3)],
)
def test_depth_counts_fields_and_nothing_else(text: str, depth: int) -> None:
    assert measure(text).depth == depth


def test_root_fields_are_those_of_the_schema_once_per_answer() -> None:
    document = MeasuredDocument(parse("{ a: x ...F a: x @skip(if: true) ... { y } } fragment F on Query { x __typename ...F }"))

    assert root_fields(document.operations[0], document.fragments) == ("x", "x", "__typename", "y")


@pytest.mark.parametrize(
    "text", ["{ ...A } fragment A on T { a ...A }", "{ ...A } fragment A on T { a ...B } fragment B on T { b { ...A } }"]
)
def test_cycles_are_found_and_counted_once(text: str) -> None:
    document = MeasuredDocument(parse(text))

    assert document.is_cyclic
    assert document.fields == text.count("a ") + text.count("b ")


def test_unknown_fragments_add_nothing() -> None:
    assert measure("{ a ...Nowhere }").fields == 1


def test_counts_stop_at_the_largest_int() -> None:
    assert measure(doubling(60)).fields == MOST


def test_fragments_that_double_are_no_more_work_than_their_text() -> None:
    short, long = (calls(lambda levels=levels: measure(doubling(levels))) for levels in (13, 26))  # type: ignore[misc]

    assert measure(doubling(26)).fields == 2**27
    assert long < 2.2 * short


def test_what_no_operation_uses_is_measured_with_the_document() -> None:
    document = MeasuredDocument(
        parse("{ a } query B { a ...F } fragment F on T { b } fragment G on T { c ...H } fragment H on T { d ...G }")
    )

    assert document.fields == 1 + 2 + 2


@pytest.mark.parametrize(
    ("text", "pairs"),
    [
        ("{ a b c: a }", 0),
        ("{ a a a a }", 6),
        ("{ a { x } a { x } b { x } }", 1 + 1),
        ("{ a ... on T { a ... { a } } }", 3),
        ("{ a ...F ...F } fragment F on T { a }", 1),
        ("{ ...F ...G } fragment F on T { a { x } } fragment G on T { a { x y } }", 1 + 1 + 1),
        ("{ b } fragment F on T { a a }", 1),
    ],
)
def test_overlaps_are_pairs_under_one_name_in_one_place_and_of_fragments_there(text: str, pairs: int) -> None:
    assert MeasuredDocument(parse(text)).overlaps() == pairs


def test_counting_overlaps_ends_once_there_are_too_many() -> None:
    document = MeasuredDocument(parse(doubling(12, nested=True).replace("b:", "a:")))

    assert 10 < document.overlaps(10) < 20


@pytest.mark.parametrize(
    ("value", "items"), [(1, 0), ([], 0), ([1, 2], 2), ([[1, 2], [3]], 5), ({"a": [1], "b": {"c": [[2]]}}, 3), ("[1, 2]", 0), (None, 0)]
)
def test_items_of_variables_are_counted_nested_ones_too(value: Any, items: int) -> None:
    assert items_in([value]) == items


def test_variables_may_nest_as_deep_as_json_does() -> None:
    value: Any = []
    for _ in range(5_000):
        value = [value]

    assert items_in([value]) == 5_000
    assert items_in([value, ["x"] * 10_000], 100) == 10_000


FRAGMENTS = 4


@cache
def selections(spreads: range, depth: int = 2) -> st.SearchStrategy[str]:
    """Selections that spread some of the fragments."""
    directive = st.sampled_from(["", " @d", " @d @e(x: [1, [2]])"])
    leaf = st.builds(
        lambda alias, name, argument, directives: f"{alias}{name}{argument}{directives}",
        st.sampled_from(["", "", "a: ", "b: "]),
        st.sampled_from("abc"),
        st.sampled_from(["", "", "(x: 1)", "(x: [1, {y: [2, 3]}])"]),
        directive,
    )
    kinds = [leaf]
    if spreads:
        kinds.append(st.builds(lambda fragment, directives: f"...F{fragment}{directives}", st.sampled_from(spreads), directive))
    if depth:
        inner = selections(spreads, depth - 1)
        kinds.append(st.builds(lambda field, below: f"{field} {{ {below} }}", leaf, inner))
        kinds.append(st.builds(lambda directives, below: f"... on T{directives} {{ {below} }}", directive, inner))
    return st.lists(st.one_of(kinds), min_size=1, max_size=3).map(" ".join)


@st.composite
def some_documents(draw: st.DrawFn) -> str:
    """Documents whose fragments spread only later ones."""
    fragments = (f"fragment F{n} on T {{ {draw(selections(range(n + 1, FRAGMENTS)))} }}" for n in range(FRAGMENTS))
    return f"query($v: [Int] = [1, 2]) @q {{ {draw(selections(range(FRAGMENTS)))} }} {' '.join(fragments)}"


@settings(max_examples=80, deadline=None)
@given(some_documents())
def test_the_numbers_are_those_of_the_document_written_out(text: str) -> None:
    document = parse(text)

    assert asdict(measure(text)) == {**written_out(document), "tokens": document.token_count}


def written_out(document: DocumentNode) -> dict[str, int]:
    """The plainest way to count: walk everything, and every fragment again wherever it is spread."""
    operation, *fragments = document.definitions
    assert isinstance(operation, OperationDefinitionNode)
    by_name: dict[str, Any] = {fragment.name.value: fragment for fragment in fragments}  # type: ignore[attr-defined]
    found = dict.fromkeys(("fields", "depth", "aliases", "root_fields", "directives", "list_items"), 0)

    def walk(node: Node | None, above: int) -> None:
        if node is None:
            return
        found["directives"] += len(getattr(node, "directives", None) or ())
        if isinstance(node, ListValueNode):
            found["list_items"] += len(node.values)
        if isinstance(node, FieldNode):
            found["fields"] += 1
            found["root_fields"] += above == 0
            found["aliases"] += node.alias is not None and node.alias.value != node.name.value
            above += 1
            found["depth"] = max(found["depth"], above)
        for key in ("directives", "variable_definitions", "default_value", "arguments", "value", "values", "selection_set", "selections"):
            child = getattr(node, key, None)
            for part in child if isinstance(child, tuple) else (child,):
                walk(part if isinstance(part, Node) else None, above)
        if isinstance(node, ObjectValueNode):
            for entry in node.fields:
                walk(entry.value, above)
        if isinstance(node, FragmentSpreadNode):
            fragment = by_name[node.name.value]
            walk(fragment.selection_set, above)
            found["directives"] += len(fragment.directives or ())

    walk(operation, 0)
    return found

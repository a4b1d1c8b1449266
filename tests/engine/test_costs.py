"""Costs: what is declared of fields, multiplied by the page sizes that are asked for, whoever says them and however wrongly."""

from functools import cache
from typing import Any

import pytest
import strawberry
from graphql import (
    DocumentNode,
    FieldNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    IntValueNode,
    SelectionSetNode,
    VariableNode,
    get_introspection_query,
    parse,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.costs import INTROSPECTION, SHORT, Prices
from engine.declarations import Cost, ListSize
from engine.measure import MOST, fragments_of
from engine.operations import Operation
from engine.refusals import Refused
from tests.engine.market import SCHEMA, calls, documents, prepare


def cost(text: str, variables: dict[str, Any] | None = None) -> int:
    return prepare(text, cost=0).cost(variables)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{ __typename }", 1),
        ("{ find(by: {name: \"a\"}) }", 1),
        ("{ thing { name } }", 1),
        ("{ thing { name price { amount } labels } }", 2),
        ("{ thing { parts { name } } }", 1 + 1 + SHORT),
        ("{ thing { parts { price { amount } } } }", 1 + 1 + SHORT * 2),
        ("{ thing { spares { name } } }", 1 + 1 + 3),
        ("{ thing { seats { amount } } }", 9),
        ("{ thing { similar { name } } }", 1 + 1 + 40),
        ("{ thing { similar(first: null) { name } } }", 1 + 1 + 40),
        ("{ thing { similar(first: 2) { similar(first: 3) { name } } } }", 1 + 1 + 2 * (1 + 1 + 3)),
        ("{ page { total } }", 1),
        ("{ page { things { name } } }", 1 + 1 + 20),
        ("{ page(first: 0) { things { name } } }", 1 + 1),
        ("{ page(first: 5, last: 7) { things { name } } }", 1 + 1 + 7),
        ("{ page(first: 5) { ...P ... on Page { things { name } } } } fragment P on Page { things { name } }", 1 + 2 * (1 + 5)),
        ("{ page(first: 5) { things { ...T } } } fragment T on Thing { price { amount } similar(first: 2) { name } }", 2 + 5 * (1 + 1 + 3)),
        ("{ named { name ... on Thing { price { amount } } } }", 2),
    ],
)  # fmt: skip
def test_the_cost_is_what_the_schema_declares(text: str, expected: int) -> None:
    prepared = prepare(text)

    assert (prepared.price.constant, prepared.cost(None), prepared.cost({"first": 99})) == (expected, expected, expected)


PAGED = "query($n: Int) { page(first: $n) { things { name } } }".replace("$n: Int", "$n: Int!")
PAGED_OR_NOT = "query($n: Int = 7) { thing { similar(first: $n) { name } } }"


@pytest.mark.parametrize(
    ("value", "size"),
    [
        (0, 0),
        (50, 50),
        (50.0, 50),
        (-3, 0),
        (50.5, 20),
        (True, 20),
        ("50", 20),
        (None, 20),
        ([50], 20),
        ({"n": 50}, 20),
        (10**30, MOST),
        (1e300, MOST),
    ],
)
def test_a_variable_that_is_no_page_size_counts_as_the_argument_s_default(value: object, size: int) -> None:
    assert cost(PAGED, {"n": value}) == min(2 + size, MOST)
    assert cost(PAGED) == 2 + 20


def test_a_variable_that_is_missing_counts_as_its_own_default() -> None:
    assert [cost(PAGED_OR_NOT, variables) for variables in (None, {}, {"m": 1}, {"n": 9})] == [2 + 7, 2 + 7, 2 + 7, 2 + 9]
    assert cost(PAGED_OR_NOT.replace(" = 7", "")) == 2 + 40


@pytest.mark.parametrize("text", [PAGED_OR_NOT, PAGED_OR_NOT.replace("7", "null")])
def test_null_is_no_way_around_the_assumed_size(text: str) -> None:
    assert cost(text, {"n": None}) == 2 + 40


def test_sizes_multiply_through_fragments_and_only_to_the_largest_int() -> None:
    text = """query($n: Int!, $m: Int!) { page(first: $n) { ...P } }
        fragment P on Page { things { ...T } } fragment T on Thing { similar(first: $m) { name } }"""

    assert cost(text, {"n": 3, "m": 5}) == 1 + 1 + 3 * (1 + 1 + 5)
    assert cost(text, {"n": 2**31 - 1, "m": 2**31 - 1}) == MOST


def test_fragments_that_double_are_added_up_once() -> None:
    def doubled(levels: int) -> Any:
        chain = " ".join(f"fragment F{n} on Thing {{ ...F{n + 1} ...F{n + 1} }}" for n in range(levels))
        return prepare(
            f"query($n: Int) {{ thing {{ ...F0 }} }} {chain} fragment F{levels} on Thing {{ similar(first: $n) {{ name }} }}",
            cost=0,
            fields=0,
            overlaps=0,
        )

    short, long = doubled(10), doubled(20)

    assert long.cost({"n": 1}) == 1 + 2**20 * 2
    assert calls(lambda: long.cost({"n": 1})) < 2.2 * calls(lambda: short.cost({"n": 1}))


def test_introspection_has_a_price_and_passes_the_limits() -> None:
    prepared = prepare(get_introspection_query(specified_by_url=True, directive_is_repeatable=True, input_value_deprecation=True))

    assert prepared.cost(None) == INTROSPECTION["__schema"]
    with pytest.raises(Refused):
        prepare("{" + " ".join(f"a{n}: __schema {{ description }}" for n in range(6)) + "}")


def test_an_operation_that_costs_too_much_is_refused_before_and_with_its_variables() -> None:
    known = documents(cost=50)
    prepared = known.prepare(Operation(PAGED))

    assert known.check(prepared, {"n": 48}) == 50
    with pytest.raises(Refused) as with_variables:
        known.check(prepared, {"n": 49})
    with pytest.raises(Refused) as always:
        known.prepare(Operation("{ page(first: 99) { things { name } } }"))
    assert with_variables.value.errors[0].extensions == {"code": "OPERATION_TOO_COMPLEX", "limit": "cost", "most": 50, "found": 51}
    assert always.value.errors[0].extensions == {"code": "OPERATION_TOO_COMPLEX", "limit": "cost", "most": 50, "found": 101}


def test_a_declaration_that_makes_no_sense_is_found_at_start() -> None:
    def schema_with(directive: object) -> Any:
        query = type("Query", (), {"__annotations__": {"names": list[str]}, "names": strawberry.field(default="", directives=[directive])})
        return strawberry.Schema(strawberry.type(query))._schema

    for directive in (Cost(weight="much"), Cost(weight="-1"), Cost(weight="nan"), ListSize(slicing_arguments=["first"])):
        with pytest.raises(ValueError, match=r"Query\.names declares|could not convert"):
            Prices(schema_with(directive))


PAGE_SIZES = st.sampled_from(["", "(first: 0)", "(first: 3)", "(first: $n)", "(first: $m)"])


@cache
def things(depth: int, fragments: range) -> st.SearchStrategy[str]:
    """Selections of a Thing."""
    kinds = [st.sampled_from(["name", "labels", "price { amount }", "seats { amount }", "__typename"])]
    if fragments:
        kinds.append(st.sampled_from(fragments).map(lambda n: f"...F{n}"))
    if depth:
        inner = things(depth - 1, fragments)
        kinds.append(inner.map(lambda below: f"spares {{ {below} }}"))
        kinds.append(inner.map(lambda below: f"... on Thing {{ {below} }}"))
        kinds.append(inner.map(lambda below: f"... on Named {{ name ... on Thing {{ {below} }} }}"))
        kinds.append(st.builds(lambda size, below: f"s: similar{size} {{ {below} }}", PAGE_SIZES, inner))
    return st.lists(st.one_of(kinds), min_size=1, max_size=3).map(" ".join)


@st.composite
def some_documents(draw: st.DrawFn) -> str:
    fragments = " ".join(f"fragment F{n} on Thing {{ {draw(things(1, range(n + 1, 3)))} }}" for n in range(3))
    page = f"page{draw(PAGE_SIZES)} {{ total ...P things {{ {draw(things(1, range(3)))} }} }}"
    return f"query($n: Int! = 4, $m: Int!) {{ {page} }} {fragments} fragment P on Page {{ things {{ {draw(things(1, range(3)))} }} }}"


@settings(max_examples=60, deadline=None)
@given(some_documents(), st.integers(0, 50), st.integers(0, 50))
def test_the_cost_is_that_of_the_document_written_out(text: str, n: int, m: int) -> None:
    document: DocumentNode = parse(text)

    price = Prices(SCHEMA).price_of(document.definitions[0], fragments_of(document))  # type: ignore[arg-type]

    assert price.of({"n": n, "m": m}) == min(MOST, max(1, -int(-written_out(document, {"n": n, "m": m}) // 1)))
    assert price.of({"m": m}) == price.of({"n": 4, "m": m})


def written_out(document: DocumentNode, variables: dict[str, int]) -> float:
    """The plainest way: every selection again for each thing in a list."""
    fragments = fragments_of(document)
    weights = {"labels": 0.0, "name": 0.0, "total": 0.0, "amount": 0.0, "seats": 7.5}
    things_in = {"spares": 3, "seats": 1000}

    def size(node: FieldNode, otherwise: int) -> int:
        for argument in node.arguments or ():
            if isinstance(argument.value, IntValueNode):
                return int(argument.value.value)
            if isinstance(argument.value, VariableNode):
                return variables[argument.value.name.value]
        return otherwise

    def selected(selection_set: SelectionSetNode | None, sized: int) -> float:
        total = 0.0
        for selection in selection_set.selections if selection_set else ():
            if isinstance(selection, FragmentSpreadNode):
                total += selected(fragments[selection.name.value].selection_set, sized)
            elif isinstance(selection, InlineFragmentNode):
                total += selected(selection.selection_set, sized)
            elif isinstance(selection, FieldNode) and (name := selection.name.value) != "__typename":
                total += weights.get(name, 1.0)
                if name == "page":
                    total += selected(selection.selection_set, size(selection, 20))
                elif name in ("things", "similar", "spares", "seats"):
                    length = sized if name == "things" else size(selection, 40) if name == "similar" else things_in[name]
                    item = 0.0 if name == "seats" else 1.0
                    total += length * (item + selected(selection.selection_set, 0))
                else:
                    total += selected(selection.selection_set, 0)
        return total

    (operation, *_) = document.definitions
    return selected(operation.selection_set, 0)  # type: ignore[attr-defined]

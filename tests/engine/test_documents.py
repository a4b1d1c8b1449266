"""Documents: each is prepared once; hostile ones are answered with a code, after work that their limits bound."""

import ast
from hashlib import sha256
from inspect import getsource
from itertools import pairwise
from typing import Any

import pytest
from graphql import GraphQLError, get_introspection_query
from hypothesis import given, settings
from hypothesis import strategies as st
from strawberry.types.graphql import OperationType

from engine import limits, refusals
from engine.limits import OperationLimits
from engine.operations import Operation
from engine.refusals import WHAT_IS_LIMITED, Refused
from tests.engine.market import MARKET, calls, code, documents, doubling, errors, extensions_of, over, prepare

MEGABYTE = 10**6
MOST_CALLS = 160_000
"""A call for each letter that may be read, and what 2,000 tokens take: some 50 ms."""


def hashed(given: object, version: object = 1) -> dict[str, Any]:
    return {"persistedQuery": {"version": version, "sha256Hash": given}}


def hash_of(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def test_an_operation_is_prepared() -> None:
    text = "subscription W { seen: watched { ...F } } fragment F on Thing { name }"

    prepared = prepare(text)

    assert (prepared.text, prepared.sha256) == (text, hash_of(text))
    assert (prepared.kind, prepared.name, prepared.root_fields) == (OperationType.SUBSCRIPTION, "W", ("watched",))
    assert (prepared.definition, prepared.measured.fields, prepared.plan) == (prepared.document.definitions[0], 2, None)
    assert prepared == prepared
    assert prepared != prepare(text)
    assert len({prepared, prepare(text)}) == 2


@pytest.mark.parametrize(
    ("text", "name", "message"),
    [
        ("", None, "The document is empty."),
        (" \n", None, "The document is empty."),
        (None, None, "There is no document: send one as `query`."),
        ("query A { __typename } query B { __typename }", None, "The document has several operations: say which one with operationName."),
        ("query A { thing { name } }", "B", 'Unknown operation named "B".'),
        ("{ thing { name } }", "B", 'Unknown operation named "B".'),
        ("fragment F on Thing { name }", None, "The document has no operation."),
        ("type Thing { name: String }", None, "The document has no operation."),
    ],
)  # fmt: skip
def test_an_operation_that_is_not_there_is_a_bad_request(text: str | None, name: str | None, message: str) -> None:
    (error,) = errors(documents(), Operation(text, name=name))

    assert (error.message, error.extensions) == (message, {"code": "BAD_REQUEST"})


@pytest.mark.parametrize(
    ("text", "expected", "message"),
    [
        ("{ thing", "GRAPHQL_PARSE_FAILED", "Syntax Error: Expected Name, found <EOF>."),
        ("{ thin }", "GRAPHQL_VALIDATION_FAILED", "Cannot query field 'thin' on type 'Query'. Did you mean 'thing'?"),
        ("{ thing { ...F } } fragment F on Thing { ...F }", "GRAPHQL_VALIDATION_FAILED", "Cannot spread fragment 'F' within itself."),
        ('{ find(by: {name: "a", names: []}) }', "GRAPHQL_VALIDATION_FAILED", "OneOf Input Object 'By' must specify exactly one key."),
        ("{ find(by: {name: $x}) }", "GRAPHQL_VALIDATION_FAILED", "Variable '$x' is not defined."),
    ],
)
def test_a_wrong_document_is_refused_with_its_places(text: str, expected: str, message: str) -> None:
    (error,) = errors(documents(), Operation(text))

    assert (error.message, extensions_of(error)) == (message, {"code": expected})
    assert error.locations


@pytest.mark.parametrize(
    "text",
    [
        "{ find(by: {}) }",
        "{ find(by: {name: null}) }",
        '{ find(by: {name: "a", names: ["b"]}) }',
        "query($x: String) { find(by: {name: $x}) }",
        "query($x: String!) { find(by: {name: $x}) }",
        "{ change(change: {name: null}) }",
        '{ change(change: {name: "a"}) }',
        "{ change(change: {}) }",
    ],
)
def test_what_strawberry_s_own_rules_refuse_is_refused_alike(text: str) -> None:
    result = MARKET.execute_sync(text, {"x": "a"})

    try:
        documents().prepare(Operation(text))
        told = None
    except Refused as refused:
        told = [error.message for error in refused.errors]

    assert told == ([error.message for error in result.errors] if result.errors else None)


@pytest.mark.parametrize("variable", ["$x: String", "$x: String!"])
def test_the_rule_for_one_of_several_keys_reads_fragments_that_come_first(variable: str) -> None:
    text = f"fragment F on Query {{ find(by: {{name: $x}}) }} query Q({variable}) {{ ...F }}"

    if variable.endswith("!"):
        assert documents().prepare(Operation(text)).root_fields == ("find",)
    else:
        assert code(documents(), Operation(text)) == "GRAPHQL_VALIDATION_FAILED"


def test_few_mistakes_are_told_and_none_at_length() -> None:
    told = errors(documents(), Operation("{ " + " ".join(f"{'x' * 2_000}{n}" for n in range(19)) + " }"))

    assert len(told) == 6
    assert all(len(error.message) <= 502 for error in told)


def test_the_schema_is_only_told_where_that_is_allowed() -> None:
    introspection = get_introspection_query()
    closed = documents(introspection=False)

    assert prepare(introspection).root_fields == ("__schema",)
    assert code(closed, Operation(introspection)) == "GRAPHQL_VALIDATION_FAILED"
    assert errors(closed, Operation("{ thin }"))[0].message == "Cannot query field 'thin' on type 'Query'."
    assert closed.prepare(Operation("{ thing { __typename } }")).root_fields == ("thing",)


@pytest.mark.parametrize(
    ("limit", "most", "found", "text"),
    [
        ("document_bytes", 18, 20, '{ thing(name: "é") }'.replace(" }", "}")),
        ("tokens", 6, 7, "{ thing { name labels } }"),
        ("fields", 2, 3, "{ thing { name labels } }"),
        ("overlaps", 2, 3, "{ thing { name name name } }"),
        ("depth", 2, 3, "{ thing { price { amount } } }"),
        ("aliases", 1, 2, "{ a: thing { b: name } }"),
        ("root_fields", 1, 2, "{ thing { name } __typename }"),
        ("directives", 1, 2, "{ thing { name @skip(if: false) @include(if: true) } }"),
        ("list_items", 2, 3, '{ find(by: {names: ["a", "b", "c"]}) }'),
        ("cost", 2, 22, "{ page { things { name } } }"),
    ],
)
def test_whoever_goes_over_a_limit_is_told_which(limit: str, most: int, found: int, text: str) -> None:
    assert over(documents(**{limit: most}), text) == {"limit": limit, "most": most, "found": found}
    if limit != "document_bytes":
        assert documents(**{limit: found}).prepare(Operation(text)).text == text
        assert documents(**{limit: 0}).prepare(Operation(text)).text == text


def test_every_limit_has_a_sentence_and_a_reason() -> None:
    numbers = {name for name, value in OperationLimits.__dataclass_fields__.items() if value.type is int}
    body = ast.parse(getsource(limits)).body[-1].body  # type: ignore[attr-defined]
    reasons = {node.target.id for node, after in pairwise(body) if isinstance(node, ast.AnnAssign) and isinstance(after, ast.Expr)}  # type: ignore[union-attr]

    assert numbers == set(WHAT_IS_LIMITED)
    assert numbers < reasons


def test_lists_in_variables_count_with_those_in_the_document() -> None:
    known = documents(list_items=5)
    prepared = known.prepare(Operation('query($n: [[String!]!]) { basket(names: $n) { total } find(by: {names: ["a", "b"]}) }'))

    assert known.check(prepared, {"n": [["a", "b"]]}) == prepared.cost(None)
    with pytest.raises(Refused) as refused:
        known.check(prepared, {"n": [["a"], ["b"]]})
    assert refused.value.errors[0].extensions == {"code": "OPERATION_TOO_COMPLEX", "limit": "list_items", "most": 5, "found": 6}


ATTACKS = {
    "a megabyte of braces": ("{" * MEGABYTE, "OPERATION_TOO_COMPLEX"),
    "a megabyte of nested fields": ("{a" * (MEGABYTE // 2), "OPERATION_TOO_COMPLEX"),
    "as many as may be read": ("{a" * 60_000, "GRAPHQL_PARSE_FAILED"),
    "braces as deep as may be parsed": ("{a" * 190 + "}" * 190, "OPERATION_TOO_COMPLEX"),
    "10,000 aliases": ("{" + " ".join(f"a{n}:thing{{name}}" for n in range(10_000)) + "}", "OPERATION_TOO_COMPLEX"),
    "300 aliases": ("{" + " ".join(f"a{n}:thing{{name}}" for n in range(300)) + "}", "OPERATION_TOO_COMPLEX"),
    "one field again and again": ("{thing{" + "name " * 1_900 + "}}", "OPERATION_TOO_COMPLEX"),
    "one object again and again": ("{thing{" + "price{amount} " * 470 + "}}", "OPERATION_TOO_COMPLEX"),
    "fragments in a circle": ("{...A} fragment A on Query{...B} fragment B on Query{thing{name} ...A}", "GRAPHQL_VALIDATION_FAILED"),
    "fragments in a circle through fields": ("{thing{...A}} fragment A on Thing{parts{...A ...A}}", "GRAPHQL_VALIDATION_FAILED"),
    "26 levels of two": (doubling(26), "OPERATION_TOO_COMPLEX"),
    "26 levels of two under aliases": (doubling(26, nested=True), "OPERATION_TOO_COMPLEX"),
    "26 levels of two that nothing uses": (
        doubling(26, nested=True).replace("{ ...F0 }", "{ thing { name } }", 1),
        "OPERATION_TOO_COMPLEX",
    ),
    "many fragments in one place": (
        "{" + " ".join(f"...F{n}" for n in range(190)) + "}" + "".join(f"fragment F{n} on Query{{f{n}}}" for n in range(190)),
        "OPERATION_TOO_COMPLEX",
    ),
    "many operations of one fragment": (
        "".join(f"query Q{n}{{...F}}" for n in range(200)) + "fragment F on Query{" + "thing{name} " * 10 + "}",
        "OPERATION_TOO_COMPLEX",
    ),
    "a megabyte of commas": ("{thing{name" + "," * MEGABYTE + "}}", "OPERATION_TOO_COMPLEX"),
    "a megabyte of comments": ("{thing{name" + "#\n" * (MEGABYTE // 2) + "}}", "OPERATION_TOO_COMPLEX"),
    "comments as many as may be read": ("{thing{name" + "#\n" * 60_000 + "}}", "OPERATION_TOO_COMPLEX"),
    "an open block string": ('{thing(name:"""' + "a" * 100_000, "GRAPHQL_PARSE_FAILED"),
    "a number of 100,000 digits": ("{page(first:" + "9" * 100_000 + "){total}}", "GRAPHQL_VALIDATION_FAILED"),
    "a fraction of 100,000 digits": ("{page(first:0." + "9" * 100_000 + "){total}}", "GRAPHQL_VALIDATION_FAILED"),
    "lists in lists": ("{basket(names:" + "[" * 60_000, "GRAPHQL_PARSE_FAILED"),
    "lists in lists as deep as may be parsed": ("{basket(names:" + "[" * 190 + "]" * 190 + "){total}}", "GRAPHQL_VALIDATION_FAILED"),
    "objects in objects": ("{find(by:" + "{name:" * 190 + "1" + "}" * 190 + ")}", "GRAPHQL_VALIDATION_FAILED"),
    "a name of 100,000 letters": ("{" + "a" * 100_000 + "}", "GRAPHQL_VALIDATION_FAILED"),
    "letters of no name": ("{é}", "GRAPHQL_PARSE_FAILED"),
    "half a character": ("{\ud800}", "GRAPHQL_PARSE_FAILED"),
    "NUL": ("{\0}", "GRAPHQL_PARSE_FAILED"),
    "300 directives": ("{thing{name" + "@a " * 300 + "}}", "OPERATION_TOO_COMPLEX"),
    "600 arguments": ("{thing(" + " ".join(f"a{n}:1" for n in range(600)) + "){name}}", "GRAPHQL_VALIDATION_FAILED"),
    "400 variables": ("query(" + " ".join(f"$v{n}:Int" for n in range(400)) + "){thing{name}}", "GRAPHQL_VALIDATION_FAILED"),
}


@pytest.mark.parametrize(("text", "expected"), ATTACKS.values(), ids=ATTACKS.keys())
def test_an_attack_is_answered_with_a_code_after_bounded_work_and_leaves_nothing(text: str, expected: str) -> None:
    known = documents()
    operation = Operation(text, name="Q0" if text.startswith("query Q0") else None)

    assert code(known, operation) == expected
    assert calls(lambda: known.prepare(operation)) < MOST_CALLS
    assert (len(known.store), known.store.bytes) == (0, 0)


WORDS = [
    *"{}()[]:$!=@|&FGQ", "...", "query", "mutation", "subscription", "fragment", "on", "Thing", "Query", "Page", "By", "thing", "name",
    "find", "by", "names", "page", "first", "things", "similar", "price", "amount", "$x", "true", "null", "1", "-7", "1.5e9", '"a"',
    "skip", "if", "input", "type", "__typename", "__schema",
]  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(st.one_of(st.text(max_size=40), st.lists(st.sampled_from(WORDS), max_size=25).map(" ".join)), st.sampled_from([None, "Q", ""]))
def test_any_text_is_prepared_or_refused(text: str, name: str | None) -> None:
    known = documents()

    told: list[GraphQLError] = []
    try:
        known.prepare(Operation(text, name=name))
    except Refused as refused:
        told = refused.errors

    assert (known.known(Operation(text, name=name)) is None) == bool(told)
    assert all(extensions_of(error)["code"] for error in told)


@pytest.mark.parametrize(
    "text",
    [
        '{ thing(name: """' + "\n a" * 30_000 + '""") { name } }',
        '{ thing(name: "' + "\\u0041" * 20_000 + '") { name } }',
        '{ thing(name: "😀 é ﷽") { name } }',
        "\ufeff{ thing { name } }",
        "{ thing { name" + "," * 100_000 + "} }",
    ],
    ids=["a long block string", "escapes", "characters of all sizes", "a byte order mark", "commas"],
)
def test_what_is_odd_but_right_is_prepared(text: str) -> None:
    assert prepare(text).root_fields == ("thing",)


def test_a_hash_alone_finds_what_was_sent_with_it_before() -> None:
    known = documents()
    text = "{ thing { name } }"

    (error,) = errors(known, Operation(None, extensions=hashed(hash_of(text))))
    registered = known.prepare(Operation(text, extensions=hashed(hash_of(text))))

    assert (error.message, extensions_of(error)["code"]) == ("PersistedQueryNotFound", "PERSISTED_QUERY_NOT_FOUND")
    assert known.known(Operation(None, extensions=hashed(hash_of(text)))) is registered
    assert known.prepare(Operation(None, extensions=hashed(hash_of(text)))) is registered


@pytest.mark.parametrize("is_known", [False, True])
def test_a_hash_of_another_text_is_a_bad_request(is_known: bool) -> None:
    known = documents()
    text = "{ thing { name } }"
    if is_known:
        known.prepare(Operation(text))

    (error,) = errors(known, Operation(text, extensions=hashed("0" * 64)))

    assert (error.message, extensions_of(error)["code"]) == ("provided sha does not match query", "BAD_REQUEST")
    assert len(known.store) == is_known


@pytest.mark.parametrize("text", ["{ thing", "{ nonsense }", "{ " + " ".join(f"a{n}: thing {{ name }}" for n in range(40)) + " }"])
def test_only_what_may_run_is_registered(text: str) -> None:
    known = documents()

    told = [code(known, Operation(sent, extensions=hashed(hash_of(text)))) for sent in (text, text, None)]

    assert told[0] == told[1] != told[2] == "PERSISTED_QUERY_NOT_FOUND"


@pytest.mark.parametrize(
    ("extensions", "expected"),
    [
        (hashed(hash_of("{ thing { name } }").upper()), "BAD_REQUEST"),
        (hashed("0" * 63), "BAD_REQUEST"),
        (hashed("0" * 64 + "\n"), "BAD_REQUEST"),
        (hashed(None), "BAD_REQUEST"),
        (hashed(7), "BAD_REQUEST"),
        (hashed(["0" * 64]), "BAD_REQUEST"),
        ({"persistedQuery": "0" * 64}, "BAD_REQUEST"),
        ({"persistedQuery": {}}, "PERSISTED_QUERY_NOT_SUPPORTED"),
        (hashed("0" * 64, 2), "PERSISTED_QUERY_NOT_SUPPORTED"),
        (hashed("0" * 64, True), "PERSISTED_QUERY_NOT_SUPPORTED"),
    ],
)
@pytest.mark.parametrize("text", [None, "{ thing { name } }"])
def test_a_hash_that_is_none_is_refused(text: str | None, extensions: dict[str, Any], expected: str) -> None:
    known = documents()
    known.prepare(Operation("{ thing { name } }"))

    with pytest.raises(Refused) as refused:
        known.prepare(Operation(text, extensions=extensions))

    assert extensions_of(refused.value.errors[0])["code"] == expected
    assert known.known(Operation(text, extensions=extensions)) is None


def test_other_extensions_are_none_of_the_engine_s() -> None:
    assert documents().prepare(Operation("{ thing { name } }", extensions={"persistedQuery": None, "cost": True})).name is None


def test_without_trusted_documents_an_id_is_not_supported() -> None:
    assert code(documents(), Operation("{ thing { name } }", document_id="a")) == "PERSISTED_QUERY_NOT_SUPPORTED"


def test_every_code_is_told_by_somebody() -> None:
    codes = {value for name, value in vars(refusals).items() if name.isupper() and isinstance(value, str)}

    assert codes == {
        "GRAPHQL_PARSE_FAILED", "GRAPHQL_VALIDATION_FAILED", "BAD_REQUEST", "OPERATION_TOO_COMPLEX", "PERSISTED_QUERY_NOT_FOUND",
        "PERSISTED_QUERY_NOT_SUPPORTED", "DOCUMENT_NOT_TRUSTED",
    }  # fmt: skip

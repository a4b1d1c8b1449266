"""Trusted documents: read from the manifests that builds write, prepared at start, and nothing else runs."""

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from engine.documents import Documents
from engine.limits import OperationLimits
from engine.operations import Operation
from engine.trusted import TrustedDocuments
from tests.engine.market import SCHEMA, code

THING = "query GetThing { thing { name } }"
PAGES = "query A { page { total } } query B { basket { total } }"
HASH = sha256(THING.encode()).hexdigest()
MANIFEST = {
    "format": "apollo-persisted-query-manifest",
    "version": 1,
    "operations": [
        {"id": HASH, "name": "GetThing", "type": "query", "body": THING},
        {"id": "pages", "name": "A", "type": "query", "body": PAGES},
    ],
}


def trusting(path: Path, manifest: Any, **limits: Any) -> Documents:
    path /= "manifest.json"
    path.write_text(json.dumps(manifest))
    return Documents(SCHEMA, OperationLimits(**limits), store_bytes=1, trusted=TrustedDocuments.read(path))


def hashed(given: object) -> dict[str, Any]:
    return {"persistedQuery": {"version": 1, "sha256Hash": given}}


@pytest.mark.parametrize("manifest", [MANIFEST, {HASH: THING, "pages": PAGES}, {f"sha256:{HASH}": THING, "pages": PAGES}])
def test_a_trusted_document_runs_by_its_id_its_hash_or_its_text(tmp_path: Path, manifest: Any) -> None:
    known = trusting(tmp_path, manifest)

    by_text = known.known(Operation(THING))

    assert by_text is not None
    assert (by_text.text, by_text.sha256) == (THING, HASH)
    for operation in (
        Operation(None, document_id=next(iter(manifest)) if manifest is not MANIFEST else HASH),
        Operation(None, document_id=f"sha256:{HASH}"),
        Operation(None, extensions=hashed(HASH)),
        Operation(THING, extensions=hashed(HASH), document_id=HASH, name="GetThing"),
    ):
        assert known.known(operation) is known.prepare(operation) is by_text
    assert known.prepare(Operation(None, document_id="pages", name="B")).root_fields == ("basket",)


@pytest.mark.parametrize(
    "operation",
    [
        Operation("{ thing { name } }"),
        Operation(THING + " "),
        Operation("{ nonsense"),
        Operation("{ thing { name } }", document_id=HASH),
        Operation(None, document_id="other"),
        Operation(None, document_id="pages", extensions=hashed(HASH)),
        Operation(None, extensions=hashed("0" * 64)),
        Operation("{ thing { name } }", extensions=hashed(sha256(b"{ thing { name } }").hexdigest())),
        Operation(None),
    ],
)
def test_nothing_else_runs(tmp_path: Path, operation: Operation) -> None:
    known = trusting(tmp_path, MANIFEST)

    assert code(known, operation) == "DOCUMENT_NOT_TRUSTED"
    assert len(known.store) == 2


def test_a_trusted_document_is_refused_as_any_other_for_what_is_wrong_with_the_request(tmp_path: Path) -> None:
    known = trusting(tmp_path, MANIFEST)

    assert code(known, Operation(None, document_id="pages")) == "BAD_REQUEST"
    assert code(known, Operation(None, document_id="pages", name="C")) == "BAD_REQUEST"
    assert code(known, Operation(THING, extensions=hashed("0" * 64))) == "BAD_REQUEST"


def test_trusted_documents_stay_whatever_the_store_has_room_for(tmp_path: Path) -> None:
    known = trusting(tmp_path, {str(number): f"{{ thing(name: \"{number}\") {{ name }} }}" for number in range(50)})  # fmt: skip

    assert [known.prepare(Operation(None, document_id=str(number))).root_fields for number in range(50)] == [("thing",)] * 50


def test_documents_that_do_not_fit_the_schema_are_named_at_start_with_the_reason(tmp_path: Path) -> None:
    with pytest.raises(
        ValueError, match=r"2 of 3 trusted documents .* one: Cannot query field 'nonsense' on type 'Query'\. \| two: Syntax Error"
    ):
        trusting(tmp_path, {"one": "{ nonsense }", "two": "{", "three": "{ thing { name } }"})
    with pytest.raises(ValueError, match=r"1 of 1 trusted .* deep: The operation is 2 fields deep: 1 at most\."):
        trusting(tmp_path, {"deep": "{ thing { name } }"}, depth=1)


@pytest.mark.parametrize(
    ("manifest", "reason"),
    [
        ([], "one JSON object"),
        ({"a": 1}, "a has no document"),
        ({**MANIFEST, "version": 2}, "version 1"),
        ({**MANIFEST, "format": "other"}, "apollo-persisted-query-manifest"),
        ({**MANIFEST, "operations": None}, "with operations"),
        ({**MANIFEST, "operations": [{"id": "a"}]}, "operation 0 must have an id and a body"),
        ({**MANIFEST, "operations": [{"id": "a", "body": "{ a }"}, {"id": "a", "body": "{ b }"}]}, "two documents have the id a"),
    ],
)
def test_a_file_that_is_no_manifest_is_refused_with_the_reason(tmp_path: Path, manifest: Any, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        trusting(tmp_path, manifest)


def test_a_file_that_is_not_json_is_refused(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text("{")

    with pytest.raises(ValueError, match="is not JSON"):
        TrustedDocuments.read(tmp_path / "manifest.json")

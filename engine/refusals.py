"""Refusals: why an operation is not run, in words and codes that its client can act on."""

from collections.abc import Iterable

from graphql import GraphQLError

PARSE_FAILED = "GRAPHQL_PARSE_FAILED"
VALIDATION_FAILED = "GRAPHQL_VALIDATION_FAILED"
BAD_REQUEST = "BAD_REQUEST"
TOO_COMPLEX = "OPERATION_TOO_COMPLEX"
NOT_FOUND = "PERSISTED_QUERY_NOT_FOUND"
NOT_SUPPORTED = "PERSISTED_QUERY_NOT_SUPPORTED"
NOT_TRUSTED = "DOCUMENT_NOT_TRUSTED"

LONGEST_MESSAGE = 500  # an error repeats names from the document, which may be as long as the document

WHAT_IS_LIMITED = {
    "document_bytes": "The document has {found} bytes",
    "tokens": "The document has {found} tokens or more",
    "fields": "The document's operations have {found} fields, fragments followed",
    "overlaps": "The document has {found} pairs of fields that answer under one name in one place, and of fragments there",
    "depth": "The operation is {found} fields deep",
    "aliases": "The operation has {found} aliases",
    "root_fields": "The operation has {found} root fields",
    "directives": "The operation has {found} directives",
    "list_items": "The operation and its variables have lists of {found} items or more",
    "cost": "The operation costs {found}",
}
"""The sentence of each limit, by its name in `OperationLimits`."""


class Refused(Exception):
    """The operation is not run; each of `errors` has a code in its extensions."""

    def __init__(self, errors: list[GraphQLError]) -> None:
        super().__init__("; ".join(error.message for error in errors))
        self.errors = errors


def refused(code: str, message: str, **extensions: object) -> Refused:
    """A refusal of one error, with no place in the document."""
    return Refused([GraphQLError(_readable(message), extensions={"code": code, **extensions})])


def refused_for(code: str, errors: Iterable[GraphQLError]) -> Refused:
    """A refusal with what graphql-core found, place by place."""
    return Refused([_coded(code, error) for error in errors])


def too_complex(limit: str, most: int, found: int) -> Refused:
    """One of `OperationLimits` is exceeded. Counting ends where a number is certain to be too high, so there may be more than `found`."""
    sentence = WHAT_IS_LIMITED[limit].format(found=found)
    return refused(TOO_COMPLEX, f"{sentence}: {most} at most.", limit=limit, most=most, found=found)


def not_found() -> Refused:
    """A hash alone, of a document that is not known here. Apollo's clients look for this text, and send the document with it next."""
    return refused(NOT_FOUND, "PersistedQueryNotFound")


def not_supported() -> Refused:
    """Persisted queries of another version than 1. Apollo's clients look for this text, and then stop sending hashes."""
    return refused(NOT_SUPPORTED, "PersistedQueryNotSupported")


def not_trusted() -> Refused:
    """Only documents of a manifest are run, and this is none of them."""
    return refused(NOT_TRUSTED, "Only documents that were registered beforehand are run here.")


def _coded(code: str, error: GraphQLError) -> GraphQLError:
    """The same error with a code, and without the exception beneath it, whose traceback would keep the whole document alive."""
    return GraphQLError(_readable(error.message), error.nodes, error.source, error.positions, extensions={"code": code})


def _readable(message: str) -> str:
    return message if len(message) <= LONGEST_MESSAGE else f"{message[:LONGEST_MESSAGE]} …"

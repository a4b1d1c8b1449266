"""Documents: text → parsed, measured, validated, priced, once. All that is hostile ends here, before a resolver is near."""

import re
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from graphql import DocumentNode, GraphQLSchema, GraphQLSyntaxError, OperationDefinitionNode, parse
from strawberry.types.graphql import OperationType

from engine import refusals
from engine.cache_policy import CachePolicies
from engine.costs import Prices
from engine.limits import OperationLimits
from engine.measure import Measured, MeasuredDocument, items_in, root_fields
from engine.operations import Operation, PreparedOperation
from engine.refusals import Refused, refused, too_complex
from engine.store import KnownDocument, Store
from engine.trusted import TrustedDocuments
from engine.validation import errors_in

HASH = re.compile(r"[0-9a-f]{64}")
TOO_MANY_TOKENS = re.compile(r"Syntax Error: Document contains more than \d+ (?:tokens|comments)\. Parsing aborted\.")
TOO_DEEP = "Syntax Error: Document is nested too deeply. Parsing aborted."
OF_THE_OPERATION = ("depth", "aliases", "root_fields", "directives", "list_items")
"""The limits that each operation has for itself; the others are the document's."""


class Documents:
    """The documents of a schema's clients, each prepared once and then known."""

    def __init__(
        self, schema: GraphQLSchema, limits: OperationLimits, *, store_bytes: int = 32 * 2**20, trusted: TrustedDocuments | None = None
    ) -> None:
        """Trusted documents are prepared now, and no others run later.

        Raises ValueError for any of them that does not fit the schema or the limits, with its reason, and for senseless declarations.
        """
        self._schema = schema
        self._limits = limits
        self._prices = Prices(schema)
        self._policies = CachePolicies(schema)
        self._is_closed = trusted is not None
        self.store = Store(store_bytes)
        if trusted is not None:
            self._trust(trusted)

    def known(self, operation: Operation) -> PreparedOperation | None:
        """What an operation was prepared to before, at once; None also where it will be refused."""
        try:
            known = self._find(operation, _hash_in(operation))
        except Refused:
            return None
        return None if known is None else known.operations.get(operation.name)

    def prepare(self, operation: Operation) -> PreparedOperation:
        """The operation ready to run; raises Refused. It is known from then on, to whoever sends its text or its hash."""
        given_hash = _hash_in(operation)
        known = self._find(operation, given_hash)
        if known is None:
            if self._is_closed:
                raise refusals.not_trusted()
            if operation.document_id is not None:
                raise refused(refusals.NOT_SUPPORTED, "There are no documents with ids here: send the document as `query`.")
            known = self._parsed(operation.document, given_hash)
        if (prepared := known.operations.get(operation.name)) is None:
            prepared = self._prepare(known, operation.name)
            self.store.put(known)
        return prepared

    def check(self, prepared: PreparedOperation, variables: Mapping[str, Any] | None) -> int:
        """The cost of an operation with its raw variables; raises Refused where that, or a list in them, is over its limit."""
        limits = self._limits
        cost = prepared.cost(variables)
        _limit("cost", limits.cost, cost)
        if variables and limits.list_items:
            in_document = prepared.measured.list_items
            _limit("list_items", limits.list_items, in_document + items_in(variables.values(), limits.list_items - in_document))
        return cost

    def _find(self, operation: Operation, given_hash: str | None) -> KnownDocument | None:
        """The known document that an operation names. All that it says must name the same one."""
        text = operation.document
        if operation.document_id is not None:
            known = self.store.by_id(operation.document_id)
            is_same = known is not None and text in (None, known.text) and given_hash in (None, known.sha256, operation.document_id)
            return known if is_same else None
        if text is None:
            return None if given_hash is None else self.store.by_hash(given_hash)
        known = self.store.by_text(text)
        if known is not None and given_hash is not None and known.sha256 != given_hash and self.store.by_id(given_hash) is not known:
            raise _mismatch()
        return known

    def _parsed(self, text: str | None, given_hash: str | None) -> KnownDocument:
        """Parse and measure a document that is new here."""
        if text is None:
            raise (
                refused(refusals.BAD_REQUEST, "There is no document: send one as `query`.") if given_hash is None else refusals.not_found()
            )
        if not text.strip():
            raise refused(refusals.BAD_REQUEST, "The document is empty.")
        encoded = text.encode(errors="surrogatepass")
        _limit("document_bytes", self._limits.document_bytes, len(encoded))
        hash_of_text = sha256(encoded).hexdigest()
        if given_hash not in (None, hash_of_text):
            raise _mismatch()
        document = self._parse(text)
        return KnownDocument(text=text, sha256=hash_of_text, document=document, measured=MeasuredDocument(document))

    def _parse(self, text: str) -> DocumentNode:
        most = self._limits.tokens
        try:
            document = parse(text, max_lexical_tokens=most or None, max_comments=most or None)
        except GraphQLSyntaxError as error:
            if TOO_MANY_TOKENS.fullmatch(error.message):
                raise too_complex("tokens", most, most + 1) from None
            if error.message == TOO_DEEP:
                raise refused(refusals.PARSE_FAILED, "The document is nested too deeply.") from None
            raise refusals.refused_for(refusals.PARSE_FAILED, [error]) from None
        except RecursionError:
            raise refused(refusals.PARSE_FAILED, "The document is nested too deeply.") from None
        _limit("tokens", most, document.token_count or 0)  # words and comments together
        return document

    def _prepare(self, known: KnownDocument, name: str | None) -> PreparedOperation:
        """One of a document's operations; the first one asked for also shows whether the document is valid."""
        definition = _choose(known.measured.operations, name)
        measured = known.measured.of(definition)
        for limit in OF_THE_OPERATION:
            _limit(limit, getattr(self._limits, limit), getattr(measured, limit))
        if not known.is_valid:
            self._validate(known)
        own_name = definition.name.value if definition.name else None
        if (prepared := known.operations.get(own_name)) is None:
            prepared = self._made(known, definition, measured)
            known.operations[own_name] = prepared
        known.operations[name] = prepared
        return prepared

    def _validate(self, known: KnownDocument) -> None:
        """Validation looks at all operations, in time that grows with their fields and the square of those that overlap."""
        measured, limits = known.measured, self._limits
        _limit("fields", limits.fields, measured.fields)
        if limits.overlaps and not measured.is_cyclic:
            _limit("overlaps", limits.overlaps, measured.overlaps(limits.overlaps))
        errors = errors_in(self._schema, known.document, introspection=limits.introspection, is_cyclic=measured.is_cyclic)
        if errors:
            raise refusals.refused_for(refusals.VALIDATION_FAILED, errors)
        known.is_valid = True

    def _made(self, known: KnownDocument, definition: OperationDefinitionNode, measured: Measured) -> PreparedOperation:
        fragments = known.measured.fragments
        price = self._prices.price_of(definition, fragments)
        _limit("cost", self._limits.cost, price.constant or 0)
        return PreparedOperation(
            text=known.text,
            sha256=known.sha256,
            document=known.document,
            definition=definition,
            kind=OperationType(definition.operation.value),
            name=definition.name.value if definition.name else None,
            root_fields=root_fields(definition, fragments),
            measured=measured,
            cache=self._policies.policy_of(definition, fragments),
            price=price,
        )

    def _trust(self, trusted: TrustedDocuments) -> None:
        wrong: list[str] = []
        for document_id, text in trusted.documents.items():
            try:
                known = self.store.by_text(text) or self._parsed(text, None)
                if len(known.measured.operations) == 1:
                    self._prepare(known, None)
                for operation in known.measured.operations:
                    if operation.name is not None:
                        self._prepare(known, operation.name.value)
                self.store.trust(known, document_id)
            except Refused as error:
                wrong.append(f"{document_id}: {error}")
        if wrong:
            raise ValueError(f"{len(wrong)} of {len(trusted.documents)} trusted documents cannot run here. " + " | ".join(wrong))


def _hash_in(operation: Operation) -> str | None:
    """The hash of Apollo's persisted queries. Source: https://www.apollographql.com/docs/apollo-server/performance/apq"""
    given = operation.extensions.get("persistedQuery") if operation.extensions else None
    if given is None:
        return None
    if not isinstance(given, dict):
        raise refused(refusals.BAD_REQUEST, "`persistedQuery` must be an object: {version: 1, sha256Hash}.")
    if isinstance(version := given.get("version"), bool) or version != 1:
        raise refusals.not_supported()
    given_hash = given.get("sha256Hash")
    if not isinstance(given_hash, str) or HASH.fullmatch(given_hash) is None:
        raise refused(refusals.BAD_REQUEST, "`sha256Hash` must be 64 hexadecimal digits in lower case.")
    return given_hash


def _choose(operations: list[OperationDefinitionNode], name: str | None) -> OperationDefinitionNode:
    if not operations:
        raise refused(refusals.BAD_REQUEST, "The document has no operation.")
    if name is None:
        if len(operations) > 1:
            raise refused(refusals.BAD_REQUEST, "The document has several operations: say which one with operationName.")
        return operations[0]
    for operation in operations:
        if operation.name is not None and operation.name.value == name:
            return operation
    raise refused(refusals.BAD_REQUEST, f'Unknown operation named "{name}".')


def _limit(name: str, most: int, found: int) -> None:
    if most and found > most:
        raise too_complex(name, most, found)


def _mismatch() -> Refused:
    return refused(refusals.BAD_REQUEST, "provided sha does not match query")

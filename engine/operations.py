"""Operations: what a client asks to be run, and what is made of it once for all who ask the same."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import DocumentNode, OperationDefinitionNode
from strawberry.types.graphql import OperationType

from engine.cache_policy import CachePolicy
from engine.costs import Price
from engine.measure import Measured


@dataclass(slots=True)
class Operation:
    """What a client asks to be run. Nobody changes what it says."""

    document: str | None
    """Its text; None where it is named by its hash or id alone."""
    variables: dict[str, Any] | None = None
    name: str | None = None
    extensions: dict[str, Any] | None = None
    document_id: str | None = None
    """`documentId`: which of the trusted documents it is."""
    cost: int | None = field(default=None, compare=False)
    """What it costs, where that was found within the limits: noted by whoever asks, for those who send the very same again."""


@dataclass(slots=True, eq=False, kw_only=True)
class PreparedOperation:
    """An operation of a document, ready to run: parsed, validated and measured. One object for all requests; two are never equal."""

    text: str
    sha256: str
    """Of the text's UTF-8, in lower-case hexadecimal."""
    document: DocumentNode
    definition: OperationDefinitionNode
    kind: OperationType
    name: str | None
    root_fields: tuple[str, ...]
    """The schema's names of its root fields, once per name they answer under; skipped ones too."""
    measured: Measured
    cache: CachePolicy
    price: Price
    plan: Any = None
    """What the executor keeps with it."""

    def cost(self, variables: Mapping[str, Any] | None) -> int:
        """What it costs with these raw variables, at least 1. At once where no variable sets a page size."""
        return self.price.of(variables)

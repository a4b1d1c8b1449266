"""Limits: how much one operation may ask for. They hold before anything is resolved, and whoever goes over one is told which."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationLimits:
    """What a document or its operation may have at most; 0 is no limit. Fragments count wherever they are spread.

    `fields` is what keeps the work of all that follows in proportion: with no limit there, fragments that each spread the next one
    twice cost what they multiply to.
    """

    document_bytes: int = 131_072
    """The text, as UTF-8: the longest that generated clients send is a tenth. It bounds what the lexer reads, commas too."""
    tokens: int = 2_000
    """Words and marks of the document, comments too: GraphiQL's introspection has under 400. Parsing and validating grow with them."""
    fields: int = 2_000
    """Fields of all the document's operations: each is at least one call when the operation runs, and one compiled step."""
    overlaps: int = 5_000
    """Pairs of fields that answer under one name in one place, and of fragments there: validation compares each. Seventy fragments on one
    object may share a field."""
    depth: int = 16
    """Fields within fields, leaves counted: introspection has 15, and people's own queries seldom 10."""
    aliases: int = 30
    """Fields that answer under another name than their own: by them one request asks the same again and again, such as log-ins."""
    root_fields: int = 20
    """Fields of the operation itself: each is a request of its own to the domain, mutations one after the other."""
    directives: int = 50
    """Directives in the operation: each is looked at whenever it runs."""
    list_items: int = 10_000
    """Items of lists in the document and its variables together, nested ones too: each is coerced before a resolver can refuse it."""
    cost: int = 10_000
    """What the operation costs with its variables' page sizes: see `engine.costs`."""
    introspection: bool = True
    """Whether the schema may be asked for; without it, errors suggest no names either."""

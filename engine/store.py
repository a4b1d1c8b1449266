"""The store of documents that are ready: bounded by bytes, and not to be emptied by a flood of documents that come once."""

from collections import OrderedDict
from dataclasses import dataclass, field

from graphql import DocumentNode

from engine.measure import Measured, MeasuredDocument
from engine.operations import PreparedOperation
from engine.plans import VARIANTS_MOST

BYTES_PER_TOKEN = 640
"""What a parsed token takes, with its place in the text: 330 to 620 by tracemalloc (64-bit CPython 3.11, graphql-core 3.3)."""
BYTES_PER_DOCUMENT = 6_000
"""What a document takes beside its text and tokens."""
BYTES_PER_PLAN = 12_000
"""What a compiled plan takes for itself; there is one for each choice of what an operation's directives leave in, up to a bound."""
BYTES_PER_FIELD = 600
"""What a field takes in each plan: 250 to 500, measured alike."""

SHARE_OF_THE_PROVEN = 0.8
"""How much of the store is for documents that were asked for again."""


@dataclass(slots=True, eq=False, kw_only=True)
class KnownDocument:
    """A document, with those of its operations that were asked for."""

    text: str
    sha256: str
    document: DocumentNode
    measured: MeasuredDocument
    is_valid: bool = False
    operations: dict[str | None, PreparedOperation] = field(default_factory=dict)
    """By the name that was asked for; None where there was no need to say."""
    bytes: int = 0
    """About what it takes, with all that hangs on it, when it was put into the store."""

    def size(self) -> int:
        """About what it takes now."""
        of_document = BYTES_PER_DOCUMENT + self.text.__sizeof__() + BYTES_PER_TOKEN * self.measured.tokens
        return of_document + sum(_size_of_plans(operation.measured) for operation in set(self.operations.values()))


def _size_of_plans(measured: Measured) -> int:
    plans = min(VARIANTS_MOST, 1 << min(measured.directives, VARIANTS_MOST))
    return plans * (BYTES_PER_PLAN + BYTES_PER_FIELD * measured.fields)


class Store:
    """Known documents by their text and by their SHA-256.

    A document comes on trial. Asked for again it is proven, and only others that were asked for again can push it back on trial; what is on
    trial the longest goes first. Trusted documents stay. For one thread.
    """

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._on_trial: OrderedDict[str, KnownDocument] = OrderedDict()
        self._proven: OrderedDict[str, KnownDocument] = OrderedDict()
        self._by_hash: dict[str, KnownDocument] = {}
        self._trusted: dict[str, KnownDocument] = {}
        self._trusted_by_id: dict[str, KnownDocument] = {}
        self._proven_bytes = 0
        self.bytes = 0
        """What all but the trusted take, as estimated."""

    def __len__(self) -> int:
        return len(self._on_trial) + len(self._proven) + len(self._trusted)

    def by_text(self, text: str) -> KnownDocument | None:
        """The document of this text; it counts as asked for."""
        if (known := self._proven.get(text)) is not None:
            self._proven.move_to_end(text)
            return known
        if (known := self._on_trial.pop(text, None)) is not None:
            self._prove(known)
            return known
        return self._trusted.get(text)

    def by_hash(self, sha256: str) -> KnownDocument | None:
        """The document whose text has this SHA-256, or a trusted one whose id it is; it counts as asked for."""
        if (known := self._by_hash.get(sha256)) is not None:
            return self.by_text(known.text)
        return self._trusted_by_id.get(sha256)

    def by_id(self, document_id: str) -> KnownDocument | None:
        """The trusted document of this id."""
        return self._trusted_by_id.get(document_id)

    def put(self, known: KnownDocument) -> None:
        """Keep a document, or count it anew after it has grown. One that is larger than all room is not kept."""
        if known.text in self._trusted:
            return
        size = known.size()
        if known.text in self._proven:
            self._proven_bytes += size - known.bytes
            self.bytes += size - known.bytes
        else:
            if self._on_trial.pop(known.text, None) is not None:
                self.bytes -= known.bytes
            self._on_trial[known.text] = self._by_hash[known.sha256] = known
            self.bytes += size
        known.bytes = size
        self._make_room()

    def trust(self, known: KnownDocument, *ids: str) -> None:
        """Keep a document for ever, under these ids and its hash."""
        self._trusted[known.text] = known
        for name in (*ids, known.sha256, f"sha256:{known.sha256}"):
            self._trusted_by_id[name] = known

    def _prove(self, known: KnownDocument) -> None:
        self._proven[known.text] = known
        self._proven_bytes += known.bytes
        while self._proven_bytes > self._most_bytes * SHARE_OF_THE_PROVEN and len(self._proven) > 1:
            text, oldest = self._proven.popitem(last=False)
            self._proven_bytes -= oldest.bytes
            self._on_trial[text] = oldest

    def _make_room(self) -> None:
        while self.bytes > self._most_bytes:
            is_proven = not self._on_trial
            _, oldest = (self._proven if is_proven else self._on_trial).popitem(last=False)
            self.bytes -= oldest.bytes
            self._proven_bytes -= oldest.bytes if is_proven else 0
            del self._by_hash[oldest.sha256]

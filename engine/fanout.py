"""Fan-out: shared subscriptions. All who ask the same of a shared field are told from one topic, which runs without a caller."""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol

import strawberry
from graphql import DocumentNode, ExecutionResult, FieldNode, GraphQLError, GraphQLField, OperationType, VariableNode, Visitor, visit
from graphql.execution.collect_fields import collect_fields
from graphql.execution.values import get_argument_values
from graphql.pyutils import Path
from strawberry.types.arguments import convert_arguments
from strawberry.types.field import StrawberryField

from engine.encoding import encode
from engine.execution import CompiledExecutor
from engine.sharing import Shared, Source, shared_of
from engine.topics import Member, NotShareable, Subscriber, Topic

REMEMBERED_MOST = 1024
"""Prepared operations of which it is remembered how they are shared."""


class Prepared(Protocol):
    """What is asked, as `engine.operations.PreparedOperation` has it: validated, made once for all who ask it, and hashable by identity."""

    @property
    def document(self) -> DocumentNode: ...


Begin = Callable[[Any, dict[str, Any] | None, object], CompiledExecutor | list[GraphQLError]]
"""Begins a run of a prepared operation with its variables coerced, in a context: `Engine.begin`."""
EncodeResult = Callable[[ExecutionResult], bytes]
"""The response for an event's result."""


class Fanout:
    """The shared subscriptions of a process. `make_context` makes what resolvers see as `info.context`, once for each topic, for nobody."""

    def __init__(self, begin: Begin, make_context: Callable[[], object], encode_result: EncodeResult | None = None) -> None:
        self._begin = begin
        self._make_context = make_context
        self._encode_result = encode_result or plainly
        self._topics: dict[Hashable, Topic] = {}
        self._cursors: OrderedDict[Any, frozenset[str]] = OrderedDict()
        self._alone: OrderedDict[Any, None] = OrderedDict()

    @property
    def topic_count(self) -> int:
        """How many topics are open."""
        return len(self._topics)

    @property
    def member_count(self) -> int:
        """How many subscribers there are."""
        return sum(len(topic) for topic in self._topics.values())

    def join(self, prepared: Prepared, variables: dict[str, Any] | None, subscriber: Subscriber) -> Member | None:
        """Tell a subscriber what a subscription tells; None where this one cannot be shared, or is wrong: it is to be run alone.

        The subscriber is never told anything before this returns.
        """
        if prepared in self._alone:
            return None
        run = self._begin(prepared, variables, None)
        if isinstance(run, list) or run.operation.operation is not OperationType.SUBSCRIPTION:
            return None
        asked = Asked.of(run)
        if asked is None:
            return None
        try:
            key = prepared, frozen(asked.arguments), frozen(self._others(prepared, run, asked))
            hash((key, asked.cursor))
        except TypeError:  # something of a scalar's own that has no hash
            return None
        topic = self._topics.get(key)
        if topic is None:
            topic = self._topics[key] = self._open(key, prepared, run, asked)
        return topic.join(subscriber, asked.cursor)

    def _open(self, key: Hashable, prepared: Any, run: CompiledExecutor, asked: "Asked") -> Topic:
        run.context_value = self._make_context()

        def encode_value(value: Any) -> bytes:
            result = event_of(run, value)
            if result is None:
                remember(self._alone, prepared, None)
                raise NotShareable
            return self._encode_result(result)

        def closed(topic: Topic) -> None:
            if self._topics.get(key) is topic:
                del self._topics[key]

        return Topic(lambda: asked.open(run), encode_value, closed)

    def _others(self, prepared: Any, run: CompiledExecutor, asked: "Asked") -> dict[str, Any]:
        """The variables that make a difference, besides one that is nothing but the cursor."""
        coerced = run.variable_values.coerced
        if asked.cursor_variable is None or asked.cursor_variable not in coerced:
            return coerced
        if (once := self._cursors.get(prepared)) is None:
            once = used_once(prepared.document)
            remember(self._cursors, prepared, once)
        return {name: value for name, value in coerced.items() if name != asked.cursor_variable or name not in once}


class Asked:
    """What a run asks of a shared field."""

    __slots__ = ("_definition", "_nodes", "_path", "_shared", "arguments", "cursor", "cursor_variable")

    def __init__(self, shared: Shared, definition: GraphQLField, nodes: list[FieldNode], path: Path, arguments: dict[str, Any]) -> None:
        self._shared = shared
        self._definition = definition
        self._nodes = nodes
        self._path = path
        self.arguments = arguments
        self.cursor: Any = None
        self.cursor_variable: str | None = None

    @classmethod
    def of(cls, run: CompiledExecutor) -> "Asked | None":
        """What is asked; None where that is not one field which is shared, or its arguments are wrong."""
        root = run.schema.subscription_type
        if root is None:
            return None
        fields = collect_fields(run.schema, run.fragments, run.variable_values, root, run.operation, run.hide_suggestions).grouped_field_set
        if len(fields) != 1:
            return None
        ((name, details),) = fields.items()
        definition = root.fields.get(details[0].node.name.value)
        if definition is None or (shared := shared_of(definition)) is None:
            return None
        nodes = [detail.node for detail in details]
        try:
            arguments = get_argument_values(
                definition, nodes[0], run.variable_values, details[0].fragment_variable_values, run.hide_suggestions
            )
        except GraphQLError:
            return None
        asked = cls(shared, definition, nodes, Path(None, name, root.name), arguments)
        asked._take_cursor()
        return asked

    def open(self, run: CompiledExecutor) -> AbstractAsyncContextManager[Source[Any]]:
        """The source, not yet opened."""
        schema: strawberry.Schema = run.schema.extensions["strawberry-definition"]
        field: StrawberryField = self._definition.extensions["strawberry-definition"]
        root = run.schema.subscription_type
        assert root is not None
        info = schema.config.info_class(_raw_info=run.build_resolve_info(self._definition, self._nodes, root, self._path), _field=field)
        converted = convert_arguments(
            self.arguments, field.arguments, scalar_registry=schema.schema_converter.scalar_registry, config=schema.config, info=info
        )
        return self._shared.open_source(info, **converted)

    def _take_cursor(self) -> None:
        """The cursor is no argument of the source: those who stand at different ones are told from the same."""
        for name, argument in self._definition.args.items():
            if argument.extensions["strawberry-definition"].python_name == self._shared.cursor_argument:
                self.cursor = self.arguments.pop(name, None)
                given = next((one.value for one in self._nodes[0].arguments or () if one.name.value == name), None)
                self.cursor_variable = given.name.value if isinstance(given, VariableNode) else None


def event_of(run: CompiledExecutor, value: Any) -> ExecutionResult | None:
    """The result of a subscription for a value of its source; None where it would have to be waited for."""
    event: Any = run.build_per_event_executor(value)
    found: ExecutionResult | None = event.execute_at_once()
    return found


def plainly(result: ExecutionResult) -> bytes:
    """A response as the specification has it."""
    return encode({"data": result.data, "errors": [error.formatted for error in result.errors]} if result.errors else {"data": result.data})


def frozen(value: Any) -> Hashable:
    """A value of an argument as part of a key: equal where values and types are. Raises TypeError for what has no hash."""
    match value:
        case Mapping():
            return dict, tuple(sorted((name, frozen(part)) for name, part in value.items()))
        case list() | tuple():
            return list, tuple(frozen(part) for part in value)
        case _:
            hash(value)
            return type(value), value


def used_once(document: DocumentNode) -> frozenset[str]:
    """The variables that a document uses in one place only, besides where they are defined."""
    counts: dict[str, int] = {}

    class Uses(Visitor):
        def enter_variable(self, node: VariableNode, *_: Any) -> None:
            counts[node.name.value] = counts.get(node.name.value, 0) + 1

    visit(document, Uses())
    return frozenset(name for name, count in counts.items() if count <= 2)


def remember(memory: OrderedDict[Any, Any], prepared: Any, value: Any) -> None:
    """Keep something of a prepared operation, and of so many at most."""
    memory[prepared] = value
    if len(memory) > REMEMBERED_MOST:
        memory.popitem(last=False)

"""Measuring: how much a document asks for, counted before it is validated, in time that grows with its text alone.

Each definition is walked once. What its spreads add comes from the fragments' own numbers, made once each, so fragments that each spread
the next one twice are no work. Cycles and unknown fragments add nothing: validation has its own words for them.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from graphql import (
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    ListValueNode,
    ObjectValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    ValueNode,
)

MOST = 2**31 - 1
"""Where counts stop: GraphQL's largest Int."""

Definition = OperationDefinitionNode | FragmentDefinitionNode
Fragments = Mapping[str, FragmentDefinitionNode]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """The numbers of an operation, with each fragment counted wherever it is spread; see `OperationLimits` for what they mean."""

    tokens: int = 0
    fields: int = 0
    depth: int = 0
    aliases: int = 0
    root_fields: int = 0
    directives: int = 0
    list_items: int = 0


@dataclass(slots=True)
class Own:
    """The numbers of a definition without its spreads, and where these are: (fragment, how many fields above it)."""

    fields: int = 0
    depth: int = 0
    aliases: int = 0
    root_fields: int = 0
    directives: int = 0
    list_items: int = 0
    spreads: list[tuple[str, int]] = field(default_factory=list)


class MeasuredDocument:
    """A document's numbers, operation by operation and all together."""

    def __init__(self, document: DocumentNode) -> None:
        self.tokens: int = document.token_count or 0
        self.operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
        self.fragments = fragments_of(document)
        own = {name: _own(fragment) for name, fragment in self.fragments.items()}
        order = {name: place for place, name in enumerate(_innermost_first(own))}
        self.is_cyclic = any(order.get(spread, -1) >= order[name] for name in own for spread, _ in own[name].spreads)
        """Whether fragments spread each other in a circle: such a document is never valid."""
        self._fragments: dict[str, Measured] = {}
        for name in order:
            self._fragments[name] = self._whole(own[name])
        of_operations = [_own(operation) for operation in self.operations]
        self._operations = {id(operation): self._whole(numbers) for operation, numbers in zip(self.operations, of_operations, strict=True)}
        self._unused = [self.fragments[name] for name in _unused(of_operations, own)]
        totals = [*self._operations.values(), *(self._fragments[fragment.name.value] for fragment in self._unused)]
        self.fields = min(MOST, sum(measured.fields for measured in totals))
        """Of all operations, and of fragments that none of them uses: validation looks at these as well."""

    def of(self, operation: OperationDefinitionNode) -> Measured:
        """The numbers of one of the document's operations."""
        return self._operations[id(operation)]

    def overlaps(self, most: int = MOST) -> int:
        """Pairs of fields that answer under one name in one place, and of fragments there: the work of graphql-core's quadratic rule.

        Looks at each of `fields` once. Ends as soon as there are more than `most`. Only for documents that are not cyclic.
        """
        found = 0
        for definition in (*self.operations, *self._unused):
            places = [[definition.selection_set]]
            while places:
                answers, fragments = self._answers(places.pop())
                found += _pairs(fragments)
                for nodes in answers.values():
                    found += _pairs(len(nodes))
                    if found > most:
                        return found
                    if beneath := [node.selection_set for node in nodes if node.selection_set is not None]:
                        places.append(beneath)
        return found

    def _answers(self, place: list[SelectionSetNode]) -> tuple[dict[str, list[FieldNode]], int]:
        """What is selected in a place, by the name it answers under, and in how many fragments; each counts once, whatever its type."""
        answers: dict[str, list[FieldNode]] = {}
        seen: set[str] = set()
        rest = list(place)
        while rest:
            for selection in rest.pop().selections:
                if isinstance(selection, FieldNode):
                    answers.setdefault(answer_name(selection), []).append(selection)
                elif isinstance(selection, InlineFragmentNode):
                    rest.append(selection.selection_set)
                elif isinstance(selection, FragmentSpreadNode) and (name := selection.name.value) not in seen:
                    seen.add(name)
                    if name in self.fragments:
                        rest.append(self.fragments[name].selection_set)
        return answers, len(seen)

    def _whole(self, own: Own) -> Measured:
        """A definition's numbers with those of its fragments, which are measured already."""
        counts: Counter[str] = Counter()
        depth, root_fields = own.depth, own.root_fields
        for name, above in own.spreads:
            if (spread := self._fragments.get(name)) is not None:
                for count in ("fields", "aliases", "directives", "list_items"):
                    counts[count] += getattr(spread, count)
                depth = max(depth, above + spread.depth)
                root_fields += spread.root_fields if above == 0 else 0
        return Measured(
            tokens=self.tokens,
            fields=min(MOST, own.fields + counts["fields"]),
            depth=min(MOST, depth),
            aliases=min(MOST, own.aliases + counts["aliases"]),
            root_fields=min(MOST, root_fields),
            directives=min(MOST, own.directives + counts["directives"]),
            list_items=min(MOST, own.list_items + counts["list_items"]),
        )


def fragments_of(document: DocumentNode) -> dict[str, FragmentDefinitionNode]:
    """A document's fragments by their names."""
    return {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}


def answer_name(node: FieldNode) -> str:
    """The name that a field has in the answer."""
    return node.alias.value if node.alias else node.name.value


def root_fields(operation: OperationDefinitionNode, fragments: Fragments) -> tuple[str, ...]:
    """The schema's names of an operation's root fields, once per name they answer under, in order; skipped ones too."""
    return tuple({answer_name(node): node.name.value for node in _root_nodes(operation.selection_set, fragments, set())}.values())


def _root_nodes(selection_set: SelectionSetNode, fragments: Fragments, seen: set[str]) -> Iterator[FieldNode]:
    for selection in selection_set.selections:
        if isinstance(selection, FieldNode):
            yield selection
        elif isinstance(selection, InlineFragmentNode):
            yield from _root_nodes(selection.selection_set, fragments, seen)
        elif isinstance(selection, FragmentSpreadNode) and (name := selection.name.value) not in seen and name in fragments:
            seen.add(name)
            yield from _root_nodes(fragments[name].selection_set, fragments, seen)


def items_in(values: Iterable[object], most: int = MOST) -> int:
    """How many items the lists in some JSON hold together, nested ones too. Ends as soon as there are more than `most`."""
    found = 0
    rest = list(values)
    while rest:
        value = rest.pop()
        if isinstance(value, list):
            found += len(value)
            if found > most:
                return found
            rest.extend(value)
        elif isinstance(value, dict):
            rest.extend(value.values())
    return found


def _own(definition: Definition) -> Own:
    """Walk a definition without recursion: its order does not matter to sums."""
    own = Own()
    _directives(own, definition.directives)
    for variable in definition.variable_definitions or ():
        _directives(own, variable.directives)
        if variable.default_value is not None:
            own.list_items += _literal_items(variable.default_value)
    rest = [(definition.selection_set, 0)]
    while rest:
        selection_set, above = rest.pop()
        for selection in selection_set.selections:
            _directives(own, selection.directives)
            if isinstance(selection, FieldNode):
                own.fields += 1
                own.root_fields += above == 0
                own.aliases += answer_name(selection) != selection.name.value
                own.depth = max(own.depth, above + 1)
                own.list_items += sum(_literal_items(argument.value) for argument in selection.arguments or ())
                if selection.selection_set is not None:
                    rest.append((selection.selection_set, above + 1))
            elif isinstance(selection, InlineFragmentNode):
                rest.append((selection.selection_set, above))
            elif isinstance(selection, FragmentSpreadNode):
                own.spreads.append((selection.name.value, above))
    return own


def _pairs(things: int) -> int:
    return things * (things - 1) // 2


def _directives(own: Own, directives: Iterable[DirectiveNode] | None) -> None:
    for directive in directives or ():
        own.directives += 1
        own.list_items += sum(_literal_items(argument.value) for argument in directive.arguments or ())


def _literal_items(value: ValueNode) -> int:
    found = 0
    rest = [value]
    while rest:
        node = rest.pop()
        if isinstance(node, ListValueNode):
            found += len(node.values)
            rest.extend(node.values)
        elif isinstance(node, ObjectValueNode):
            rest.extend(entry.value for entry in node.fields)
    return found


def _innermost_first(own: Mapping[str, Own]) -> Iterator[str]:
    """Each fragment after those it spreads, but where they spread each other in a circle."""
    begun: set[str] = set()
    for first in own:
        path = [] if first in begun else [(first, iter(own[first].spreads))]
        begun.add(first)
        while path:
            name, spreads = path[-1]
            following = next((spread for spread, _ in spreads if spread in own and spread not in begun), None)
            if following is None:
                path.pop()
                yield name
            else:
                begun.add(following)
                path.append((following, iter(own[following].spreads)))


def _unused(operations: Iterable[Own], own: Mapping[str, Own]) -> list[str]:
    """Fragments from which, with the operations, all fragments are reached."""
    reached: set[str] = set()

    def reach(spreads: Iterable[tuple[str, int]]) -> None:
        rest = [name for name, _ in spreads]
        while rest:
            if (name := rest.pop()) in own and name not in reached:
                reached.add(name)
                rest.extend(spread for spread, _ in own[name].spreads)

    for operation in operations:
        reach(operation.spreads)
    spread_by_others = {name for fragment in own.values() for name, _ in fragment.spreads}
    unused: list[str] = []
    for name in sorted(own, key=lambda fragment: fragment in spread_by_others):  # those that nobody spreads first: they reach the most
        if name not in reached:
            unused.append(name)
            reach([(name, 0)])
    return unused

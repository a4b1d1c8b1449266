"""What `engine/` and `web/` lean on beyond the documented behaviour of their libraries.

Each test says what is relied on, and where: what fails here after an upgrade is to be looked at there.
"""

import ast
import asyncio
import inspect
from enum import Enum
from pathlib import Path
from typing import Any

import strawberry
from graphql import ExecutionResult, GraphQLString, MiddlewareManager, parse
from graphql import subscribe as core_subscribe
from graphql.execution.collect_fields import FieldDetails, collect_fields
from graphql.execution.executor import Executor
from graphql.execution.values import get_argument_values
from graphql.pyutils import Path as AnswerPath
from strawberry.execution import optimized_is_awaitable
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext
from strawberry.schema.schema_converter import CustomGraphQLEnumType
from strawberry.types.arguments import _is_leaf_type, convert_arguments
from strawberry.types.base import StrawberryObjectDefinition
from strawberry.types.cast import TYPE_CAST_ATTRIBUTE
from strawberry.types.field import StrawberryField
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from engine.calling import call_of

ROOT = Path(__file__).parents[2]
PRIVATE = {
    "graphql.execution.collect_fields",
    "graphql.execution.executor",
    "graphql.execution.values",
    "graphql.pyutils",
    "strawberry.execution",
    "strawberry.schema.schema",
    "strawberry.schema.schema_converter",
    "strawberry.schema.validation_rules.maybe_null",
    "strawberry.schema.validation_rules.one_of",
    "strawberry.types.arguments",
    "strawberry.types.base",
    "strawberry.types.cast",
    "uvicorn._types",
    "uvicorn.protocols.http.httptools_impl",
    "uvicorn.protocols.websockets.websockets_sansio_impl",
    "websockets.http11",
}
"""Modules that no documentation tells to import from."""
DOCUMENTED = {
    "graphql",
    "strawberry",
    "strawberry.dataloader",
    "strawberry.exceptions",
    "strawberry.schema_directive",
    "strawberry.types.execution",
    "strawberry.types.field",
    "strawberry.types.graphql",
    "uvicorn",
}


@strawberry.enum
class Size(Enum):
    SMALL = strawberry.enum_value("s", name="TINY")
    LARGE = "l"


@strawberry.interface
class Named:
    name: str


@strawberry.type
class Ball(Named):
    size: Size

    @strawberry.field
    def twice(self, word: str = "x") -> str:
        return word * 2


@strawberry.type
class Box:
    word: str = "w"


@strawberry.type
class Query:
    @strawberry.field
    def ball(self, n: int = 1) -> Ball | Box | None:
        return Ball(name="b", size=Size.SMALL)


SCHEMA = strawberry.Schema(Query, types=[Ball])
CORE = SCHEMA._schema  # engine/engine.py, engine/fanout.py


def fields_of(name: str) -> dict[str, Any]:
    found: dict[str, Any] = CORE.type_map[name].fields  # type: ignore[attr-defined]
    return found


def begun(document: str, **options: Any) -> Any:
    return StrawberryGraphQLCoreExecutionContext.build(
        CORE,
        parse(document),
        None,
        None,
        {},
        is_awaitable=optimized_is_awaitable,  # type: ignore[arg-type]
        operation_extensions=None,
        **options,
    )


def imported() -> set[str]:
    """The modules of these libraries that are imported from."""
    found = set()
    for path in [*(ROOT / "engine").rglob("*.py"), *(ROOT / "web").rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and node.module:
                found.add(node.module)
            elif isinstance(node, ast.Import):
                found |= {alias.name for alias in node.names}
    return {name for name in found if name.partition(".")[0] in ("graphql", "strawberry", "uvicorn", "websockets")}


def test_every_private_module_is_listed_here() -> None:
    assert imported() - DOCUMENTED <= PRIVATE, "say here what is relied on, and test it"
    assert imported() >= PRIVATE, "what nothing imports any more needs no test"


def test_a_field_without_a_resolver_is_known_by_its_resolver() -> None:
    """engine/compiling.py, `attribute_of`: where this fails, everything is still right, but nothing is read directly."""
    name, twice = fields_of("Ball")["name"], fields_of("Ball")["twice"]

    assert isinstance(name.extensions["strawberry-definition"], StrawberryField)
    assert (name.resolve._is_default, name.resolve.__name__) == (True, "_get_basic_result")
    assert name.extensions["strawberry-definition"].is_basic_field
    assert name.extensions["strawberry-definition"].default_resolver is getattr
    assert name.resolve(Ball(name="b", size=Size.LARGE), None) == "b"
    assert not twice.extensions["strawberry-definition"].is_basic_field
    source = inspect.getsource(StrawberryField.get_result)
    assert "self.default_resolver(source, self.python_name)" in source, "`get_result` does more: engine/compiling.py must too"


def test_an_enum_is_answered_by_the_value_of_its_member() -> None:
    """engine/compiling.py, `_enum`."""
    type_ = CORE.type_map["Size"]

    assert isinstance(type_, CustomGraphQLEnumType)
    assert type_.wrapped_cls is Size
    assert [type_.coerce_output_value(member) for member in Size] == ["TINY", "LARGE"]
    assert Size.SMALL._name_ == "SMALL"


def test_an_object_type_knows_its_class_and_asks_only_where_there_are_interfaces() -> None:
    """engine/compiling.py, `class_of` and `_object`: `is_type_of` is left out for exact classes that are not cast."""
    ball, box = CORE.type_map["Ball"], CORE.type_map["Box"]
    definition = ball.extensions["strawberry-definition"]

    assert isinstance(definition, StrawberryObjectDefinition)
    assert (definition.origin, definition.is_type_of, definition.concrete_of) == (Ball, None, None)
    assert CORE.type_map["Named"].extensions["strawberry-definition"].resolve_type is None
    assert box.is_type_of is None  # type: ignore[attr-defined]
    a_ball = Ball(name="b", size=Size.LARGE)
    assert ball.is_type_of(a_ball, None)  # type: ignore[attr-defined]
    assert getattr(strawberry.cast(Box, a_ball), TYPE_CAST_ATTRIBUTE) is Box
    assert not ball.is_type_of(a_ball, None)  # type: ignore[attr-defined]


def test_strings_are_passed_through_and_scalars_say_how_they_are_answered() -> None:
    """engine/compiling.py, `PASSED_THROUGH` and `_scalar`."""
    text = "as it is"

    assert GraphQLString.coerce_output_value(text) is text
    assert fields_of("Ball")["name"].type.of_type is GraphQLString, "Strawberry makes no String of its own"


def test_fields_are_collected_by_answer_name_with_their_nodes() -> None:
    """engine/plans.py, `Plan`; engine/fanout.py; engine/costs.py."""
    run = begun("{ a: ball(n: 2) { ... on Box { word } } a: ball(n: 2) { __typename } }")
    root = CORE.query_type
    assert root is not None

    collected = collect_fields(CORE, run.fragments, run.variable_values, root, run.operation, True)

    ((key, details),) = collected.grouped_field_set.items()
    assert key == "a"
    assert [type(one) for one in details] == [FieldDetails] * 2
    assert details[0].node.name.value == "ball"
    assert details[0].fragment_variable_values is None
    box = CORE.type_map["Box"]
    assert list(run.collect_subfields(box, details).grouped_field_set) == ["word", "__typename"]
    definition = root.fields["ball"]
    assert get_argument_values(definition, details[0].node, run.variable_values, None, False) == {"n": 2}


def test_an_executor_has_what_plans_read_of_it() -> None:
    """engine/plans.py and engine/execution.py; `build_resolve_info` gives the info that Strawberry wraps."""
    run = begun("query ($x: Int = 3) { ball(n: $x) { __typename } }")
    root = CORE.query_type
    assert root is not None
    nodes = list(run.operation.selection_set.selections)
    info = run.build_resolve_info(root.fields["ball"], nodes, root, AnswerPath(None, "ball", "Query"))

    assert (info.field_name, info.path.as_list(), info.variable_values) == ("ball", ["ball"], {"x": 3})
    assert run.variable_values.coerced == {"x": 3}
    assert (run.middleware_manager, run.abort_signal, run.hooks) == (None, None, None)
    assert run.is_awaitable is optimized_is_awaitable
    assert {"operation", "schema", "fragments", "fragment_definitions", "root_value", "hide_suggestions"} <= vars(run).keys()
    assert list(inspect.signature(Executor.execute_field).parameters) == [
        *("self", "parent_type", "source", "field_details_list", "path", "position_context")
    ], "engine/execution.py overrides it: what a mutation has answered is not answered again"
    assert list(inspect.signature(Executor.execute_operation).parameters) == ["self", "serially"]
    assert callable(run.settle_in_background)


def test_middleware_that_is_set_late_still_wraps_every_resolver() -> None:
    """engine/execution.py, `Replay`."""
    run = begun("{ ball { ... on Ball { name } } }")

    class Answering:
        def resolve(self, following: Any, source: Any, info: Any, /, **arguments: Any) -> Any:
            return None if info.path.prev is None and info.path.key == "ball" else following(source, info, **arguments)

    run.middleware_manager = MiddlewareManager(Answering())

    assert run.execute_operation() == ExecutionResult({"ball": None}, None)


def test_each_event_has_an_executor_of_its_own() -> None:
    """engine/fanout.py: `build_per_event_executor` copies the run, plans included."""
    run = begun("{ ball { __typename } }")

    event = run.build_per_event_executor("payload")

    assert event is not run
    assert (event.root_value, event.operation is run.operation) == ("payload", True)
    assert event.collected_errors is not run.collected_errors
    assert type(event) is type(run)
    assert "executor_class" in inspect.signature(core_subscribe).parameters, "engine/engine.py gives it, and `plans` with it"


def test_awaitables_are_told_from_values() -> None:
    """engine/engine.py; engine/compiling.py, `check_class`, looks for `__await__` as this does."""

    class Waits:
        def __await__(self) -> Any:
            yield

    async def wait() -> None:
        await asyncio.sleep(0)

    waiting = wait()
    assert optimized_is_awaitable(waiting)
    assert hasattr(waiting, "__await__")
    waiting.close()
    assert optimized_is_awaitable(Waits())
    assert not any(map(optimized_is_awaitable, ("x", 1, [], Box(), None)))


def test_the_schema_and_the_arguments_are_found_from_a_run() -> None:
    """engine/fanout.py and engine/plans.py make an `Info` of Strawberry's, and convert arguments as it does."""
    field = CORE.query_type.fields["ball"]  # type: ignore[union-attr]

    assert CORE.extensions["strawberry-definition"] is SCHEMA
    assert field.args["n"].extensions["strawberry-definition"].python_name == "n"
    assert list(inspect.signature(SCHEMA.config.info_class).parameters) == ["_raw_info", "_field"]
    assert {"scalar_registry", "config", "info"} <= inspect.signature(convert_arguments).parameters.keys()


def test_a_resolver_says_what_it_takes() -> None:
    """engine/calling.py calls resolvers by it; where there are handlers of exceptions, it does not."""
    field = CORE.query_type.fields["ball"].extensions["strawberry-definition"]  # type: ignore[union-attr]

    assert not SCHEMA.schema_converter._exception_handler_specs
    assert (field.extensions, field.is_subscription) == ([], False)
    for name in ("self_parameter", "parent_parameter", "root_parameter", "info_parameter"):
        assert hasattr(type(field.base_resolver), name)
    assert list(inspect.signature(_is_leaf_type).parameters)[:2] == ["type_", "scalar_registry"]
    assert call_of(SCHEMA, CORE.query_type.fields["ball"]) is not None  # type: ignore[union-attr]


def test_uvicorns_protocols_have_what_ours_override_and_read() -> None:
    """web/serving.py; how they behave is shown over sockets in tests/web/test_serving.py and test_ws.py."""
    for protocol, names in (
        (HttpToolsProtocol, ("_start_asgi_task", "on_header", "on_message_begin", "on_headers_complete", "timeout_keep_alive_handler")),
        (WebSocketsSansIOProtocol, ("handle_connect", "pause_writing", "resume_writing")),
    ):
        for name in names:
            assert callable(getattr(protocol, name, None)), f"{protocol.__name__}.{name}"
    assert list(inspect.signature(HttpToolsProtocol._start_asgi_task).parameters) == ["self", "cycle", "app"]
    read = inspect.getsource(WebSocketsSansIOProtocol)
    for name in ("self.writable", "self.close_sent", "self.disconnected", "self.response", "self.scope", "self.transport"):
        assert name in read, f"{name} is read by web/serving.py"

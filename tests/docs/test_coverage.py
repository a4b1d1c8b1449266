"""`docs/coverage.md` is true: what it names is there, and the tests it names are there and ask for it."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from graphql import GraphQLEnumType, GraphQLNamedType, build_schema

from runtime.backing import Addresses
from runtime.command_line import parsed
from runtime.settings import read_settings
from schema.refusals import ErrorCode
from tests.docs.tables import RESERVED
from web import faults
from wiring.app import make_app

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "coverage.md").read_text()
SCHEMA = build_schema((ROOT / "schema" / "schema.graphql").read_text())
ROOTS = [kind for kind in (SCHEMA.query_type, SCHEMA.mutation_type, SCHEMA.subscription_type) if kind is not None]
CODES = """
    AUTH_INVALID_CREDENTIALS AUTH_TOKEN_EXPIRED AUTH_UNAUTHORIZED UNAUTHENTICATED EMAIL_ALREADY_EXISTS USER_NOT_FOUND EVENT_NOT_FOUND
    EVENT_SOLD_OUT EVENT_NOT_ON_SALE VENUE_NOT_FOUND BOOKING_NOT_FOUND BOOKING_EXPIRED BOOKING_SEATS_UNAVAILABLE BOOKING_NOT_CANCELLABLE
    CANCELLATION_WINDOW_EXPIRED INVALID_SEAT_COUNT TICKET_LIMIT_REACHED PAYMENT_FAILED PAYMENT_NOT_FOUND IDEMPOTENCY_KEY_REUSED
    RATE_LIMIT_EXCEEDED VALIDATION_ERROR SERVER_ERROR
"""
"""The codes that clients are written against."""
SOURCES = 5
NAMED = re.compile(r"`([^`]+)`")


@dataclass(frozen=True)
class Line:
    """A line of a table: what is done here, by their names, and the tests that do it."""

    asked: str
    here: tuple[str, ...]
    tests: tuple[str, ...]

    def __str__(self) -> str:
        return self.asked


def tables() -> dict[str, list[list[str]]]:
    """The cells of each table, by the heading above it."""
    found: dict[str, list[list[str]]] = {}
    heading = ""
    for line in TEXT.splitlines():
        if line.startswith("## "):
            heading = line.removeprefix("## ")
        if line.startswith("| ") and not line.startswith(("| ---", "| operation", "| code |")):
            found.setdefault(heading, []).append([cell.strip() for cell in line.strip("|").split(" | ")])
    return found


TABLES = tables()
LINES = [
    Line(f"{heading}: {asked}", tuple(NAMED.findall(here)), tuple(NAMED.findall(tests)))
    for heading, table in TABLES.items()
    if heading != "Codes"
    for asked, here, tests in table
]
CODE_LINES = {NAMED.findall(code)[0]: NAMED.findall(tests) for code, tests in TABLES["Codes"]}


# What is named is there


def is_there(name: str) -> bool:
    """Whether there is such a field, path or command."""
    if name.startswith("GET "):
        return name.removeprefix("GET ") in paths()
    if name.startswith("server.py "):
        return bool(parsed([name.removeprefix("server.py ")]).command)
    owner, _, field = name.rpartition(".")
    if not owner:
        return any(name in kind.fields for kind in ROOTS)
    return field in parts_of(SCHEMA.type_map.get(owner))


def parts_of(kind: GraphQLNamedType | None) -> list[str]:
    """The fields or values of a type."""
    return list(kind.values if isinstance(kind, GraphQLEnumType) else getattr(kind, "fields", ()))


@cache
def paths() -> set[str]:
    """The paths that the server serves."""
    nowhere = "postgresql://nowhere"
    with TemporaryDirectory() as state:  # for the secrets that nobody gave
        app = make_app(read_settings(state_dir=state), Addresses(nowhere, nowhere, "redis://nowhere"))
    return {str(getattr(route, "path", "")) for route in app.routes}


def test_there_is_a_table_for_each_source() -> None:
    assert len(TABLES) == SOURCES + 1
    assert all(len(table) >= 10 for table in TABLES.values())


@pytest.mark.parametrize("line", LINES, ids=str)
def test_what_a_line_names_is_there(line: Line) -> None:
    assert line.here, "an operation, a path or a command"
    assert line.tests
    assert [name for name in line.here if not is_there(name)] == []


@pytest.mark.parametrize("line", LINES, ids=str)
def test_its_tests_ask_for_it(line: Line) -> None:
    said = " ".join(text for test in line.tests for text in texts_of(test))

    assert [name for name in line.here if not re.search(rf"(?<!\w){re.escape(said_as(name))}(?!\w)", said)] == []


def test_a_test_that_does_not_ask_for_something_does_not_count() -> None:
    said = " ".join(texts_of("tests/api/test_bookings.py::test_a_hold_is_extended_once"))

    assert "extendBooking" in said
    assert [name for name in ("confirmBooking", "cancelBooking", "joinWaitlist", "A hold") if name in said] == []


def said_as(name: str) -> str:
    """How a document, a request or a command line names it."""
    return re.split(r"[ .]", name)[-1]


# What the tests say


@dataclass(frozen=True)
class Module:
    """A module of the tests: what it defines, and what it takes from which others."""

    defined: dict[str, ast.stmt]
    taken: dict[str, tuple[Path, str]]


@cache
def module(path: Path) -> Module:
    """A module, as its source has it."""
    defined: dict[str, ast.stmt] = {}
    taken: dict[str, tuple[Path, str]] = {}
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            defined[node.name] = node
        elif isinstance(node, ast.Assign):
            defined |= {target.id: node for target in node.targets if isinstance(target, ast.Name)}
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            defined[node.target.id] = node
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("tests."):
            origin = ROOT / f"{(node.module or '').replace('.', '/')}.py"
            taken |= {alias.asname or alias.name: (origin, alias.name) for alias in node.names}
    return Module(defined, taken)


def function(test: str) -> tuple[Path, ast.stmt]:
    """A test's file and its function."""
    name, _, called = test.partition("::")
    return ROOT / name, module(ROOT / name).defined[called]


def texts_of(test: str) -> Iterator[str]:
    """All texts but docstrings in a test, and in what it uses of the tests' own: documents, builders, the methods it calls."""
    path, start = function(test)
    waiting: list[tuple[Path, ast.AST]] = [(path, start)]
    seen: set[int] = set()
    classes: list[tuple[Path, ast.ClassDef]] = []
    called: set[str] = set()
    while waiting:
        where, node = waiting.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        comments = {id(part.value) for part in ast.walk(node) if isinstance(part, ast.Expr)}
        for part in ast.walk(node):
            if isinstance(part, ast.Constant) and isinstance(part.value, str) and id(part) not in comments:
                yield part.value
            if isinstance(part, ast.keyword) and part.arg is not None:
                yield part.arg
            if isinstance(part, ast.Attribute):
                called.add(part.attr)
            if isinstance(part, ast.Name | ast.arg):
                name = part.id if isinstance(part, ast.Name) else part.arg
                home, found = found_in(where, name)
                if isinstance(found, ast.ClassDef):
                    classes.append((home, found))
                elif found is not None:
                    waiting.append((home, found))
        for home, owner in classes:
            waiting += [(home, method) for method in owner.body if getattr(method, "name", None) in called]


def found_in(path: Path, name: str) -> tuple[Path, ast.stmt | None]:
    """Where a name that a module uses is defined in the tests, and how; None where it is not theirs."""
    known = module(path)
    return found_in(*known.taken[name]) if name in known.taken else (path, known.defined.get(name))


# Codes


def test_every_code_is_one_of_ours_and_has_its_line() -> None:
    wanted = CODES.split()
    edges = {code for code in vars(faults).values() if faults.is_code(code)}

    assert set(wanted) <= set(ErrorCode.__members__) | edges
    assert list(CODE_LINES) == [code for code in wanted if code not in RESERVED]
    assert set(RESERVED) <= set(wanted)
    assert [code for code in RESERVED if f"`{code}`" not in TEXT] == [], "what is not answered is said, and why"


@pytest.mark.parametrize("code", CODE_LINES)
def test_a_code_is_answered_to_its_test(code: str) -> None:
    said = [ast.dump(function(test)[1]) for test in CODE_LINES[code]]

    assert said
    assert [test for test in said if f"'{code}'" not in test] == []


def test_every_code_we_have_is_in_some_test() -> None:
    """Not only those that clients are written against."""
    texts = "\n".join(path.read_text() for path in (ROOT / "tests").rglob("test_*.py") if path != Path(__file__))

    assert [code for code in ErrorCode.__members__ if code not in RESERVED and f'"{code}"' not in texts] == []

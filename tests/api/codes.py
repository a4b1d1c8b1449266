"""Which refusal has which code, as the source says."""

import ast
from collections.abc import Iterator
from pathlib import Path

SCHEMA = Path(__file__).parents[2] / "schema"


def codes_made() -> dict[str, set[str]]:
    """The codes that each type of refusal is made with, as the source says: `Busy(code=ErrorCode.BUSY, …)`."""
    found: dict[str, set[str]] = {}
    for path in sorted(SCHEMA.glob("*.py")):
        owner, code = "", ""
        for node in in_order(ast.parse(path.read_text())):
            if isinstance(node, ast.ClassDef):
                owner = node.name
            if isinstance(node, ast.Assign) and (named := code_in(node.value)):
                code = named
            if isinstance(node, ast.Call):
                for keyword in node.keywords:
                    if keyword.arg == "code" and isinstance(node.func, ast.Name):
                        kind = owner if node.func.id == "cls" else node.func.id
                        found.setdefault(kind, set()).add(code_in(keyword.value) or code)
    return found


def in_order(node: ast.AST) -> Iterator[ast.AST]:
    """A tree's nodes in the order of the text."""
    yield node
    for child in ast.iter_child_nodes(node):
        yield from in_order(child)


def code_in(node: ast.AST) -> str | None:
    """The code that an expression names."""
    is_code = isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "ErrorCode"
    return node.attr if is_code and isinstance(node, ast.Attribute) else None

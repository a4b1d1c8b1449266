"""The tables of the documentation, as the code has them; as a program (`python -m tests.docs.tables`) it writes them where they belong."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any, cast

from graphql import GraphQLInterfaceType
from pydantic_core import PydanticUndefined

from resolvers.root import make_schema
from runtime.settings import Settings
from schema.refusals import ErrorCode
from tests.api.codes import codes_made
from web import faults

ROOT = Path(__file__).parents[2]
RESERVED = ("PAYMENT_NOT_FOUND",)
"""Codes that nothing is answered with yet."""


def settings() -> str:
    """Every setting with its default."""
    rows = ((f"`{name.upper()}`", default_of(field), field.description or "") for name, field in Settings.model_fields.items())
    return table(("setting", "default", "what it is"), rows)


def default_of(field: Any) -> str:
    """A default, as one would write it."""
    if field.default in (None, (), PydanticUndefined):
        return "–"
    return f"`{str(field.default).lower() if isinstance(field.default, bool) else field.default}`"


def verbs() -> str:
    """What `make` can do."""
    found = re.findall(r"^([a-z]+):.*## (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    return table(("", ""), ((f"`make {verb}`", meaning) for verb, meaning in found))


def refusals() -> str:
    """Every refusal with its code and its facts, in the order of the codes."""
    schema = make_schema()._schema
    interface = cast(GraphQLInterfaceType, schema.type_map["Refusal"])
    by_code = {next(iter(codes)): name for name, codes in codes_made().items()}
    rows = []
    for code in ErrorCode.__members__:
        kind = cast(Any, schema.type_map.get(by_code.get(code, "")))
        if kind is not None:
            facts = ", ".join(f"`{name}`" for name in kind.fields if name not in interface.fields)
            rows.append((f"`{code}`", f"`{kind.name}`", facts or "–", kind.description))
    return table(("code", "type", "facts", "when"), rows)


def errors() -> str:
    """The codes of `errors[]`, with the HTTP status of a request of which nothing was executed."""
    words = {code: value.description for code, value in cast(Any, make_schema()._schema.type_map["ErrorCode"]).values.items()}
    words |= {
        faults.BAD_REQUEST: "The request itself is wrong: its body, a variable, or which operation is meant.",
        faults.PARSE_FAILED: "The document is not GraphQL.",
        faults.VALIDATION_FAILED: "The document asks for what the schema does not have.",
    }
    codes = (faults.BAD_REQUEST, faults.PARSE_FAILED, faults.VALIDATION_FAILED, *(code for code in faults.STATUSES if code not in RESERVED))
    return table(("code", "status", "when"), ((f"`{code}`", str(faults.STATUSES.get(code, 400)), words[code]) for code in codes))


def table(headings: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """A table in Markdown."""
    lines = [headings, ("---",) * len(headings), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines)


TABLES = {
    ("README.md", "settings"): settings,
    ("README.md", "verbs"): verbs,
    ("docs/refusals.md", "refusals"): refusals,
    ("docs/refusals.md", "errors"): errors,
}
"""Where each table stands: between two comments with its name."""


def with_table(text: str, name: str, content: str) -> str:
    """A page with a table as it should be; raises ValueError where it has no place for it."""
    begin, end = f"<!-- {name} -->\n", f"<!-- /{name} -->"
    before, _, rest = text.partition(begin)
    _, found, after = rest.partition(end)
    if not found:
        raise ValueError(f"there is no place for the table of {name}")
    return f"{before}{begin}{content}\n{end}{after}"


def main() -> None:
    for (page, name), make in TABLES.items():
        path = ROOT / page
        path.write_text(with_table(path.read_text(), name, make()))


if __name__ == "__main__":
    main()

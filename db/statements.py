"""Named statements: the SQL in `db/sql`, each with its name and its reason."""

import re
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent / "sql"
HEAD = re.compile(r"^-- name: (\w+)\n", re.MULTILINE)


@cache
def statements(file: str) -> dict[str, str]:
    """The statements of `db/sql/<file>.sql` by name, without the comments that explain them."""
    _, *parts = HEAD.split((FOLDER / f"{file}.sql").read_text())
    return {name: without_comments(body) for name, body in zip(parts[::2], parts[1::2], strict=True)}


def without_comments(body: str) -> str:
    """A statement's text alone: what asyncpg knows a prepared statement by should be short."""
    lines = (line for line in body.splitlines() if line.strip() and not line.lstrip().startswith("--"))
    return "\n".join(lines).rstrip().rstrip(";")


def all_statements() -> dict[str, str]:
    """Every statement of every file, as `file.name`."""
    return {f"{path.stem}.{name}": text for path in sorted(FOLDER.glob("*.sql")) for name, text in statements(path.stem).items()}

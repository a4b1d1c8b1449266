"""Building the pages: with a Node that will do, once for what lies there, and plainly said where there is none."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from runtime import node, pages
from runtime.node import NoNode, find_node


@pytest.mark.parametrize(
    ("version", "will_do"),
    [("20.18.3", False), ("20.19.0", True), ("20.20.2", True), ("21.7.0", False), ("22.11.0", False), ("22.12.0", True), ("26.0.1", True)],
)
def test_what_vite_runs_on_will_do(version: str, will_do: bool) -> None:
    assert pages.suits(node.numbers(version)) == will_do


def test_a_node_that_is_too_old_is_passed_over_for_the_wheels_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("node", "npm"):
        program = tmp_path / name
        program.write_text("#!/bin/sh\necho v18.0.0\n")
        program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)

    found = find_node(pages.suits)

    assert found.program.parent != tmp_path
    assert pages.suits(node.numbers(found.version))


def test_a_machine_without_node_is_told_how_to_get_the_pages() -> None:
    command = (
        "import sys; from runtime import node, pages; node.WHEEL = 'no_such_package'; pages.sources = lambda: []; sys.exit(pages.main())"
    )

    done = subprocess.run(
        [sys.executable, "-c", command], cwd=pages.ROOT, env={"PATH": ""}, capture_output=True, text=True, timeout=30, check=False
    )

    assert done.returncode == pages.NO_NODE
    assert "no Node that is new enough" in done.stderr
    assert "make pages" in done.stderr


def test_no_node_at_all_is_no_node(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(node, "WHEEL", "no_such_package")
    monkeypatch.setenv("PATH", "")

    with pytest.raises(NoNode):
        find_node(pages.suits)


def test_what_is_built_follows_from_the_sources_the_lock_and_the_schema() -> None:
    found = {path.relative_to(pages.ROOT).as_posix() for path in pages.sources()}

    assert {"schema/schema.graphql", "ui/index.html", "ui/package-lock.json", "ui/vite.config.ts", "ui/src/main.tsx"} <= found
    assert not [name for name in found if "node_modules" in name or "/dist/" in name]

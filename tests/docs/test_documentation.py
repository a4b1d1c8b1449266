"""The pages are complete and point to what is there; nothing in the repository points to where it happened to be written."""

import os
import re
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from runtime.settings import Settings
from schema.refusals import ErrorCode
from tests.docs.tables import TABLES, with_table

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("**/*.md")])
LINK = re.compile(r"\]\(([^)\s]+)\)")
REGISTRIES = (
    *("pypi" + ".org", "python" + "hosted.org", "npm" + "js.org", "npm" + "js.com", "yarn" + "pkg.com", "crates" + ".io", "j" + "frog.io"),
    *("artifact" + "ory", "/simple" + "/", "nexus" + ".", "docker" + ".io", "proxy." + "golang.org", "conda" + ".anaconda.org"),
)
"""Written in two parts, so that this file does not name them either."""
LOCAL = re.compile(r"(?<![\w.$}/-])/(?:home|root|Users|work|tmp|private|mnt|builds?|workspace)/[\w.-]+")
"""A path that is somebody's own machine."""


def tracked() -> list[Path]:
    """The files of the repository; where it came without git, all but what is made here."""
    found = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if found.returncode == 0:
        return [path for name in found.stdout.split("\0") if name and (path := ROOT / name).is_file()]
    made = {".venv", ".state", ".git", "__pycache__", ".mypy_cache", ".pytest_cache", ".ruff_cache", ".hypothesis", "node_modules"}
    return [path for path in ROOT.rglob("*") if path.is_file() and not made & set(path.relative_to(ROOT).parts)]


def text_of(path: Path) -> str:
    """A file's text; empty where it is none."""
    try:
        return path.read_text()
    except UnicodeDecodeError:
        return ""


@pytest.mark.parametrize(("page", "name"), TABLES)
def test_a_table_is_what_the_code_says(page: str, name: str) -> None:
    text = (ROOT / page).read_text()

    assert text == with_table(text, name, TABLES[page, name]()), "run `.venv/bin/python -m tests.docs.tables`"


def test_every_setting_verb_and_code_is_documented() -> None:
    verbs = re.findall(r"^([a-z]+):.*## ", (ROOT / "Makefile").read_text(), re.MULTILINE)
    phony = re.findall(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)[0].split()
    refusals = (ROOT / "docs" / "refusals.md").read_text()

    assert [name for name in Settings.model_fields if f"| `{name.upper()}` |" not in README] == []
    assert sorted(verbs) == sorted(phony), "each verb says what it does"
    assert [verb for verb in verbs if f"| `make {verb}` |" not in README] == []
    assert [code for code in ErrorCode.__members__ if f"`{code}`" not in refusals] == []


def test_every_verb_setting_and_command_that_pages_name_exists() -> None:
    makefile = (ROOT / "Makefile").read_text()
    for page in PAGES:
        text = page.read_text()
        for verb in re.findall(r"`make ([a-z]+)", text) + re.findall(r"^make ([a-z]+)", text, re.MULTILINE):
            assert re.search(rf"^{verb}:", makefile, re.MULTILINE), f"{page.name} names make {verb}"
    for line in re.findall(r"make run ([^`\n]*)", README):
        for name in re.findall(r"\b([A-Z_]+)=", line):
            assert name.lower() in Settings.model_fields, name


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in LINK.findall(page.read_text()):
        if not urlsplit(target).scheme:
            assert (page.parent / target.partition("#")[0]).exists(), target


def test_pages_name_files_that_exist() -> None:
    """Paths in backticks with a folder and a suffix; a `*` stands for any name."""
    for page in PAGES:
        for name in re.findall(r"`((?:[a-z_]+/)+[\w*]+\.(?:py|sql|graphql|md))`", page.read_text()):
            assert list(ROOT.glob(name)) or list(ROOT.glob(f"*/{name}")), f"{page.name} names {name}"


def test_nothing_names_a_registry_or_somebodys_machine() -> None:
    indexes = [value for name, value in os.environ.items() if "INDEX_URL" in name or name.endswith("_REGISTRY")]
    hosts = (*REGISTRIES, *filter(None, (urlsplit(value).hostname for value in indexes)))
    found = []
    for path in tracked():
        text = text_of(path)
        found += [f"{path.relative_to(ROOT)}: {host}" for host in hosts if host in text]
        found += [f"{path.relative_to(ROOT)}: {place[0]}" for place in LOCAL.finditer(text)]

    assert found == []


def test_the_changelog_keeps_its_form() -> None:
    text = (ROOT / "CHANGELOG.md").read_text()

    assert text.startswith("# Changelog\n")
    assert "## [Unreleased]\n" in text
    kinds = set(re.findall(r"^### (.*)$", text, re.MULTILINE))
    assert kinds <= {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}

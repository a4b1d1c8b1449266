"""README.md is true: its examples run against a server that was really started, and answer what it shows."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.system.running import PASSWORD, Running, command, serving

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
ADDRESS = "http://127.0.0.1:8000"
BETWEEN = "\x1e"
OF_THIS_RUN = re.compile(r"(evt|bkg|seat)_[0-9A-Z]+|EVT[0-9A-Z]{10}-\d\d|\d{4}-\d\d-\d\dT[\d:.]+Z")
"""What is another at each start: ids, ticket numbers and instants."""

pytestmark = pytest.mark.skipif(shutil.which("curl") is None, reason="the examples are written for curl")


@dataclass(frozen=True)
class Example:
    """Commands of the page, and the answer it shows under them, where it shows one."""

    commands: str
    answer: str | None


def examples() -> list[Example]:
    """What one is asked to paste, in order; without what starts servers and what goes on for ever."""
    blocks = re.findall(r"^```(\w*)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
    found = []
    for (language, text), following in zip(blocks, [*blocks[1:], ("", "")], strict=True):
        if language == "sh" and not text.startswith(("make ", "curl -N ")):
            found.append(Example(text, following[1] if following[0] == "json" else None))
    return found


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """As `make run` starts it the first time: with its own servers and demo data."""
    folder = tmp_path_factory.mktemp("readme")
    with serving(folder / "server.log", {"STATE_DIR": str(folder / "state"), "DEMO": "1"}) as running:
        yield running


def shell(server: Running, commands: str) -> str:
    """What some commands of the page answer, of this server."""
    text = commands.replace(ADDRESS, f"http://127.0.0.1:{server.port}")
    ran = subprocess.run(["sh", "-eu", "-c", f"TOKEN=\n{text}"], capture_output=True, text=True, timeout=30, check=False)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def alike(text: str) -> Any:
    """An answer without what is another at each start."""
    return json.loads(OF_THIS_RUN.sub(lambda found: found[1] or "…", text))


def test_its_examples_answer_what_it_shows(server: Running) -> None:
    shown = examples()
    script = f"\nprintf '{BETWEEN}'\n".join(example.commands for example in shown)

    answers = shell(server, script).split(BETWEEN)

    assert len(answers) == len(shown) == 5
    for example, answer in zip(shown, answers, strict=True):
        if example.answer is None:
            assert answer == ""
        else:
            assert alike(answer) == alike(example.answer)


def test_its_subscription_tells_at_once(server: Running) -> None:
    (watching,) = re.findall(r"^```sh\n(curl -N .*?)^```\n\n```\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
    setting_up = examples()[0].commands + "EVENT=$(ask '{ events(first: 1) { edges { node { id } } } }' | pick id)\n"

    told = shell(server, setting_up + watching[0].replace("curl -N", "curl -sN --max-time 2").rstrip() + " || test $? = 28")

    event, data = told.splitlines()[:2]
    assert event == "event: next"
    counts, shown = (json.loads(line.removeprefix("data: ")) for line in (data, watching[1].splitlines()[1]))
    assert shape(counts) == shape(shown)


def shape(value: Any) -> Any:
    """The names in an answer, and the kind of what they stand for."""
    return {name: shape(part) for name, part in value.items()} if isinstance(value, dict) else type(value)


async def test_its_accounts_can_log_in(server: Running) -> None:
    rows = re.findall(r"^\| `(\S+@\S+)` \| (\w+): .* \| `(\S+)` \|$", README, re.MULTILINE)

    assert len(rows) == 3
    for email, role, password in rows:
        assert password == PASSWORD
        me = await server.ask("{ me { email role } }", token=await server.token_of(email))
        assert me == {"email": email, "role": role}


def test_what_it_names_besides_is_served(server: Running) -> None:
    for path in ("/graphql", "/health", "/ready"):
        assert path in README
        answer = httpx.get(f"http://127.0.0.1:{server.port}{path}", headers={"Accept": "text/html"})
        assert answer.status_code == 200, path


async def test_it_runs_on_servers_of_ones_own(tmp_path: Path, fresh_database_url: str, redis_url: str) -> None:
    (settings,) = re.findall(r"^make run (DATABASE_URL=.*)$", README, re.MULTILINE)
    named = dict(setting.split("=", 1) for setting in settings.split())
    assert named.keys() == {"DATABASE_URL", "REDIS_URL", "WORKERS", "DEMO", "HOST"}
    (email,) = re.findall(r"^make admin EMAIL=(\S+) DATABASE_URL=\S+$", README, re.MULTILINE)
    mine = {**named, "DATABASE_URL": fresh_database_url, "REDIS_URL": redis_url, "WORKERS": "2", "STATE_DIR": str(tmp_path / "state")}

    with serving(tmp_path / "server.log", mine) as running:
        async with httpx.AsyncClient() as client:
            ready = (await client.get(f"http://127.0.0.1:{running.port}/ready")).json()
        made = command("admin", email, given=f"{PASSWORD}\n", DATABASE_URL=fresh_database_url, REDIS_URL=redis_url)
        me = await running.ask("{ me { role } }", token=await running.token_of(email))
        events = await running.ask("{ events { totalCount } }")

    assert ready["status"] == "ok"
    assert (made.returncode, made.stdout) == (0, f"{email} is an admin.\n"), made.stderr
    assert me == {"role": "ADMIN"}
    assert events == {"totalCount": 0}, "there is no demo"

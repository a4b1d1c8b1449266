"""Pages: what a browser gets, under which policy, and for how long it may keep it."""

import json
import re
from collections.abc import AsyncIterator
from gzip import compress, decompress
from pathlib import Path

import httpx
import pytest

from tests.web.toy import serving, toy_app
from web.pages import PATHS, Pages

ROOT = Path(__file__).parents[2]
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
MANIFEST = {
    "index.html": {"file": "assets/index-1a2b.js", "isEntry": True},
    "src/event/EventPage.tsx": {"file": "assets/event-3c.js", "css": ["assets/event-4d.css"], "imports": ["index.html", "_board-5e.js"]},
    "_board-5e.js": {"file": "assets/board-5e.js"},
}
SCRIPT = b"console.log('" + b"seat " * 500 + b"')"


@pytest.fixture
def built(tmp_path: Path) -> Path:
    """A folder as Vite leaves it."""
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text("<!doctype html><title>app</title>")
    (tmp_path / "graphiql.html").write_text("<!doctype html><title>graphiql</title>")
    (tmp_path / "icon.svg").write_text("<svg/>")
    (tmp_path / "assets" / "index-1a2b.js").write_bytes(SCRIPT)
    (tmp_path / "assets" / "index-1a2b.js.gz").write_bytes(compress(SCRIPT))
    (tmp_path / ".built").write_text("secret")
    (tmp_path / ".vite").mkdir()
    (tmp_path / ".vite" / "manifest.json").write_text(json.dumps(MANIFEST))
    return tmp_path


@pytest.fixture
async def visitor(built: Path) -> AsyncIterator[httpx.AsyncClient]:
    """A browser of little ambition."""
    with serving(toy_app(pages=Pages(built))) as address:
        async with httpx.AsyncClient(base_url=f"http://{address}", headers={"accept": BROWSER}) as http:
            yield http


@pytest.mark.parametrize("path", [path.replace("{id}", "evt_1") for path in PATHS])
async def test_every_page_of_the_app_is_one_document_under_a_strict_policy(visitor: httpx.AsyncClient, path: str) -> None:
    response = await visitor.get(path)

    assert (response.status_code, response.text) == (200, "<!doctype html><title>app</title>")
    policy = response.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self';")
    assert "unsafe" not in policy
    assert response.headers["cache-control"] == "no-cache"


def test_the_app_has_just_these_pages() -> None:
    main = (ROOT / "ui/src/main.tsx").read_text()
    modules = dict(re.findall(r"const (\w+) = page\(\(\) => import\('\./([^']+)'\)\)", main))
    routes = re.findall(r'<Route path="([^"]+)" component={(\w+)}', main)

    assert {re.sub(r":(\w+)", r"{\1}", route): f"src/{modules[page]}.tsx" for route, page in routes} == PATHS


async def test_a_page_names_its_own_parts_in_its_headers(visitor: httpx.AsyncClient) -> None:
    page, other = await visitor.get("/events/evt_1"), await visitor.get("/login")

    assert page.headers["link"] == (
        "</assets/event-3c.js>; rel=modulepreload, </assets/board-5e.js>; rel=modulepreload, "
        "</assets/event-4d.css>; rel=preload; as=style; crossorigin"
    )
    assert "link" not in other.headers


async def test_a_browser_gets_graphiql_where_programs_get_answers(visitor: httpx.AsyncClient) -> None:
    page = await visitor.get("/graphql", params={"query": "{ hello }"})
    answer = await visitor.get("/graphql", params={"query": "{ hello }"}, headers={"accept": "application/json"})

    assert page.text == "<!doctype html><title>graphiql</title>"
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "script-src 'self';" in page.headers["content-security-policy"]
    assert answer.json() == {"data": {"hello": "Hello you"}}


async def test_a_file_is_kept_for_ever_under_the_name_of_its_content(visitor: httpx.AsyncClient) -> None:
    response = await visitor.get("/assets/index-1a2b.js", headers={"accept-encoding": "identity"})
    icon = await visitor.get("/icon.svg")

    assert response.content == SCRIPT
    assert response.headers["content-type"].startswith("text/javascript")
    assert response.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert icon.headers["cache-control"] == "public, max-age=3600"
    assert icon.headers["content-type"] == "image/svg+xml"


async def test_who_takes_gzip_gets_what_was_compressed_when_it_was_built(visitor: httpx.AsyncClient) -> None:
    async with visitor.stream("GET", "/assets/index-1a2b.js") as response:
        sent = b"".join([chunk async for chunk in response.aiter_raw()])

    assert (response.headers["content-encoding"], response.headers["vary"]) == ("gzip", "accept-encoding")
    assert len(sent) < len(SCRIPT) / 10
    assert decompress(sent) == SCRIPT


@pytest.mark.parametrize(
    "path", ["/assets/index-0000.js", "/.built", "/assets/../.built", "/index.html", "/assets/index-1a2b.js.gz", "/events"]
)
async def test_what_is_no_page_and_no_file_of_them_is_not_found(visitor: httpx.AsyncClient, path: str) -> None:
    assert (await visitor.get(path)).status_code == 404


async def test_an_address_that_is_none_is_told_by_the_app_to_people_and_in_two_words_to_programs(visitor: httpx.AsyncClient) -> None:
    for_people, for_programs = await visitor.get("/evnts"), await visitor.get("/evnts", headers={"accept": "*/*"})

    assert (for_people.status_code, for_people.text) == (404, "<!doctype html><title>app</title>")
    assert for_people.headers["content-security-policy"].startswith("default-src 'none'; script-src 'self';")
    assert (for_programs.status_code, for_programs.text) == (404, "Not Found")


async def test_pages_that_are_not_built_say_how_to_come_by_them(tmp_path: Path) -> None:
    with serving(toy_app(pages=Pages(tmp_path / "nowhere"))) as address:
        async with httpx.AsyncClient(base_url=f"http://{address}", headers={"accept": BROWSER}) as http:
            front, graphiql = await http.get("/"), await http.get("/graphql")
            answer = await http.post("/graphql", json={"query": "{ hello }"}, headers={"accept": "application/json"})

    assert front.text == graphiql.text
    assert "make pages" in front.text
    assert answer.json() == {"data": {"hello": "Hello you"}}


async def test_without_pages_a_browser_gets_answers_as_all_do() -> None:
    with serving(toy_app()) as address:
        async with httpx.AsyncClient(base_url=f"http://{address}", headers={"accept": "text/html, */*;q=0.1"}) as http:
            response = await http.get("/graphql", params={"query": "{ hello }"})
            front = await http.get("/")

    assert response.json() == {"data": {"hello": "Hello you"}}
    assert front.status_code == 404

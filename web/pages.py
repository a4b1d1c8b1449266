"""The pages for people, as `ui/` was built: files, their compressed twins, and the two documents that load them."""

import json
import mimetypes
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

PATHS = {
    "/": "src/events/EventsPage.tsx",
    "/events/{id}": "src/event/EventPage.tsx",
    "/bookings": "src/account/BookingsPage.tsx",
    "/bookings/{id}": "src/booking/BookingPage.tsx",
    "/login": "src/account/LogInPage.tsx",
    "/register": "src/account/RegisterPage.tsx",
    "/account": "src/account/AccountPage.tsx",
    "/notifications": "src/account/NotificationsPage.tsx",
    "/organizer": "src/organizer/OrganizerPage.tsx",
    "/organizer/new": "src/organizer/NewEventPage.tsx",
    "/organizer/events/{id}": "src/organizer/ManagedEventPage.tsx",
}
"""The addresses of the app's pages, each with the module that it is: the routes of `ui/src/main.tsx`."""
MANIFEST = "/.vite/manifest.json"
NOTHING_ELSE = "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
APP_CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    f"{NOTHING_ELSE}; require-trusted-types-for 'script'; trusted-types 'none'"
)
GRAPHIQL_CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self' data:; img-src 'self' data:; "
    f"connect-src 'self'; worker-src 'self'; {NOTHING_ELSE}"
)
"""GraphiQL's editor writes styles as it goes, and draws its icons with a font. Source: its violations without these."""
FOR_EVER = "public, max-age=31536000, immutable"
"""For files whose names have a hash of their content in them."""
FOR_A_WHILE = "public, max-age=3600"
NOT_BUILT = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Box Office</title>
<h1>Box Office</h1>
<p>The API serves, at <code>/graphql</code>; the pages are not built. With Node 20.19, 22.12 or newer on the PATH, build them by
<code>make pages</code>, and start again.</p></html>
"""


@dataclass(frozen=True, slots=True)
class Document:
    """A page as it is sent: never kept without asking, so that an upgrade is seen at the next visit."""

    body: bytes
    headers: dict[str, str]


class Pages:
    """What a folder of built pages holds, as it was when this was made; without the folder, one page that says how to come by it."""

    def __init__(self, folder: Path) -> None:
        self._files = {f"/{path.relative_to(folder).as_posix()}": path for path in folder.rglob("*") if path.is_file()}
        self.front = self._document("/index.html", APP_CSP)
        """What every page of the app is at first; it looks at the address itself."""
        manifest = self._files.get(MANIFEST)
        self._parts: dict[str, Any] = {} if manifest is None else json.loads(manifest.read_bytes())
        self.graphiql = self._document("/graphiql.html", GRAPHIQL_CSP)

    @property
    def routes(self) -> list[BaseRoute]:
        """Of the app's pages and of all their files."""
        files = sorted(name for name in self._files if not name.endswith((".gz", ".html")) and not Path(name).name.startswith("."))
        return [
            *(Route(path, self._page(self.front.headers | self._early(module))) for path, module in PATHS.items()),
            *(Route(name, self._answer_file) for name in files),
        ]

    def _document(self, name: str, csp: str) -> Document:
        path = self._files.get(name)
        body = NOT_BUILT.encode() if path is None else path.read_bytes()
        known = {
            "content-type": "text/html; charset=utf-8",
            "cache-control": "no-cache",
            "vary": "accept",
            "content-security-policy": csp,
        }
        return Document(body, known)

    async def not_found(self, request: Request, _error: Exception) -> Response:
        """Nothing is at this address: for people the app says so, for programs two words do."""
        if request.method == "GET" and "text/html" in request.headers.get("accept", "") and not request.url.path.startswith("/assets/"):
            return HTMLResponse(self.front.body, 404, headers=self.front.headers)
        return PlainTextResponse("Not Found", 404)

    def _page(self, headers: Mapping[str, str]) -> Callable[[Request], Awaitable[Response]]:
        async def answer(_request: Request) -> Response:
            return HTMLResponse(self.front.body, headers=headers)

        return answer

    def _early(self, module: str) -> dict[str, str]:
        """Tells the browser of a page's own parts, which it would learn of only once the app runs."""
        parts = self._with_imports(module)
        scripts = [f"</{part['file']}>; rel=modulepreload" for part in parts]
        styles = [f"</{style}>; rel=preload; as=style; crossorigin" for part in parts for style in part.get("css", ())]
        return {"link": ", ".join(scripts + styles)} if parts else {}

    def _with_imports(self, module: str) -> list[dict[str, Any]]:
        """What Vite says of a module, and of all that it imports at once."""
        found: dict[str, dict[str, Any]] = {}
        waiting = [module]
        while waiting:
            name = waiting.pop()
            if name in self._parts and name not in found and not self._parts[name].get("isEntry"):
                found[name] = self._parts[name]
                waiting += found[name].get("imports", ())
        return list(found.values())

    async def _answer_file(self, request: Request) -> Response:
        name = request.url.path
        path = self._files[name]
        known = {
            "cache-control": FOR_EVER if name.startswith("/assets/") else FOR_A_WHILE,
            "vary": "accept-encoding",
        }
        smaller = self._files.get(f"{name}.gz")
        if smaller is not None and "gzip" in request.headers.get("accept-encoding", ""):
            path = smaller
            known["content-encoding"] = "gzip"
        media = mimetypes.guess_type(name)[0] or "application/octet-stream"
        return FileResponse(path, headers=known, media_type=media)

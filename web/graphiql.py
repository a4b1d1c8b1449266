"""A small stand-in for GraphiQL: the page at `/graphql` runs documents and shows subscriptions live, with no network but this server."""

import re
from base64 import b64encode
from hashlib import sha256
from pathlib import Path


class GraphiQL:
    """The page with its headers. Its script and style are named in its CSP by their hashes, so no other can run."""

    def __init__(self) -> None:
        html = Path(__file__).with_name("graphiql.html").read_text(encoding="utf-8")
        self.body = html.encode()
        self.headers = {
            "content-type": "text/html; charset=utf-8",
            "cache-control": "no-cache",
            "vary": "accept",
            "content-security-policy": (
                f"default-src 'none'; script-src {_hash(html, 'script')}; style-src {_hash(html, 'style')}; connect-src 'self'; "
                "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
            ),
        }


def _hash(html: str, element: str) -> str:
    """The CSP source for the content of a page's one inline script or style."""
    (content,) = re.findall(f"<{element}>(.*?)</{element}>", html, re.DOTALL)
    return f"'sha256-{b64encode(sha256(content.encode()).digest()).decode()}'"

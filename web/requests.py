"""Requests: what a client may send, read and checked in one place for HTTP, event streams and sockets alike."""

import asyncio
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from random import getrandbits
from typing import Any, Literal
from urllib.parse import parse_qsl

import orjson
from starlette.types import Receive, Scope

from engine.operations import Operation
from web.faults import UNAUTHENTICATED, BadRequest, GraphQLFault

REQUEST_ID = re.compile(r"[A-Za-z0-9._:+/=-]{1,100}")
BEARER = re.compile(r"bearer +([A-Za-z0-9._~+/-]+=*)", re.IGNORECASE)
TOKEN = re.compile(r"[A-Za-z0-9._~+/-]+=*")
LONGEST_TOKEN = 8192
LONGEST_IDEMPOTENCY_KEY = 255


@dataclass(slots=True, kw_only=True)
class RequestFacts:
    """What is known of the request behind an operation: the resolvers' context is made of it. Nobody changes it."""

    request_id: str
    connection: Literal["http", "sse", "websocket"]
    caller: Any = None  # whatever `authenticate` answered
    idempotency_key: str | None = None
    client: str | None = None  # the address; None on a Unix socket
    headers: Mapping[str, str]


def parse_json(text: bytes | str) -> object:
    """Read JSON; raises BadRequest for what is not JSON, nests over 1,000 deep, or holds what no database keeps: NUL, lone surrogates."""
    try:
        value: object = orjson.loads(text)
    except (orjson.JSONDecodeError, RecursionError) as error:
        raise BadRequest("This is not JSON as we can read it.") from error
    if (b"\\u0000" if isinstance(text, bytes) else "\\u0000") in text:  # type: ignore[operator]
        _refuse_nul(value)
    return value


def operation_from(value: object) -> Operation:
    """The operation in a parsed body or `subscribe` payload; raises BadRequest for any other shape."""
    if not isinstance(value, dict):
        raise BadRequest("Send one JSON object: {query, variables, operationName}. Batches are not taken.")
    document, variables, name, extensions, document_id = (
        value.get(key) for key in ("query", "variables", "operationName", "extensions", "documentId")
    )
    if variables is not None and not isinstance(variables, dict):
        raise BadRequest("`variables` must be an object.")
    if name is not None and not isinstance(name, str):
        raise BadRequest("`operationName` must be a string.")
    if extensions is not None and not isinstance(extensions, dict):
        raise BadRequest("`extensions` must be an object.")
    if document_id is not None and not isinstance(document_id, str):
        raise BadRequest("`documentId` must be a string.")
    is_named = document_id is not None or (extensions is not None and "persistedQuery" in extensions)
    if (document is not None or not is_named) and not (isinstance(document, str) and document.strip()):
        raise BadRequest("`query` must be a GraphQL document.")
    return Operation(document, variables, name or None, extensions, document_id)


def operation_from_params(query_string: bytes) -> Operation:
    """The operation in the parameters of a GET; raises BadRequest as `operation_from` does."""
    try:
        pairs = parse_qsl(query_string.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=20)
    except ValueError as error:
        raise BadRequest("The parameters of the URL cannot be read.") from error
    params = dict(pairs)
    if len(params) < len(pairs):
        raise BadRequest("A parameter of the URL is given twice.")
    _refuse_nul(list(params.values()))
    parsed = {key: parse_json(params[key]) for key in ("variables", "extensions") if params.get(key)}
    named = {key: params.get(key) for key in ("query", "operationName", "documentId")}
    return operation_from({**named, **parsed})


async def read_body(
    receive: Receive, headers: Mapping[str, str], limit_bytes: int, within_seconds: float, *, is_here: bool = False
) -> bytes:
    """The whole body; raises BadRequest (413, 408) for one that is too long or too slow to come. Never holds more than the limit.

    Where it `is_here` already, as it mostly is, no timer is set.
    """
    length = headers.get("content-length", "")
    if length.isdecimal() and int(length) > limit_bytes:
        raise too_long(limit_bytes)
    if is_here:
        message = await receive()
        body: bytes = message.get("body", b"")
        if message["type"] == "http.request" and not message.get("more_body", False) and len(body) <= limit_bytes:
            return body
        raise BadRequest("The client went away.") if message["type"] == "http.disconnect" else too_long(limit_bytes)
    chunks: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(within_seconds):
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise BadRequest("The client went away.")
                chunks.append(chunk := message.get("body", b""))
                size += len(chunk)
                if size > limit_bytes:
                    raise too_long(limit_bytes)
                if not message.get("more_body", False):
                    return b"".join(chunks)
    except TimeoutError as error:
        raise BadRequest("The body took too long to come.", 408, {"connection": "close"}) from error


def too_long(limit_bytes: int) -> BadRequest:
    """A body that has more bytes than it may."""
    return BadRequest(f"The body may have {limit_bytes} bytes at most.", 413)


def headers_of(scope: Scope) -> dict[str, str]:
    """A request's headers by their lower-case names; of a header given twice, the last."""
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}


def request_id_of(headers: Iterable[tuple[bytes, bytes]]) -> str:
    """The request id which the client sent, where it is a sane one, else a new one."""
    for name, value in headers:
        if name == b"x-request-id" and REQUEST_ID.fullmatch(sent := value.decode("latin-1")):
            return sent
    return f"{getrandbits(128):032x}"  # it need only differ


def token_of(authorization: object, *, bare: bool = False) -> str | None:
    """The token of `Bearer …`, or alone where `bare` is allowed; None where there is none. Raises UNAUTHENTICATED for anything else."""
    if authorization is None:
        return None
    if isinstance(authorization, str) and len(authorization) <= LONGEST_TOKEN:
        if found := BEARER.fullmatch(authorization):
            return found[1]
        if bare and TOKEN.fullmatch(authorization):
            return authorization
    raise GraphQLFault(UNAUTHENTICATED, "The authorization must be `Bearer` and an access token.")


def idempotency_key_of(headers: Mapping[str, str]) -> str | None:
    """The client's key for doing something once; raises BadRequest for one that is empty, too long or not printable ASCII."""
    key = headers.get("idempotency-key")
    if key is not None and not (0 < len(key) <= LONGEST_IDEMPOTENCY_KEY and key.isascii() and key.isprintable()):
        raise BadRequest(f"Idempotency-Key must be 1 to {LONGEST_IDEMPOTENCY_KEY} printable characters.")
    return key


@lru_cache(maxsize=256)
def preferred(accept: str | None, offers: tuple[str, ...], default: str) -> str | None:
    """The offer a client likes best by its Accept header, ours first among equals; None where it takes none of them.

    `default` is for a client that does not say: no header, or only a wildcard. So a type is never chosen just because it is also listed.
    """
    if accept is None or not accept.strip():
        return default
    wants = dict(_media_range(part) for part in accept.split(","))
    best: tuple[tuple[float, int, int], str] | None = None
    for place, offer in enumerate(offers):
        for specificity, pattern in ((2, offer), (1, f"{offer.partition('/')[0]}/*"), (0, "*/*")):
            if (quality := wants.get(pattern)) is not None:  # the most specific range that fits decides
                rank = (quality, specificity, 0 if specificity < 2 and offer == default else -1 - place)
                if quality > 0 and (best is None or rank > best[0]):
                    best = rank, offer
                break
    return best[1] if best else None


def _media_range(part: str) -> tuple[str, float]:
    media, *parameters = (piece.strip().lower() for piece in part.split(";"))
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            return media, float(value) if re.fullmatch(r"[01](\.\d{0,3})?", value.strip()) else 0.0
    return media, 1.0


def _refuse_nul(value: object) -> None:
    """Look for NUL in every string, without recursion: the value may nest 1,000 deep."""
    rest = [value]
    while rest:
        match rest.pop():
            case str() as text if "\0" in text:
                raise BadRequest("Text must not hold the character NUL.")
            case dict() as entries:
                rest.extend(entries.keys())
                rest.extend(entries.values())
            case list() as items:
                rest.extend(items)
            case _:
                pass

"""Faults: what a client is told in `errors[]`, and what only the log is told.

A client may read the text of a bad request, and of an exception that carries a code of its own. Everything else is masked as SERVER_ERROR
and logged with its traceback under the request id which the client was given.
"""

import logging
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from graphql import FieldNode, GraphQLError, GraphQLSyntaxError
from strawberry.types.execution import ExecutionResult, PreExecutionError

from domain.ports import Outage
from engine.encoding import encode
from engine.micro_cache import SharedResult
from engine.refusals import Refused

BAD_REQUEST = "BAD_REQUEST"
PARSE_FAILED = "GRAPHQL_PARSE_FAILED"
VALIDATION_FAILED = "GRAPHQL_VALIDATION_FAILED"
UNAUTHENTICATED = "UNAUTHENTICATED"
TOKEN_EXPIRED = "AUTH_TOKEN_EXPIRED"
UNAUTHORIZED = "AUTH_UNAUTHORIZED"
RATE_LIMIT_EXCEEDED = "RATE_LIMIT_EXCEEDED"
UNAVAILABLE = "SERVICE_UNAVAILABLE"
SERVER_ERROR = "SERVER_ERROR"

STATUSES = {UNAUTHENTICATED: 401, TOKEN_EXPIRED: 401, UNAUTHORIZED: 403, RATE_LIMIT_EXCEEDED: 429, SERVER_ERROR: 500, UNAVAILABLE: 503}
"""The HTTP status of a request of which nothing was executed, by the code of its first error; 400 for all other codes."""

CODE = re.compile(r"[A-Z][A-Z0-9_]{2,63}")  # ours are such words; SQLAlchemy, among others, has exceptions with `code = "gkpj"`
SUGGESTION = re.compile(r" ?Did you mean [^?]*\?$")
LONGEST_MESSAGE = 500  # a validation error repeats names from the document, which may be as long as the body

logger = logging.getLogger(__name__)


@runtime_checkable
class Coded(Protocol):
    """An exception that may be shown to the client: its text as the message, its code and, where it has `extensions: dict`, these as well.

    Any exception with such a code counts, so that resolvers need not import this module. Codes are UPPER_CASE words.
    """

    code: str


class GraphQLFault(Exception):
    """A typed entry of `errors[]`: `GraphQLFault("AUTH_UNAUTHORIZED", "This is for organizers.")`."""

    def __init__(self, code: str, message: str, **extensions: object) -> None:
        super().__init__(message)
        self.code = code
        self.extensions = extensions


def unauthenticated() -> GraphQLFault:
    """A token that is not accepted, or no longer. Why is not told: only who forges one would use it."""
    return GraphQLFault(UNAUTHENTICATED, "The access token is not valid: log in again.")


class BadRequest(GraphQLFault):
    """The request itself is wrong, and was not looked at further; `status` and `headers` are HTTP's word for it."""

    def __init__(self, message: str, status: int = 400, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(BAD_REQUEST, message)
        self.status = status
        self.headers = headers or {}


@dataclass(slots=True)
class Answer:
    """A GraphQL response in the form it has on the wire, and what HTTP needs to know of it.

    `executed` is false where nothing was: there is no `data` then, and on a WebSocket the operation ends with `error`.
    """

    payload: dict[str, Any]
    executed: bool = True
    code: str | None = None
    retry_after_s: int | None = None
    encoded: bytes | None = None
    """The whole response, where it was encoded before; `payload` is empty then."""

    @property
    def body(self) -> bytes:
        """The response as it is sent."""
        return encode(self.payload) if self.encoded is None else self.encoded


class FaultFormat:
    """How exceptions and results become answers. With `suggestions` off, nobody can spell out a schema whose introspection is off."""

    def __init__(self, *, suggestions: bool = True) -> None:
        self._suggestions = suggestions

    def answer(self, result: ExecutionResult, request_id: str, extensions: Mapping[str, Any] | None = None) -> Answer:
        """The response for a result of the executor, with what else the client is to be told of the whole."""
        if not result.errors:
            if isinstance(result, SharedResult):
                return Answer({}, encoded=extended(result.encoded, extensions))
            payload: dict[str, Any] = {"data": result.data}
            if extensions:
                payload["extensions"] = extensions
            return Answer(payload)
        before_execution = isinstance(result, PreExecutionError)
        executed = not (before_execution or (result.data is None and all(error.path is None for error in result.errors)))
        errors = self._errors(result.errors, request_id, before_execution)
        payload = {"errors": errors, "data": result.data} if executed else {"errors": errors}
        if extensions:
            payload["extensions"] = extensions
        return Answer(payload, executed, errors[0]["extensions"]["code"], _retry_after_s(errors))

    def refuse(self, exception: Exception, request_id: str) -> Answer:
        """The response for an operation that an exception kept from being executed."""
        result = refusal(exception)
        return self.answer(result, request_id, cost_of(result, request_id))

    def code_of(self, result: ExecutionResult) -> str | None:
        """The code of a result's first error, as the client is told; None where there is none."""
        if not result.errors:
            return None
        return str(self._explain(result.errors[0], isinstance(result, PreExecutionError))[1]["code"])

    def _errors(self, errors: Sequence[GraphQLError], request_id: str, before_execution: bool) -> list[dict[str, Any]]:
        formatted: list[dict[str, Any]] = []
        masked = 0
        for error in errors:
            message, extensions = self._explain(error, before_execution)
            if extensions["code"] == UNAVAILABLE:
                logger.warning("Outage in request %s: %s", request_id, _cause(error))
            if extensions["code"] == SERVER_ERROR:
                masked += 1
                if masked == 1:  # a list of 2,000 seats has 2,000 of the same
                    logger.error("Fault at %s in request %s", error.path, request_id, exc_info=_cause(error) or error)
            entry: dict[str, Any] = {"message": message}
            if error.locations:
                entry["locations"] = [{"line": place.line, "column": place.column} for place in error.locations]
            if error.path is not None:
                entry["path"] = error.path
            formatted.append({**entry, "extensions": {**extensions, "requestId": request_id}})
        if masked > 1:
            logger.error("%d more faults in request %s", masked - 1, request_id)
        return formatted

    def _explain(self, error: GraphQLError, before_execution: bool) -> tuple[str, dict[str, Any]]:
        """What the client is told: a message, and extensions that hold at least a code."""
        cause = _cause(error)
        if isinstance(cause, Outage):
            return "The service cannot answer just now; please try again.", _outage(cause)
        if isinstance(cause, Coded) and is_code(cause.code):
            extensions = getattr(cause, "extensions", None)
            return str(cause), {**(extensions if isinstance(extensions, dict) else {}), "code": cause.code}
        if is_code((error.extensions or {}).get("code")):
            return self._readable(error.message), dict(error.extensions or {})
        if code := _fault_of_the_client(error, cause, before_execution):
            return self._readable(error.message), {"code": code}
        return "Something went wrong on our side.", {"code": SERVER_ERROR}

    def _readable(self, message: str) -> str:
        message = message if self._suggestions else SUGGESTION.sub("", message)
        return message if len(message) <= LONGEST_MESSAGE else f"{message[:LONGEST_MESSAGE]} …"


def extended(response: bytes, extensions: Mapping[str, Any] | None) -> bytes:
    """A response that is encoded already, with extensions."""
    return response[:-1] + b',"extensions":' + encode(extensions) + b"}" if extensions else response


def cost_of(refused: PreExecutionError, request_id: str) -> dict[str, Any] | None:
    """What an operation costs that costs too much."""
    extensions = (refused.errors or [])[0].extensions or {}
    if extensions.get("limit") != "cost":
        return None
    return {"requestId": request_id, "cost": {"requested": extensions["found"], "limit": extensions["most"]}}


def refusal(exception: Exception) -> PreExecutionError:
    """The result of an operation that an exception kept from being executed."""
    if isinstance(exception, Refused):
        return PreExecutionError(data=None, errors=exception.errors)
    error = exception if isinstance(exception, GraphQLError) else GraphQLError(str(exception), original_error=exception)
    return PreExecutionError(data=None, errors=[error])


def is_code(code: object) -> bool:
    """Whether something is a code that clients may be told."""
    return isinstance(code, str) and CODE.fullmatch(code) is not None


def status_of(answer: Answer) -> int:
    """The HTTP status of an `application/graphql-response+json`. Executed is 200, unless an outage left no data at all."""
    if not answer.executed:
        return STATUSES.get(answer.code or "", 400)
    return 503 if answer.code == UNAVAILABLE and answer.payload["data"] is None else 200  # what was encoded before has no code


def _fault_of_the_client(error: GraphQLError, cause: Exception | None, before_execution: bool) -> str | None:
    """The code of a document or a variable that is wrong; None where it is we who failed."""
    if isinstance(error, GraphQLSyntaxError):
        return PARSE_FAILED
    nodes = error.nodes or []
    if before_execution:
        variables = any(node.kind == "variable_definition" for node in nodes) and error.original_error is not None
        return BAD_REQUEST if variables else VALIDATION_FAILED if nodes or cause is None else None
    if nodes and not any(isinstance(node, FieldNode) for node in nodes):  # a variable's or argument's value, found wrong by graphql-core
        return BAD_REQUEST
    return BAD_REQUEST if error.path is None and cause is None else None


def _cause(error: GraphQLError) -> Exception | None:
    """The exception which an error tells of, under all that graphql-core wrapped around it; None for graphql-core's own."""
    cause: Exception | None = error
    while isinstance(cause, GraphQLError) and not isinstance(cause, Coded):
        cause = cause.original_error
    return cause


def _outage(outage: Outage) -> dict[str, Any]:
    """Seconds, rounded up: the unit of HTTP's Retry-After."""
    extensions: dict[str, Any] = {"code": UNAVAILABLE, "retryAfter": max(1, math.ceil(outage.retry_after_ms / 1000))}
    return {**extensions, "outcomeUnknown": True} if outage.outcome_unknown else extensions


def _retry_after_s(errors: Sequence[Mapping[str, Any]]) -> int | None:
    """The longest wait that one of the errors asks for."""
    waits = [wait for error in errors if isinstance(wait := error["extensions"].get("retryAfter"), int | float)]
    return max(1, math.ceil(max(waits))) if waits else None

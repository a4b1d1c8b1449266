"""The app: routes, middleware and lifespan around one GraphQL endpoint."""

from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from web.edge import (
    Admit,
    Authenticate,
    Charge,
    Edge,
    IsAnybody,
    Limits,
    MakeContext,
    Revoked,
    admit_all,
    charge_nothing,
    is_nobody,
    nobody,
)
from web.execution import Executor
from web.exports import BookingsExport, Exporting
from web.faults import FaultFormat
from web.graphql_http import GraphQLOverHTTP
from web.graphql_ws import GraphQLOverWebSocket
from web.headers import EdgeHeaders
from web.health import Check, health_routes
from web.pages import Pages
from web.shared import SharedSubscriptions
from web.writers import Writers

PATH = "/graphql"
MAY_SEND = ("Authorization", "Content-Type", "Idempotency-Key", "X-Debug-Cost", "X-Request-Id", "traceparent", "tracestate")
MAY_READ = ("X-Request-Id", "Retry-After")


def create_app(
    executor: Executor,
    make_context: MakeContext,
    *,
    authenticate: Authenticate = nobody,
    admit: Admit = admit_all,
    charge: Charge = charge_nothing,
    is_anybody: IsAnybody = is_nobody,
    revoked: Revoked | None = None,
    shared: SharedSubscriptions | None = None,
    allowed_origins: Collection[str] = (),
    suggestions: bool = True,
    pages: Pages | None = None,
    limits: Limits | None = None,
    version: str = "0",
    checks: Mapping[str, Check] | None = None,
    dispensable: Mapping[str, Check] | None = None,
    routes: Sequence[BaseRoute] = (),
    exporting: Callable[[], Exporting] | None = None,
    lifespan: Callable[[], AbstractAsyncContextManager[object]] = nullcontext,
) -> Starlette:
    """An app that serves `/graphql`, `/health`, `/ready` and `pages` for people: without them the API alone.

    `make_context` makes what resolvers see as `info.context`, once per operation, from the RequestFacts.
    `authenticate` says who holds a token (or none: None); raises an exception with a `code`, such as UNAUTHENTICATED, for a bad one. If its
    answer has an aware `expires_at`, operations on a socket or event stream end then, unless all they ask for is public; if it has a
    `session_id` as well, they also end once that is in `revoked`. `is_anybody` says of a caller that what is public is to them as to all.
    `admit` is asked before every operation, and `charge` before every mutation; they raise to refuse it: the place of rate limits.
    `shared` runs public subscriptions once for all who ask the same.
    `allowed_origins` are other sites whose pages may call (`https://…`); `*` means all.
    `checks` are what `/ready` tries; what is `dispensable` is told there too and fails nothing. `routes` come before our own.
    `exporting` are the services that exports need, if there are any. `lifespan` is entered before the first request, and left after the
    last.
    """
    edge = Edge(
        executor=executor,
        make_context=make_context,
        authenticate=authenticate,
        admit=admit,
        charge=charge,
        is_anybody=is_anybody,
        revoked=revoked,
        shared=shared,
        writers=Writers(executor.max_age_s),
        faults=FaultFormat(suggestions=suggestions),
        limits=(limits := limits or Limits()),
        allowed_origins=frozenset(allowed_origins),
    )

    @asynccontextmanager
    async def running(_app: Starlette) -> AsyncIterator[dict[str, Any]]:
        async with lifespan():
            yield {"streams": edge.streams}  # `web.serving.Server` ends them when it stops

    middleware = [Middleware(EdgeHeaders, stuck_seconds=limits.stuck_seconds)]
    if allowed_origins:
        middleware.append(
            Middleware(
                CORSMiddleware,
                allow_origins=list(allowed_origins),
                allow_methods=["GET", "POST"],
                allow_headers=MAY_SEND,
                expose_headers=MAY_READ,
                max_age=3600,
            )
        )
    by_http, by_socket = GraphQLOverHTTP(edge, pages.graphiql if pages else None), GraphQLOverWebSocket(edge)
    return App(
        None
        if allowed_origins
        else {"http": EdgeHeaders(by_http, limits.stuck_seconds), "websocket": EdgeHeaders(by_socket, limits.stuck_seconds)},
        routes=[
            *routes,
            Route(PATH, by_http),
            WebSocketRoute(PATH, by_socket),
            *([BookingsExport(edge, exporting).route] if exporting is not None else []),
            *health_routes(version, checks or {}, dispensable=dispensable),
            *(pages.routes if pages else []),
        ],
        middleware=middleware,
        exception_handlers={404: pages.not_found} if pages else None,
        lifespan=running,
    )


class App(Starlette):
    """Goes straight to the GraphQL endpoint where it can: each layer between costs every request time, and every viewer memory.

    Middleware that is added later, such as for traces, closes the straight way.
    """

    def __init__(self, straight: Mapping[str, ASGIApp] | None, **options: Any) -> None:
        super().__init__(**options)
        self._straight = straight

    def add_middleware(self, *arguments: Any, **options: Any) -> None:
        """As Starlette does."""
        self._straight = None
        super().add_middleware(*arguments, **options)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._straight is not None and scope["type"] != "lifespan" and scope["path"] == PATH:
            await self._straight[scope["type"]](scope, receive, send)
        else:
            await super().__call__(scope, receive, send)

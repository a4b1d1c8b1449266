"""What a resolver is given with each request."""

from dataclasses import dataclass

import strawberry

from domain.callers import Caller
from domain.ports import BoxOffice


@dataclass(frozen=True, slots=True)
class Services:
    """What the process offers its resolvers; made once, in `server.py`."""

    box_office: BoxOffice


@dataclass(slots=True)
class Context:
    """One request: who asks, under which id, and what can be used to answer."""

    services: Services
    caller: Caller | None
    request_id: str
    idempotency_key: str | None = None
    """The `Idempotency-Key` header, for mutations whose input names none."""
    client_address: str | None = None


Info = strawberry.Info[Context, None]

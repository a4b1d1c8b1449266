"""What a resolver is given with each request."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import strawberry

from domain.accounts import Accounts
from domain.booking_reads import BookingReads
from domain.callers import Caller
from domain.catalogue import Catalogue, CatalogueWriter, SeatBoards
from domain.ports import BoxOffice, Settlement
from domain.watching import Watching
from resolvers.booking_loaders import BookingLoaders
from resolvers.loaders import CatalogueLoaders


@dataclass(frozen=True, slots=True)
class Services:
    """What the process offers its resolvers; made once, in `server.py`."""

    box_office: BoxOffice
    settlement: Settlement
    gateway: str
    """The name of the gateway that new payments go through."""
    new_number: Callable[[], int]
    """Numbers for new things, drawn at random."""
    accounts: Accounts
    catalogue: Catalogue
    catalogue_writer: CatalogueWriter
    bookings: BookingReads
    seat_boards: SeatBoards
    watching: Watching


@dataclass
class Context:
    """One request: who asks, under which id, and what can be used to answer."""

    services: Services
    caller: Caller | None
    request_id: str
    idempotency_key: str | None = None
    """The `Idempotency-Key` header, for mutations whose input names none."""

    @cached_property
    def booking_loaders(self) -> BookingLoaders:
        """Loaders of what belongs to bookings."""
        return BookingLoaders(self.services, self.catalogue_loaders)

    @cached_property
    def catalogue_loaders(self) -> CatalogueLoaders:
        """Loaders of events, venues and what they refer to."""
        return CatalogueLoaders(self.services)


Info = strawberry.Info[Context, None]

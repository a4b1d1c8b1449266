"""What a resolver is given with each request."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import strawberry

from domain.accounts import Accounts
from domain.analytics import AnalyticsReads
from domain.audit import AuditReads
from domain.booking_reads import BookingReads
from domain.callers import Caller
from domain.cancellation import CancellationPolicy
from domain.catalogue import Catalogue, CatalogueWriter, SeatBoards
from domain.entry_codes import EntryCodes
from domain.exports import BookingExports
from domain.health import HealthReads
from domain.notifications import Arrivals, Notifications, Wording
from domain.ports import BoxOffice, Settlement
from domain.ticket_reads import TicketReads
from domain.waitlist import WaitlistReads, WatchingWaitlists
from domain.watching import Watching
from resolvers.account_loaders import AccountLoaders
from resolvers.audit_loaders import AuditLoaders
from resolvers.booking_loaders import BookingLoaders
from resolvers.loaders import CatalogueLoaders
from resolvers.notification_loaders import NotificationLoaders
from resolvers.ticket_loaders import TicketLoaders
from resolvers.waitlist_loaders import WaitlistLoaders


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
    tickets: TicketReads
    entry_codes: EntryCodes
    cancellation: CancellationPolicy
    """For events that have no policy of their own."""
    seat_boards: SeatBoards
    watching: Watching
    waitlist: WaitlistReads
    waitlists: WatchingWaitlists
    notifications: Notifications
    wording: Wording
    arrivals: Arrivals
    analytics: AnalyticsReads
    audit: AuditReads
    exports: BookingExports
    health: HealthReads


def unslowed(accounts: Accounts) -> Accounts:
    """The accounts where no client is slowed."""
    return accounts


@dataclass
class Context:
    """One request: who asks, under which id, and what can be used to answer."""

    services: Services
    caller: Caller | None
    request_id: str
    idempotency_key: str | None = None
    """The `Idempotency-Key` header, for mutations whose input names none."""
    slow: Callable[[Accounts], Accounts] = unslowed
    """How the accounts are for this client, whose wrong passwords are counted."""

    def forget_loaded(self) -> None:
        """Forget what was loaded of events, bookings and tickets. Where nothing was, no loaders are made: that takes longer than to decide
        a hold."""
        if not vars(self).keys().isdisjoint(("ticket_loaders", "booking_loaders", "catalogue_loaders")):
            self.ticket_loaders.forget()

    @property
    def accounts(self) -> Accounts:
        """The accounts, for what this client does with them itself."""
        return self.slow(self.services.accounts)

    @cached_property
    def account_loaders(self) -> AccountLoaders:
        """Loaders of who is a member of what."""
        return AccountLoaders(self.services, self.catalogue_loaders)

    @cached_property
    def audit_loaders(self) -> AuditLoaders:
        """Pages of the audit trail."""
        return AuditLoaders(self.services)

    @cached_property
    def booking_loaders(self) -> BookingLoaders:
        """Loaders of what belongs to bookings."""
        return BookingLoaders(self.services, self.catalogue_loaders)

    @cached_property
    def notification_loaders(self) -> NotificationLoaders:
        """Loaders of what belongs to notifications."""
        return NotificationLoaders(self.services, self.catalogue_loaders, self.booking_loaders)

    @cached_property
    def ticket_loaders(self) -> TicketLoaders:
        """Loaders of tickets."""
        return TicketLoaders(self.services, self.catalogue_loaders, self.booking_loaders)

    @cached_property
    def waitlist_loaders(self) -> WaitlistLoaders:
        """Loaders of what belongs to waitlists."""
        return WaitlistLoaders(self.services, self.catalogue_loaders, self.booking_loaders)

    @cached_property
    def catalogue_loaders(self) -> CatalogueLoaders:
        """Loaders of events, venues and what they refer to."""
        return CatalogueLoaders(self.services)


Info = strawberry.Info[Context, None]

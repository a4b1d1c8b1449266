"""How settings become the house's numbers."""

from datetime import timedelta

from domain.cancellation import CancellationPolicy, RefundStep
from domain.inventory import BookingPolicy
from notices.delivery import Pace
from runtime.settings import Settings


def policy_of(settings: Settings) -> BookingPolicy:
    """The house's numbers, as they are set."""
    return BookingPolicy(
        hold=timedelta(seconds=settings.hold_seconds),
        extension=timedelta(seconds=settings.extension_seconds),
        places_most=settings.max_places,
        cancellation=CancellationPolicy((RefundStep(settings.cancellation_window_hours * 60, 100),)),
        offer=timedelta(seconds=settings.offer_seconds),
    )


def pace_of(settings: Settings) -> Pace:
    """How notifications are delivered."""
    return Pace(
        at_once=settings.notification_concurrency,
        attempts_most=settings.notification_attempts,
        first_wait=timedelta(seconds=settings.notification_retry_seconds),
    )

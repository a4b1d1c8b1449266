"""Which gateways there are, and where their providers post."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta

from starlette.routing import Route

from domain.inventory import BookingPolicy
from domain.ports import Gateway
from payments.sandbox import SandboxGateway
from payments.settlement import Settlement
from runtime.settings import Settings
from web.webhooks import stripe_webhook


@asynccontextmanager
async def gateways_of(settings: Settings, policy: BookingPolicy) -> AsyncIterator[dict[str, Gateway]]:
    """All gateways that are configured, by name: whichever takes new payments, old ones go back through the one that took them."""
    gateways: dict[str, Gateway] = {"sandbox": SandboxGateway(late=policy.hold + policy.extension + timedelta(seconds=10))}
    async with AsyncExitStack() as stack:
        if settings.stripe_api_key is not None:
            from payments.stripe import StripeGateway  # the library is large, and most who run this do without it

            stripe = StripeGateway(settings.stripe_api_key.get_secret_value(), settings.stripe_api_base)
            stack.push_async_callback(stripe.close)
            gateways[stripe.name] = stripe
        yield gateways


def webhooks_of(settings: Settings, settlement: Callable[[], Settlement]) -> list[Route]:
    """Where payment providers post; none without the secret that they sign with."""
    secret = settings.stripe_webhook_secret
    if settings.stripe_api_key is None or secret is None:
        return []

    async def take_in(body: bytes, signature: str | None) -> bool:
        from payments.stripe_webhooks import StripeWebhooks

        return await StripeWebhooks(secret.get_secret_value(), settlement()).take_in(body, signature)

    return [stripe_webhook(take_in)]

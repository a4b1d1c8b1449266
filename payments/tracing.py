"""Spans of what a gateway is asked. Put in its way only where traces are wanted."""

from opentelemetry.trace import SpanKind, Tracer

from domain.bookings import Payment, Refund
from domain.ports import Declined, Gateway


class TracedGateway:
    """Any gateway, each of whose calls is a span. A charge that is declined is no error of anybody's."""

    def __init__(self, gateway: Gateway, tracer: Tracer) -> None:
        self.name = gateway.name
        self._gateway = gateway
        self._tracer = tracer

    async def charge(self, payment: Payment) -> str:
        """Charge a payment, as the gateway does."""
        facts = {"boxoffice.payment_id": str(payment.id), "boxoffice.gateway": self.name}
        declined: Declined | None = None
        reference = ""
        with self._tracer.start_as_current_span("payment charge", kind=SpanKind.CLIENT, attributes=facts) as span:
            try:
                reference = await self._gateway.charge(payment)
            except Declined as refusal:
                span.set_attribute("boxoffice.declined", refusal.reason)
                declined = refusal
        if declined is not None:
            raise declined
        return reference

    async def refund(self, refund: Refund, payment: Payment) -> str:
        """Give a refund's money back, as the gateway does."""
        facts = {"boxoffice.refund_id": str(refund.id), "boxoffice.gateway": self.name}
        with self._tracer.start_as_current_span("payment refund", kind=SpanKind.CLIENT, attributes=facts):
            return await self._gateway.refund(refund, payment)

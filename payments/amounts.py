"""Amounts as Stripe counts them, which is not for every currency in ISO's minor units. Source: docs.stripe.com/currencies."""

from domain.money import Money, minor_digits

IN_WHOLE_UNITS = frozenset(("MGA",))
"""Currencies with minor units of ISO's which Stripe counts without: 500 MGA are 500, not 50000."""
IN_HUNDREDTHS = frozenset(("ISK", "UGX"))
"""Currencies without minor units which Stripe counts in hundredths: 5 ISK are 500."""


class NotChargeable(ValueError):
    """An amount that Stripe cannot charge exactly."""


def stripe_amount(money: Money) -> int:
    """What to ask Stripe for; raises NotChargeable rather than round.

    Of thousandths Stripe wants the last to be 0, and of ten-thousandths it knows nothing.
    """
    digits = minor_digits(money.currency)
    divisor = 100 if money.currency in IN_WHOLE_UNITS else 1
    if digits > 3 or (digits == 3 and money.minor % 10) or money.minor % divisor:
        raise NotChargeable(f"{money.amount} {money.currency}")
    return money.minor * (100 if money.currency in IN_HUNDREDTHS else 1) // divisor

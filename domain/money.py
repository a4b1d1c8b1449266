"""Money: an exact number of minor units of one currency."""

import re
from dataclasses import dataclass
from decimal import Decimal

NO_MINOR = frozenset(
    ("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF")
)
THREE_MINOR = frozenset(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"))
FOUR_MINOR = frozenset(("CLF", "UYW"))
"""Currencies whose minor unit is not a hundredth. Source: ISO 4217, list one."""
MOST_MINOR = 10**12
"""The largest price or total that is accepted, in minor units: far below what a 64-bit integer holds."""


def minor_digits(currency: str) -> int:
    """How many decimal places a currency has."""
    return 0 if currency in NO_MINOR else 3 if currency in THREE_MINOR else 4 if currency in FOUR_MINOR else 2


def is_currency(text: str) -> bool:
    """Whether a text has the form of an ISO 4217 code."""
    return re.fullmatch("[A-Z]{3}", text) is not None


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in minor units (pence, cents) with its ISO 4217 currency."""

    minor: int
    currency: str

    @property
    def amount(self) -> Decimal:
        """The amount in the currency's own unit, with all its decimal places: 7500 GBP is 75.00."""
        return Decimal(self.minor).scaleb(-minor_digits(self.currency))

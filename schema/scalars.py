"""Scalars of our own, and money as clients see it."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import NewType, Self

import strawberry
from strawberry.types.scalar import ScalarDefinition

from domain import money
from engine.lasting import lasting
from schema.declarations import FREE

BigInt = NewType("BigInt", int)
EXACT_MOST = 2**53
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
INSTANT = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d(:\d\d(\.\d{1,9})?)?([Zz]|[+-]\d\d:\d\d)")


def parse_instant(value: object) -> datetime:
    """Read an RFC 3339 instant; one without an offset names no instant and is refused."""
    if not isinstance(value, str) or not INSTANT.fullmatch(value):
        raise ValueError("a DateTime is written as in RFC 3339, with its offset: 2030-01-31T19:30:00Z")
    try:
        return datetime.fromisoformat(value.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError("a DateTime names a day and time that exist: 2030-01-31T19:30:00Z") from None


@lru_cache(maxsize=10_000)
def write_instant(value: datetime) -> str:
    """Write an instant in UTC, as short as it is exact."""
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


def say_instant(value: datetime) -> str:
    """An instant in a sentence for people, to the minute: `21 November 2026 at 19:30 UTC`. Programs find it exact among the facts."""
    return f"{value.astimezone(UTC):%-d %B %Y at %H:%M} UTC"


def parse_day(value: object) -> date:
    """Read a day, written as in RFC 3339."""
    if not isinstance(value, str) or not DAY.fullmatch(value):
        raise ValueError("a Date is written as in RFC 3339: 2030-01-31")
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise ValueError("a Date names a day that exists: 2030-01-31") from None


def parse_big(value: object) -> int:
    """Read a 64-bit integer, given as a number or as its decimal digits."""
    if isinstance(value, str) and re.fullmatch(r"-?\d{1,19}", value):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not -(2**63) <= value < 2**63:
        raise ValueError("a BigInt is an integer of 64 bits, as a number or a string of digits")
    return value


def write_big(value: int) -> int | str:
    """Write an integer so that every client reads it exactly."""
    return value if -EXACT_MOST <= value <= EXACT_MOST else str(value)


SCALARS: dict[object, ScalarDefinition] = {
    datetime: strawberry.scalar(
        name="DateTime",
        description="An instant, written as in RFC 3339 with its offset; answers are in UTC: `2030-01-31T19:30:00Z`.",
        specified_by_url="https://www.rfc-editor.org/rfc/rfc3339",
        serialize=write_instant,
        parse_value=parse_instant,
    ),
    date: strawberry.scalar(
        name="Date",
        description="A day, written as in RFC 3339: `2030-01-31`.",
        specified_by_url="https://www.rfc-editor.org/rfc/rfc3339",
        serialize=date.isoformat,
        parse_value=parse_day,
    ),
    BigInt: strawberry.scalar(
        name="BigInt",
        description="A 64-bit integer: a JSON number up to 2^53, and a string of digits beyond.",
        serialize=write_big,
        parse_value=parse_big,
    ),
}


@lasting()
@strawberry.type(description="An exact amount of one currency.", directives=[FREE])
class Money:
    amount: Decimal = strawberry.field(description='In the currency\'s own unit, with all its decimal places: `"75.00"`.')
    minor: BigInt = strawberry.field(description="In minor units, such as pence: `7500`.")
    currency: str = strawberry.field(description='The ISO 4217 code: `"GBP"`.')

    @classmethod
    def of(cls, value: money.Money) -> Self:
        """Money as clients see it."""
        return cls(amount=value.amount, minor=BigInt(value.minor), currency=value.currency)

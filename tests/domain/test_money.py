"""Money: exact, in the currency's own decimal places."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.money import MOST_MINOR, Money, is_currency, minor_digits


@pytest.mark.parametrize(("currency", "digits"), [("GBP", 2), ("EUR", 2), ("JPY", 0), ("KRW", 0), ("BHD", 3), ("KWD", 3), ("CLF", 4)])
def test_how_many_decimal_places_a_currency_has(currency: str, digits: int) -> None:
    assert minor_digits(currency) == digits


@pytest.mark.parametrize(
    ("money", "written"),
    [
        (Money(7500, "GBP"), "75.00"),
        (Money(5, "GBP"), "0.05"),
        (Money(0, "GBP"), "0.00"),
        (Money(-7550, "GBP"), "-75.50"),
        (Money(7500, "JPY"), "7500"),
        (Money(7500, "BHD"), "7.500"),
        (Money(MOST_MINOR, "GBP"), "10000000000.00"),
        (Money(MOST_MINOR, "BHD"), "1000000000.000"),
    ],
)
def test_an_amount_shows_all_its_decimal_places(money: Money, written: str) -> None:
    assert str(money.amount) == written


@given(minor=st.integers(-(2**63), 2**63 - 1), currency=st.sampled_from(["JPY", "GBP", "BHD", "CLF"]))
def test_no_amount_is_rounded(minor: int, currency: str) -> None:
    assert Money(minor, currency).amount * 10 ** minor_digits(currency) == Decimal(minor)


@pytest.mark.parametrize("text", ["GBP", "JPY", "XXX"])
def test_what_has_the_form_of_a_currency(text: str) -> None:
    assert is_currency(text)


@pytest.mark.parametrize("text", ["", "gbp", "GB", "GBPP", "GBP\n", "G P", "G\0P", "ＧＢＰ", "£"])
def test_what_has_not_the_form_of_a_currency(text: str) -> None:
    assert not is_currency(text)

"""Invented houses: plain halls of any size, and what events in a house cost."""

from collections.abc import Iterator
from random import Random

from domain.layouts import Layout, RowDraft, SectionDraft, parse_layout
from domain.money import minor_digits
from domain.places import TierKind
from domain.seeds import SeededHouse
from domain.tiers import SeatBlock, TierForm
from runtime.demo_houses import letter
from runtime.seed_bookings import PLACES_PER_BOOKING
from runtime.seed_names import Town


def tiers_of(house: SeededHouse | None, town: Town, chance: Random, bookings: int) -> tuple[TierForm, ...]:
    """Two or three tiers, dearer in front; the largest layouts have room to stand as well."""
    dear = chance.choice((30, 45, 60, 85))
    prices = [int(pounds * town.rate) * 10 ** minor_digits(town.currency) for pounds in (dear, dear * 0.6 + 1, dear * 0.4 + 1)]
    layout = house.layout if house is not None else None
    if layout is None:
        capacity = house.venue.capacity if house is not None else max(600, int(bookings * PLACES_PER_BOOKING))
        early = TierForm("Early", TierKind.STANDING, price_minor=prices[2], capacity=capacity // 5)
        return early, TierForm("Standing", TierKind.STANDING, price_minor=prices[1], capacity=capacity - capacity // 5)
    sections = [section.name for section in layout.sections]
    front = sections[: max(1, len(sections) // 3)]
    standing = TierForm("Standing", TierKind.STANDING, price_minor=prices[2], capacity=max(1, layout.seat_count // 4))
    if len(sections) == 1:
        return TierForm("Seats", price_minor=prices[0]), standing
    return (
        TierForm("Premium", price_minor=prices[0], blocks=tuple(map(SeatBlock, front))),
        TierForm("Seats", price_minor=prices[1]),
        standing,
    )


def hall(seats: int) -> list[SectionDraft]:
    """A plain house of about so many seats: stalls, and from 200 on a circle and a balcony behind."""
    shares = (("Stalls", 0.5), ("Circle", 0.3), ("Balcony", 0.2)) if seats >= 200 else (("Stalls", 1.0),)
    width = max(10, min(100, int(seats**0.5 * 1.3)))
    return [SectionDraft(name, list(rows_of(int(seats * share), width))) for name, share in shares]


def rows_of(seats: int, width: int) -> Iterator[RowDraft]:
    """So many seats in rows; the last takes what is left."""
    for n, at in enumerate(range(0, seats, width)):
        yield RowDraft(letter(n) if n < 26 * 27 else f"R{n}", min(width, seats - at))


def layout_of(drafts: list[SectionDraft]) -> Layout:
    """The layout of a house that was built by the rules."""
    layout = parse_layout(drafts)
    assert isinstance(layout, Layout), layout
    return layout

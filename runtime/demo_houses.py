"""The demo's houses: a theatre with curved rows, an arena of 20,000, a studio, and a club where one stands; and what they cost."""

from collections.abc import Sequence
from math import cos, pi, sin

from domain.layouts import RowDraft, SeatDraft, SectionDraft
from domain.places import TierKind
from domain.tiers import SeatBlock, TierForm

THEATRE_TIERS = (
    TierForm("Premium", price_minor=9500, blocks=(SeatBlock("Stalls", tuple("ABCDEFGH")),)),
    TierForm("Stalls", price_minor=6500, blocks=(SeatBlock("Stalls", tuple("IJKLMNOPQR")),)),
    TierForm("Circle", price_minor=4500, blocks=(SeatBlock("Circle"),)),
    TierForm("Balcony", price_minor=2500, blocks=(SeatBlock("Balcony"),)),
)
ARENA_TIERS = (
    TierForm("Standing", TierKind.STANDING, price_minor=5500, capacity=4000),
    TierForm("Lower ring", price_minor=8500, blocks=tuple(SeatBlock(f"Block 1{n:02}") for n in range(1, 21))),
    TierForm("Upper ring", price_minor=4000, blocks=tuple(SeatBlock(f"Block 2{n:02}") for n in range(1, 21))),
)
CLUB_TIERS = (
    TierForm("Early", TierKind.STANDING, price_minor=1200, capacity=100),
    TierForm("Standing", TierKind.STANDING, price_minor=1800, capacity=500),
)
STUDIO_TIERS = (TierForm("Seats", price_minor=1600),)
ROW_DEPTH = 1.1
"""From one row to the next, in seat widths."""


def letter(position: int) -> str:
    """Row labels as theatres write them: A to Z, then AA to ZZ."""
    return chr(65 + position) if position < 26 else chr(65 + position // 26 - 1) + chr(65 + position % 26)


def curved_row(label: str, count: int, radius: float, *, bend: float, special: Sequence[int] = (), rear: bool = False) -> RowDraft:
    """A row on an arc around the stage's middle, `radius` seat widths away; `bend` is how much of a circle a row may span at most."""
    step = min(1.0 / radius, bend / max(count - 1, 1))
    start = -step * (count - 1) / 2
    return RowDraft(
        label,
        seats=[
            SeatDraft(
                str(n + 1),
                x=round(radius * sin(start + n * step), 2),
                y=round(radius * cos(start + n * step), 2),
                accessible=n in special,
                companion=n - 1 in special,
                restricted_view=rear and n in (0, count - 1),
            )
            for n in range(count)
        ],
    )


def theatre() -> list[SectionDraft]:
    """Stalls, circle and balcony: 1,200 seats or so in curved rows, with coordinates, wheelchair places and restricted views."""
    stalls = [curved_row(letter(n), 24 + n, 14 + n * ROW_DEPTH, bend=pi / 2, special=(0, 22 + n) if n == 17 else ()) for n in range(18)]
    circle = [curved_row(letter(n), 34 + n, 38 + n * ROW_DEPTH, bend=pi / 2, special=(0,) if n == 0 else ()) for n in range(9)]
    balcony = [curved_row(letter(n), 38 + n, 52 + n * ROW_DEPTH, bend=pi / 2, rear=True) for n in range(6)]
    return [SectionDraft("Stalls", stalls), SectionDraft("Circle", circle), SectionDraft("Balcony", balcony)]


def arena() -> list[SectionDraft]:
    """Forty blocks around the floor in two rings: 20,000 seats with coordinates."""
    sections = []
    for ring, (name, rows, inner) in enumerate((("1", 20, 60.0), ("2", 20, 90.0))):
        for block in range(20):
            middle = 2 * pi * block / 20
            drafts = [arena_row(letter(n), 25, inner + n * ROW_DEPTH, middle, first=ring) for n in range(rows)]
            sections.append(SectionDraft(f"Block {name}{block + 1:02}", drafts))
    return sections


def arena_row(label: str, count: int, radius: float, middle: float, *, first: int) -> RowDraft:
    """A row of a block, on an arc around the floor whose middle lies at an angle."""
    step = min(1.0 / radius, 2 * pi / 20 * 0.94 / (count - 1))
    angles = [middle + (n - (count - 1) / 2) * step for n in range(count)]
    seats = [
        SeatDraft(str(n + 1), x=round(radius * sin(angle), 2), y=round(-radius * cos(angle), 2), accessible=first == 0 and n == 0)
        for n, angle in enumerate(angles)
    ]
    return RowDraft(label, seats=seats)


def studio() -> list[SectionDraft]:
    """Sixty seats in straight rows; nobody has measured where they stand, so they have no coordinates."""
    return [SectionDraft("Studio", [RowDraft(letter(n), 10) for n in range(6)])]

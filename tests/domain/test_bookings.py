"""Bookings: what they count and cost, and the tickets they become."""

from dataclasses import replace

from domain.bookings import Line, Ticket, numbered_lines, tickets_of
from domain.ids import TicketId
from domain.money import Money
from tests.domain.builders import CIRCLE, FLOOR, STALLS, a_booking

MIXED = replace(a_booking(), lines=(Line(STALLS, 2, 5000, (4, 7)), Line(FLOOR, 3, 2000)))


def test_a_booking_counts_and_costs_what_its_lines_say() -> None:
    assert MIXED.quantity == 5
    assert MIXED.seats == (4, 7)
    assert MIXED.total == Money(16_000, "GBP")


def test_each_place_has_a_ticket_numbered_from_1_in_the_order_of_the_lines() -> None:
    assert tickets_of(MIXED) == (
        Ticket(TicketId.of(MIXED.id, 1), STALLS, 4, 5000),
        Ticket(TicketId.of(MIXED.id, 2), STALLS, 7, 5000),
        Ticket(TicketId.of(MIXED.id, 3), FLOOR, None, 2000),
        Ticket(TicketId.of(MIXED.id, 4), FLOOR, None, 2000),
        Ticket(TicketId.of(MIXED.id, 5), FLOOR, None, 2000),
    )


def test_named_seats_are_a_line_a_tier_with_seats_in_order() -> None:
    lines = numbered_lines([(9, CIRCLE, 3500), (4, STALLS, 5000), (8, CIRCLE, 3500), (2, STALLS, 5000)])

    assert lines == (Line(STALLS, 2, 5000, (2, 4)), Line(CIRCLE, 2, 3500, (8, 9)))

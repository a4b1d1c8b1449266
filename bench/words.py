"""Words: how each server is asked for the same things, and how its answers are read. Box Office has its schema, the peers share one."""

import re
from datetime import datetime
from typing import Any, Protocol

import orjson

from bench.peers.rows import SEATS_MOST
from domain.commands import BookSeats
from domain.ids import EventId, SeatId


class Words(Protocol):
    """One schema's documents; each method that asks makes the body of a request."""

    accepted: re.Pattern[bytes]
    """Found in the answer to a booking that was made, and in no other."""
    snapshot: bytes | None
    """Found in what a viewer hears first; None where it hears nothing until something changes."""
    seat: re.Pattern[bytes]
    """A seat in a message to a viewer. Each pair begins with an even number, in ASCII's digits too."""

    def events(self) -> bytes:
        """The next 20 events with venue and tiers."""
        ...

    def event(self, event_id: EventId) -> bytes:
        """One event with the same."""
        ...

    def seat_map(self, event_id: EventId) -> bytes:
        """All seats of an event, one by one."""
        ...

    def booking(self, command: BookSeats) -> bytes:
        """A booking of two seats."""
        ...

    def watching(self, event_id: EventId) -> tuple[str, dict[str, object]]:
        """The subscription to an event's seats: document and variables."""
        ...

    def seat_no(self, seat: bytes) -> int:
        """Which seat `seat` found."""
        ...


class Ours:
    """Box Office. Prices are objects, lists are connections, and a viewer hears versions."""

    accepted = re.compile(rb'"__typename":"Booking"')
    snapshot: bytes | None = b'"previousVersion":null'
    seat = re.compile(rb'"seatNo":(\d+)')
    detail = "id name startsAt availableSeats venue { id name city } tiers { name price { minor } available }"

    def events(self) -> bytes:
        """Asks for events."""
        return body("query Events { events(first: 20) { edges { node { " + self.detail + " } } } }")

    def event(self, event_id: EventId) -> bytes:
        """Asks for one event."""
        return body("query Event($id: ID!) { event(id: $id) { " + self.detail + " } }", id=str(event_id))

    def seat_map(self, event_id: EventId) -> bytes:
        """Asks for all seats."""
        seats = "sections { name rows { label seats { id number status price { minor } } } }"
        return body("query SeatMap($id: ID!) { event(id: $id) { id seatMap { " + seats + " } } }", id=str(event_id))

    def live_state(self, event_id: EventId) -> bytes:
        """Asks for all seats' statuses, packed, as a page that knows the layout does."""
        return body("query Live($id: ID!) { event(id: $id) { seatMap { version statuses } } }", id=str(event_id))

    def booking(self, command: BookSeats) -> bytes:
        """Asks for a booking."""
        event_id = command.booking_id.event_id
        places = {"seats": [str(SeatId(event_id, seat_no)) for seat_no in command.seats]}
        return body(
            "mutation Book($input: CreateBookingInput!) { createBooking(input: $input) "
            "{ __typename ... on Booking { id expiresAt } ... on Refusal { code message } } }",
            input={"eventId": str(event_id), "places": places},
        )

    def watching(self, event_id: EventId) -> tuple[str, dict[str, object]]:
        """Asks to be told."""
        told = "version previousVersion changes { seatNo status } summary { available held booked }"
        return "subscription Watch($eventId: ID!) { seatMap(eventId: $eventId) { " + told + " } }", {"eventId": str(event_id)}

    def seat_no(self, seat: bytes) -> int:
        """Said as it is."""
        return int(seat)


class Theirs:
    """The peers' schema, `peers/schema.graphql`."""

    accepted = re.compile(rb'"ok": ?true')
    snapshot: bytes | None = None
    seat = re.compile(rb'"seatId": ?"(\d+)"')
    detail = "id name startsAt availableSeats venue { id name city } tiers { name price available }"

    def events(self) -> bytes:
        """Asks for events."""
        return body("query Events { events(first: 20) { " + self.detail + " } }")

    def event(self, event_id: EventId) -> bytes:
        """Asks for one event."""
        return body("query Event($id: ID!) { event(id: $id) { " + self.detail + " } }", id=str(int(event_id)))

    def seat_map(self, event_id: EventId) -> bytes:
        """Asks for all seats."""
        seats = "sections { name rows { label seats { id number status price } } }"
        return body("query SeatMap($id: ID!) { event(id: $id) { id " + seats + " } }", id=str(int(event_id)))

    def booking(self, command: BookSeats) -> bytes:
        """Asks for a hold."""
        event_id = int(command.booking_id.event_id)
        return body(
            "mutation Hold($event: ID!, $seats: [ID!]!) { holdSeats(eventId: $event, seatIds: $seats) { ok bookingId total message } }",
            event=str(event_id),
            seats=[str(event_id * SEATS_MOST + seat_no) for seat_no in command.seats],
        )

    def watching(self, event_id: EventId) -> tuple[str, dict[str, object]]:
        """Asks to be told."""
        told = "changes { seatId status } availableSeats"
        return "subscription Watch($eventId: ID!) { seatsChanged(eventId: $eventId) { " + told + " } }", {"eventId": str(int(event_id))}

    def seat_no(self, seat: bytes) -> int:
        """Behind its event's number."""
        return int(seat) % SEATS_MOST


WORDS: dict[str, Words] = {"ours": Ours(), "theirs": Theirs()}


def body(document: str, **variables: object) -> bytes:
    """A request."""
    return orjson.dumps({"query": document, "variables": variables} if variables else {"query": document})


def content(answer: bytes) -> Any:
    """What an answer says, whoever says it: without ids, with prices and connections unwrapped. Raises AssertionError for errors."""
    read = orjson.loads(answer)
    assert "errors" not in read, answer[:500].decode(errors="replace")
    return unwrapped(read["data"])


def unwrapped(value: Any) -> Any:
    """A part of an answer as both schemas would say it."""
    match value:
        case {"edges": edges}:
            return [unwrapped(edge["node"]) for edge in edges]
        case {"minor": minor}:
            return unwrapped(minor)
        case {"seatMap": {"sections": sections}}:
            return {"sections": unwrapped(sections)}
        case dict():
            return {name: instant(item) if name == "startsAt" else unwrapped(item) for name, item in value.items() if name != "id"}
        case list():
            return [unwrapped(item) for item in value]
        case int():
            return str(value)  # numbers of seats are words in one schema
        case _:
            return value


def instant(text: str) -> datetime:
    """To the millisecond: Node knows no less."""
    moment = datetime.fromisoformat(text)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)

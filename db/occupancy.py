"""Every seat's state of the events in which seats are chosen, kept between batches, so that only what changed since is read."""

from collections import OrderedDict

from domain.ids import EventId

EVENTS_MOST = 256
"""So many events are remembered: a byte a seat each."""


class Occupancy:
    """What this process last knew of whole houses. It is a copy with its version, never the truth: a batch reads what changed after it,
    in the statement that loads all else.
    """

    def __init__(self, events_most: int = EVENTS_MOST) -> None:
        self._most = events_most
        self._known: OrderedDict[EventId, tuple[int, bytearray]] = OrderedDict()
        self._wanted: set[EventId] = set()

    def is_wanted(self, event_id: EventId) -> bool:
        """Whether every batch of an event needs all of its seats, and more: because somebody waits, or because neighbours count."""
        return event_id in self._wanted

    def want(self, event_id: EventId, wanted: bool) -> None:
        """Remember whether every batch of an event needs more than the places it names."""
        if wanted:
            self._wanted.add(event_id)
        else:
            self._wanted.discard(event_id)

    def known(self, event_id: EventId, seat_count: int) -> tuple[int, bytearray]:
        """All seats as they are known, a copy to be changed, with the version they are of: all available, at −1, where nothing is known.

        Nothing is known where the house had another number of seats.
        """
        version, statuses = self._known.get(event_id, (-1, b""))
        return (version, bytearray(statuses)) if version >= 0 and len(statuses) == seat_count else (-1, bytearray(seat_count))

    def keep(self, event_id: EventId, version: int, statuses: bytearray) -> None:
        """Remember all seats as a commit left them; an older version than what is known is not taken."""
        if version < self._known.get(event_id, (-1,))[0]:
            return
        self._known[event_id] = version, statuses
        self._known.move_to_end(event_id)
        if len(self._known) > self._most:
            self._known.popitem(last=False)

    def clear(self) -> None:
        """Know nothing any more: after a failure nothing is believed but what the database says."""
        self._known.clear()

    def forget(self, event_id: EventId) -> None:
        """Know nothing of an event any more: its house has changed."""
        self._known.pop(event_id, None)

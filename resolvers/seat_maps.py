"""Reading seat maps: from the board in memory, with the seats drawn once per event and only those that are taken made anew."""

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property, partial
from hashlib import blake2s

from strawberry import ID

from domain import places
from domain.catalogue import Catalogue, InvalidArgument, SeatBoard, SeatBoards, SeatSnapshot
from domain.events import Event
from domain.ids import PAIRS, EventId, SeatId, TierId
from domain.layouts import Row
from domain.places import PlaceStatus, SeatingPlan
from engine.lasting import kept
from schema.events import Tier
from schema.seat_maps import LayoutSection, Seat, SeatLayout, SeatMap, SeatRow, SeatStatus, SeatSummary, Section, TierRun

STATUSES = tuple(SeatStatus[status.name] for status in PlaceStatus)
SEATS_KEPT_MOST = 200_000


class NoSuchEvent(LookupError):
    """The event went away while it was being read."""

    code = "EVENT_NOT_FOUND"


async def read_map(
    boards: SeatBoards, catalogue: Catalogue, event: Event, section: str | None, tier: ID | None, status: SeatStatus | None
) -> SeatMap:
    """An event's seats as they are now, all that is answered at one version."""
    tier_no = tier_no_of(event.event_id, tier) if tier is not None else None
    board = await boards.read(event.event_id)
    if board is None:
        raise NoSuchEvent("There is no such event.")
    drawing = await DRAWINGS.of(board, catalogue, event)
    wanted = None if status is None else PlaceStatus[status.name]
    return drawing.map_of(board.update(None), section, tier_no, wanted)  # nothing was awaited: plan, tiers and seats are of one version


def tier_no_of(event_id: EventId, text: ID) -> int:
    """The number of a tier of this event; raises MalformedId, and InvalidArgument for another event's."""
    tier_id = TierId.parse(text)
    if tier_id.event_id != event_id:
        raise InvalidArgument("`tier` is of another event.")
    return tier_id.number


@dataclass(slots=True)
class DrawnRow:
    """A row as it was when it was last asked for."""

    free: list[Seat]
    """Its seats as they are when nobody has them."""
    statuses: bytes
    row: SeatRow
    """Never changed: where `statuses` are others, another is made."""


class Drawing:
    """An event's seats as clients see them, made row by row when first asked for and kept as long as plan and prices stay.

    What it answers must be written down before the next is asked for, as `Tier` objects are shared and their counts change in place. That
    is so as long as nothing beneath a map's sections has to be awaited.
    """

    def __init__(self, event: Event, plan: SeatingPlan | None, tiers: tuple[places.Tier, ...], sale_version: int) -> None:
        self.event_id = event.event_id
        self.layout_id = event.layout_id
        self.plan = plan
        self.sale_version = sale_version
        self.seat_count = plan.seat_count if plan is not None else 0
        self.tiers = {tier.tier_no: Tier.of(event.event_id, event.currency, tier) for tier in tiers}
        self.seat_id_prefix = str(SeatId(event.event_id, 0))[:-4]
        self._rows: dict[int, DrawnRow] = {}
        self._whole: tuple[SeatSnapshot, list[Section]] | None = None
        self._summary: tuple[SeatSnapshot, SeatSummary] | None = None
        self._taken: dict[tuple[int, int], Seat] = {}

    def map_of(self, snapshot: SeatSnapshot, section: str | None, tier_no: int | None, status: PlaceStatus | None) -> SeatMap:
        """All of a snapshot, its seats narrowed to those of a section, of a tier and in a state."""
        if self._summary is None or self._summary[0] is not snapshot:
            self._summary = snapshot, SeatSummary.of(self.event_id, snapshot.counts)
        return SeatMap(
            version=snapshot.version,
            summary=self._summary[1],
            draw=partial(self.sections, snapshot, section, tier_no, status),
            draw_layout=lambda: self.layout,
            pack=lambda: snapshot.packed or "",
        )

    def sections(self, snapshot: SeatSnapshot, section: str | None, tier_no: int | None, status: PlaceStatus | None) -> list[Section]:
        """The seats that are of a section, of a tier and, at a snapshot's version, in a state; rows and sections without any left out."""
        if self.plan is None:
            return []
        for number, tier in self.tiers.items():
            if (counts := snapshot.counts.get(number)) is not None:
                tier.capacity, tier.available = counts.total, counts.available
        if section is not None or tier_no is not None or status is not None:
            return list(self._drawn(self.plan, snapshot, section, tier_no, status))
        if self._whole is None or self._whole[0] is not snapshot:
            self._whole = snapshot, list(self._drawn(self.plan, snapshot, None, None, None))
        return self._whole[1]

    def _drawn(
        self, plan: SeatingPlan, snapshot: SeatSnapshot, section: str | None, tier_no: int | None, status: PlaceStatus | None
    ) -> Iterator[Section]:
        statuses = (snapshot.seats or b"").ljust(plan.seat_count, b"\0")
        for part in plan.layout.sections:
            if section is None or part.name == section:
                if tier_no is None and status is None:
                    rows = [self._row(part.name, row, statuses) for row in part.rows]
                else:
                    likely = (row for row in part.rows if self._may_have(row, statuses, tier_no, status))
                    rows = list(self._narrowed([self._row(part.name, row, statuses) for row in likely], tier_no, status))
                if rows:
                    yield Section(name=part.name, rows=rows)

    def _may_have(self, row: Row, statuses: bytes, tier_no: int | None, status: PlaceStatus | None) -> bool:
        """Whether a row is worth drawing: for all seats of a large house that takes long, and few may be asked for."""
        seat_nos = row.seat_nos
        if status is not None and statuses.count(status, seat_nos.start, seat_nos.stop) == 0:
            return False
        if tier_no is None:
            return True
        assert self.plan is not None
        first, last = self.plan.tier_of(seat_nos.start), self.plan.tier_of(seat_nos.stop - 1)
        return tier_no in (first, last) or first != last

    def _narrowed(self, rows: list[SeatRow], tier_no: int | None, status: PlaceStatus | None) -> Iterator[SeatRow]:
        tier = self.tiers.get(tier_no) if tier_no is not None else None
        wanted = STATUSES[status] if status is not None else None
        for row in rows:
            seats = [seat for seat in row.seats if (tier_no is None or seat.tier is tier) and (wanted is None or seat.status is wanted)]
            if seats:
                yield SeatRow(label=row.label, seats=seats)

    def _row(self, section: str, row: Row, statuses: bytes) -> SeatRow:
        drawn = self._rows.get(row.first_seat_no)
        if drawn is not None and statuses.startswith(drawn.statuses, row.first_seat_no):
            return drawn.row
        now = statuses[row.first_seat_no : row.seat_nos.stop]
        free = drawn.free if drawn is not None else list(self._free_seats(section, row))
        seats = list(free)
        for position, status in enumerate(now):
            if status:
                seats[position] = self._taken_seat(seats[position], status)
        self._rows[row.first_seat_no] = made = DrawnRow(free, now, kept(SeatRow(label=row.label, seats=seats)))
        return made.row

    def _free_seats(self, section: str, row: Row) -> Iterator[Seat]:
        assert self.plan is not None
        first, last = self.plan.tier_of(row.seat_nos[0]), self.plan.tier_of(row.seat_nos[-1])
        for position, number in enumerate(row.numbers()):
            seat_no = row.first_seat_no + position
            tier = self.tiers[first if first == last else self.plan.tier_of(seat_no)]
            yield Seat(
                id=ID(f"{self.seat_id_prefix}{PAIRS[seat_no >> 10]}{PAIRS[seat_no & 1023]}"),
                seat_no=seat_no,
                section=section,
                row=row.label,
                number=number,
                tier=tier,
                price=tier.price,
                status=SeatStatus.AVAILABLE,
                accessible=position in row.accessible,
                companion=position in row.companion,
                restricted_view=position in row.restricted,
                x=row.xs[position] if row.xs else None,
                y=row.ys[position] if row.ys else None,
            )

    def _taken_seat(self, seat: Seat, status: int) -> Seat:
        known = self._taken.get((seat.seat_no, status))
        if known is None:
            known = self._taken[seat.seat_no, status] = replace(seat, status=STATUSES[status])
        return known

    @cached_property
    def layout(self) -> SeatLayout:
        """All that stays the same while seats are sold."""
        plan = self.plan
        starts, tier_nos = (plan.starts, plan.tier_nos) if plan is not None else ((), ())
        stops = (*starts[1:], self.seat_count)
        facts = repr((self.event_id, self.layout_id, starts, tier_nos)).encode()
        layout = SeatLayout(
            etag=blake2s(facts, digest_size=12).hexdigest(),
            seat_count=self.seat_count,
            seat_id_prefix=self.seat_id_prefix,
            sections=[LayoutSection.of(section) for section in plan.layout.sections] if plan is not None else [],
            tier_runs=[
                TierRun(tier_id=ID(str(TierId(self.event_id, tier_no))), first_seat_no=start, count=stop - start)
                for start, stop, tier_no in zip(starts, stops, tier_nos, strict=False)
            ],
        )
        return kept(layout)


class Drawings:
    """The drawings of the events last asked for, as many as have so many seats together."""

    def __init__(self, seats_most: int = SEATS_KEPT_MOST) -> None:
        self.seats_most = seats_most
        self.seat_count = 0
        self._drawings: OrderedDict[EventId, Drawing] = OrderedDict()

    async def of(self, board: SeatBoard, catalogue: Catalogue, event: Event) -> Drawing:
        """The drawing that a board's present plan and prices need."""
        known = self._drawings.get(event.event_id)
        while known is None or known.plan is not board.plan or known.sale_version != board.sale_version:
            sale_version = board.sale_version
            tiers = (await catalogue.tiers_many([event.event_id]))[0]
            if board.sale_version == sale_version:
                known = self._keep(Drawing(event, board.plan, tiers, sale_version))
        self._drawings.move_to_end(event.event_id)
        return known

    def _keep(self, drawing: Drawing) -> Drawing:
        if (old := self._drawings.pop(drawing.event_id, None)) is not None:
            self.seat_count -= old.seat_count
        self._drawings[drawing.event_id] = drawing
        self.seat_count += drawing.seat_count
        while self.seat_count > self.seats_most and len(self._drawings) > 1:
            _, forgotten = self._drawings.popitem(last=False)
            self.seat_count -= forgotten.seat_count
        return drawing


DRAWINGS = Drawings()
"""This process's: they hold nothing that is not in its boards."""

"""The demo's crowd: people who have bought places of its events in the weeks before, so that the houses look lived in."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

from domain.callers import Role
from domain.events import EventForm, NewEvent, check_event
from domain.ids import EventId, UserId
from domain.inventory import BookingPolicy, EventStatus
from domain.layouts import Layout
from domain.seeds import SeededEvent
from domain.users import User
from domain.venues import Venue
from runtime.demo_programme import Showing
from runtime.seed_bookings import Fate, Sales, number
from runtime.seed_names import CANCEL_REASONS, FIRST_NAMES, LAST_NAMES

PEOPLE = 1_200
SINCE = timedelta(days=45)
"""For so long events have been on sale."""
FATES = (*[Fate.PAID] * 34, *[Fate.PAID_AT_LAST] * 2, *[Fate.CANCELLED] * 2, Fate.FAILED, Fate.EXPIRED)
"""What becomes of each forty bookings. None is in hand still: such would come to its end before anybody looks."""
CROWDED = 0.85
"""Where more is sold than this, all that was taken was also paid for and kept: nothing comes back to a full house."""
BLOCKED = 4


def crowd(chance: Random, now: datetime) -> list[User]:
    """People with an account, the same at each start; their addresses are nobody's whom seeding invents."""
    found = []
    for nth in range(PEOPLE):
        first, last = chance.choice(FIRST_NAMES), chance.choice(LAST_NAMES)
        joined_at = now - SINCE - timedelta(days=chance.randint(1, 400))
        found.append(
            User(UserId(number(chance)), f"{first}.{last}{nth + 1}@crowd.boxoffice.test".lower(), f"{first} {last}", Role.USER, joined_at)
        )
    return found


def staged(
    showing: Showing, form: EventForm, venue: Venue, layout: Layout | None, crowd: Sequence[UserId], policy: BookingPolicy, now: datetime
) -> SeededEvent:
    """An event of the programme with all that has been sold of it, the same at each start but for the times."""
    chance = Random(f"{showing.work.name}, in {showing.days} days")
    created_at = now - SINCE
    new = check_event(form, venue, layout, created_at)
    assert isinstance(new, NewEvent), new
    draft = new.as_draft(EventId(number(chance)), form, venue, created_at)
    seeded = SeededEvent(replace(draft, status=showing.status), new.tiers, new.plan, int(showing.status is not EventStatus.DRAFT))
    if showing.status is EventStatus.CANCELLED:
        seeded.version += 1
        seeded.cancelled_at, seeded.cancel_reason = now - timedelta(hours=20), chance.choice(CANCEL_REASONS)
    if showing.sold > 0:
        sell(Sales(seeded, crowd, policy, now, chance, showing.sold if showing.crowding is None else showing.crowding), showing.sold)
    return seeded


def sell(sales: Sales, share: float) -> None:
    """Sell so large a share of an event's places; a few of its numbered seats are kept off sale."""
    sales.block(BLOCKED)
    fates: list[Fate] = []
    wanted = share * sales.seeded.event.capacity
    taken = 0
    while taken < wanted:
        fates = fates or sales.chance.sample(FATES, len(FATES))
        fate = Fate.PAID if share > CROWDED else fates.pop()
        if not sales.book(fate):
            break
        taken += sales.seeded.bookings[-1].quantity
    sales.seeded.tiers = tuple(sales.tiers.values())

"""The world of the catalogue's tests: forms that name only what matters, and what becomes of them on a real database."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count

from db.catalogue_writes import PostgresCatalogueWriter
from db.layouts import Layouts
from db.pool import Pool
from domain.changes import ChangeSet
from domain.events import Event, EventForm
from domain.layouts import RowDraft, SectionDraft
from domain.places import TierKind
from domain.tiers import TierForm
from domain.venues import Venue, VenueForm

STARTS = datetime(2031, 5, 1, 19, 30, tzinfo=UTC)
_numbers = count(1)


class Silent:
    """A publisher whom nobody hears."""

    def publish(self, change_set: ChangeSet) -> None:
        pass


def a_venue_form() -> VenueForm:
    """Stalls with two rows of six seats."""
    sections = [SectionDraft("Stalls", [RowDraft("A", 6), RowDraft("B", 6)])]
    return VenueForm(f"Hall {next(_numbers)}", "Silk Street", "London", "GB", "Europe/London", sections=sections)


def a_form(*tiers: TierForm, **facts: object) -> EventForm:
    """An event with these tiers, or ten places to stand."""
    standing = TierForm("Floor", TierKind.STANDING, price_minor=1000, capacity=10)
    form = EventForm(f"Gala {next(_numbers)}", STARTS, STARTS + timedelta(hours=2), "GBP", tiers or (standing,), timezone="Europe/London")
    return replace(form, **facts)  # type: ignore[arg-type]  # whatever the test names


async def made_venue(pool: Pool, form: VenueForm | None = None) -> Venue:
    """A new venue."""
    venue = await PostgresCatalogueWriter(pool, Layouts(), Silent()).create_venue(form or a_venue_form())
    assert isinstance(venue, Venue), venue
    return venue


async def made_event(pool: Pool, form: EventForm) -> Event:
    """A new draft."""
    event = await PostgresCatalogueWriter(pool, Layouts(), Silent()).create_event(form)
    assert isinstance(event, Event), event
    return event

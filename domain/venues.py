"""Venues, and around them: the categories events are sorted into, and the organizations that run them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Literal
from zoneinfo import available_timezones

from domain.ids import CategoryId, LayoutId, OrganizationId, UserId, VenueId
from domain.keep import KEEP, Keep
from domain.layouts import InvalidLayout, Layout, SectionDraft, parse_layout
from domain.places import CAPACITY_MOST
from domain.validation import Checks, InvalidInput

NAME_MOST = 200
ADDRESS_MOST = 300
POSTAL_CODE_MOST = 20
SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
SLUG_MOST = 60
COUNTRY_CODES = (
    "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA CC CD CF CG CH CI "
    "CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ "
    "GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS "
    "LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG "
    "PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK "
    "TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW"
)
"""Source: ISO 3166-1 alpha-2, officially assigned codes."""
COUNTRIES = frozenset(COUNTRY_CODES.split())


@dataclass(frozen=True, slots=True)
class Venue:
    """A building; `layout_id` is the plan that new events take their seats from, or None where it has no numbered seats."""

    venue_id: VenueId
    name: str
    address: str
    city: str
    state: str | None
    country: str
    postal_code: str | None
    timezone: str
    capacity: int
    layout_id: LayoutId | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Category:
    """A kind of event."""

    category_id: CategoryId
    slug: str
    name: str


@dataclass(frozen=True, slots=True)
class Organization:
    """Who runs events."""

    organization_id: OrganizationId
    name: str
    created_at: datetime


# Refusals


@dataclass(frozen=True, slots=True)
class VenueNotFound:
    """There is no such venue."""

    venue_id: VenueId


@dataclass(frozen=True, slots=True)
class CategoryNotFound:
    """There is no such category."""

    category_id: CategoryId


@dataclass(frozen=True, slots=True)
class CategoryInUse:
    """So many events are of the category, so it is not deleted."""

    category_id: CategoryId
    events: int


@dataclass(frozen=True, slots=True)
class OrganizationNotFound:
    """There is no such organization."""

    organization_id: OrganizationId


@dataclass(frozen=True, slots=True)
class MemberNotFound:
    """There is no such user who could be a member."""

    user_id: UserId


@dataclass(frozen=True, slots=True)
class TooManyOrganizations:
    """The user is a member of as many organizations as one user may be."""

    user_id: UserId
    most: int


# Forms


@dataclass(frozen=True, slots=True)
class VenueForm:
    """What somebody types about a venue. Without `sections` it has no numbered seats; without `capacity` it holds as many as it
    has seats."""

    name: str
    address: str
    city: str
    country: str
    timezone: str
    state: str | None = None
    postal_code: str | None = None
    capacity: int | None = None
    sections: Sequence[SectionDraft] | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class VenueChange:
    """What somebody changes about a venue. New `sections` are a new layout; None takes the layout away."""

    name: str | Literal[Keep.KEEP] = KEEP
    address: str | Literal[Keep.KEEP] = KEEP
    city: str | Literal[Keep.KEEP] = KEEP
    country: str | Literal[Keep.KEEP] = KEEP
    timezone: str | Literal[Keep.KEEP] = KEEP
    state: str | Literal[Keep.KEEP] | None = KEEP
    postal_code: str | Literal[Keep.KEEP] | None = KEEP
    capacity: int | Literal[Keep.KEEP] | None = KEEP
    sections: Sequence[SectionDraft] | Literal[Keep.KEEP] | None = field(default=KEEP, repr=False)

    def applied(self, venue: Venue) -> VenueForm:
        """The venue as it would be, to be checked. Its capacity is counted anew where its seats change and none is given."""
        return VenueForm(
            name=venue.name if self.name is KEEP else self.name,
            address=venue.address if self.address is KEEP else self.address,
            city=venue.city if self.city is KEEP else self.city,
            country=venue.country if self.country is KEEP else self.country,
            timezone=venue.timezone if self.timezone is KEEP else self.timezone,
            state=venue.state if self.state is KEEP else self.state,
            postal_code=venue.postal_code if self.postal_code is KEEP else self.postal_code,
            capacity=(None if self.sections is not KEEP and self.sections is not None else venue.capacity)
            if self.capacity is KEEP
            else self.capacity,
            sections=None if self.sections is KEEP else self.sections,
        )


@dataclass(frozen=True, slots=True)
class NewVenue:
    """A form that keeps the rules: the venue's facts as they will be stored, and its new layout where one was described."""

    name: str
    address: str
    city: str
    state: str | None
    country: str
    postal_code: str | None
    timezone: str
    capacity: int
    layout: Layout | None = field(default=None, repr=False)


@cache
def timezones() -> frozenset[str]:
    """The names of the zones there are. Source: the IANA time zone database of this machine, or of the package tzdata."""
    return frozenset(available_timezones()) - {"localtime", "Factory"}


def check_venue(form: VenueForm, seats_already: int = 0) -> NewVenue | InvalidInput:
    """Everything that is wrong with a venue, or the venue as it will be stored.

    `seats_already` are the seats of the layout it keeps where the form describes none.
    """
    checks = Checks()
    name = checks.text("name", form.name, most=NAME_MOST)
    address = checks.text("address", form.address, most=ADDRESS_MOST)
    city = checks.text("city", form.city, most=NAME_MOST)
    state = checks.optional("state", form.state, most=NAME_MOST)
    postal_code = checks.optional("postalCode", form.postal_code, most=POSTAL_CODE_MOST)
    checks.that(form.country in COUNTRIES, "country", "is a country's two capital letters, as in ISO 3166-1: GB")
    check_timezone(checks, form.timezone)
    layout = checked_layout(checks, form.sections)
    capacity = checked_capacity(checks, form.capacity, layout.seat_count if layout else seats_already)
    return checks.refusal or NewVenue(name, address, city, state, form.country, postal_code, form.timezone, capacity, layout)


def check_timezone(checks: Checks, timezone: str) -> None:
    """A zone of the IANA time zone database."""
    checks.that(timezone in timezones(), "timezone", "is a name of the IANA time zone database: Europe/London")


def checked_layout(checks: Checks, sections: Sequence[SectionDraft] | None) -> Layout | None:
    """The layout somebody described; None where they described none, or one that cannot be."""
    if sections is None:
        return None
    match parse_layout(sections):
        case InvalidLayout(problems):
            for problem in problems:
                checks.that(False, "sections", problem)
            return None
        case layout:
            return layout


def checked_capacity(checks: Checks, capacity: int | None, seat_count: int) -> int:
    """How many people the venue holds: as given, or else as many as it has seats."""
    if capacity is None:
        asked = "is needed where there are no numbered seats"
        checks.that(seat_count > 0 or bool(checks.problems), "capacity", asked)
        return seat_count
    checks.that(1 <= capacity <= CAPACITY_MOST, "capacity", f"is 1 to {CAPACITY_MOST}")
    checks.that(capacity >= seat_count, "capacity", f"is less than the venue's {seat_count} seats")
    return capacity


def check_category(slug: str, name: str) -> tuple[str, str] | InvalidInput:
    """A category's slug and name as they will be stored, or what is wrong with them."""
    checks = Checks()
    name = checks.text("name", name, most=NAME_MOST)
    good = len(slug) <= SLUG_MOST and SLUG.fullmatch(slug) is not None
    checks.that(good, "slug", f"has 1 to {SLUG_MOST} small letters and digits, with single hyphens between: live-music")
    return checks.refusal or (slug, name)


@dataclass(frozen=True, slots=True)
class CategoryChange:
    """What an admin changes about a category."""

    slug: str | Literal[Keep.KEEP] = KEEP
    name: str | Literal[Keep.KEEP] = KEEP


def check_category_change(category: Category, change: CategoryChange) -> Category | InvalidInput:
    """The category as it will be stored, or what is wrong with it."""
    slug = category.slug if change.slug is KEEP else change.slug
    checked = check_category(slug, category.name if change.name is KEEP else change.name)
    return checked if isinstance(checked, InvalidInput) else Category(category.category_id, *checked)


def check_organization(name: str) -> str | InvalidInput:
    """An organization's name as it will be stored, or what is wrong with it."""
    checks = Checks()
    name = checks.text("name", name, most=NAME_MOST)
    return checks.refusal or name

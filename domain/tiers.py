"""Tiers: what somebody asks for an event to be, which seats each of them then has, and how they change while they are sold."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from domain.ids import EventId, TierId
from domain.layouts import Layout, quoted
from domain.money import MOST_MINOR, minor_digits
from domain.places import CAPACITY_MOST, TIERS_MOST, Counts, SeatingPlan, Tier, TierKind, plan_of
from domain.validation import Checks, InvalidInput

NAME_MOST = 50
NAMED_MOST = 5
"""So many rows are named where seats are in no tier, or in two."""


@dataclass(frozen=True, slots=True)
class SeatBlock:
    """Rows of one section, by their labels; all of them where `rows` is None."""

    section: str
    rows: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class TierForm:
    """What somebody types about a tier. It covers the seats of `blocks`, or `capacity` places without numbers, or, where neither is given,
    every seat that no other tier covers. The price is given in minor units or in the currency's own."""

    name: str
    kind: TierKind = TierKind.SEATED
    price_minor: int | None = None
    price: Decimal | None = None
    capacity: int | None = None
    blocks: tuple[SeatBlock, ...] | None = None

    @property
    def is_rest(self) -> bool:
        """Whether it covers what the others leave."""
        return self.kind is TierKind.SEATED and self.blocks is None and self.capacity is None


def checked_tiers(
    checks: Checks, forms: Sequence[TierForm], currency: str, layout: Layout | None
) -> tuple[tuple[Tier, ...], SeatingPlan | None]:
    """The tiers, numbered from 1 in the order given, and which seats each has; nothing of use where there are problems.

    A venue's layout is used if any tier covers seats of it: then each of its seats belongs to exactly one tier.
    """
    if not checks.that(1 <= len(forms) <= TIERS_MOST, "tiers", f"has 1 to {TIERS_MOST} tiers"):
        return (), None
    names = [tier.name.strip() for tier in forms]
    checks.that(len(set(names)) == len(names), "tiers", "names a tier twice")
    is_numbered = layout is not None and any(tier.blocks or tier.is_rest for tier in forms)
    plan = checked_plan(checks, forms, layout) if layout is not None and is_numbered else None
    seats = {tier_no: sum(map(len, ranges)) for tier_no, ranges in plan.ranges.items()} if plan else {}
    tiers = []
    for tier_no, tier in enumerate(forms, start=1):
        where = f"tiers.{tier_no - 1}"
        name = checks.text(f"{where}.name", tier.name, most=NAME_MOST)
        price_minor = checked_price(checks, f"{where}.", tier, currency)
        if tier.kind is TierKind.SEATED and is_numbered:
            counted = seats.get(tier_no, 0)
            agrees = plan is None or tier.capacity in (None, counted)
            checks.that(agrees, f"{where}.capacity", f"is not the number of its seats, {counted}: leave it out")
            checks.that(plan is None or counted > 0, f"{where}.sections", "covers no seats")
        else:
            counted = checked_unnumbered(checks, where, tier)
        tiers.append(Tier(tier_no, name, tier.kind, price_minor, Counts(available=counted)))
    total = sum(tier.counts.total for tier in tiers)
    checks.that(total <= CAPACITY_MOST, "tiers", f"have {total} places; at most {CAPACITY_MOST} are possible")
    return tuple(tiers), plan


def checked_unnumbered(checks: Checks, where: str, tier: TierForm) -> int:
    """How many places a tier without numbered seats has."""
    if tier.blocks:
        checks.that(False, f"{where}.sections", "is for SEATED tiers of a venue with a layout")
    elif tier.capacity is None:
        checks.that(False, f"{where}.capacity", "is needed where places are not numbered")
    else:
        checks.that(1 <= tier.capacity <= CAPACITY_MOST, f"{where}.capacity", f"is 1 to {CAPACITY_MOST}")
    return tier.capacity or 0


def checked_price(checks: Checks, where: str, asked: "TierForm | PriceForm", currency: str) -> int:
    """A price in minor units; `where` is the path that the names of its fields follow."""
    if (asked.price is None) == (asked.price_minor is None):
        checks.that(False, f"{where}price", "or priceMinor is needed, and only one of them")
        return 0
    if asked.price_minor is not None:
        checks.that(0 <= asked.price_minor <= MOST_MINOR, f"{where}priceMinor", f"is 0 to {MOST_MINOR}")
        return asked.price_minor
    assert asked.price is not None
    digits = minor_digits(currency)
    if not checks.that(asked.price.is_finite() and asked.price.adjusted() < 15 and asked.price >= 0, f"{where}price", "is no price"):
        return 0
    minor = asked.price.scaleb(digits)
    whole = minor == minor.to_integral_value()
    checks.that(whole, f"{where}price", f"has more than the {digits} decimal places of {currency}")
    checks.that(minor <= MOST_MINOR, f"{where}price", f"is more than {MOST_MINOR} minor units")
    return int(minor) if whole else 0


def checked_plan(checks: Checks, tiers: Sequence[TierForm], layout: Layout) -> SeatingPlan | None:
    """Which tier each row of a layout is in; None where a row is in none or in two, or a block names what is not there."""
    rows = [(section.name, row.label) for section, row in layout.rows]
    row_nos = {name: row_no for row_no, name in enumerate(rows)}
    of_section: dict[str, list[int]] = {}
    for row_no, (section, _) in enumerate(rows):
        of_section.setdefault(section, []).append(row_no)
    tier_of_row = [0] * len(rows)
    twice: list[int] = []
    good = True
    for tier_no, tier in enumerate(tiers, start=1):
        where = f"tiers.{tier_no - 1}.sections"
        if tier.blocks and tier.kind is not TierKind.SEATED:
            good = checks.that(False, where, "is for SEATED tiers only")
        for block in tier.blocks or ():
            if not checks.that(
                block.section in of_section, where, f"names a section {quoted(block.section)} that the layout does not have"
            ):
                good = False
                continue
            unknown = [label for label in block.rows or () if (block.section, label) not in row_nos]
            if not checks.that(
                not unknown,
                where,
                f"names rows that section {quoted(block.section)} does not have: {listed([quoted(label) for label in unknown])}",
            ):
                good = False
            wanted = of_section[block.section] if block.rows is None else [row_nos[name] for name in pairs(block) if name in row_nos]
            for row_no in wanted:
                if tier_of_row[row_no]:
                    twice.append(row_no)
                tier_of_row[row_no] = tier_no
    rest = [tier_no for tier_no, tier in enumerate(tiers, start=1) if tier.is_rest]
    good &= checks.that(len(rest) <= 1, "tiers", "more than one covers the seats that no other does: give `sections` or `capacity`")
    if rest:
        tier_of_row = [tier_no or rest[0] for tier_no in tier_of_row]
    in_none = [rows[row_no] for row_no, tier_no in enumerate(tier_of_row) if not tier_no]
    good &= checks.that(not twice, "tiers", f"cover seats twice: {named([rows[row_no] for row_no in twice])}")
    good &= checks.that(not in_none, "tiers", f"leave seats in no tier: {named(in_none)}")
    return plan_of(layout, tier_of_row) if good else None


def pairs(block: SeatBlock) -> list[tuple[str, str]]:
    """The rows a block names, with their section."""
    return [(block.section, label) for label in block.rows or ()]


def named(rows: Sequence[tuple[str, str]]) -> str:
    """Some rows in people's words, by section; of many only the first."""
    by_section: dict[str, list[str]] = {}
    for section, label in rows:
        by_section.setdefault(section, []).append(label)
    said = [f"section {section!r} rows {listed(labels)}" for section, labels in list(by_section.items())[:NAMED_MOST]]
    return "; ".join(said) + (f" and {len(by_section) - NAMED_MOST} more sections" if len(by_section) > NAMED_MOST else "")


def listed(labels: Sequence[str]) -> str:
    """Some labels in a sentence; of many only the first."""
    more = f" and {len(labels) - NAMED_MOST} more" if len(labels) > NAMED_MOST else ""
    return ", ".join(labels[:NAMED_MOST]) + more


# Changes


@dataclass(frozen=True, slots=True)
class PriceForm:
    """What somebody types about a tier's new price: in minor units or in the currency's own."""

    price_minor: int | None = None
    price: Decimal | None = None


@dataclass(frozen=True, slots=True)
class TierChange:
    """What somebody changes about a tier; None stays as it is."""

    name: str | None = None
    capacity: int | None = None


@dataclass(frozen=True, slots=True)
class TierChanged:
    """A tier as it is after a change."""

    event_id: EventId
    currency: str
    tier: Tier


@dataclass(frozen=True, slots=True)
class TierNotFound:
    """The event has no such tier."""

    tier_id: TierId


@dataclass(frozen=True, slots=True)
class CapacityBelowSold:
    """A tier cannot have fewer places than are held, booked and blocked: `least`."""

    tier_id: TierId
    asked: int
    least: int


def check_price_change(tiers: Sequence[Tier], tier_id: TierId, form: PriceForm, currency: str) -> Tier | TierNotFound | InvalidInput:
    """The tier at its new price, for places that nobody has taken yet."""
    tier = tier_of(tiers, tier_id)
    if tier is None:
        return TierNotFound(tier_id)
    checks = Checks()
    price_minor = checked_price(checks, "", form, currency)
    return checks.refusal or replace(tier, price_minor=price_minor)


def check_tier_change(
    tiers: Sequence[Tier], tier_id: TierId, change: TierChange, *, has_layout: bool
) -> Tier | TierNotFound | CapacityBelowSold | InvalidInput:
    """The tier as it will be. How many seats a layout has for it cannot be changed; room without numbers can, down to what is taken."""
    tier = tier_of(tiers, tier_id)
    if tier is None:
        return TierNotFound(tier_id)
    checks = Checks()
    others = [other for other in tiers if other is not tier]
    name = tier.name if change.name is None else checks.text("name", change.name, most=NAME_MOST)
    checks.that(name not in {other.name for other in others}, "name", "is another tier's")
    counts = tier.counts
    if change.capacity is not None:
        numbered = has_layout and tier.kind is TierKind.SEATED
        checks.that(not numbered, "capacity", "is for places without numbers: the venue's layout says how many seats there are")
        checks.that(1 <= change.capacity <= CAPACITY_MOST, "capacity", f"is 1 to {CAPACITY_MOST}")
        total = change.capacity + sum(other.counts.total for other in others)
        checks.that(total <= CAPACITY_MOST, "capacity", f"makes {total} places of the event; at most {CAPACITY_MOST} are possible")
        counts = replace(counts, available=change.capacity - (counts.total - counts.available))
    if checks.refusal:
        return checks.refusal
    if counts.available < 0:
        return CapacityBelowSold(tier_id, counts.total, counts.total - counts.available)
    return replace(tier, name=name, counts=counts)


def tier_of(tiers: Sequence[Tier], tier_id: TierId) -> Tier | None:
    """The tier of an id, of those of its event."""
    return next((tier for tier in tiers if tier.tier_no == tier_id.number), None)

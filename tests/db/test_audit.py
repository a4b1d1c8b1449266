"""The audit trail: what is written with each change, and how it is read."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from db.audit import PostgresAudit, note
from db.catalogue_writes import PostgresCatalogueWriter
from db.identifiers import new_number
from db.layouts import Layouts
from db.pool import writing
from domain.audit import TEXT_MOST, AuditEntry, AuditFact, AuditFilter, differences
from domain.cancellation import CancellationPolicy
from domain.ids import EventId, UserId
from domain.venues import Category, Organization, Venue, VenueChange
from tests.db.catalogue import Silent, a_form, a_venue_form, made_event, made_venue
from tests.db.events import House, a_user

MOMENT = datetime(2026, 1, 1, tzinfo=UTC)


async def written(house: House, actor: UserId) -> list[AuditFact]:
    """What somebody did, in the order it was done."""
    found = await PostgresAudit(house.pool).entries(AuditFilter(user_id=actor), most=100)
    return [entry.fact for entry in reversed(found)]


async def entry(house: House, at: datetime, **facts: object) -> AuditEntry:
    """An entry of some moment."""
    event_id = facts.pop("event_id", None)
    fact = replace(AuditFact(a_user(), "updateEvent", "evt_1", {"name": ["Old", "New"]}), **facts)  # type: ignore[arg-type]
    async with writing(house.pool) as connection:
        await note(connection, fact, event_id)  # type: ignore[arg-type]
    await house.pool.execute("UPDATE audit SET at = $1 WHERE user_id = $2 AND at > $1", at, fact.user_id)
    (found,) = await PostgresAudit(house.pool).entries(
        AuditFilter(user_id=fact.user_id, since=at, before=at + timedelta(microseconds=1)), most=1
    )
    return found


# Writing


async def test_the_catalogues_changes_are_written_down_with_what_was_before_and_after(house: House) -> None:
    actor, member = a_user(), a_user()
    writer = PostgresCatalogueWriter(house.pool, Layouts(), Silent())
    await house.pool.execute(
        "INSERT INTO account (user_id, email, email_key, name, role, password_hash, created_at) VALUES ($1, $2, $2, 'Ann', 0, '!', now())",
        member,
        f"{member}@audit.test",
    )
    slug = f"kind-{new_number()}"

    venue = await writer.create_venue(a_venue_form(), actor)
    assert isinstance(venue, Venue)
    await writer.update_venue(venue.venue_id, VenueChange(city="Leeds", state="Yorkshire"), actor)
    await writer.update_venue(venue.venue_id, VenueChange(city="Leeds"), actor)
    category = await writer.create_category(slug, "Kind", actor)
    assert isinstance(category, Category)
    organization = await writer.create_organization("Ours", actor)
    assert isinstance(organization, Organization)
    for _ in range(2):
        await writer.add_member(organization.organization_id, member, actor)
    for _ in range(2):
        await writer.remove_member(organization.organization_id, member, actor)

    made, *rest = await written(house, actor)
    assert (made.action, made.subject) == ("createVenue", str(venue.venue_id))
    assert made.facts["name"] == [None, venue.name]
    assert "venueId" not in made.facts
    assert rest == [
        AuditFact(actor, "updateVenue", str(venue.venue_id), {"city": ["London", "Leeds"], "state": [None, "Yorkshire"]}),
        AuditFact(actor, "createCategory", str(category.category_id), {"slug": [None, slug], "name": [None, "Kind"]}),
        AuditFact(actor, "createOrganization", str(organization.organization_id), {"name": [None, "Ours"]}),
        AuditFact(actor, "addMember", str(organization.organization_id), {"userId": [None, str(member)]}),
        AuditFact(actor, "removeMember", str(organization.organization_id), {"userId": [str(member), None]}),
    ]


async def test_what_is_refused_is_not_written_down(house: House) -> None:
    actor = a_user()
    writer = PostgresCatalogueWriter(house.pool, Layouts(), Silent())
    slug = f"kind-{new_number()}"
    await writer.create_category(slug, "First")

    await writer.create_venue(replace(a_venue_form(), name=""), actor)
    await writer.create_category(slug, "Second", actor)
    await writer.create_organization("", actor)
    await writer.add_member((await writer.create_organization("Ours")).organization_id, UserId(new_number()), actor)  # type: ignore[union-attr]

    assert await written(house, actor) == []


async def test_an_event_keeps_its_trail_after_it_was_deleted(house: House) -> None:
    actor = a_user()
    event = await made_event(house.pool, a_form())
    writer = PostgresCatalogueWriter(house.pool, Layouts(), Silent())

    await writer.delete_event(event.event_id, actor)

    (found,) = await PostgresAudit(house.pool).entries(AuditFilter(event_id=event.event_id), most=10)
    assert (found.event_id, found.fact.action, found.fact.subject) == (event.event_id, "deleteEvent", str(event.event_id))
    assert found.fact.facts["name"] == [event.name, None]


async def test_what_is_rolled_back_leaves_no_trail(house: House) -> None:
    actor = a_user()

    async def failing() -> None:
        async with writing(house.pool) as connection:
            await note(connection, AuditFact(actor, "createVenue", "ven_1"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await failing()
    assert await written(house, actor) == []


async def test_only_what_differs_is_told_in_words_clients_know(house: House) -> None:
    venue = await made_venue(house.pool)
    event = await made_event(house.pool, a_form(venue_id=venue.venue_id))
    changed = replace(
        event, ends_at=event.ends_at + timedelta(hours=1), description="x" * 1000, ticket_limit=4, cancellation=CancellationPolicy()
    )

    assert differences(event, changed) == {
        "endsAt": ["2031-05-01T21:30:00Z", "2031-05-01T22:30:00Z"],
        "description": ["", f"{'x' * TEXT_MOST} …"],
        "ticketLimit": [None, 4],
        "cancellation": [None, [[1440, 100]]],
    }
    assert differences(event, event) == {}
    assert differences(event, None)["venueId"] == [str(venue.venue_id), None]
    assert differences(None, event, "name")["status"] == [None, "DRAFT"]
    assert "name" not in differences(None, event, "name")


# Reading


async def test_pages_have_each_entry_once_newest_first_though_times_are_equal(house: House) -> None:
    event_id = EventId(new_number())
    made = [await entry(house, MOMENT + timedelta(hours=n // 4), event_id=event_id) for n in range(9)]
    audit, filter = PostgresAudit(house.pool), AuditFilter(event_id=event_id)
    expected = sorted(made, key=lambda one: (one.at, one.number), reverse=True)

    for most in (1, 2, 4, 9, 20):
        pages: list[AuditEntry] = []
        while page := await audit.entries(filter, most=most, after=(pages[-1].at, pages[-1].number) if pages else None):
            assert len(page) <= most
            pages += page
        assert pages == expected
    assert await audit.count(filter) == 9


async def test_a_filter_finds_what_it_names_and_nothing_else(house: House) -> None:
    event_id = EventId(new_number())
    ours = [await entry(house, MOMENT + timedelta(hours=n), event_id=event_id, action=action) for n, action in enumerate("abca")]
    audit = PostgresAudit(house.pool)

    async def found(**filter: object) -> set[int]:
        narrowed = AuditFilter(**{"event_id": event_id, **filter})  # type: ignore[arg-type]
        entries = await audit.entries(narrowed, most=100)
        assert await audit.count(narrowed) == len(entries)
        return {ours.index(one) for one in entries}

    assert await found() == {0, 1, 2, 3}
    assert await found(action="a") == {0, 3}
    assert await found(action="a\0") == set()
    assert await found(user_id=ours[2].fact.user_id) == {2}
    assert await found(since=ours[1].at) == {1, 2, 3}
    assert await found(before=ours[1].at) == {0}
    assert await found(since=ours[1].at, before=ours[3].at, action="b") == {1}
    assert await found(event_id=EventId(new_number())) == set()

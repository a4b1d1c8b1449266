"""Receipts answer repeats for a day and longer, and are then thrown away."""

from db.receipts import forget_receipts
from domain.answers import BookingExtended
from domain.refusals import AlreadyExtended
from tests.db.events import House, a_user, an_event, extend, key


async def test_a_receipt_answers_until_it_is_old_and_is_thrown_away_then(house: House) -> None:
    event_id, other_id = await an_event(house.pool), await an_event(house.pool)
    booking, other = await house.held(event_id, a_user(), 0), await house.held(other_id, a_user(), 0)
    extending, extending_other = extend(booking, key("mine")), extend(other, key("theirs"))
    await house.office.submit(extending)
    await house.office.submit(extending_other)
    await house.pool.execute("UPDATE receipt SET created_at = created_at - interval '47 hours' WHERE event_id = $1", event_id)

    kept = await forget_receipts(house.pool)
    repeated = await house.office.submit(extending)
    await house.pool.execute("UPDATE receipt SET created_at = created_at - interval '2 hours' WHERE event_id = $1", event_id)
    thrown_away = await forget_receipts(house.pool)
    anew = await house.office.submit(extending)
    others = await house.office.submit(extending_other)

    assert kept == 0
    assert isinstance(repeated, BookingExtended)
    assert thrown_away == 1
    assert isinstance(anew, AlreadyExtended)
    assert isinstance(others, BookingExtended)

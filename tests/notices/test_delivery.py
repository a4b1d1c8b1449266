"""What is due goes out once, whatever the mail server does, and however many deliver."""

import asyncio
import os
import signal
import sys
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from db.due_notifications import PostgresDueNotifications
from db.pool import Pool
from domain.delivery import Channel, DeliveryStatus, Outcome
from domain.ids import EventId
from domain.notifications import NotificationKind
from domain.ports import Outage
from notices.smtp import MailServer, SmtpMail
from tests.db.events import eventually
from tests.notices.builders import a_booking, a_user, an_event, failure_of, notify, state_of
from tests.notices.post import QUICK, SENDER, MailHouse, Texts, a_sender, a_worker, deliver_all

DUE, DONE, DEAD = DeliveryStatus
EMAIL, SMS = Channel.EMAIL, Channel.SMS
NOTHING = Channel(0)
PHONE = "+442079460018"
Kind = NotificationKind


async def test_what_is_due_goes_out_once(pool: Pool, mail: SmtpMail, mail_house: MailHouse) -> None:
    event_id = await an_event(pool)
    told = [await notify(pool, event_id, await a_user(pool, email=f"p{n}@people.test")) for n in range(30)]
    worker = a_worker(pool, mail)

    await deliver_all(worker)

    assert sorted(mail_house.recipients) == sorted(f"p{n}@people.test" for n in range(30))
    assert [await state_of(pool, one) for one in told] == [(DONE, EMAIL, 1)] * 30
    assert worker.delivered.sent == 30
    assert mail_house.connections <= QUICK.at_once, "connections are used again"


async def test_two_workers_send_nothing_twice(pool: Pool, mail_house: MailHouse) -> None:
    events = [await an_event(pool) for _ in range(4)]
    for number in range(120):
        await notify(pool, events[number % 4], await a_user(pool, email=f"p{number}@people.test"))

    async with a_sender(mail_house.url) as one, a_sender(mail_house.url) as other:
        first, second = a_worker(pool, one), a_worker(pool, other)
        await deliver_all(first, second)

    assert Counter(mail_house.recipients) == {f"p{number}@people.test": 1 for number in range(120)}
    assert first.delivered.sent + second.delivered.sent == 120
    assert min(first.delivered.sent, second.delivered.sent) > 0


async def test_events_with_few_notifications_do_not_wait_for_one_with_many(pool: Pool, mail: SmtpMail, mail_house: MailHouse) -> None:
    crowded, quiet = await an_event(pool), await an_event(pool)
    user = await a_user(pool)
    for _ in range(60):
        await notify(pool, crowded, user, ago=timedelta(minutes=1))
    await notify(pool, quiet, await a_user(pool, email="quiet@people.test"))

    await a_worker(pool, mail, pace=replace(QUICK, look_most=10)).deliver_due()

    assert "quiet@people.test" in mail_house.recipients
    assert len(mail_house.recipients) == QUICK.batch_most + 1


@pytest.mark.parametrize("kind", [Kind.BOOKING_CONFIRMED, Kind.EVENT_CHANGED])
async def test_who_has_muted_something_or_wants_no_email_finds_it_in_the_app_alone(
    pool: Pool, mail: SmtpMail, mail_house: MailHouse, kind: NotificationKind
) -> None:
    event_id = await an_event(pool)
    muted = await notify(pool, event_id, await a_user(pool, muted=(kind,), phone=PHONE, by_sms=True), kind)
    silent = await notify(pool, event_id, await a_user(pool, by_email=False, phone=PHONE), kind)
    worker = a_worker(pool, mail)

    await deliver_all(worker)

    assert mail_house.letters == []
    assert [await state_of(pool, one) for one in (muted, silent)] == [(DONE, NOTHING, 1)] * 2
    assert worker.delivered.unwanted == 2


async def test_that_an_event_is_cancelled_cannot_be_muted(pool: Pool, mail: SmtpMail, mail_house: MailHouse) -> None:
    user = await a_user(pool, email="ann@people.test", muted=tuple(Kind))
    told = await notify(pool, await an_event(pool), user, Kind.EVENT_CANCELLED, reason="Storm", refund_minor=7500, currency="GBP")

    await deliver_all(a_worker(pool, mail))

    assert mail_house.recipients == ["ann@people.test"]
    assert await state_of(pool, told) == (DONE, EMAIL, 1)


async def test_who_wants_sms_and_has_a_phone_gets_one(pool: Pool, mail: SmtpMail, mail_house: MailHouse) -> None:
    event_id, texts = await an_event(pool), Texts()
    both = await notify(pool, event_id, await a_user(pool, phone=PHONE, by_sms=True))
    no_phone = await notify(pool, event_id, await a_user(pool, by_sms=True))

    await deliver_all(a_worker(pool, mail, texts=texts))

    assert [(id, phone) for id, phone, _ in texts.sent] == [(both, PHONE)]
    assert texts.sent[0][2].startswith("2 places for Gala on Thursday 1 May 2031, 20:30")
    assert await state_of(pool, both) == (DONE, EMAIL | SMS, 1)
    assert await state_of(pool, no_phone) == (DONE, EMAIL, 1)


async def test_offers_of_the_waitlist_go_the_ways_one_wished_when_joining_it(pool: Pool, mail: SmtpMail, mail_house: MailHouse) -> None:
    event_id, texts = await an_event(pool), Texts()
    user, entry = await a_user(pool, phone=PHONE), a_booking(event_id)
    await pool.execute(
        "INSERT INTO waitlist_entry (event_id, entry_id, user_id, quantity, together, notify_email, notify_sms, status, joined_at, skips) "
        "VALUES ($1, $2, $3, 2, true, false, true, 1, now(), 0)",
        event_id,
        entry.number,
        user,
    )
    offer = await notify(pool, event_id, user, Kind.WAITLIST_OFFER, booking_no=entry.number, quantity=2, expires_at="2031-05-01T10:00:00Z")
    other = await notify(pool, event_id, user, Kind.BOOKING_EXPIRED, booking_no=entry.number, quantity=2)

    await deliver_all(a_worker(pool, mail, texts=texts))

    assert await state_of(pool, offer) == (DONE, SMS, 1)
    assert await state_of(pool, other) == (DONE, EMAIL, 1)


async def test_an_offer_that_has_ended_is_not_sent(pool: Pool, mail: SmtpMail, mail_house: MailHouse) -> None:
    ended = (datetime.now(UTC) - timedelta(seconds=1)).isoformat()
    offer = await notify(pool, await an_event(pool), await a_user(pool), Kind.WAITLIST_OFFER, quantity=1, expires_at=ended)

    await deliver_all(a_worker(pool, mail))

    assert mail_house.letters == []
    assert await state_of(pool, offer) == (DONE, NOTHING, 1)


# Refusals and failures


@pytest.mark.parametrize("mood", ["550 no such user here", "data:554 we do not like your letter"])
async def test_what_is_refused_for_good_is_not_tried_again(pool: Pool, mail: SmtpMail, mail_house: MailHouse, mood: str) -> None:
    mail_house.moods["ann@people.test"] = [mood]
    told = await notify(pool, await an_event(pool), await a_user(pool, email="ann@people.test"))
    worker = a_worker(pool, mail)

    await deliver_all(worker)

    assert await state_of(pool, told) == (DEAD, NOTHING, 1)
    assert await failure_of(pool, told) == f"EMAIL: {mood.removeprefix('data:')}"
    assert (worker.delivered.dead, mail_house.letters) == (1, [])


@pytest.mark.parametrize("address", ["", "ann", "ann@nowhere", "ann@people.test\r\nBcc: all@people.test", "a b@people.test"])
async def test_what_is_no_address_is_not_tried_at_all(pool: Pool, mail: SmtpMail, mail_house: MailHouse, address: str) -> None:
    told = await notify(pool, await an_event(pool), await a_user(pool, email=address))

    await deliver_all(a_worker(pool, mail))

    assert (await state_of(pool, told))[0] is DEAD
    assert "not an e-mail address" in str(await failure_of(pool, told))
    assert (mail_house.letters, mail_house.connections) == ([], 0)


@pytest.mark.parametrize("mood", ["450 mailbox busy", "data:451 try again later", "hang up"])
async def test_what_fails_for_now_is_tried_again(pool: Pool, mail: SmtpMail, mail_house: MailHouse, mood: str) -> None:
    mail_house.moods["ann@people.test"] = [mood] * 2
    told = await notify(pool, await an_event(pool), await a_user(pool, email="ann@people.test"))
    worker = a_worker(pool, mail)

    await deliver_all(worker)

    assert await state_of(pool, told) == (DONE, EMAIL, 3)
    assert await failure_of(pool, told) is None
    assert (mail_house.recipients, worker.delivered.retried) == (["ann@people.test"], 2)


async def test_a_server_that_hangs_up_before_its_answer_is_told_again_under_the_same_name(
    pool: Pool, mail: SmtpMail, mail_house: MailHouse
) -> None:
    mail_house.moods["ann@people.test"] = ["keep and hang up"]
    await notify(pool, await an_event(pool), await a_user(pool, email="ann@people.test"))

    await deliver_all(a_worker(pool, mail))

    first, second = mail_house.of("ann@people.test")
    assert first["Message-ID"] == second["Message-ID"]


async def test_waits_double_and_after_many_attempts_it_is_given_up(pool: Pool, mail: SmtpMail, mail_house: MailHouse) -> None:
    mail_house.moods["*"] = ["450 never today"] * 9
    told = await notify(pool, await an_event(pool), await a_user(pool))
    worker = a_worker(pool, mail, pace=replace(QUICK, attempts_most=3, first_wait=timedelta(minutes=1)))
    waits = []

    for _ in range(3):
        await worker.deliver_due()
        waits.append((await pool.fetchval("SELECT due_at - now() FROM notification")).total_seconds())
        await pool.execute("UPDATE notification SET due_at = now() - interval '1 second'")

    assert 47 < waits[0] < 73
    assert 95 < waits[1] < 145
    assert await state_of(pool, told) == (DEAD, NOTHING, 3)
    assert await worker.deliver_due() == 0


async def test_one_way_that_fails_does_not_repeat_the_other(pool: Pool, mail: SmtpMail, mail_house: MailHouse) -> None:
    mail_house.moods["*"] = ["450 later"]
    texts = Texts()
    told = await notify(pool, await an_event(pool), await a_user(pool, phone=PHONE, by_sms=True))
    worker = a_worker(pool, mail, texts=texts)

    await worker.deliver_due()
    assert await state_of(pool, told) == (DUE, SMS, 1)
    await deliver_all(worker)

    assert await state_of(pool, told) == (DONE, EMAIL | SMS, 2)
    assert (len(texts.sent), len(mail_house.letters)) == (1, 1)


async def test_while_no_mail_server_answers_nothing_is_lost_and_no_attempt_counts(pool: Pool, mail_house: MailHouse) -> None:
    told = await notify(pool, await an_event(pool), await a_user(pool))
    mail = Out(mail_house.url)
    worker = a_worker(pool, mail)
    await worker.start()
    try:
        await eventually(lambda: mail.asked >= 3)
        assert (await state_of(pool, told))[0] is DUE
        mail.is_out = False
        await eventually(lambda: mail_house.letters)
    finally:
        await worker.close()
        await mail.close()

    assert await state_of(pool, told) == (DONE, EMAIL, 1)
    assert len(mail_house.letters) == 1


class Out(SmtpMail):
    """A mail server that cannot be reached at first."""

    def __init__(self, url: str) -> None:
        super().__init__(MailServer.of(url), SENDER)
        self.is_out, self.asked = True, 0

    async def send(self, letter: Any) -> None:
        self.asked += 1
        if self.is_out:
            raise Outage("nobody there")
        await super().send(letter)


async def test_a_port_where_nobody_listens_is_an_outage(pool: Pool, mail_house: MailHouse) -> None:
    told = await notify(pool, await an_event(pool), await a_user(pool))
    async with a_sender("smtp://127.0.0.1:1") as nowhere:
        await a_worker(pool, nowhere).deliver_due()

        assert await state_of(pool, told) == (DUE, NOTHING, 0)
        with pytest.raises(Outage):
            await nowhere.answers()
    async with a_sender(mail_house.url) as somewhere:
        await somewhere.answers()


async def test_a_notification_whose_words_cannot_be_made_harms_no_other(
    pool: Pool, mail: SmtpMail, mail_house: MailHouse, caplog: pytest.LogCaptureFixture
) -> None:
    event_id, user = await an_event(pool), await a_user(pool)
    odd = await notify(pool, event_id, user, quantity="many")
    good = await notify(pool, event_id, user)

    await deliver_all(a_worker(pool, mail, pace=replace(QUICK, attempts_most=2)))

    assert (await state_of(pool, odd))[0] is DEAD
    assert await failure_of(pool, odd) == "EMAIL: ValueError"
    assert await state_of(pool, good) == (DONE, EMAIL, 1)


# Processes that end


WORKER = """
import asyncio, sys
from datetime import timedelta
from db.pool import open_pool
from notices.delivery import Pace
from tests.notices.post import a_sender, a_worker

async def main(database, smtp):
    pool = await open_pool(database, 4)
    async with a_sender(smtp) as mail:
        await a_worker(pool, mail, pace=Pace(at_once=1, lease=timedelta(seconds=3), longest_send=timedelta(seconds=1))).deliver_due()

asyncio.run(main(*sys.argv[1:]))
"""


async def test_a_process_killed_between_sending_and_writing_it_down_loses_nothing(
    pool: Pool, notices_database_url: str, mail_house: MailHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    event_id = await an_event(pool)
    told = [await notify(pool, event_id, await a_user(pool)) for _ in range(5)]
    root = Path(__file__).parents[2]
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", WORKER, notices_database_url, mail_house.url, cwd=root)
    taking = MailHouse.handle_DATA

    async def take_and_kill(self: MailHouse, *arguments: Any) -> str:
        reply = await taking(self, *arguments)
        if len(self.letters) == 3:
            os.kill(process.pid, signal.SIGKILL)
        return reply

    monkeypatch.setattr(MailHouse, "handle_DATA", take_and_kill)
    await process.wait()
    assert len(mail_house.letters) == 3
    async with a_sender(mail_house.url) as mail:
        worker = a_worker(pool, mail)
        while {(await state_of(pool, one))[0] for one in told} != {DONE}:
            await worker.deliver_due()
            await asyncio.sleep(0.05)

    assert process.returncode == -signal.SIGKILL
    sent = Counter(str(letter["Message-ID"]) for letter in mail_house.letters)
    assert len(sent) == 5
    assert sent.total() <= 6, "only what was under way goes out twice"


async def test_a_worker_that_is_closed_gives_back_what_it_has_not_begun(pool: Pool, mail: SmtpMail, mail_house: MailHouse) -> None:
    event_id = await an_event(pool)
    told = [await notify(pool, event_id, await a_user(pool)) for _ in range(10)]
    worker = a_worker(pool, mail, pace=replace(QUICK, at_once=1))
    await worker.start()
    await eventually(lambda: len(mail_house.letters) >= 2)
    await worker.close()

    sent = len(mail_house.letters)
    states = Counter([(status, attempts) for status, _, attempts in [await state_of(pool, one) for one in told]])
    assert sent < 10
    assert states == {(DONE, 1): sent, (DUE, 0): 10 - sent}
    await deliver_all(a_worker(pool, mail))
    assert max(Counter(mail_house.recipients).values()) == 1


class Forgetful(PostgresDueNotifications):
    """A database that is out when something is to be written down, at first."""

    outages = 2

    async def record(self, event_id: EventId, outcomes: Any) -> None:
        if self.outages:
            self.outages -= 1
            raise Outage("The database did not answer.")
        await super().record(event_id, outcomes)


async def test_what_has_gone_out_is_written_down_as_soon_as_the_database_is_back(
    pool: Pool, mail: SmtpMail, mail_house: MailHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("notices.delivery.WRITE_AGAIN_SECONDS", 0.01)
    told = await notify(pool, await an_event(pool), await a_user(pool))
    worker = a_worker(pool, mail)
    worker._due = Forgetful(pool)

    await deliver_all(worker)

    assert await state_of(pool, told) == (DONE, EMAIL, 1)
    assert len(mail_house.letters) == 1


async def test_the_failure_of_an_old_attempt_does_not_undo_a_newer_one(pool: Pool) -> None:
    event_id, due = await an_event(pool), PostgresDueNotifications(pool)
    told = await notify(pool, event_id, await a_user(pool))
    await due.claim(event_id, 1, timedelta())
    (second,) = await due.claim(event_id, 1, timedelta(minutes=1))
    assert second.attempt == 2

    await due.record(event_id, [Outcome(told, 1, NOTHING, DEAD, "late")])
    assert await state_of(pool, told) == (DUE, NOTHING, 2)
    await due.record(event_id, [Outcome(told, 1, EMAIL, DONE)])

    assert await state_of(pool, told) == (DONE, EMAIL, 1)

"""Words and letters: what a notification says, and that no name can say more than it should."""

import logging
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.delivery import Channel, Due, Recipient, Undeliverable
from domain.ids import BookingId, EventId, NotificationId, UserId
from domain.notifications import Notification, NotificationKind, Occasion, Preferences
from domain.ports import Outage
from notices.folder import MailFolder
from notices.mail import Draft, letter_of, mime
from notices.templates import Templates
from notices.texts import LoggedTexts
from tests.notices.post import SENDER

Kind = NotificationKind
EVENT = EventId(7)
WRITTEN_AT = datetime(2031, 4, 1, 12, 0, tzinfo=UTC)
STARTS = datetime(2031, 5, 1, 19, 30, tzinfo=UTC)
GIVER = UserId(9)
FACTS: Mapping[Kind, Mapping[str, Any]] = {
    Kind.BOOKING_CONFIRMED: {"quantity": 2, "total_minor": 15000, "currency": "GBP"},
    Kind.BOOKING_CANCELLED: {"quantity": 1, "refund_minor": 7500, "currency": "GBP", "partial": True},
    Kind.BOOKING_EXPIRED: {"quantity": 2},
    Kind.PAYMENT_FAILED: {"reason": "card_declined"},
    Kind.EVENT_CANCELLED: {"reason": "Storm", "refund_minor": 2000, "currency": "JPY"},
    Kind.EVENT_CHANGED: {
        "changes": ["starts_at", "name", "description"],
        "before": {"starts_at": "2031-05-01T19:30:00+00:00", "name": "Gala", "description": "Old"},
        "after": {"starts_at": "2031-05-02T18:00:00+00:00", "name": "Grand Gala", "description": "New"},
    },
    Kind.WAITLIST_OFFER: {"quantity": 2, "expires_at": "2031-04-01T12:30:00+00:00"},
    Kind.WAITLIST_OFFER_EXPIRED: {"quantity": 1},
    Kind.TICKET_RECEIVED: {"ticket": "tkt_1", "from_user": str(GIVER)},
}
SUBJECTS = {
    Kind.BOOKING_CONFIRMED: "Your booking for Gala is confirmed",
    Kind.BOOKING_CANCELLED: "Part of your booking for Gala is cancelled",
    Kind.BOOKING_EXPIRED: "Your places for Gala were not confirmed in time",
    Kind.PAYMENT_FAILED: "Your payment for Gala was declined",
    Kind.EVENT_CANCELLED: "Gala is cancelled",
    Kind.EVENT_CHANGED: "Gala has changed",
    Kind.WAITLIST_OFFER: "2 places for Gala are waiting for you",
    Kind.WAITLIST_OFFER_EXPIRED: "Your offer for Gala has ended",
    Kind.TICKET_RECEIVED: "Ben gave you a ticket for Gala",
}
TOLD = {
    Kind.BOOKING_CONFIRMED: ["2 places for Gala on Thursday 1 May 2031, 20:30 (Europe/London), 150.00 GBP in all.", "EVT0000000000"],
    Kind.BOOKING_CANCELLED: ["One place for Gala is given back", "You keep the others.", "You get 75.00 GBP back"],
    Kind.BOOKING_EXPIRED: ["2 places for Gala were held for you", "Nothing was charged."],
    Kind.PAYMENT_FAILED: ["was declined (card declined)."],
    Kind.EVENT_CANCELLED: ["planned for Thursday 1 May", "The organizer says: Storm", "You get 2000 JPY back"],
    Kind.EVENT_CHANGED: [
        "Its start is now Friday 2 May 2031, 19:00 (Europe/London); it was Thursday 1 May 2031, 20:30 (Europe/London).",
        "Its name is now Grand Gala; it was Gala.",
        "Its description has changed.",
    ],
    Kind.WAITLIST_OFFER: ["2 places for Gala on Thursday", "are held for you until Tuesday 1 April 2031, 13:30 (Europe/London)."],
    Kind.WAITLIST_OFFER_EXPIRED: ["One place for Gala was offered to you"],
    Kind.TICKET_RECEIVED: ["Ben handed it on to you."],
}
HOSTILE = "Gala\r\nBcc: all@people.test\r\n\r\n<script>alert(1)</script> & {{ 7 * 7 }} \u202e\u2028\x00"
TEMPLATES = Templates()


def a_due(kind: Kind, *, event: str = "Gala", giver: str | None = "Ben", about: Mapping[str, Any] | None = None) -> Due:
    notification = Notification(
        NotificationId(EVENT, 5), UserId(1), kind, BookingId(EVENT, 3), FACTS[kind] if about is None else about, WRITTEN_AT
    )
    return Due(notification, 1, Channel(0), a_recipient(), Occasion(event, STARTS, "Europe/London"), giver)


def a_recipient(name: str = "Ann", address: str = "ann@people.test") -> Recipient:
    return Recipient(name, address, None, Preferences())


def a_letter(kind: Kind = Kind.BOOKING_CONFIRMED, *, event: str = "Gala", name: str = "Ann", address: str = "ann@people.test") -> Draft:
    return TEMPLATES.draft(a_due(kind, event=event), a_recipient(name, address))


def read_back(message: EmailMessage) -> EmailMessage:
    """A letter as somebody else reads it."""
    return message_from_bytes(message.as_bytes(), policy=default)


def part_of(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    assert part is not None
    content: str = part.get_content()
    return content.replace("\r\n", "\n")


@pytest.mark.parametrize("kind", Kind)
def test_each_kind_says_what_happened(kind: Kind) -> None:
    due = a_due(kind)
    words = TEMPLATES.words(due.notification, due.occasion, due.giver)

    assert words.subject == SUBJECTS[kind]
    assert [said for said in TOLD[kind] if said not in words.body] == []
    assert not re.search(r"None|\n\n\n|  |^\s|\s$", words.body), words.body


@pytest.mark.parametrize("kind", Kind)
def test_facts_that_are_missing_are_left_out(kind: Kind) -> None:
    due = a_due(kind, about={})
    words = TEMPLATES.words(due.notification, None)

    assert "an event" in words.subject
    assert words.body
    assert not re.search(r"None|Undefined|\(\)|  ", words.body), words.body


def test_nothing_that_was_not_paid_is_promised_back() -> None:
    due = a_due(Kind.EVENT_CANCELLED, about={"reason": None, "refund_minor": 0, "currency": "GBP"})

    assert "nothing to give back" in TEMPLATES.words(due.notification, due.occasion).body


@pytest.mark.parametrize("kind", Kind)
def test_names_cannot_break_out_of_a_letter(kind: Kind) -> None:
    letter = TEMPLATES.draft(a_due(kind, event=HOSTILE, giver=HOSTILE), a_recipient(HOSTILE))
    message = read_back(mime(letter, SENDER))

    assert set(message) <= {
        *("From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "Importance", "MIME-Version", "Content-Type"),
    }
    assert [recipient.addr_spec for recipient in message["To"].addresses] == ["ann@people.test"]
    assert not re.search(r"[\r\n\x00\u2028\u202e]", letter.subject + letter.name)
    assert "<script" not in part_of(message, "html")
    assert "{{ 7 * 7 }}" in part_of(message, "plain")
    assert "\x00" not in part_of(message, "plain") + part_of(message, "html")


class Tags(HTMLParser):
    """The tags of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.found.append(tag)

    def handle_data(self, data: str) -> None:
        self.text += data


@given(name=st.text(max_size=40), event=st.text(max_size=60))
def test_whatever_names_are_the_letter_stays_one(name: str, event: str) -> None:
    letter = a_letter(name=name, event=event)
    message, plain = read_back(mime(letter, SENDER)), Tags(a_letter().html)

    # Python may lose a blank between two encoded words, where it folds a long line.
    assert message["Subject"].replace(" ", "") == letter.subject.replace(" ", "")
    assert [recipient.addr_spec for recipient in message["To"].addresses] == ["ann@people.test"]
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    assert Tags(part_of(message, "html")).found == plain.found
    assert all(byte < 128 for byte in mime(letter, SENDER).as_bytes())


def test_a_letter_has_what_a_letter_needs() -> None:
    letter = a_letter(Kind.WAITLIST_OFFER, name='Ånn "the boss" O\'Example', event="Čarodějnice")
    message = read_back(mime(letter, SENDER))

    assert message.get_content_type() == "multipart/alternative"
    assert message["From"] == SENDER
    assert message["To"].addresses[0].display_name == 'Ånn "the boss" O\'Example'
    assert message["Subject"] == "2 places for Čarodějnice are waiting for you"
    assert message["Date"].datetime == WRITTEN_AT
    assert message["Message-ID"] == f"<{letter.id}@boxoffice.test>"
    assert (message["Auto-Submitted"], message["Importance"]) == ("auto-generated", "high")
    assert part_of(message, "plain").startswith('Hello Ånn "the boss" O\'Example,\n\nYou were next in the waitlist')
    assert "Ånn &#34;the boss&#34; O&#39;Example" in letter.html
    assert a_letter().is_urgent is False


def test_domains_are_written_as_mail_servers_know_them() -> None:
    message = mime(a_letter(address="ann@straße.test"), SENDER)

    assert message["To"].addresses[0].addr_spec == "ann@xn--strae-oqa.test"
    assert b"xn--strae-oqa" in message.as_bytes()


@pytest.mark.parametrize("address", ["", "ann", "ann@people.test, ben@people.test", "ann@people.test\nBcc: ben@people.test"])
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(Undeliverable):
        mime(a_letter(address=address), SENDER)


def test_a_text_is_short() -> None:
    text = TEMPLATES.text(a_due(Kind.EVENT_CANCELLED, about={"reason": "rain " * 200}))

    assert text.startswith("Gala, planned for Thursday 1 May 2031, 20:30 (Europe/London), is cancelled. The organizer says: rain")
    assert (len(text), text[-1]) == (320, "…")


async def test_the_log_says_what_an_sms_would_and_hides_the_number(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        await LoggedTexts().send(NotificationId(EVENT, 5), "+442079460018", "Gala is cancelled.")

    assert caplog.messages == [f"SMS {NotificationId(EVENT, 5)} to •••••••••••18: Gala is cancelled."]


# The folder


async def test_without_a_mail_server_letters_are_files_and_a_repeat_replaces_its_own(tmp_path: Path) -> None:
    folder = MailFolder(tmp_path / "state" / "outbox")
    letter = a_letter(event="Čarodějnice")

    for _ in range(2):
        await folder.send(letter_of(letter, SENDER))

    (file,) = (tmp_path / "state" / "outbox").iterdir()
    message = message_from_bytes(file.read_bytes(), policy=default)
    assert file.name == f"{letter.id}.email.eml"
    assert message["Subject"] == letter.subject
    assert part_of(message, "plain") == letter.text
    assert part_of(message, "html") == letter.html


async def test_a_folder_that_cannot_be_written_is_an_outage(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(Outage, match="cannot be written: Not a directory"):
        await MailFolder(tmp_path / "file" / "outbox").send(letter_of(a_letter(), SENDER))

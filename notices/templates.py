"""Templates: what a notification says, in the words of `notices/words`, one file a kind.

A file's first line is the subject, the paragraphs below it the body. The HTML of an e-mail frames the same words, so that each is written
once. Whatever comes from people goes in as one line without control characters, and into HTML escaped.
"""

import unicodedata
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from domain.delivery import Due, Recipient
from domain.money import Money
from domain.notifications import ALWAYS_TOLD, Notification, NotificationKind, Occasion, Words
from notices.mail import Draft

FOLDER = Path(__file__).parent / "words"
SUBJECT_MOST = 200
URGENT = ALWAYS_TOLD | {NotificationKind.EVENT_CHANGED, NotificationKind.WAITLIST_OFFER}
DIRECTIONS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Characters that turn the direction of what follows, and so could make a name read as other words."""
FIELDS = {"name": "name", "starts_at": "start", "ends_at": "end", "venue": "venue", "description": "description"}
"""What people call the facts of an event that can change."""
TEXT_MOST = 320
"""Characters of an SMS: two or three parts of one."""


class Templates:
    """The `Wording` of a process, and the letters and texts that are made with it."""

    def __init__(self) -> None:
        escaped = Environment(loader=FileSystemLoader(FOLDER), autoescape=True, undefined=StrictUndefined)
        plain = Environment(loader=FileSystemLoader(FOLDER), autoescape=False, undefined=StrictUndefined)
        self._html, self._text = escaped.get_template("letter.html"), plain.get_template("letter.txt")
        self._words = {kind: plain.get_template(f"{kind.name.lower()}.txt") for kind in NotificationKind}

    def words(self, notification: Notification, occasion: Occasion | None, giver: str | None = None) -> Words:
        """What a notification says. A fact that is missing is left out, as the rows of earlier versions may not have it."""
        facts = dict(facts_of(notification, occasion), giver=one_line(giver) if giver else None)
        subject, _, body = self._words[notification.kind].render(facts).partition("\n")
        return Words(one_line(subject)[:SUBJECT_MOST], body.strip())

    def draft(self, due: Due, recipient: Recipient) -> Draft:
        """A notification as an e-mail."""
        words = self.words(due.notification, due.occasion, due.giver)
        name = one_line(recipient.name)
        return Draft(
            id=due.notification.id,
            written_at=due.notification.created_at,
            name=name,
            address=recipient.email,
            subject=words.subject,
            text=self._text.render(words=words, name=name) + "\n",
            html=self._html.render(words=words, name=name) + "\n",
            is_urgent=due.notification.kind in URGENT,
        )

    def text(self, due: Due) -> str:
        """A notification as an SMS: the first paragraph, which says all that matters."""
        said = self.words(due.notification, due.occasion, due.giver).body.partition("\n\n")[0]
        return said if len(said) <= TEXT_MOST else f"{said[: TEXT_MOST - 1]}…"


def facts_of(notification: Notification, occasion: Occasion | None) -> dict[str, Any]:
    """What the templates may name: every name is there, with None where it is not known."""
    about, zone = notification.about, occasion.timezone if occasion else "UTC"
    quantity = int(about.get("quantity") or 0)
    currency = about.get("currency")
    reason = about.get("reason")
    if reason and notification.kind is NotificationKind.PAYMENT_FAILED:
        reason = str(reason).replace("_", " ")  # the gateway's own word
    return {
        "event": (one_line(occasion.name) if occasion else "") or "an event",
        "when": moment(occasion.starts_at, zone) if occasion else None,
        "code": notification.booking_id.code if notification.booking_id else None,
        "quantity": quantity,
        "places": "One place" if quantity == 1 else f"{quantity} places" if quantity else "Your places",
        "partial": bool(about.get("partial")),
        "total": amount(about.get("total_minor"), currency),
        "refund": amount(about.get("refund_minor"), currency),
        "reason": one_line(str(reason)) if reason else None,
        "until": moment_of(about.get("expires_at"), zone),
        "changes": list(changes_of(about, zone)),
    }


def changes_of(about: Mapping[str, Any], zone: str) -> Iterator[str]:
    """A sentence for each fact of an event that has changed."""
    before, after = about.get("before") or {}, about.get("after") or {}
    for field in about.get("changes") or ():
        name = FIELDS.get(field, one_line(str(field)).replace("_", " "))
        old, new = (moment_of(facts.get(field), zone) or shown(facts.get(field)) for facts in (before, after))
        if field == "description" or not new:
            yield f"Its {name} has changed."
        else:
            yield f"Its {name} is now {new}{f'; it was {old}' if old else ''}."


def shown(value: object) -> str:
    """A fact as people read it."""
    return one_line(str(value)) if value is not None else ""


def moment(at: datetime, zone: str) -> str:
    """An instant as people at the event's place say it: `Thursday 1 May 2031, 20:30 (Europe/London)`."""
    local = at.astimezone(ZoneInfo(zone))
    return f"{local:%A} {local.day} {local:%B %Y, %H:%M} ({zone})"


def moment_of(text: object, zone: str) -> str | None:
    """An instant written as JSON has it; None for what is none."""
    try:
        at = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
    return moment(at, zone) if at is not None and at.tzinfo is not None else None


def amount(minor: object, currency: object) -> str | None:
    """Money in words; None where there is none of it."""
    return f"{Money(minor, currency).amount} {currency}" if isinstance(minor, int) and minor and isinstance(currency, str) else None


def one_line(text: str) -> str:
    """A text without line breaks and other control characters: it goes into the heads of e-mails."""
    kept = (" " if unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp") else character for character in text)
    return " ".join("".join(character for character in kept if character not in DIRECTIONS).split())

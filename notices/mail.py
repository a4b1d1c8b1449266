"""Letters as MIME: what every way of sending e-mail hands over."""

from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr

from email_validator import EmailNotValidError, validate_email

from domain.delivery import Letter, Undeliverable
from domain.ids import NotificationId

ASCII = SMTP.clone(cte_type="7bit", max_line_length=78)
"""Lines that every server takes, whatever is written in them."""
UNICODE = ASCII.clone(utf8=True)


@dataclass(frozen=True, slots=True)
class Draft:
    """What a letter says, and to whom."""

    id: NotificationId
    written_at: datetime
    name: str
    address: str
    subject: str
    text: str
    html: str
    is_urgent: bool = False


def letter_of(draft: Draft, sender: str) -> Letter:
    """A draft, ready to go. Raises Undeliverable as `mime`. Takes some milliseconds of a processor."""
    return Letter(draft.id, deliverable(draft.address), mime(draft, sender).as_bytes())


def mime(draft: Draft, sender: str) -> EmailMessage:
    """A letter with its head, in plain text and in HTML. Raises Undeliverable for an address to which nothing can be sent.

    A repeat has the same Message-ID, so that whoever gets it twice can tell.
    """
    message = EmailMessage(UNICODE if needs_unicode(address := deliverable(draft.address)) else ASCII)
    name, sender_address = parseaddr(sender)
    message["From"] = address_of(name, sender_address)
    message["To"] = address_of(draft.name, address)
    message["Subject"] = draft.subject
    message["Date"] = format_datetime(draft.written_at)
    message["Message-ID"] = message_id(draft, sender_address)
    message["Auto-Submitted"] = "auto-generated"
    if draft.is_urgent:
        message["Importance"] = "high"
    message.set_content(draft.text)
    message.add_alternative(draft.html, subtype="html")
    return message


def message_id(draft: Draft, sender_address: str) -> str:
    """A letter's own name: its notification's, at the sender's domain."""
    return f"<{draft.id}@{domain_of(sender_address)}>"


def address_of(name: str, address: str) -> Address:
    """An address with a name beside it, quoted as it needs be."""
    user, _, domain = address.rpartition("@")
    return Address(name, user, domain)


def domain_of(address: str) -> str:
    """What is behind the @."""
    return address.rpartition("@")[2]


def deliverable(address: str) -> str:
    """An address as mail servers know it, its domain in ASCII. Raises Undeliverable for what is none."""
    try:
        valid = validate_email(address, check_deliverability=False, test_environment=True)
    except EmailNotValidError as invalid:
        raise Undeliverable(f"not an e-mail address: {invalid}") from invalid
    return f"{valid.local_part}@{valid.ascii_domain}"


def needs_unicode(address: str) -> bool:
    """Whether only a server with SMTPUTF8 can take this address."""
    return not address.isascii()

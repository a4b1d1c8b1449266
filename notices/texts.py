"""SMS: behind a port, with an implementation that only says what it would send."""

import logging

from domain.ids import NotificationId

LOG = logging.getLogger("boxoffice.notices")
SHOWN_DIGITS = 2


class LoggedTexts:
    """A `TextSender` for whoever has no provider: the log says what would have gone out, with the number masked."""

    async def send(self, id: NotificationId, phone: str, text: str) -> None:
        """Log a text."""
        LOG.info("SMS %s to %s: %s", id, masked(phone), text)


def masked(phone: str) -> str:
    """A number of which only the last digits are told."""
    return "•" * (len(phone) - SHOWN_DIGITS) + phone[-SHOWN_DIGITS:]

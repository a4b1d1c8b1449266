"""The folder: e-mail as `.eml` files, for whoever has no mail server and wants to read what would have been sent."""

import asyncio
import logging
import os
from pathlib import Path

from domain.delivery import Letter
from domain.ports import Outage

LOG = logging.getLogger("boxoffice.notices")


class MailFolder:
    """A `MailSender` that writes each letter into a file with its notification's id, so that a repeat replaces it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def send(self, letter: Letter) -> None:
        """Write a letter. It is there whole or not at all. Raises Outage where the folder cannot be written to."""
        try:
            await asyncio.to_thread(self._write, f"{letter.id}.email.eml", letter.content)
        except OSError as failure:
            raise Outage(f"The outbox {self._folder} cannot be written: {failure.strerror}.") from failure

    def _write(self, name: str, content: bytes) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        unfinished = self._folder / f".{name}.{os.getpid()}"
        unfinished.write_bytes(content)
        unfinished.replace(self._folder / name)

"""Numbers for new things, drawn at random so that an id tells nothing and no two processes need to agree."""

import secrets

from domain.ids import LARGEST


def new_number() -> int:
    """A number from 1 to 2^63 − 1. Among a million of one event, two agree once in ten million events."""
    return secrets.randbelow(LARGEST) + 1

"""Errands: work that goes over all bookings of an event in batches, so that it survives any end and holds up nobody.

Each batch is a command that moves `after_booking` in the commit that does its part: carried out twice, it does nothing the second time.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import Any


class ErrandKind(IntEnum):
    """What is to be done with each booking. The numbers are what the database stores."""

    CANCEL_BOOKINGS = 0
    TELL_OF_CHANGE = 1


@dataclass(frozen=True, slots=True)
class Errand:
    """One such piece of work, and how far it has come: all bookings up to and with `after_booking` are done. `about` is what to tell."""

    errand_no: int
    kind: ErrandKind
    about: Mapping[str, Any]
    after_booking: int
    done_at: datetime | None = None

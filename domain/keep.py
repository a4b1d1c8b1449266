"""KEEP: what a change says of that which it leaves alone."""

from enum import Enum
from typing import Final


class Keep(Enum):
    """That something stays as it is, where None would remove it."""

    KEEP = "KEEP"


KEEP: Final = Keep.KEEP

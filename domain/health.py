"""Health: whether this process and what it depends on can do their work."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class HealthReport:
    """How a process is. `answering` says of each dependency whether it answers; of some of them booking does not depend."""

    ready: bool
    version: str
    uptime_seconds: float
    answering: Mapping[str, bool]


class HealthReads(Protocol):
    """Whoever looks."""

    async def look(self) -> HealthReport:
        """Try every dependency now; takes a second or so at most, and never raises for one that is out."""
        ...

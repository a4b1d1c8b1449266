"""Health, as `/health` and `/ready` tell it."""

from enum import Enum
from typing import Self

import strawberry

from domain import health


@strawberry.enum(description="Whether something can do its work.")
class HealthStatus(Enum):
    OK = strawberry.enum_value("OK", description="It can.")
    UNAVAILABLE = strawberry.enum_value("UNAVAILABLE", description="It cannot, just now.")


@strawberry.type(description="Something that the server depends on.")
class Dependency:
    name: str = strawberry.field(description="What it is: `database`, `redis`, `smtp`.")
    status: HealthStatus = strawberry.field(description="Whether it answers.")


@strawberry.type(description="How the process that answers is.")
class Health:
    status: HealthStatus = strawberry.field(description="Whether it is ready: all that booking depends on answers.")
    version: str = strawberry.field(description="Which version it is.")
    uptime: float = strawberry.field(description="For how many seconds it has been running.")
    dependencies: list[Dependency] = strawberry.field(description="What it depends on, each tried for this answer.")

    @classmethod
    def of(cls, report: health.HealthReport) -> Self:
        """A report as clients see it."""
        return cls(
            status=status_of(report.ready),
            version=report.version,
            uptime=report.uptime_seconds,
            dependencies=[Dependency(name=name, status=status_of(answers)) for name, answers in report.answering.items()],
        )


def status_of(is_well: bool) -> HealthStatus:
    """A yes or no as clients see it."""
    return HealthStatus.OK if is_well else HealthStatus.UNAVAILABLE

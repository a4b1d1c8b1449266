"""Cancellation policies: how much of a confirmed booking's price goes back, by how long before the start it is given back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from domain.validation import Checks

STEPS_MOST = 10
DAYS_MOST = 365
HOUR_MINUTES = 60
MINUTES_MOST = DAYS_MOST * 24 * HOUR_MINUTES


@dataclass(frozen=True, slots=True)
class RefundStep:
    """Given back until `minutes_before` the start, a place brings `per_cent` of its price."""

    minutes_before: int
    per_cent: int

    def until(self, starts_at: datetime) -> datetime:
        """The last moment at which it holds."""
        return starts_at - timedelta(minutes=self.minutes_before)

    def __str__(self) -> str:
        return f"{self.per_cent} % until {self.minutes_before} minutes before"


@dataclass(frozen=True, slots=True)
class CancellationPolicy:
    """Steps from the longest time before the start to the shortest; after the last, nothing can be given back. None: never."""

    steps: tuple[RefundStep, ...] = (RefundStep(24 * 60, 100),)

    @classmethod
    def of(cls, stored: Sequence[Sequence[int]]) -> "CancellationPolicy":
        """A policy from [[minutes before the start, per cent], …], in any order."""
        return cls(tuple(RefundStep(*step) for step in sorted(stored, key=lambda step: -step[0])))

    def __str__(self) -> str:
        return ", ".join(map(str, self.steps)) or "never"

    def stored(self) -> list[list[int]]:
        """As the database has it."""
        return [[step.minutes_before, step.per_cent] for step in self.steps]

    def step_at(self, starts_at: datetime, now: datetime) -> RefundStep | None:
        """The step that holds at a moment; None where it is too late."""
        return next((step for step in self.steps if now <= step.until(starts_at)), None)

    def ends_at(self, starts_at: datetime) -> datetime | None:
        """The last moment at which anything can be given back; None where nothing ever can."""
        return self.steps[-1].until(starts_at) if self.steps else None


def share(minor: int, per_cent: int) -> int:
    """So many per cent of an amount, half a minor unit rounded up: never more than the amount."""
    return (minor * per_cent + 50) // 100


@dataclass(frozen=True, slots=True)
class RefundStepForm:
    """What somebody types about a step. How long before the start is given in hours or in minutes."""

    per_cent: int
    hours_before: int | None = None
    minutes_before: int | None = None


def checked_policy(checks: Checks, where: str, forms: Sequence[RefundStepForm]) -> CancellationPolicy:
    """A policy from steps in any order; nothing of use where there are problems.

    Who gives back earlier gets at least as much as who does so later. A step of 0 % lets one give back for nothing.
    """
    checks.that(len(forms) <= STEPS_MOST, where, f"has at most {STEPS_MOST} steps")
    given = [(checked_step(checks, f"{where}.{position}", form), form.per_cent) for position, form in enumerate(forms)]
    policy = CancellationPolicy.of([(minutes, per_cent) for minutes, per_cent in given if minutes is not None])
    moments = [step.minutes_before for step in policy.steps]
    checks.that(len(set(moments)) == len(moments), where, "has two steps for the same moment")
    falls = all(earlier.per_cent >= later.per_cent for earlier, later in pairwise(policy.steps))
    checks.that(falls, where, "gives less to who gives back earlier")
    return policy


def checked_step(checks: Checks, where: str, form: RefundStepForm) -> int | None:
    """How many minutes before the start a step ends; None where nobody can say."""
    checks.that(0 <= form.per_cent <= 100, f"{where}.refundPercent", "is 0 to 100")
    if form.hours_before is not None and form.minutes_before is None:
        checks.that(0 <= form.hours_before <= DAYS_MOST * 24, f"{where}.hoursBefore", f"is 0 to {DAYS_MOST * 24}")
        return form.hours_before * HOUR_MINUTES
    if form.minutes_before is not None and form.hours_before is None:
        checks.that(0 <= form.minutes_before <= MINUTES_MOST, f"{where}.minutesBefore", f"is 0 to {MINUTES_MOST}")
        return form.minutes_before
    checks.that(False, f"{where}.hoursBefore", "or minutesBefore is needed, and only one of them")
    return None

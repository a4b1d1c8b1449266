"""The meter: processor time of process trees, and the figures of several rounds."""

import os
import time
from collections import defaultdict
from collections.abc import Hashable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from types import TracebackType
from typing import Self

import psutil

Sample = Mapping[str, float]
"""What one round measured, by name; the unit is last in the name."""
UNKNOWN = float("nan")
COARSE_S = 0.025
"""Elsewhere than in `schedstat`, processor time is told in steps of 10 ms, user's and system's apart."""


def cpu_seconds(root: psutil.Process | None) -> float:
    """User and system time of a process tree since it began, children that have ended included; UNKNOWN where there is none."""
    if root is None:
        return UNKNOWN
    total = 0.0
    try:
        family = [root, *root.children(recursive=True)]
    except psutil.NoSuchProcess:
        return UNKNOWN
    for process in family:
        try:
            times = process.cpu_times()
            total += times.children_user + times.children_system
            coarse, exact = times.user + times.system, scheduled_seconds(process.pid)
            total += exact if coarse - exact < COARSE_S else coarse  # threads that have ended are only in the one
        except psutil.NoSuchProcess:
            continue
    return total


def scheduled_seconds(pid: int) -> float:
    """Processor time of a process' living threads to the nanosecond, where Linux tells it; else nothing."""
    total = 0
    for thread in Path(f"/proc/{pid}/task").glob("*/schedstat"):
        with suppress(OSError, ValueError, IndexError):
            total += int(thread.read_text().split()[0])
    return total / 1e9


def machine_busy_seconds() -> float:
    """Processor time that everything on the machine has used, what a hypervisor took included."""
    times = psutil.cpu_times()
    idle = times.idle + getattr(times, "iowait", 0.0) + getattr(times, "guest", 0.0) + getattr(times, "guest_nice", 0.0)
    return float(sum(times) - idle)


class Meter:
    """`with Meter(database=process) as meter: …`, then what was used meanwhile.

    `own_seconds` is this process' alone; `used` that of the trees named.
    `strangers` says how many cores the rest of the machine was using: rates and latencies are worth little where it is large.
    """

    def __init__(self, **roots: psutil.Process | None) -> None:
        self._roots = roots
        self.seconds = self.own_seconds = self.strangers = 0.0
        self.used: dict[str, float] = {}

    def __enter__(self) -> Self:
        self._before = {name: cpu_seconds(root) for name, root in self._roots.items()}
        self._busy, self._children = machine_busy_seconds(), sum(os.times()[2:4])
        self._own, self._began = time.process_time(), time.perf_counter()
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        self.seconds = time.perf_counter() - self._began
        self.own_seconds = time.process_time() - self._own
        self.used = {name: cpu_seconds(root) - self._before[name] for name, root in self._roots.items()}
        children = sum(os.times()[2:4]) - self._children
        known = self.own_seconds + children + sum(used for used in self.used.values() if used == used)
        self.strangers = max(0.0, machine_busy_seconds() - self._busy - known) / self.seconds


def percentile(values: Sequence[float], part: float) -> float:
    """The value that `part` of all values do not exceed."""
    return sorted(values)[min(len(values) - 1, int(part * len(values)))] if values else UNKNOWN


@dataclass(frozen=True)
class Figure:
    """The median of a few rounds, with the least and the most."""

    median: float
    least: float
    most: float

    @property
    def spread(self) -> float:
        """Half the way from the least to the most, as a part of the median."""
        return (self.most - self.least) / 2 / self.median if self.median else 0.0


class Rounds:
    """Samples of several configurations, gathered round by round so that whatever disturbs the machine disturbs them all."""

    def __init__(self) -> None:
        self._samples: dict[Hashable, list[Sample]] = defaultdict(list)

    def add(self, name: Hashable, sample: Sample) -> None:
        """Keep what one round measured of a configuration."""
        self._samples[name].append(sample)

    def has(self, name: Hashable) -> bool:
        """Whether a configuration was measured at all."""
        return name in self._samples

    def figure(self, name: Hashable, what: str) -> Figure:
        """One figure of a configuration, over all rounds."""
        values = [sample.get(what, UNKNOWN) for sample in self._samples[name]]
        return Figure(median(values), min(values), max(values))

    def median(self, name: Hashable, what: str) -> float:
        """The median alone."""
        return self.figure(name, what).median

    def ratio(self, one: Hashable, other: Hashable, what: str) -> float:
        """How many times the one is the other: the median over rounds, in each of which both met the same machine."""
        pairs = zip(self._samples[one], self._samples[other], strict=True)
        return median([a[what] / b[what] for a, b in pairs])

    def strangers(self) -> float:
        """How many cores other programs used, in the median round."""
        values = [sample["strangers"] for samples in self._samples.values() for sample in samples if "strangers" in sample]
        return median(values) if values else 0.0


@dataclass(frozen=True)
class Effort:
    """How long to measure: every configuration for `seconds`, in each of `rounds`."""

    rounds: int
    seconds: float
    quick: bool
    peers: bool = True
    """Whether peers are measured too."""
    further_until: float = float("inf")
    """Until when another round is begun, in seconds of `time.monotonic`: a slow machine makes fewer rounds, not a longer run."""

    def turns(self, most: int | None = None) -> Iterator[int]:
        """The rounds, by number: the first always, and further ones while there is time."""
        for round_no in range(self.rounds if most is None else min(most, self.rounds)):
            if round_no == 0 or time.monotonic() < self.further_until:
                yield round_no

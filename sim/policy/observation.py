"""What a scaling policy sees: the pool's minutes, and what is in force now.

A policy sees what the provider's metrics show, once a minute, and nothing of the future. All
counts are user sessions.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sim.units import Millis


@dataclass(frozen=True, slots=True)
class Datapoint:
    """One minute `[t - 1 min, t)` of a pool, as it is just before t.

    Source of the quantities: AWS WorkSpaces Administration Guide, "Amazon WorkSpaces metrics",
    pools, 2026.
    """

    active: int
    """User sessions held, disconnected ones included."""
    actual: int
    """User sessions that the available instances have room for."""
    pending: int
    """User sessions of the instances being provisioned."""
    waiting: int
    """People in line."""
    refused: int
    """Requests refused inside the minute for want of capacity."""

    @property
    def utilization(self) -> float | None:
        """Active over actual, 0.0 to 1.0; None while there is no instance."""
        return self.active / self.actual if self.actual else None


@dataclass(frozen=True, slots=True)
class Observation:
    """What a policy is given at a full minute, the user's own function too."""

    at: Millis
    """Now [ms from the start of the scenario]."""
    instant: datetime
    """Now, in UTC."""
    minimum: int
    """Least capacity in force."""
    maximum: int
    """Greatest capacity in force."""
    target: int
    """What the policies ask for so far."""
    sessions_per_instance: int
    """User sessions of one instance."""
    minutes: Sequence[Datapoint]
    """The last minutes, oldest first; the last one is the minute just past. There are as many as
    the policies look back, and an hour of them where a function of the user's own is among the
    policies; fewer at the beginning of the run, and always at least one."""

    @property
    def last(self) -> Datapoint:
        """The minute just past."""
        return self.minutes[-1]

    @property
    def active(self) -> int:
        """User sessions held."""
        return self.minutes[-1].active

    @property
    def actual(self) -> int:
        """User sessions that there is room for."""
        return self.minutes[-1].actual

    @property
    def pending(self) -> int:
        """User sessions that there will be room for, once instances are provisioned."""
        return self.minutes[-1].pending

    @property
    def waiting(self) -> int:
        """People in line."""
        return self.minutes[-1].waiting

    @property
    def refused(self) -> int:
        """Requests refused in the minute just past."""
        return self.minutes[-1].refused

    @property
    def desired(self) -> int:
        """Actual and pending."""
        last = self.minutes[-1]
        return last.actual + last.pending

    @property
    def available(self) -> int:
        """Actual less active."""
        last = self.minutes[-1]
        return last.actual - last.active

    @property
    def utilization(self) -> float | None:
        """Active over actual of the minute just past; None while there is no instance."""
        return self.minutes[-1].utilization

    @property
    def minute_of_day(self) -> int:
        """Minutes since 00:00 UTC."""
        return self.instant.hour * 60 + self.instant.minute

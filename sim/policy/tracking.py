"""Target tracking: the utilisation kept near a target by two alarms (P11).

Three minutes above the target ask for as many user sessions as would bring it back to the target;
fifteen minutes well below it give as many back. The first is soon and the second late on purpose:
somebody who is refused costs more than an instance that idles.
"""

from collections.abc import Sequence
from fractions import Fraction
from itertools import islice

from sim.policy.cooldown import Cooldowns
from sim.policy.exact import ceiling, exact
from sim.policy.observation import Datapoint, Observation
from sim.scenario.scaling import TargetTracking


class Tracking:
    """A target-tracking policy and its cooldowns.

    What is needed follows from the active sessions alone, so a scale-out in its own cooldown asks
    for the same as outside of it: what is asked for is the whole capacity, and only counts if
    larger than what was asked for before.
    """

    def __init__(self, policy: TargetTracking) -> None:
        self._target = exact(policy.utilization)
        self._high = _Level(self._target, policy.out_periods)
        self._low = _Level(self._target * exact(policy.in_below), policy.in_periods)
        self._scale_in = policy.scale_in
        self.cooldowns = Cooldowns(out=policy.scale_out_cooldown, into=policy.scale_in_cooldown)
        self.memory_minutes = max(policy.out_periods, policy.in_periods)

    def ask(self, observation: Observation, reactive: int) -> int | None:
        """The capacity asked for at this minute; None: nothing is asked."""
        minutes = observation.minutes
        if self._high.side_of(minutes[-1]) > 0:
            need = self.need(observation.active)
            return need if need > reactive and self._high.passed(minutes, 1) else None
        if self._low.side_of(minutes[-1]) < 0 and self._scale_in:
            need = self.need(observation.active)
            free = need < reactive and self.cooldowns.scales_in_at(observation.at)
            return need if free and self._low.passed(minutes, -1) else None
        return None

    def need(self, active: int) -> int:
        """User sessions with which the utilisation would be at the target, or just below."""
        return ceiling(active / self._target)


class _Level:
    """A utilisation, and for how many minutes it must be passed; exact in whole numbers."""

    def __init__(self, share: Fraction, periods: int) -> None:
        self._parts = share.numerator
        self._whole = share.denominator
        self._periods = periods

    def side_of(self, minute: Datapoint) -> int:
        """Above 0 if the utilisation is above the level, below 0 if below; 0 without instances."""
        return minute.active * self._whole - self._parts * minute.actual

    def passed(self, minutes: Sequence[Datapoint], side: int) -> bool:
        """Whether all minutes of the alarm lie on a side; a minute without instances does not."""
        if len(minutes) < self._periods:
            return False
        latest = islice(reversed(minutes), self._periods)
        return all(side * self.side_of(minute) > 0 for minute in latest)

"""Policies that have an opinion at every minute, whatever they said before (P12).

A ramp plan looks at how full the instances are, a forecast at the hours to come, and the user's own
function at whatever it likes. None of them has alarms or cooldowns.
"""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from sim.policy.exact import ceiling, exact
from sim.policy.observation import Observation
from sim.units import MINUTE, Millis

QUARTER: Millis = 15 * MINUTE
"""Grain of a forecast [ms]."""

Decide = Callable[[Observation], int | None]
"""The user's own function: a capacity [user sessions], or None for no opinion."""

Phases = Sequence[tuple[Millis, float, float]]
"""From when on [ms] which threshold and which minimum share of a ramp plan are in force."""


class Ramp:
    """A plan of four phases: one more instance while they are too full, one fewer when it fits.

    Source: Microsoft Learn, "Autoscale scaling plans and example scenarios in Azure Virtual
    Desktop".
    """

    def __init__(self, phases: Phases) -> None:
        self._since = [since for since, _, _ in phases]
        self._shares = [(exact(threshold), exact(minimum)) for _, threshold, minimum in phases]

    def ask(self, observation: Observation) -> int:
        """The capacity asked for at this minute."""
        threshold, share = self._shares[bisect_right(self._since, observation.at) - 1]
        size = observation.sessions_per_instance
        least = ceiling(share * observation.maximum / size)
        on = ramped(observation.desired // size, observation.active, threshold * size)
        return max(on, least) * size


def ramped(on: int, active: int, room: Fraction) -> int:
    """The number of instances on after one minute; `room` is the threshold of one [sessions].

    More are turned on until the threshold is not exceeded; one is turned off if it still would not
    be.
    """
    needed = ceiling(active / room)
    return needed if on < needed else max(on - 1, needed)


@dataclass(frozen=True)
class Forecast:
    """What is expected to be needed [user sessions] in each quarter of an hour from an instant."""

    begin: Millis
    needed: Sequence[int]

    def most(self, begin: Millis, end: Millis) -> int:
        """The most that is expected in the quarters that meet `[begin, end]`, both included.

        Before the first and after the last quarter nothing more is known than in these.
        """
        last = len(self.needed) - 1
        first, until = (min(max((at - self.begin) // QUARTER, 0), last) for at in (begin, end))
        return max(self.needed[first : until + 1])


class Ahead:
    """Predictive scaling: what a forecast says for the time until `lead` from now."""

    def __init__(self, forecast: Forecast, lead: Millis) -> None:
        self._forecast = forecast
        self._lead = lead

    def ask(self, observation: Observation) -> int:
        """The capacity asked for at this minute."""
        return self._forecast.most(observation.at, observation.at + self._lead)


class Own:
    """The user's own function, asked every so many minutes from 00:00 UTC."""

    def __init__(self, decide: Decide, every: Millis) -> None:
        self._decide = decide
        self._every = every // MINUTE

    def ask(self, observation: Observation) -> int | None:
        """The capacity asked for at this minute; None for no opinion."""
        return self._decide(observation) if observation.minute_of_day % self._every == 0 else None

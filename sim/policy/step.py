"""Step scaling: an alarm on a metric, and how much to change when it is in breach (P10, P11)."""

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from itertools import islice
from operator import ge, gt, le, lt

from sim.policy.cooldown import Cooldowns
from sim.policy.exact import exact
from sim.policy.observation import Datapoint, Observation
from sim.scenario.scaling import Adjustment, StepScaling
from sim.units import MINUTE

_COMPARISONS: dict[str, Callable[[float, float], bool]] = {">=": ge, ">": gt, "<=": le, "<": lt}


def metric_value(metric: str, minute: Datapoint) -> float | None:
    """One minute of a metric, in its unit (utilisation in per cent); None when it is missing."""
    match metric:
        case "UserSessionsCapacityUtilization":
            return 100 * minute.active / minute.actual if minute.actual else None
        case "AvailableUserSessionCapacity":
            return minute.actual - minute.active
        case _:
            return minute.refused


def statistic(name: str, values: Sequence[float]) -> float | None:
    """The minutes of a period as one value; None when there are none."""
    if not values:
        return None
    match name:
        case "average":
            return sum(values) / len(values)
        case "minimum":
            return min(values)
        case "maximum":
            return max(values)
        case _:
            return sum(values)


class Step:
    """A step-scaling policy and its cooldowns."""

    def __init__(self, policy: StepScaling) -> None:
        self._metric = policy.metric
        errors = policy.metric == "InsufficientCapacityError"
        self._statistic = policy.statistic or ("sum" if errors else "average")
        self._breaches = _COMPARISONS[policy.comparison]
        self._threshold = policy.threshold
        self._steps = [(*step.span, step) for step in policy.steps]
        self._from_above = policy.comparison.startswith(">")
        self._minimum_adjustment = max(1, policy.minimum_adjustment)
        self._period = policy.period // MINUTE
        self._periods = policy.evaluation_periods
        self.cooldowns = Cooldowns(out=policy.cooldown, into=policy.cooldown)
        self.memory_minutes = self._period * self._periods

    def ask(self, observation: Observation, reactive: int) -> int | None:
        """The capacity asked for at this minute; None: nothing is asked.

        `reactive` is the present reactive target. What is asked for is more, or less, than that.
        """
        value = self._breach(observation)
        step = None if value is None else self._step(value - self._threshold)
        if step is None:
            return None
        wanted = self._changed(step, reactive)
        if wanted > reactive:
            wanted = self._changed(step, self.cooldowns.base_at(observation.at, reactive))
            return wanted if wanted > reactive else None
        if wanted < reactive and self.cooldowns.scales_in_at(observation.at):
            return wanted
        return None

    def _breach(self, observation: Observation) -> float | None:
        """Value of the last period, if the alarm is evaluated now and all its periods breach."""
        if observation.minute_of_day % self._period:
            return None
        if len(observation.minutes) < self.memory_minutes:
            return None
        latest: float | None = None
        for values in self._values(observation.minutes):
            value = statistic(self._statistic, values)
            if value is None or not self._breaches(value, self._threshold):
                return None
            latest = value if latest is None else latest
        return latest

    def _values(self, minutes: Sequence[Datapoint]) -> Iterator[list[float]]:
        """The values there are in each period of the alarm, the latest period first."""
        latest = reversed(minutes)
        for _ in range(self._periods):
            found = [metric_value(self._metric, one) for one in islice(latest, self._period)]
            yield [value for value in found if value is not None]

    def _step(self, distance: float) -> Adjustment | None:
        """The step that holds a distance of the metric from the threshold.

        The bound nearer to the threshold belongs to the step, the farther one to the next.
        Source: Application Auto Scaling API reference, StepAdjustment.
        """
        for lower, upper, step in self._steps:
            if lower <= distance < upper if self._from_above else lower < distance <= upper:
                return step
        return None

    def _changed(self, step: Adjustment, capacity: int) -> int:
        """A capacity after a step."""
        if step.exact is not None:
            return step.exact
        if step.add is not None:
            return capacity + step.add
        assert step.percent is not None
        return capacity + percentage(step.percent, capacity, least=self._minimum_adjustment)


def percentage(percent: float, capacity: int, *, least: int = 1) -> int:
    """A change in per cent, rounded toward zero, but at least `least` unless it is 0 %.

    Source: Application Auto Scaling User Guide, "Step scaling policies", scaling adjustment types:
    12.7 becomes 12, -6.67 becomes -6, 0.67 becomes 1, -0.58 becomes -1.
    """
    change: Fraction = abs(exact(percent)) * capacity / 100
    if not percent:
        return 0
    size = max(int(change), least)
    return size if percent > 0 else -size

"""Effects of single settings: what a measure is at each value of one, all others being equal.

Only points that differ in nothing else are held against each other: a *group* has every value of
the setting beside the same values of all others. Over several groups their runs are put together,
replication by replication, so a mean over combinations meets the same people at each value. What a
setting does together with others is averaged out here; `sim.study.sensitivity` tells it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sim.study.estimation import difference, estimate
from sim.study.observations import Observation, Observations
from sim.study.statistics import Difference, Estimate

Runs = Sequence[Observations]
"""Of one point, by replication."""

Points = Sequence[tuple[Mapping[str, str], Runs]]
"""Each point's varied settings as they are written, and its runs: as many of each."""


@dataclass(frozen=True)
class Effect:
    """What one setting does to one measure."""

    setting: str
    values: Mapping[str, Estimate]
    """The measure at each value, in the order of the points."""
    low: str
    """The value at which the measure is least."""
    high: str
    """And at which it is most."""
    difference: Difference
    """From the one to the other."""
    groups: int
    """Combinations of the other settings that this is the mean over."""

    @property
    def ends(self) -> tuple[float, float]:
        """The least and the most that the measure is."""
        low, high = (self.values[end].value for end in (self.low, self.high))
        assert low is not None
        assert high is not None
        return low, high


def effects(points: Points, measure: str) -> list[Effect]:
    """The effect of each setting that has one, the largest first.

    A setting that never changes alone (values that go in step, samples) is left out, and so is a
    group in which some run has no observation of the measure.
    """
    settings = list(dict.fromkeys(key for values, _ in points for key in values))
    found = [one for setting in settings for one in _effect(points, setting, measure)]
    return sorted(found, key=lambda effect: effect.ends[0] - effect.ends[1])


def _effect(points: Points, setting: str, measure: str) -> Iterator[Effect]:
    """One, or none."""
    every = list(dict.fromkeys(values[setting] for values, _ in points if setting in values))
    groups = [
        group
        for group in _groups(points, setting)
        if len(group) == len(every)
        and all(measure in found for runs in group.values() for found in runs)
    ]
    if len(every) < 2 or not groups:
        return
    runs = {value: _together([group[value] for group in groups], measure) for value in every}
    values = {value: estimate(runs[value], measure) for value in every}
    least, *_, most = sorted(every, key=lambda value: values[value].value or 0.0)
    apart = difference(runs[least], runs[most], measure)
    yield Effect(setting, values, least, most, apart, len(groups))


def _groups(points: Points, setting: str) -> list[dict[str, Runs]]:
    """Points that differ in this setting alone, by its value."""
    found: dict[tuple[tuple[str, str], ...], dict[str, Runs]] = {}
    for values, runs in points:
        others = tuple(sorted(pair for pair in values.items() if pair[0] != setting))
        if setting in values:
            found.setdefault(others, {})[values[setting]] = runs
    return list(found.values())


def _together(points: Sequence[Runs], measure: str) -> list[Observations]:
    """Runs of several points as one, replication by replication."""
    return [
        {
            measure: Observation(
                sum(found[measure].numerator for found in runs),
                sum(found[measure].denominator for found in runs),
            )
        }
        for runs in zip(*points, strict=True)
    ]

"""Capacity decisions on the SimPy clock: edits, scheduled actions, and policies once a minute (P9).

The policies are pure (`sim.policy`); here is when they are asked, and what they are shown. What a
minute looked like is noted before anything is decided at its end.
"""

from collections import defaultdict, deque
from collections.abc import Iterator
from functools import partial

from sim.model.decisions import Decision
from sim.model.pool import Pool
from sim.model.world import World
from sim.policy import Datapoint, Observation
from sim.units import MINUTE, Millis
from sim.workload import CapacityChange, capacity_changes


class Autoscaler:
    """What decides about the capacity of one pool."""

    def __init__(self, world: World, pool: Pool) -> None:
        self.world = world
        self.pool = pool
        self._minutes: deque[Datapoint] = deque(maxlen=max(1, pool.scaling.memory_minutes))

    def observations(self) -> Iterator[Decision]:
        """The ends of minutes, at which what was is noted."""
        if self.pool.scaling.looks:
            for at in minutes(self.world):
                yield Decision(at, self._note)

    def decisions(self) -> Iterator[Decision]:
        """One decision for all that is due at an instant (P9)."""
        due: dict[Millis, list[CapacityChange]] = defaultdict(list)
        for change in capacity_changes(self.world.scenario, self.pool.name):
            due[change.at].append(change)
        asked = minutes(self.world) if self.pool.scaling.looks else range(0)
        for at, changes in due.items():
            yield Decision(at, partial(self._decide, changes, at in asked))
        ask = partial(self._decide, [], True)
        yield from (Decision(at, ask) for at in asked if at not in due)

    def _note(self, _at: Millis) -> None:
        pool = self.pool
        pending = pool.desired - pool.actual
        self._minutes.append(
            Datapoint(pool.active, pool.actual, pending, pool.waiting, pool.refused)
        )
        pool.refused = 0

    def _decide(self, changes: list[CapacityChange], ask: bool, at: Millis) -> None:
        """Change the bounds, then ask the policies within them, then move the target once."""
        scaling = self.pool.scaling
        for change in changes:
            scaling.bounds(
                minimum=change.minimum,
                maximum=change.maximum,
                desired=change.desired,
                source=change.source,
            )
        if ask:
            scaling.minute(self._observation(at))
        self.pool.retarget(at)

    def _observation(self, at: Millis) -> Observation:
        pool = self.pool
        return Observation(
            at=at,
            instant=self.world.scenario.calendar.instant(at),
            minimum=pool.scaling.minimum,
            maximum=pool.scaling.maximum,
            target=pool.scaling.target_with(pool.active + pool.waiting),
            sessions_per_instance=pool.spec.sessions_per_instance,
            minutes=self._minutes,
        )


def minutes(world: World) -> range:
    """Full minutes of UTC after the beginning of the run and before its end."""
    first = world.begin + MINUTE - (world.begin - full_minute(world)) % MINUTE
    return range(first, world.end, MINUTE)


def full_minute(world: World) -> Millis:
    """Some full minute of UTC on the axis of the run, before its start."""
    start = world.scenario.start
    return -(start.second * 1000 + start.microsecond // 1000)

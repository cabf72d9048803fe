"""Stories about scaling: minutes of a pool as numbers, and what the policies make of them.

    pool = Minutes([{"target_tracking": "75 %"}], desired=10)
    pool.minute(active=9)     # 00:01
    pool.target

Unless told otherwise the pool does what it is asked at once: `actual` is the target. The first
minute ends at 00:01 UTC of 2026-09-01, a Tuesday, at which the run began.
"""

from collections import deque
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sim.policy import Datapoint, Decide, Forecast, Observation, Phases, Scaling
from sim.record import ScalingSource
from sim.scenario.pools import Pool
from sim.units import MINUTE

START = datetime(2026, 9, 1, tzinfo=UTC)


def pool_of(scaling: Sequence[Any] = (), **settings: Any) -> Pool:
    """A pool of `power` instances, of at most 100 user sessions."""
    written = {"bundle": "power", "running_mode": "AlwaysOn", "maximum": 100, **settings}
    return Pool.model_validate({**written, "scaling": list(scaling)})


class Minutes:
    """A pool minute by minute."""

    def __init__(
        self,
        scaling: Sequence[Any] = (),
        *,
        phases: Mapping[int, Phases] | None = None,
        expected: Mapping[int, Forecast] | None = None,
        functions: Mapping[int, Decide] | None = None,
        **settings: Any,
    ) -> None:
        self.pool = pool_of(scaling, **settings)
        self.scaling = Scaling(self.pool, phases=phases, expected=expected, functions=functions)
        self.now = 0
        self.demand = 0
        self._seen: deque[Datapoint] = deque(maxlen=self.scaling.memory_minutes)

    @property
    def target(self) -> int:
        """The target now."""
        return self.scaling.target_with(self.demand)

    @property
    def source(self) -> ScalingSource:
        """Who moved it last."""
        return self.scaling.source

    def minute(
        self,
        *,
        active: int,
        actual: int | None = None,
        pending: int = 0,
        waiting: int = 0,
        refused: int = 0,
    ) -> int:
        """One more minute, and the target after it."""
        self.now += 1
        target = self.target
        there = target if actual is None else actual
        self._seen.append(Datapoint(active, there, pending, waiting, refused))
        self.demand = active + waiting
        self.scaling.minute(
            Observation(
                at=self.now * MINUTE,
                instant=START + timedelta(minutes=self.now),
                minimum=self.scaling.minimum,
                maximum=self.scaling.maximum,
                target=target,
                sessions_per_instance=self.pool.sessions_per_instance,
                minutes=self._seen,
            )
        )
        return self.target

    def minutes(self, count: int, **seen: int) -> list[int]:
        """As many minutes that look alike, and the target after each."""
        return [self.minute(**seen) for _ in range(count)]

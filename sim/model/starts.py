"""How fast desktops can be started: a limit, and starts that slow each other down (L5)."""

import heapq
from collections import defaultdict

from sim.model.bucket import TokenBucket
from sim.scenario.access import StartRate
from sim.units import MINUTE, Millis


class Starts:
    """The limit on starts, and how many desktops of each fleet are starting."""

    def __init__(self, rate: StartRate | None) -> None:
        self._bucket = TokenBucket(rate.per_minute, MINUTE, rate.burst) if rate else None
        self.limited = rate is not None
        """Whether there is a limit."""
        self._starting: defaultdict[str, list[Millis]] = defaultdict(list)

    def allowed(self, at: Millis) -> Millis:
        """Ask for a start; return the instant from which it may be made."""
        return self._bucket.take(at) if self._bucket else at

    def slowed(self, fleet: str, length: Millis, share: float, at: Millis) -> Millis:
        """Length of a start that begins now, longer by a share for each other one under way."""
        under_way = self._starting[fleet]
        while under_way and under_way[0] <= at:
            heapq.heappop(under_way)
        slowed = round(length * (1 + share * len(under_way)))
        heapq.heappush(under_way, at + slowed)
        return slowed

"""How fast desktops can be started: a limit, and starts that slow each other down (L5)."""

import heapq
from collections import defaultdict

from sim.scenario.access import StartRate
from sim.units import MINUTE, Millis


class Starts:
    """A token bucket, and how many desktops of each fleet are starting."""

    def __init__(self, rate: StartRate | None) -> None:
        self._rate = rate
        self._next: Millis = -(2**62)
        """Instant from which the next start is due at the sustained rate."""
        self._parts = 0
        self._starting: defaultdict[str, list[Millis]] = defaultdict(list)

    def allowed(self, at: Millis) -> Millis:
        """Take a token; return the instant from which the start may be made.

        The bucket as a recursion: a start is due one interval after the one before, and may come
        `burst` - 1 intervals early. Intervals are whole milliseconds on average: the remainders of
        the division are carried on.
        """
        if self._rate is None:
            return at
        per_minute = self._rate.per_minute
        early = (self._rate.burst - 1) * MINUTE // per_minute
        begin = max(at, self._next - early)
        if at > self._next:
            self._next, self._parts = at, 0
        whole, rest = divmod(MINUTE + self._parts, per_minute)
        self._next, self._parts = self._next + whole, rest
        return begin

    def slowed(self, fleet: str, length: Millis, share: float, at: Millis) -> Millis:
        """Length of a start that begins now, longer by a share for each other one under way."""
        if not share:
            return length
        under_way = self._starting[fleet]
        while under_way and under_way[0] <= at:
            heapq.heappop(under_way)
        slowed = round(length * (1 + share * len(under_way)))
        heapq.heappush(under_way, at + slowed)
        return slowed

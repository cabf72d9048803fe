"""A token bucket: so many at once, and so many in a time that are sustained."""

from sim.units import Millis


class TokenBucket:
    """Tokens that come one by one, of which a full bucket holds `burst`.

    As a recursion: a token is due one interval after the one before, and may be taken `burst` - 1
    intervals early. Intervals are `time` / `count`, exactly on average: what a division by whole
    milliseconds leaves is carried on.
    """

    def __init__(self, count: int, time: Millis, burst: int) -> None:
        self._count, self._time = count, time
        self._early = (burst - 1) * time // count
        self._due: Millis = -(2**62)
        self._left = 0

    def take(self, at: Millis) -> Millis:
        """Take a token; return the instant from which it may be used, now or later."""
        if at > self._due:
            self._due, self._left = at, 0
        begin = max(at, self._due - self._early)
        whole, self._left = divmod(self._time + self._left, self._count)
        self._due += whole
        return begin

"""Sessions of one user that overlap: which do, and what their union is.

The union ends as the session that ends last. Sessions are half-open, so one that begins at the
instant at which another ends does not overlap it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from sim.workload.streams import Numbers


@dataclass(frozen=True)
class Intentions:
    """Sessions that users intend; arrays of one length."""

    user: NDArray[np.int32]
    arrival: NDArray[np.int64]
    """[ms]"""
    connected: NDArray[np.int64]
    """[ms]"""
    ending: NDArray[np.int8]

    def __len__(self) -> int:
        return len(self.user)

    def take(self, rows: Numbers | NDArray[np.bool_]) -> "Intentions":
        """The rows at these positions, or where a mask is true."""
        return Intentions(
            self.user[rows], self.arrival[rows], self.connected[rows], self.ending[rows]
        )

    @staticmethod
    def concatenate(parts: Sequence["Intentions"]) -> "Intentions":
        """All rows of several parts, in order."""
        return Intentions(
            np.concatenate([np.empty(0, np.int32), *(part.user for part in parts)]),
            np.concatenate([np.empty(0, np.int64), *(part.arrival for part in parts)]),
            np.concatenate([np.empty(0, np.int64), *(part.connected for part in parts)]),
            np.concatenate([np.empty(0, np.int8), *(part.ending for part in parts)]),
        )

    def in_order(self) -> "Intentions":
        """Sorted by user and arrival; rows that tie keep their order."""
        if len(self) == 0:
            return self
        # One key sorts ten times faster than two.
        since = self.arrival - self.arrival.min()
        reach = int(since.max()) + 1
        assert int(self.user.max()) < 2**62 // reach, "a horizon too long to be sorted"
        return self.take(np.argsort(self.user * np.int64(reach) + since, kind="stable"))


def reaching_furthest(sessions: Intentions) -> Numbers:
    """Of each user's rows up to and with this one, the position of the one that ends last.

    `sessions` are sorted by user and arrival; of several that end last, the latest. Same shape.
    """
    end = sessions.arrival + sessions.connected
    if len(end) == 0:
        return np.empty(0, dtype=np.int64)
    # One running maximum for all users: each lives on a stretch of the axis beyond the one before.
    reach = int(end.max()) - int(end.min()) + 1
    place = sessions.user - np.int64(sessions.user[0])
    assert int(place[-1]) < 2**62 // reach, "sessions too long to be compared"
    end += place * reach
    furthest = np.maximum.accumulate(end)
    return np.maximum.accumulate(np.where(end == furthest, np.arange(len(end)), 0))


def overlapping(sessions: Intentions, furthest: Numbers) -> NDArray[np.bool_]:
    """Whether a row begins before all earlier ones of the same user are over."""
    late = np.zeros(len(sessions), dtype=bool)
    before = furthest[:-1]
    over = sessions.arrival[before] + sessions.connected[before]
    late[1:] = (sessions.user[1:] == sessions.user[before]) & (sessions.arrival[1:] < over)
    return late


def unions(sessions: Intentions) -> tuple[Numbers, Numbers]:
    """The positions of the first row and of the one that ends last, of each union of rows."""
    furthest = reaching_furthest(sessions)
    first = np.flatnonzero(~overlapping(sessions, furthest))
    last = np.append(first[1:], len(sessions)) - 1 if len(first) else first
    return first, furthest[last]


def merged(sessions: Intentions) -> Intentions:
    """Unite overlapping sessions of each user; the result is sorted like `sessions`."""
    first, decisive = unions(sessions)
    if len(first) == len(sessions):
        return sessions
    union = sessions.take(first)
    end = sessions.arrival[decisive] + sessions.connected[decisive]
    return replace(union, connected=end - union.arrival, ending=sessions.ending[decisive])

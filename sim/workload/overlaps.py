"""Sessions of one user that overlap: one long session, one after the other, or an error.

`merge` makes their union one session that ends as the one that ends last. `wait` leaves the rows as
they are: the model postpones a session until the one before is over. Sessions are half-open, so one that
begins at the instant at which another ends does not overlap it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from sim.record import NEVER

_TYPES = {
    "user": np.int32,
    "arrival": np.int64,
    "connected": np.int64,
    "ending": np.int8,
    "idle_from": np.int64,
}


@dataclass(frozen=True)
class Intentions:
    """Sessions that users intend, sorted by user and, for each, by arrival; arrays of one length."""

    user: NDArray[np.int32]
    arrival: NDArray[np.int64]
    connected: NDArray[np.int64]
    ending: NDArray[np.int8]
    idle_from: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.user)

    def take(self, rows: NDArray[np.int64] | NDArray[np.bool_]) -> "Intentions":
        """The rows at these positions, or where a mask is true."""
        return Intentions(
            self.user[rows],
            self.arrival[rows],
            self.connected[rows],
            self.ending[rows],
            self.idle_from[rows],
        )

    @classmethod
    def concatenate(cls, parts: Sequence["Intentions"]) -> "Intentions":
        """All rows, in order; emptied columns have the right types."""
        return cls(
            *(
                np.concatenate([np.empty(0, dtype), *(getattr(part, name) for part in parts)])
                for name, dtype in _TYPES.items()
            )
        )


def overlapping(sessions: Intentions) -> NDArray[np.bool_]:
    """Whether a row begins before the same user's earlier sessions are all over."""
    late = np.zeros(len(sessions), dtype=bool)
    if len(sessions) > 1:
        over = _over(sessions)
        same = sessions.user[1:] == sessions.user[:-1]
        late[1:] = same & (sessions.arrival[1:] < over[:-1])
    return late


def merged(sessions: Intentions) -> Intentions:
    """Unite overlapping sessions of each user."""
    late = overlapping(sessions)
    if not late.any():
        return sessions
    first = np.flatnonzero(~late)
    last = np.append(first[1:], len(sessions)) - 1
    # The row that ends last gives the ending; of several the latest.
    ends = sessions.arrival + sessions.connected
    group = np.cumsum(~late) - 1
    order = np.lexsort((np.arange(len(sessions)), ends, group))
    decisive = order[last]
    shift = sessions.arrival[decisive] - sessions.arrival[first]
    idle = sessions.idle_from[decisive]
    return replace(
        sessions.take(first),
        connected=sessions.connected[decisive] + shift,
        ending=sessions.ending[decisive],
        idle_from=np.where(idle == NEVER, NEVER, idle + shift),
    )


def _over(sessions: Intentions) -> NDArray[np.int64]:
    """The instant at which all sessions of the user up to and with this row are over."""
    ends = sessions.arrival + sessions.connected
    # One running maximum for all users: each lives on a stretch of the axis beyond the one before.
    reach = int(ends.max()) - int(sessions.arrival.min()) + 1
    place = sessions.user.astype(np.int64) - int(sessions.user[0])
    assert int(place[-1]) * reach < 2**62, "sessions last too long to be compared"
    return np.maximum.accumulate(ends + place * reach) - place * reach

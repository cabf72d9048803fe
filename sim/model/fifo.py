"""A FIFO line before parallel servers, as a recursion instead of a queue.

The k-th customer starts when it has arrived and a server is free: with the times at which the
servers become free in a heap, that is one comparison per customer. No queue is kept, nobody
waits in it, and the result is exact. Customers must be offered in order of arrival.
"""

import heapq

import numpy as np
from numpy.typing import NDArray

from sim.units import Millis

CHUNK = 1 << 16
"""Customers held as plain numbers at once; a list of them takes ten times the room of an array."""


class Line:
    """Parallel servers with one line, first come first served."""

    def __init__(self, servers: int) -> None:
        self._free: list[Millis] = [-(2**62)] * servers

    def begin(self, arrival: Millis, service: Millis) -> Millis:
        """Serve the next customer; return the instant at which its service begins [ms]."""
        begin = max(arrival, self._free[0])
        heapq.heapreplace(self._free, begin + service)
        return begin


def waits(
    arrival: NDArray[np.int64], service: NDArray[np.int64], servers: int
) -> NDArray[np.int64]:
    """Waiting time [ms] of each customer, for all customers in order of arrival at once."""
    if servers == 1:
        # begin_k = max over j <= k of (arrival_j + services of j .. k-1): a running maximum.
        before = np.cumsum(service) - service
        begins: NDArray[np.int64] = np.maximum.accumulate(arrival - before) + before
        return begins - arrival
    free = [-(2**62)] * servers
    found = np.empty_like(arrival)
    for first in range(0, len(arrival), CHUNK):
        chunk = slice(first, first + CHUNK)
        served: list[Millis] = []
        for at, length in zip(arrival[chunk].tolist(), service[chunk].tolist(), strict=True):
            begin = max(at, free[0])
            served.append(begin)
            heapq.heapreplace(free, begin + length)
        found[chunk] = served
    return found - arrival

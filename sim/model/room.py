"""Which instance in use has a place left, without looking at all of them (P5.4)."""

import heapq

from sim.model.instances import Instance


class Room:
    """Instances with some places taken and some left, by how many are taken.

    What is listed may have gone on since; it is struck off when it comes first.
    """

    def __init__(self, places: int, *, fullest: bool) -> None:
        taken = range(1, places)
        self._levels: dict[int, list[tuple[int, Instance]]] = {
            level: [] for level in (reversed(taken) if fullest else taken)
        }
        self._listed: set[tuple[int, int]] = set()

    def note(self, instance: Instance) -> None:
        """Another number of its places is taken than before."""
        level = self._levels.get(instance.sessions)
        key = (instance.sessions, instance.number)
        if level is not None and key not in self._listed:
            self._listed.add(key)
            heapq.heappush(level, (instance.number, instance))

    def first(self) -> Instance | None:
        """The fullest one, or the emptiest; ties to the lower number."""
        for taken, level in self._levels.items():
            while level:
                number, instance = level[0]
                if instance.sessions == taken and instance.terminated is None:
                    return instance
                heapq.heappop(level)
                self._listed.remove((taken, number))
        return None

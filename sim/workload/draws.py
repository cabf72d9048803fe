"""The random numbers of one population on one day, by purpose."""

from dataclasses import dataclass

from sim.scenario.schema import Scenario
from sim.workload.calendars import LocalDay
from sim.workload.streams import Numbers, Stream, Uniforms


class Streams:
    """The streams of one population, each made when it is first asked for.

    A twin has those of the population that it is a twin of.
    """

    def __init__(self, scenario: Scenario, replication: int, population: str) -> None:
        self._root = (scenario.seed, replication)
        described = scenario.populations.get(population)
        self._whose = (described and described.twin_of) or population
        self._streams: dict[str, Stream] = {}

    def __getitem__(self, purpose: str) -> Stream:
        """The stream `purpose/population`, or `purpose/twin_of`."""
        if purpose not in self._streams:
            self._streams[purpose] = Stream(*self._root, f"{purpose}/{self._whose}")
        return self._streams[purpose]


@dataclass(frozen=True)
class Today:
    """One local day of a population, and what chance brings on it."""

    day: LocalDay
    streams: Streams

    def of_users(self, purpose: str, users: Numbers, ordinal: int = 0) -> Uniforms:
        """One number for each user, for the ordinal-th time on this day."""
        return self.streams[purpose].at(users, day=self.day.number, ordinal=ordinal)

    def of_all(self, purpose: str) -> float:
        """One number for the whole population."""
        return float(self.streams[purpose].uniforms(1, day=self.day.number)[0])

"""The streams of one population, by purpose, and the days on which they are read."""

from sim.scenario.schema import Scenario
from sim.workload.calendars import LocalDay
from sim.workload.streams import Numbers, Stream, Uniforms


class Draws:
    """All random numbers of one population; a stream is made when it is first asked for."""

    def __init__(self, scenario: Scenario, replication: int, population: str) -> None:
        self._seed, self._replication = scenario.seed, replication
        self._population = population
        self._streams: dict[str, Stream] = {}

    def stream(self, purpose: str) -> Stream:
        """The stream `purpose/population`."""
        if purpose not in self._streams:
            name = f"{purpose}/{self._population}"
            self._streams[purpose] = Stream(self._seed, self._replication, name)
        return self._streams[purpose]

    def of_users(
        self, purpose: str, users: Numbers, day: LocalDay, ordinal: int = 0
    ) -> Uniforms:
        """One number for each user, on a day, for the ordinal-th time."""
        return self.stream(purpose).at(users, day=day.number, ordinal=ordinal)

    def of_day(self, purpose: str, day: LocalDay) -> Uniforms:
        """One number for the whole population on a day; shape (1,)."""
        return self.stream(purpose).uniforms(1, day=day.number)

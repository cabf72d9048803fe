"""Where a recorded plan is, and whose: of everybody, or of one population among others."""

from dataclasses import dataclass
from typing import Literal

from sim.scenario.schema import Scenario
from sim.scenario.workload import Replay


@dataclass(frozen=True)
class Recording:
    """The files of a plan, and what holds for those who are in it."""

    sessions: str
    users: str | None
    overlap: Literal["merge", "wait", "refuse"]
    fleet: str | None
    """Fleet of users of whom nothing else says it."""
    population: str | None = None
    """The only population whose users count; None: everybody's do."""

    @staticmethod
    def of_everybody(replay: Replay) -> "Recording":
        """What a scenario's `replay` section says."""
        return Recording(replay.sessions, replay.users, replay.overlap, replay.fleet)

    @staticmethod
    def of_population(scenario: Scenario, name: str) -> "Recording":
        """What the `workload` of one population says; it must say something."""
        people = scenario.populations[name]
        assert people.workload is not None, "a population that replays a plan"
        files = people.workload
        return Recording(files.replay, files.users, people.overlap, people.fleet, name)

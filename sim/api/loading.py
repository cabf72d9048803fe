"""Scenarios ready to run: read from their file, checked against their prices, known by a hash."""

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from sim import scenario as files
from sim.api.priced import price_problems
from sim.pricing import PriceBook, scenario_book
from sim.scenario import Origin, Problem, Resolved, ScenarioError, load_scenario
from sim.scenario.errors import dotted
from sim.scenario.resolved import scenario_hash
from sim.units import format_duration

if TYPE_CHECKING:
    from sim.workload import Workload


@dataclass(frozen=True, repr=False)
class Scenario:
    """A scenario that was read from its file: what to run.

    `spec` is the frozen tree of settings (`scenario.spec.fleets["staff"].bundle`). Nothing in a
    scenario changes; `with_overrides` makes another one.
    """

    resolved: Resolved
    """The settings, and where each was written."""
    overrides: tuple[str, ...] = ()
    """Settings laid over the file, in order."""

    @property
    def spec(self) -> files.Scenario:
        """The settings."""
        return self.resolved.scenario

    def workload(self, replication: int = 0) -> "Workload":
        """The users and their plan, drawn or replayed.

        Raises:
            ScenarioError: with everything in calendars, profiles or plans that is wrong.
        """
        from sim.workload import make_workload, workload_problems

        try:
            return make_workload(self.spec, replication)
        except ScenarioError as error:
            problems = workload_problems(self.spec) or error.problems
            raise ScenarioError(placed(self.resolved, problems)) from None

    @property
    def name(self) -> str:
        """Name of the scenario; results go to a folder of this name."""
        return self.spec.name

    @cached_property
    def hash(self) -> str:
        """SHA-256 of everything a result depends on.

        That is the settings, and the contents of the files they name, wherever these are. Two
        scenarios of one hash give the same results.
        """
        return scenario_hash(self.resolved)

    @cached_property
    def prices(self) -> PriceBook:
        """The price book, overlaid with the prices that the scenario brings along."""
        return scenario_book(self.spec.prices)

    def with_overrides(self, *overrides: str) -> "Scenario":
        """The same file with more settings laid over it: `"fleets.office.autostop_timeout=2 h"`.

        Raises:
            ScenarioError: with everything that is wrong with them.
        """
        return load(self.resolved.file, (*self.overrides, *overrides))

    def __repr__(self) -> str:
        return f"<Scenario {self.name}: {self._people()}, {period(self.spec)}>"

    def _repr_html_(self) -> str:
        from sim.api.cards import scenario_card

        return scenario_card(self)

    def _people(self) -> str:
        if self.spec.replay is not None:
            return "a recorded plan"
        users = sum(population.users for population in self.spec.populations.values())
        return f"{users:,} users"


def load(path: str | os.PathLike[str], overrides: Sequence[str] = ()) -> Scenario:
    """Load a scenario file with all that it extends, and check that everything has a price.

    Args:
        path: the file.
        overrides: settings laid over it in order, such as `fleets.office.bundle=power`.

    Raises:
        ScenarioError: with everything that is wrong, one `file:line:column: path: message` each.
    """
    scenario = read(path, overrides)
    if problems := price_problems(scenario.resolved):
        raise ScenarioError(problems)
    return scenario


def read(path: str | os.PathLike[str], overrides: Sequence[str] = ()) -> Scenario:
    """Load a scenario file, whether or not everything in it has a price.

    Raises:
        ScenarioError: with everything else that is wrong.
    """
    return Scenario(load_scenario(path, overrides), tuple(overrides))


def check(path: str | os.PathLike[str], overrides: Sequence[str] = ()) -> Scenario:
    """Load a scenario and everything it names: prices, calendars, and a plan to replay row by row.

    Raises:
        ScenarioError: with everything that is wrong.
    """
    from sim.workload import workload_problems

    scenario = read(path, overrides)
    problems = price_problems(scenario.resolved)
    problems += placed(scenario.resolved, workload_problems(scenario.spec))
    if problems:
        raise ScenarioError(problems)
    return scenario


def placed(resolved: Resolved, problems: Iterable[Problem]) -> Iterator[Problem]:
    """Problems that know their setting but not where it is written, with their places."""
    places = {dotted(path): origin for path, origin in resolved.origins.items()}
    for problem in problems:
        setting = problem.path
        while setting and setting not in places:
            setting = setting.rpartition(".")[0]
        origin = Origin(*problem[:3]) if problem.file else places[setting]
        yield Problem(*origin, problem.path, problem.message)


def period(spec: files.Scenario) -> str:
    """The measured time in words: `2026-09-01 to 2026-12-01` (UTC, the end not included)."""
    begin, end = (spec.calendar.isoformat(at) for at in (0, spec.end))
    midnight = "T00:00:00Z"
    if begin.endswith(midnight) and end.endswith(midnight):
        begin, end = begin.removesuffix(midnight), end.removesuffix(midnight)
    return f"{begin} to {end}"


def length(spec: files.Scenario) -> str:
    """The length of the measured time: `3 months`, or a duration such as `2 w`."""
    months = getattr(spec.horizon, "months", None)
    if months is None:
        return format_duration(spec.end)
    return f"{months} month{'s' * (months != 1)}"

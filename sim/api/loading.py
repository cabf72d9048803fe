"""Scenarios ready to run: read from their file, checked against their prices, known by a hash."""

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

from sim import scenario as files
from sim.api.contents import CHANGED, changes, contents
from sim.api.priced import price_problems
from sim.pricing import PriceBook, scenario_book
from sim.scenario import Origin, Problem, Resolved, ScenarioError, load_scenario
from sim.scenario.changes import as_overrides
from sim.scenario.errors import dotted
from sim.scenario.resolved import scenario_hash
from sim.units import format_duration

if TYPE_CHECKING:
    from sim.workload import Workload


BOOK = ("prices", "book")
"""The setting that names the price book."""


@dataclass(frozen=True, repr=False)
class Scenario:
    """A scenario that was read from its file: what to run.

    `spec` is the frozen tree of settings (`scenario.spec.fleets["staff"].bundle`). Nothing in a
    scenario changes; `with_` makes another one.
    """

    resolved: Resolved
    """The settings, and where each was written."""
    overrides: tuple[str, ...]
    """Settings laid over the file, in order."""
    hash: str
    """SHA-256 of everything a result depends on, as it was when the scenario was loaded.

    That is the settings, and the contents of the files they name, wherever these are. Two scenarios
    of one hash give the same results.
    """
    held: Mapping[str, str] = field(compare=False)
    """SHA-256 of each file that the settings name, by path."""

    @property
    def spec(self) -> files.Scenario:
        """The settings."""
        return self.resolved.scenario

    def workload(self, replication: int = 0) -> "Workload":
        """The users and their plan, drawn or replayed.

        Raises:
            ScenarioError: with everything in calendars, profiles or plans that is wrong, or that
                has changed since the scenario was loaded.
        """
        from sim.workload import make_workload, workload_problems

        try:
            workload = make_workload(self.spec, replication)
        except ScenarioError as error:
            problems = workload_problems(self.spec) or error.problems
            raise ScenarioError(placed(self.resolved, problems)) from None
        self._refuse(changes(self.held, self._tables()))
        return workload

    @property
    def name(self) -> str:
        """Name of the scenario; results go to a folder of this name."""
        return self.spec.name

    @cached_property
    def prices(self) -> PriceBook:
        """The price book, overlaid with the prices that the scenario brings along.

        Raises:
            PriceBookError: when that is no price book.
            ScenarioError: when it has changed since the scenario was loaded.
        """
        book = scenario_book(self.spec.prices)
        self._refuse(changes(self.held, [self.spec.prices.book]))
        return book

    def with_(self, /, **settings: object) -> "Scenario":
        """The same scenario with other settings: `with_(seed=8, horizon={"months": 1})`.

        Names with dots are given as `**{"fleets.office.autostop_timeout": "2 h"}`. Mappings merge
        with what is there, lists and values replace it, None deletes it.

        Raises:
            ScenarioError: as `with_overrides`, and with every name that is not one of a setting.
            TypeError: for a value that no scenario file can hold.
        """
        return self.with_overrides(*as_overrides(settings, len(self.overrides)))

    def with_overrides(self, *overrides: str) -> "Scenario":
        """The same with settings as the command line has them: `"fleets.office.bundle=power"`.

        Raises:
            ScenarioError: with everything that is wrong with them, or when the files no longer say
                what they said when this scenario was loaded.
        """
        file = self.resolved.file
        changed = Problem.at(Origin(str(file), 1, 1), (), CHANGED)
        try:
            return load(file, (*self.overrides, *overrides))
        finally:
            # Afterwards, so that no edit falls between the two readings.
            if read(file, self.overrides).hash != self.hash:
                raise ScenarioError([changed])

    def with_book(self, path: str | os.PathLike[str]) -> "Scenario":
        """The same scenario with another price book; nothing else is read again.

        Raises:
            ScenarioError: when there is no such book, it lacks a price that the scenario needs, or
                another file that the scenario names has changed since it was loaded.
        """
        book = os.path.abspath(path)  # noqa: PTH100 - keeps links, unlike `resolve`
        setting = f"prices.book={json.dumps(book, ensure_ascii=False)}"
        at = Origin(f"--set[{len(self.overrides)}]", 1, len("prices.book=") + 1)
        if not os.path.isfile(book):  # noqa: PTH113 - false for what cannot be a path at all
            message = f"expected a file, found none at '{path}'"
            raise ScenarioError([Problem.at(at, BOOK, message)])
        self._refuse(changes(self.held, self._tables()))
        prices = self.spec.prices.model_copy(update={"book": book})
        other = known(
            replace(
                self.resolved,
                scenario=self.spec.model_copy(update={"prices": prices}),
                origins={**self.resolved.origins, BOOK: at},
            ),
            (*self.overrides, setting),
        )
        self._refuse(price_problems(other))
        return other

    def _tables(self) -> list[str]:
        """The files that the settings name, without the price book, which is in memory."""
        return [file for file in self.held if file != self.spec.prices.book]

    @staticmethod
    def _refuse(problems: Iterable[Problem]) -> None:
        if found := list(problems):
            raise ScenarioError(found)

    def __repr__(self) -> str:
        pools = len(self.spec.pools)
        shared = f", {pools} pool{'s' * (pools > 1)}" if pools else ""
        return f"<Scenario {self.name}: {self._people()}{shared}, {period(self.spec)}>"

    def _repr_html_(self) -> str:
        from sim.api.cards import scenario_card

        return scenario_card(self)

    def _people(self) -> str:
        populations = self.spec.populations.values()
        if self.spec.replay is not None or any(one.workload for one in populations):
            return "a recorded plan"
        users = sum(population.users for population in populations)
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
    if problems := price_problems(scenario):
        raise ScenarioError(problems)
    return scenario


def read(path: str | os.PathLike[str], overrides: Sequence[str] = ()) -> Scenario:
    """Load a scenario file, whether or not everything in it has a price.

    Raises:
        ScenarioError: with everything else that is wrong.
    """
    return known(load_scenario(path, overrides), tuple(overrides))


def known(resolved: Resolved, overrides: tuple[str, ...]) -> Scenario:
    """A scenario with the hashes of what it is made of."""
    return Scenario(resolved, overrides, scenario_hash(resolved), contents(resolved.scenario))


def check(path: str | os.PathLike[str], overrides: Sequence[str] = ()) -> Scenario:
    """Load a scenario and everything it names: prices, calendars, and a plan to replay row by row.

    Raises:
        ScenarioError: with everything that is wrong.
    """
    return checked(read(path, overrides))


def checked(scenario: Scenario) -> Scenario:
    """The same scenario, when everything that it names is right.

    Raises:
        ScenarioError: with everything that is wrong.
    """
    from sim.workload import workload_problems

    problems = price_problems(scenario)
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

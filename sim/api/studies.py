"""Many independent runs of one scenario, and what they say together.

    study = sim.replicate("scenarios/zone-loss.yaml", replications=30)
    study.estimates            # a DataFrame: each measure with its interval
    study.quantiles            # what a month may come to: P10, P50, P90, P95 over the runs

Replication k of a scenario is the same whoever runs it and whatever runs beside it, so more runs
can be added to a study, and two scenarios meet the same people in it.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim import __version__
from sim.api.folder import ESTIMATES, OBSERVATIONS, STUDY
from sim.api.loading import Scenario, period
from sim.api.observing import observations, observe
from sim.api.results import Run
from sim.api.running import replayed, run, to_be_run
from sim.report.estimates import estimate_text, interval_text, value_text, warnings
from sim.storage import write_table, write_text
from sim.study.estimation import estimate, keys_of, quantiles
from sim.study.execution import Executor, Failed, Processes, Task
from sim.study.observations import Measure, Observation, Observations, parted
from sim.study.statistics import Estimate, Stopping
from sim.study.statistics.estimates import LEVEL

if TYPE_CHECKING:
    import pandas as pd

SCHEMA = "desksim/study/1"
"""Name and version of the document. New fields may join it; a changed one makes a new version."""

WATCHED = ("cost", "wait_mean_s", "delivered_minutes")
"""Measures that are to be known to the asked precision, unless others are named."""

Progress = Callable[[str, float], None]


class StudyError(RuntimeError):
    """A run of a study failed."""


class Study:
    """What many replications of a scenario say about each measure."""

    def __init__(
        self,
        scenario: Scenario,
        runs: Sequence[Observations],
        *,
        level: float = LEVEL,
        first: Run | None = None,
        rule: str = "",
    ) -> None:
        self.scenario = scenario
        self.runs = list(runs)
        """Observations of each replication, from 0."""
        self.level = level
        """How often an interval contains the truth."""
        self.first = first
        """Replication 0 in full."""
        self.rule = rule
        """When it was to stop, in words; empty where the number of runs was asked for."""

    @property
    def keys(self) -> list[str]:
        """The measures: `cost`, `wait_p95_s[office]`."""
        return keys_of(self.runs)

    def estimate(self, measure: str, fleet: str = "") -> Estimate:
        """One measure, over all or of one fleet or pool.

        Raises:
            KeyError: when no run says anything about it.
        """
        key = f"{measure}[{fleet}]" if fleet else measure
        if key not in self.keys:
            raise KeyError(key)
        return self._estimates[key]

    def of(self, fleet: str = "") -> Iterator[tuple[Measure, Estimate]]:
        """Measures and estimates of all together, or of one fleet or pool, as they are reported."""
        for key, found in self._estimates.items():
            measure, scope = parted(key)
            if scope == fleet:
                yield measure, found

    @cached_property
    def _estimates(self) -> dict[str, Estimate]:
        return {key: estimate(self.runs, key, level=self.level) for key in self.keys}

    # --- tables

    @property
    def estimates(self) -> "pd.DataFrame":
        """A row for each measure: `measure`, `fleet`, `value`, `low`, `high`, `n`, `unit`, ..."""
        import pandas as pd

        return pd.DataFrame([_row(key, found) for key, found in self._estimates.items()])

    @property
    def quantiles(self) -> "pd.DataFrame":
        """A row for each percent of each cost: what a run may come to, over the runs."""
        import pandas as pd

        return pd.DataFrame(self._quantiles())

    def _quantiles(self) -> list[dict[str, Any]]:
        return [
            {"percent": percent, **_row(key, found)}
            for key in self.keys
            if parted(key)[0].name == "cost"
            for percent, found in quantiles(self.runs, key, level=self.level).items()
        ]

    @property
    def observations(self) -> "pd.DataFrame":
        """A row for each measure of each run: `replication`, `measure`, `fleet`, `value`, ..."""
        import pandas as pd

        rows = [
            {
                "replication": number,
                "measure": parted(key)[0].name,
                "fleet": parted(key)[1],
                "numerator": str(found.numerator),
                "denominator": str(found.denominator),
                "value": found.value,
            }
            for number, one in enumerate(self.runs)
            for key, found in one.items()
        ]
        return pd.DataFrame(rows)

    # --- the answer

    @property
    def basis(self) -> str:
        """What the numbers rest on."""
        n = len(self.runs)
        runs = "one run, no interval" if n == 1 else f"{n} runs, {self.level * 100:g} % intervals"
        return f"{runs} ({self.rule})" if self.rule else runs

    def answer(self) -> list[str]:
        """The answer in sentences, each with its interval."""
        cost = "cost_per_month" if "cost_per_month" in self.keys else "cost"
        when = "a month" if cost == "cost_per_month" else f"from {period(self.scenario.spec)}"
        told = [f"{self.scenario.name}: {self._told(cost)} {when}, over {self.basis}."]
        people = [
            f"{words} {self._told(key)}"
            for key, words in (
                ("wait_p50_s", "half of the people wait at most"),
                ("wait_p95_s", "95 % at most"),
            )
            if key in self.keys
        ]
        if people:
            told.append(f"{', '.join(people)}.".capitalize())
        if "delivered_minutes" in self.keys:
            told.append(f"Of the planned work {self._told('delivered_minutes')} is delivered.")
        return told + [f"Mind: {text}." for text in self._warnings(cost)]

    def _told(self, key: str) -> str:
        return estimate_text(self._estimates[key], parted(key)[0])

    def _warnings(self, cost: str) -> list[str]:
        found = [
            f"{parted(key)[0].words}: {text}"
            for key in (cost, "wait_p50_s", "wait_p95_s", "delivered_minutes")
            if key in self.keys
            for text in warnings(self._estimates[key])
        ]
        return list(dict.fromkeys(found))

    @cached_property
    def summary(self) -> dict[str, Any]:
        """The document that outlives the program: `study.json`."""
        spec = self.scenario.spec
        return {
            "schema": SCHEMA,
            "scenario": {
                "name": spec.name,
                "description": spec.description,
                "hash": self.scenario.hash,
                "start": spec.calendar.isoformat(0),
                "end": spec.calendar.isoformat(spec.end),
            },
            "provenance": {
                "desksim": __version__,
                "seed": spec.seed,
                "replications": len(self.runs),
                "prices": {
                    "book": self.scenario.prices.name,
                    "as_of": self.scenario.prices.as_of,
                    "supplied": sorted(spec.prices.add),
                },
            },
            "basis": self.basis,
            "answer": self.answer(),
            "estimates": [_plain(_row(key, found)) for key, found in self._estimates.items()],
            "quantiles": [_plain(row) for row in self._quantiles()],
        }

    def write(self, folder: str | PathLike[str]) -> Path:
        """Write the first run in full to a folder, and the study beside it.

        Raises:
            FileExistsError: when the folder holds something that no run has written.
            OSError: as one sentence, when the system refuses.
        """
        assert self.first is not None
        self.first.write(folder)
        self.fill(Path(folder))
        return Path(folder)

    def fill(self, folder: Path) -> None:
        """Write what the study says beside its first run; `study.json` last."""
        write_table(folder / OBSERVATIONS, self.observations)
        write_table(folder / ESTIMATES, self.estimates)
        text = json.dumps(self.summary, indent=2, ensure_ascii=False)
        write_text(folder / STUDY, text + "\n")

    def __repr__(self) -> str:
        cost = self._estimates["cost"]
        return (
            f"<Study {self.scenario.name}: {estimate_text(cost, parted('cost')[0])}, {self.basis}>"
        )

    def _repr_html_(self) -> str:
        from sim.api.cards import study_card

        return study_card(self)


def replicate(
    scenario: Scenario | str | PathLike[str],
    replications: int | None = None,
    *,
    until: float | None = None,
    measures: Sequence[str] = WATCHED,
    least: int = 20,
    most: int = 1000,
    level: float = LEVEL,
    overrides: Sequence[str] = (),
    executor: Executor | None = None,
    facts: bool = True,
    out: str | PathLike[str] | None = None,
    plan: str | PathLike[str] | None = None,
    users: str | PathLike[str] | None = None,
    progress: Progress | None = None,
) -> Study:
    """Run a scenario many times, and estimate each measure with an interval.

    Args:
        scenario: a loaded scenario, or the path of a scenario file.
        replications: how many runs; by default what the scenario asks for.
        until: or until the half-width of the watched measures is at most this part of the truth,
            such as 0.02 (`sim.study.statistics.Stopping`).
        measures: those to watch; what no run says anything about is not waited for.
        least: runs at least, with `until`.
        most: runs at most, with `until`.
        level: how often an interval contains the truth.
        overrides: settings laid over the scenario.
        executor: where the runs are done; by default on all cores of this machine. More workers
            change no bit of the result.
        facts: keep the fact tables of the first run; the others are observed and forgotten.
        out: write everything to this folder, with the first run in full.
        plan: replay this plan in place of the scenario's populations.
        users: the users of that plan.
        progress: told what is being done and how far it is.

    Raises:
        ScenarioError: with everything that is wrong with the files and overrides.
        StudyError: when a run fails.
        ValueError: when both `replications` and `until` are given.
    """
    if until is not None and replications is not None:
        raise ValueError("expected replications or until, got both")
    chosen = to_be_run(scenario, (*overrides, *replayed(plan, users)))
    stopping = None if until is None else Stopping(until, least=least, most=most)
    wanted = Wanted(replications or chosen.spec.replications, stopping, tuple(measures), level)
    tell = progress or (lambda _what, _share: None)
    first = run(chosen, facts=facts, out=out, progress=tell)
    runs = wanted.runs(chosen, first, executor, lambda share: tell("replicating", share))
    study = Study(chosen, runs, level=level, first=first, rule=wanted.rule(len(runs)))
    if out is not None:
        study.fill(Path(out))
    return study


@dataclass(frozen=True)
class Wanted:
    """How many runs: so many, or until an estimate is precise."""

    replications: int
    stopping: Stopping | None
    measures: tuple[str, ...]
    level: float

    def rule(self, n: int) -> str:
        """What ended it after n runs, in words; empty where the number was asked for."""
        if self.stopping is None:
            return ""
        what = f"half-widths of at most {self.stopping.relative * 100:g} %"
        return f"until {what}" if n < self.stopping.most else f"{what} not reached"

    def runs(
        self,
        scenario: Scenario,
        first: Run,
        executor: Executor | None,
        tell: Callable[[float], None],
    ) -> list[Observations]:
        """Observations of each replication, the first of which is there already."""
        runs: list[Observations] = [observations(first)]
        while True:
            upto = self.stopping.upto(len(runs)) if self.stopping else self.replications
            runs += replicated(scenario, range(len(runs), upto), executor, tell)
            if self.stopping is None:
                return runs
            known = set(keys_of(runs))
            watched = [
                estimate(runs, key, level=self.level) for key in self.measures if key in known
            ]
            if self.stopping.verdict(len(runs), watched) != "go on":
                return runs


def replicated(
    scenario: Scenario,
    replications: Sequence[int],
    executor: Executor | None,
    tell: Callable[[float], None],
) -> list[Observations]:
    """Observations of some replications, in their order, wherever they are run.

    Raises:
        StudyError: when one of them fails.
    """
    tasks = [Task(f"{number:06d}", (scenario, number)) for number in replications]
    found: dict[str, Observations] = {}
    where = executor or Processes()
    for outcome in where.outcomes(observed, tasks):
        if isinstance(outcome, Failed):
            raise StudyError(f"replication {int(outcome.key)} failed: {outcome.message}")
        found[outcome.key] = told(outcome.result)
        tell(len(found) / len(tasks))
    return [found[task.key] for task in tasks]


def observed(argument: tuple[Scenario, int]) -> dict[str, list[str]]:
    """One run in some process, as text: numerator and denominator of each measure."""
    found = observe(*argument)
    return {key: [str(one.numerator), str(one.denominator)] for key, one in found.items()}


def told(result: dict[str, list[str]]) -> Observations:
    """Observations from their text."""
    return {key: Observation(*map(Decimal, parts)) for key, parts in result.items()}


def _row(key: str, found: Estimate) -> dict[str, Any]:
    measure, fleet = parted(key)
    return {
        "measure": measure.name,
        "fleet": fleet,
        "value": found.value,
        "low": found.low,
        "high": found.high,
        "unit": measure.unit,
        "n": found.n,
        "level": found.level,
        "method": found.method,
        "notes": "; ".join(note.text for note in found.notes),
        "text": f"{value_text(found, measure)} ({interval_text(found, measure)})",
    }


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    """Without what no JSON has."""
    return {key: None if value != value else value for key, value in row.items()}  # noqa: PLR0124

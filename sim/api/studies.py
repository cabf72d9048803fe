"""Many independent runs of one scenario, and what they say together.

    study = sim.replicate("scenarios/zone-loss.yaml", replications=30)
    study.estimates            # a DataFrame: each measure with its interval
    study.quantiles            # what a month may come to: P10, P50, P90, P95 over the runs

Replication k of a scenario is the same whoever runs it and whatever runs beside it, so more runs
can be added to a study, and two scenarios meet the same people in it.
"""

import json
from collections.abc import Iterator, Sequence
from functools import cached_property
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from sim import __version__
from sim.api.folder import ESTIMATES, OBSERVATIONS, STUDY
from sim.api.loading import Scenario, period
from sim.api.replicating import WATCHED, Wanted
from sim.api.results import Run
from sim.api.running import Progress, replayed, running, to_be_run
from sim.api.swings import swung
from sim.report.estimates import estimate_row, estimate_text, warnings
from sim.storage import write_table, write_text
from sim.study.estimation import estimate, keys_of, quantiles
from sim.study.execution import Executor, refuse_to_begin_again
from sim.study.observations import Measure, Observations, keyed, parted, words_of
from sim.study.statistics import Estimate, Stopping
from sim.study.statistics.estimates import LEVEL

if TYPE_CHECKING:
    import pandas as pd

SCHEMA = "desksim/study/1"
"""Name and version of the document. New fields may join it; a changed one makes a new version."""


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
        """What ended it, as a clause; empty where the number of runs was asked for."""

    @property
    def keys(self) -> list[str]:
        """The measures: `cost`, `wait_p95_s[office]`."""
        return keys_of(self.runs)

    def estimate(self, measure: str, fleet: str = "") -> Estimate:
        """One measure, over all or of one fleet or pool.

        Raises:
            KeyError: when no run says anything about it.
        """
        key = keyed(measure, fleet)
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

        return pd.DataFrame(self._rows())

    def _rows(self) -> list[dict[str, Any]]:
        return [estimate_row(key, found) for key, found in self._estimates.items()]

    @property
    def quantiles(self) -> "pd.DataFrame":
        """A row for each percent of each cost: what a run may come to, over the runs."""
        import pandas as pd

        return pd.DataFrame(self._quantiles())

    def _quantiles(self) -> list[dict[str, Any]]:
        return [
            {"percent": percent, **estimate_row(key, found)}
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
        runs = f"{len(self.runs)} runs" if len(self.runs) > 1 else "one run"
        told = [f"{self.scenario.name}: {self._told(cost)} {when}, over {runs}."]
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
        told += [f"{self.rule[0].upper()}{self.rule[1:]}."] if self.rule else []
        return told + [f"Mind: {text}." for text in self._warnings(cost)]

    def _told(self, key: str) -> str:
        return estimate_text(self._estimates[key], parted(key)[0])

    def _warnings(self, cost: str) -> list[str]:
        said = [
            key
            for key in (cost, "wait_p50_s", "wait_p95_s", "delivered_minutes")
            if key in self.keys and warnings(self._estimates[key])
        ]
        skewed = [words_of(key) for key in said if self._estimates[key].has("skewed")]
        if not skewed:
            return []
        level = f"{self.level * 100:g} %"
        few = "the runs are few and skewed: their intervals may cover less often than"
        return [f"in {', '.join(skewed)} {few} {level}"]

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
            "estimates": [
                _plain(estimate_row(key, found)) for key, found in self._estimates.items()
            ],
            "quantiles": [_plain(row) for row in self._quantiles()],
        }

    def write(self, folder: str | PathLike[str]) -> Path:
        """Write the first run in full to a folder, and the study beside it.

        Raises:
            FileExistsError: when the folder holds something that no run has written.
            OSError: as one sentence, when the system refuses.
        """
        assert self.first is not None
        return self.first.write(folder)

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
    facts: bool | Literal["all"] = True,
    out: str | PathLike[str] | None = None,
    plan: str | PathLike[str] | None = None,
    users: str | PathLike[str] | None = None,
    swings: bool = False,
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
        facts: keep the fact tables of the first run; `"all"` also writes each other run in full to
            a folder of its own in `out`, `replication-0001`, ...
        out: write everything to this folder, with the first run in full.
        plan: replay this plan in place of the scenario's populations.
        users: the users of that plan.
        swings: also run it as often with each assumption lower and higher, as `first.swings`.
        progress: told what is being done and how far it is.

    Raises:
        ScenarioError: with everything that is wrong with the files and overrides.
        ResultError: when a measure is to be watched that there is not.
        StudyError: when a run fails.
        FileExistsError: when `out` holds something that no run has written.
        OSError: as one sentence, when the system refuses to write.
        ValueError: when both `replications` and `until` are given.
    """
    refuse_to_begin_again()
    if until is not None and replications is not None:
        raise ValueError("expected replications or until, got both")
    if facts == "all" and out is None:
        raise ValueError("expected a folder for the facts of all runs, got none")
    chosen = to_be_run(scenario, (*overrides, *replayed(plan, users)))
    stopping = None if until is None else Stopping(until, least=least, most=most)
    wanted = Wanted(chosen, replications or chosen.spec.replications, stopping, measures, level)
    tell = progress or (lambda _what, _share: None)
    with running(chosen, 0, facts=bool(facts), out=out, tell=tell) as (first, folder):
        runs, rule = wanted.runs(first, executor, tell, folder if facts == "all" else None)
        study = Study(chosen, runs, level=level, first=first, rule=rule)
        first.study = study
        if swings:
            base = dict(enumerate(runs))
            first.swings = swung(chosen, base, executor=executor, tell=tell)
    return study


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    """Without what no JSON has."""
    return {key: None if value != value else value for key, value in row.items()}  # noqa: PLR0124

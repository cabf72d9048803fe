"""Scenarios held against each other: the same people in each, run by run.

    found = sim.compare("scenarios/zone-loss.yaml", "scenarios/zone-loss-with-recovery.yaml")
    found.differences          # a DataFrame: each measure of each other scenario less the first's
    found.bridge()             # what of the difference in cost is due to what

All are run with the seed of the first, so replication k brings the same people at the same instants
to each of them, and what is the same in both goes away when one is subtracted from the other.
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
from sim.api.errors import ResultError
from sim.api.loading import Scenario, length, period
from sim.api.replicating import replicated
from sim.api.running import Progress, to_be_run
from sim.api.studies import Study
from sim.report.estimates import difference_text, interval_text, value_text, warnings
from sim.scenario import ScenarioError
from sim.scenario.differences import Difference as Setting
from sim.scenario.differences import differences as settings_of
from sim.storage import replace_folder, write_table, write_text
from sim.study.bridge import steps
from sim.study.estimation import difference
from sim.study.execution import Executor
from sim.study.observations import Measure, in_order, parted
from sim.study.statistics import Difference
from sim.study.statistics.estimates import LEVEL
from sim.units import cents

if TYPE_CHECKING:
    import pandas as pd

SCHEMA = "desksim/comparison/1"
"""Name and version of the document. New fields may join it; a changed one makes a new version."""

DOCUMENT, DIFFERENCES, BRIDGE = "comparison.json", "differences.csv", "bridge.csv"
FILES = frozenset({DOCUMENT, DIFFERENCES, BRIDGE, "bridge.svg"})
"""Everything that a comparison writes."""

REPLICATIONS = 20
"""Runs of each scenario, unless the first one or somebody asks for more."""

TOLD = ("cost_per_month", "cost", "wait_p95_s", "delivered_minutes", "service_uptime")
"""Measures that the answer speaks of; the cost of a run where it has no whole months."""


@dataclass(frozen=True)
class BridgePart:
    """What one step changes in the cost of a run."""

    words: str
    """`price`, or `headcount and capacity`."""
    settings: tuple[Setting, ...]
    amount: Decimal
    """Mean over the runs, to the cent; all parts add up to the difference."""
    difference: Difference


class Comparison:
    """Several scenarios with the same people, and how they differ."""

    def __init__(
        self,
        studies: Sequence[Study],
        names: Sequence[str],
        *,
        level: float = LEVEL,
        executor: Executor | None = None,
    ) -> None:
        self.studies = list(studies)
        """The baseline first."""
        self.names = list(names)
        """How each is called, all different."""
        self.level = level
        """How often the intervals of one measure contain the truth, all together."""
        self._executor = executor

    @property
    def baseline(self) -> Study:
        """What the others are held against."""
        return self.studies[0]

    @cached_property
    def found(self) -> dict[str, dict[str, Difference]]:
        """For each other scenario each measure that both have: other less baseline."""
        together = len(self.studies) - 1
        found = {}
        for name, study in zip(self.names[1:], self.studies[1:], strict=True):
            both = in_order(key for key in self.baseline.keys if key in set(study.keys))
            runs = self.baseline.runs, study.runs
            found[name] = {
                key: difference(*runs, key, level=self.level, together=together) for key in both
            }
        return found

    @property
    def differences(self) -> "pd.DataFrame":
        """A row for each measure of each other scenario: `difference`, `low`, `high`, ...

        `established` says whether the sign is; `gain` how many times more runs it would take
        without the same people in each.
        """
        import pandas as pd

        return pd.DataFrame(list(self._rows()))

    def _rows(self) -> Iterator[dict[str, Any]]:
        for name, measures in self.found.items():
            other = self.studies[self.names.index(name)]
            for key, one in measures.items():
                measure, fleet = parted(key)
                told = one.estimate
                yield {
                    "scenario": name,
                    "baseline": self.names[0],
                    "measure": measure.name,
                    "fleet": fleet,
                    "baseline_value": self.baseline.estimate(measure.name, fleet).value,
                    "value": other.estimate(measure.name, fleet).value,
                    "difference": told.value,
                    "low": told.low,
                    "high": told.high,
                    "unit": measure.unit,
                    "established": one.established,
                    "n": told.n,
                    "level": told.level,
                    "together": one.together,
                    "gain": one.gain,
                    "notes": "; ".join(note.text for note in told.notes),
                }

    # --- the answer

    @property
    def basis(self) -> str:
        """What the numbers rest on."""
        n, others = len(self.baseline.runs), len(self.studies) - 1
        level = f"{self.level * 100:g} % intervals"
        if others > 1:
            level = f"intervals that hold for all {others} together with {self.level * 100:g} %"
        return f"{n} runs of each with the same people, {level}" if n > 1 else "one run of each"

    def answer(self) -> list[str]:
        """What is established, and what is not, of each other scenario in a sentence or two."""
        told = []
        for name, measures in self.found.items():
            sure, unsure = [], []
            for measure, one in self._told(measures):
                if one.established:
                    sure.append(f"{_changed(measure, one)} {difference_text(one, measure)}")
                elif one.estimate.value:
                    size, ends = (t(one.estimate, measure) for t in (value_text, interval_text))
                    unsure.append(f"{measure.words} ({size}, {ends})")
                else:
                    unsure.append(f"{measure.words} (the same)")
            against = f"{name} against {self.names[0]}"
            told.append(f"{against}: {'; '.join(sure) or 'no difference is established'}.")
            if sure and unsure:
                told.append(f"Not established: {', '.join(unsure)}.")
            told += [f"Mind: {text}." for text in self._warnings(measures)]
        return told

    def _told(self, measures: dict[str, Difference]) -> Iterator[tuple[Measure, Difference]]:
        cost = "cost_per_month" if "cost_per_month" in measures else "cost"
        for key in TOLD:
            if key in measures and (key == cost or not key.startswith("cost")):
                yield parted(key)[0], measures[key]

    def _warnings(self, measures: dict[str, Difference]) -> list[str]:
        found = [
            f"{measure.words}: {text}"
            for measure, one in self._told(measures)
            for text in warnings(one.estimate)
        ]
        return list(dict.fromkeys(found))

    # --- the bridge

    def bridge(self, name: str | None = None, progress: Progress | None = None) -> list[BridgePart]:
        """Split the difference in the cost of a run by replacing one factor after another.

        Args:
            name: the other scenario; by default the only one.
            progress: told how far it is; each step is run as often as the scenarios were.

        Raises:
            KeyError: when there is no such scenario.
            ValueError: when there are several and none is named.
        """
        if name is None and len(self.studies) != 2:
            raise ValueError(f"expected one of {', '.join(self.names[1:])}")
        other = self.studies[self.names.index(name) if name else 1]
        return list(_bridged(self.baseline, other, self.level, self._executor, progress))

    # --- documents

    @cached_property
    def summary(self) -> dict[str, Any]:
        """The document that outlives the program: `comparison.json`."""
        return {
            "schema": SCHEMA,
            "desksim": __version__,
            "basis": self.basis,
            "scenarios": [
                {"name": name, "scenario": study.scenario.name, "hash": study.scenario.hash}
                for name, study in zip(self.names, self.studies, strict=True)
            ],
            "answer": self.answer(),
            "differences": list(self._rows()),
        }

    def write(
        self, folder: str | PathLike[str], bridge: Sequence[BridgePart] | None = None
    ) -> Path:
        """Write the document and tables to a folder, whole or not at all.

        Raises:
            FileExistsError: when the folder holds something that no comparison has written.
            OSError: as one sentence, when the system refuses.
        """
        with replace_folder(Path(folder), is_comparison) as inside:
            document = self.summary | {"bridge": None if bridge is None else bridge_rows(bridge)}
            write_table(inside / DIFFERENCES, self.differences)
            if bridge is not None:
                import pandas as pd

                write_table(inside / BRIDGE, pd.DataFrame(bridge_rows(bridge)))
            text = json.dumps(document, indent=2, ensure_ascii=False)
            write_text(inside / DOCUMENT, text + "\n")
        return Path(folder)

    def __repr__(self) -> str:
        return f"<Comparison of {', '.join(self.names)}: {self.basis}>"

    def _repr_html_(self) -> str:
        from sim.api.cards import comparison_card

        return comparison_card(self)


def is_comparison(folder: Path) -> bool:
    """Whether a folder is what a comparison wrote and holds nothing else."""
    names = {path.name for path in folder.iterdir()}
    return DOCUMENT in names and names <= FILES


def compare(
    *scenarios: Scenario | str | PathLike[str],
    replications: int | None = None,
    names: Sequence[str] | None = None,
    level: float = LEVEL,
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> Comparison:
    """Run scenarios with the same people, and say how the others differ from the first.

    Args:
        scenarios: the baseline, then the others: loaded, or paths of scenario files.
        replications: how many runs of each; by default 20, or what the first asks for.
        names: how each is to be called; by default by its own name, numbered where two are alike.
        level: how often the intervals of one measure contain the truth, all together.
        executor: where the runs are done; by default on all cores of this machine.
        progress: told what is being done and how far it is.

    Raises:
        ScenarioError: with everything that is wrong with the files.
        ResultError: when there is only one scenario, or they are not of the same time.
        StudyError: when a run fails.
    """
    if len(scenarios) < 2:
        raise ResultError("expected two scenarios or more to compare, got one")
    loaded = [to_be_run(one) for one in scenarios]
    seed = loaded[0].spec.seed
    loaded = [
        one if one.spec.seed == seed else one.with_overrides(f"seed={seed}") for one in loaded
    ]
    _refuse_other_times(loaded)
    runs = replications or max(REPLICATIONS, loaded[0].spec.replications)
    tell = progress or (lambda _what, _share: None)
    studies = []
    for number, one in enumerate(loaded):
        told = _told_of(tell, one.name, number, len(loaded))
        studies.append(Study(one, replicated(one, range(runs), executor, told), level=level))
    called = list(names) if names else different([one.name for one in loaded])
    return Comparison(studies, called, level=level, executor=executor)


def _told_of(tell: Progress, what: str, number: int, count: int) -> Callable[[float], None]:
    return lambda share: tell(what, (number + share) / count)


def _refuse_other_times(scenarios: Sequence[Scenario]) -> None:
    first = scenarios[0]
    for one in scenarios[1:]:
        if (one.spec.start, one.spec.end) != (first.spec.start, first.spec.end):
            times = f"{first.name} is of {period(first.spec)}, {one.name} of {period(one.spec)}"
            raise ResultError(
                f"expected scenarios of the same time ({length(first.spec)}): {times}"
            )


def different(names: Sequence[str]) -> list[str]:
    """Names that tell scenarios apart: `office`, `office-2`."""
    found: list[str] = []
    for name in names:
        again = sum(name == earlier for earlier in names[: len(found)])
        found.append(f"{name}-{again + 1}" if again else name)
    return found


def _bridged(
    baseline: Study,
    other: Study,
    level: float,
    executor: Executor | None,
    progress: Progress | None,
) -> Iterator[BridgePart]:
    tell = progress or (lambda _what, _share: None)
    start, n = baseline.scenario, len(baseline.runs)

    def step(settings: Sequence[Setting]) -> Scenario:
        return start.with_overrides(*(each.override for each in settings))

    def possible(settings: Sequence[Setting]) -> bool:
        try:
            step(settings)
        except ScenarioError:
            return False
        return True

    path = list(steps(settings_of(start.spec, other.scenario.spec), possible))
    before, done, so_far = baseline.runs, list[Setting](), _mean_cost(baseline)
    for number, part in enumerate(path):
        done += part.differences
        last = number == len(path) - 1
        told = _told_of(tell, part.words, number, len(path))
        after = other.runs if last else replicated(step(done), range(n), executor, told)
        reached = _mean_cost(Study(start, after))
        found = difference(before, after, "cost", level=level)
        yield BridgePart(part.words, part.differences, reached - so_far, found)
        before, so_far = after, reached


def _mean_cost(study: Study) -> Decimal:
    """Mean cost of a run to the cent, so that steps from one to the next add up."""
    costs = [run["cost"].numerator for run in study.runs]
    return cents(sum(costs, Decimal(0)) / len(costs))


def bridge_rows(parts: Sequence[BridgePart]) -> list[dict[str, Any]]:
    """A row for each part: what it is due to, its amount and interval, and the settings."""
    return [
        {
            "part": part.words,
            "amount": str(part.amount),
            "low": part.difference.estimate.low,
            "high": part.difference.estimate.high,
            "established": part.difference.established,
            "n": part.difference.estimate.n,
            "settings": "; ".join(each.words for each in part.settings),
        }
        for part in parts
    ]


_WORDS = {"USD": ("dearer", "cheaper"), "s": ("longer", "shorter"), "share": ("higher", "lower")}


def _changed(measure: Measure, found: Difference) -> str:
    """`cheaper by`, `P95 wait longer by`."""
    more, less = _WORDS.get(measure.unit, ("more", "less"))
    word = more if (found.estimate.value or 0) > 0 else less
    when = " a month" if measure.name == "cost_per_month" else ""
    return f"{word}{when} by" if measure.unit == "USD" else f"{measure.words} {word} by"

"""Scenarios held against each other: the same people in each, run by run.

    found = sim.compare("scenarios/zone-loss.yaml", "scenarios/zone-loss-with-recovery.yaml")
    found.differences          # a DataFrame: each measure of each other scenario less the first's
    found.figure()             # the main ones around zero
    found.bridge()             # what of the difference in cost is due to what

All are run with the seed of the first, so replication k brings the same people at the same instants
to each of them, and what is the same in both goes away when one is subtracted from the other.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim import __version__
from sim.api.bridging import Bridge, bridged
from sim.api.errors import ResultError, StudyError
from sim.api.loading import Scenario, checked, length, period
from sim.api.replicating import replicated
from sim.api.running import Progress, to_be_run
from sim.api.studies import Study
from sim.report import differences as wording
from sim.storage import replace_folder, write_table, write_text
from sim.study.estimation import difference
from sim.study.execution import Executor, refuse_to_begin_again
from sim.study.observations import Measure, in_order, parted
from sim.study.statistics import Difference
from sim.study.statistics.estimates import LEVEL

if TYPE_CHECKING:
    import pandas as pd

    from sim.report.figures import MeasureDifferences
    from sim.report.style import Picture

SCHEMA = "desksim/comparison/1"
"""Name and version of the document. New fields may join it; a changed one makes a new version."""

DOCUMENT, DIFFERENCES, BRIDGE = "comparison.json", "differences.csv", "bridge.csv"
DIFFERENCES_PICTURE, BRIDGE_PICTURE = "differences.svg", "bridge.svg"
FILES = frozenset({DOCUMENT, DIFFERENCES, BRIDGE, DIFFERENCES_PICTURE, BRIDGE_PICTURE})
"""Everything that a comparison writes."""

REPLICATIONS = 20
"""Runs of each scenario, unless the first one or somebody asks for more."""

TOLD = ("cost_per_month", "cost", "wait_p95_s", "delivered_minutes", "service_uptime")
"""Measures that the answer speaks of; the cost of a run where it has no whole months."""


DRAWN = (
    "cost_per_month",
    "cost",
    "cost_per_connected_hour",
    "wait_mean_s",
    "wait_p50_s",
    "wait_p95_s",
    "wait_p99_s",
    "delivered_minutes",
    "service_uptime",
    "lost_hours",
)
"""Measures in the picture, with the same rule for the cost."""


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
        self._bridges: dict[str, Bridge] = {}

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
        """What is established, and what is not, of each other scenario in a few sentences."""
        sentences = []
        for name in self.names[1:]:
            measures = list(self._chosen(name, TOLD))
            sentences += wording.told(name, self.names[0], self._when(measures), measures)
            for of in (self.names[0], name):
                words = [
                    parted(row["measure"])[0].words
                    for row in self.alone
                    if (row["scenario"], row["of"], row["fleet"]) == (name, of, "")
                    and row["measure"] in TOLD
                ]
                if words:
                    sentences.append(f"Only {of} has {wording.listed(words)}.")
        return sentences

    @property
    def alone(self) -> list[dict[str, str]]:
        """Measures that a scenario has and the baseline has not, or the other way round.

        A row for each: `scenario`, and `of`, the name of the one of the two that has it; such as
        the cost of a fleet that only one of them knows.
        """
        found = []
        for name, study in zip(self.names[1:], self.studies[1:], strict=True):
            for key in in_order([*self.baseline.keys, *study.keys]):
                if key not in self.found[name]:
                    measure, fleet = parted(key)
                    of = self.names[0] if key in self.baseline.keys else name
                    row = {"scenario": name, "measure": measure.name, "fleet": fleet, "of": of}
                    found.append(row)
        return found

    def _chosen(self, name: str, measures: Sequence[str]) -> Iterator[tuple[Measure, Difference]]:
        """Some measures of all together; of the two costs that by the month where there is one."""
        found = self.found[name]
        other_cost = "cost" if "cost_per_month" in found else "cost_per_month"
        for key in measures:
            if key in found and key != other_cost:
                yield parted(key)[0], found[key]

    def _when(self, measures: Sequence[tuple[Measure, Difference]]) -> str:
        if any(measure.name == "cost_per_month" for measure, _ in measures):
            return "a month"
        return f"in {length(self.baseline.scenario.spec)}"

    # --- the pictures

    def figure(self) -> "Picture":
        """The main differences around zero, as a Matplotlib figure."""
        from sim.report.figures import height_of_measure_differences, measure_differences
        from sim.report.picture import drawn

        data = self._drawn
        height = height_of_measure_differences(data)
        return drawn(lambda ax: measure_differences(data, ax), title=self.title, height=height)

    def svg(self) -> str:
        """The main differences around zero, as one `<svg>` element."""
        from sim.report.figures import (
            describe_measure_differences,
            height_of_measure_differences,
            measure_differences,
        )
        from sim.report.picture import as_svg

        data = self._drawn
        return as_svg(
            lambda ax: measure_differences(data, ax),
            title=self.title,
            description=describe_measure_differences(data),
            height=height_of_measure_differences(data),
        )

    @property
    def title(self) -> str:
        """What is held against what."""
        return f"{wording.listed(self.names[1:])} against {self.names[0]}"

    @cached_property
    def _drawn(self) -> "list[MeasureDifferences]":
        from sim.report.figures import DifferenceRow, MeasureDifferences

        rows: dict[str, list[DifferenceRow]] = {}
        for name in self.names[1:]:
            for measure, one in self._chosen(name, DRAWN):
                told = one.estimate
                if told.value is None:
                    continue
                said = wording.signed_text(one, measure)
                row = DifferenceRow(name, told.value, told.low, told.high, one.established, said)
                rows.setdefault(measure.name, []).append(row)
        return [MeasureDifferences(parted(key)[0].words, rows[key]) for key in DRAWN if key in rows]

    # --- the bridge

    def bridge(self, name: str | None = None, progress: Progress | None = None) -> Bridge:
        """Split the difference in the cost of a run by replacing one factor after another.

        What was once split is kept, and written with the rest.

        Args:
            name: the other scenario; by default the only one.
            progress: told how far it is; each step is run as often as the scenarios were.

        Raises:
            ValueError: when there are several and none is named, or none of that name.
            StudyError: when a run fails.
        """
        others = self.names[1:]
        chosen = others[0] if name is None and len(others) == 1 else name
        if chosen not in others:
            got = "none" if chosen is None else f"'{chosen}'"
            raise ValueError(f"expected one of {', '.join(others)}, got {got}")
        if chosen not in self._bridges:
            self._bridges[chosen] = bridged(
                self.baseline,
                self.studies[self.names.index(chosen)],
                (self.names[0], chosen),
                level=self.level,
                executor=self._executor,
                tell=progress or (lambda _what, _share: None),
            )
        return self._bridges[chosen]

    @property
    def split(self) -> Bridge | None:
        """The bridge between two scenarios, where somebody has asked for it."""
        return self._bridges.get(self.names[1]) if len(self.names) == 2 else None

    # --- documents

    @property
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
            "seed": self.baseline.scenario.spec.seed,
            "replications": len(self.baseline.runs),
            "answer": self.answer(),
            "differences": list(self._rows()),
            "alone": self.alone,
            "bridge": None if self.split is None else self.split.rows,
        }

    def write(self, folder: str | PathLike[str]) -> Path:
        """Write document, tables and pictures to a folder, whole or not at all.

        Raises:
            FileExistsError: when the folder holds something that no comparison has written.
            OSError: as one sentence, when the system refuses.
        """
        with replace_folder(Path(folder), is_comparison) as inside:
            self.fill(inside)
        return Path(folder)

    def fill(self, folder: Path) -> None:
        """Write everything to a folder that is there; `comparison.json` last."""
        write_table(folder / DIFFERENCES, self.differences)
        write_text(folder / DIFFERENCES_PICTURE, self.svg() + "\n")
        if self.split is not None:
            write_table(folder / BRIDGE, self.split.table)
            write_text(folder / BRIDGE_PICTURE, self.split.svg() + "\n")
        text = json.dumps(self.summary, indent=2, ensure_ascii=False)
        write_text(folder / DOCUMENT, text + "\n")

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
    bridge: bool = False,
    executor: Executor | None = None,
    out: str | PathLike[str] | None = None,
    progress: Progress | None = None,
) -> Comparison:
    """Run scenarios with the same people, and say how the others differ from the first.

    Args:
        scenarios: the baseline, then the others: loaded, or paths of scenario files.
        replications: how many runs of each; by default 20, or what the first asks for.
        names: how each is to be called, by default by its own name; numbered where two are alike.
        level: how often the intervals of one measure contain the truth, all together.
        bridge: also split the difference in cost (`Comparison.bridge`), of two scenarios.
        executor: where the runs are done; by default on all cores of this machine.
        out: write everything to this folder.
        progress: told what is being done and how far it is.

    Raises:
        ScenarioError: with everything that is wrong with the files.
        ResultError: when there is only one scenario, they are not of the same time, or there are
            more than two and a bridge is asked for.
        StudyError: when a run fails.
        ValueError: when there are not as many names as scenarios.
        FileExistsError: when `out` holds something that no comparison has written.
    """
    refuse_to_begin_again()
    if len(scenarios) < 2:
        raise ResultError("expected two scenarios or more to compare, got one")
    if names and len(names) != len(scenarios):
        raise ValueError(f"expected {len(scenarios)} names, got {len(names)}")
    if bridge and len(scenarios) > 2:
        raise ResultError(f"a bridge is between two scenarios, got {len(scenarios)}")
    loaded = _with_one_seed([checked(to_be_run(one)) for one in scenarios])
    _refuse_other_times(loaded)
    called = different(names or [one.name for one in loaded])
    tell = progress or (lambda _what, _share: None)
    runs = range(replications or max(REPLICATIONS, loaded[0].spec.replications))
    with _kept(out) as folder:
        studies = []
        for number, (name, one) in enumerate(zip(called, loaded, strict=True)):
            told = _counting(tell, name, number, len(loaded))
            try:
                studies.append(Study(one, replicated(one, runs, executor, told), level=level))
            except StudyError as error:
                raise StudyError(f"{name}: {error}") from None
        found = Comparison(studies, called, level=level, executor=executor)
        if bridge:
            found.bridge(progress=tell)
        if folder is not None:
            found.fill(folder)
    return found


@contextmanager
def _kept(out: str | PathLike[str] | None) -> Iterator[Path | None]:
    """A folder that takes its place when all is done, asked for before anything is."""
    if out is None:
        yield None
        return
    with replace_folder(Path(out), is_comparison) as folder:
        yield folder


def _with_one_seed(scenarios: Sequence[Scenario]) -> list[Scenario]:
    """The scenarios with the seed of the first, so that the same people come."""
    seed = scenarios[0].spec.seed
    return [
        one if one.spec.seed == seed else one.with_overrides(f"seed={seed}") for one in scenarios
    ]


def _counting(tell: Progress, what: str, number: int, count: int) -> Callable[[float], None]:
    return lambda share: tell(what, (number + share) / count)


def _refuse_other_times(scenarios: Sequence[Scenario]) -> None:
    first = scenarios[0]
    for one in scenarios[1:]:
        if (one.spec.start, one.spec.end) != (first.spec.start, first.spec.end):
            raise ResultError(
                f"expected scenarios of the same time: {first.name} is of {period(first.spec)}, "
                f"{one.name} of {period(one.spec)}"
            )


def different(names: Sequence[str]) -> list[str]:
    """Names that tell scenarios apart: `office`, `office-2`."""
    found: list[str] = []
    for name in names:
        free = name
        for number in range(2, len(names) + 2):
            if free not in found and (free == name or free not in names):
                break
            free = f"{name}-{number}"
        found.append(free)
    return found

"""How far each assumption moves the answer by itself: lower and higher, and nothing else changed.

    run = sim.run("scenarios/remote-office.yaml", swings=True)
    run.swings.table

All runs have the seed of the first, so that the same people come at the same instants, and what is
told is what the assumption does. What two of them do together is not: that is a sweep's to tell
(`sim.api.sweep_sensitivity`). The rules by which values are lower and higher are those of
`sim.scenario.variations`.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sim.api.loading import Scenario
from sim.api.replicating import observed, told
from sim.api.running import Progress
from sim.api.sweep_answer import SHOWN
from sim.api.sweep_effects import Effects, difference_text, headed
from sim.report.estimates import value_text
from sim.scenario import ScenarioError
from sim.scenario.variations import Variation, variations
from sim.study.effects import Effect, Runs, effects
from sim.study.estimation import estimate
from sim.study.execution import Executor, Failed, Processes, Task
from sim.study.observations import Observations, parted, words_of

if TYPE_CHECKING:
    import pandas as pd

COST = "cost"
MEASURES = (COST, *SHOWN)
"""What assumptions are ranked by, and what stands beside it."""


@dataclass(frozen=True)
class Swing:
    """What one assumption does."""

    setting: str
    now: str
    """Its value as it is, in full."""
    labels: Mapping[str, str]
    """All of its values that were run, in a word or two each."""
    effects: Mapping[str, Effect]
    """By measure."""

    @property
    def moves(self) -> bool:
        """Whether it moves any measure."""
        return any(one.ends[0] != one.ends[1] for one in self.effects.values())

    @property
    def set_to(self) -> str:
        """The values in a few words, that with the least cost first; `now` is as it is."""
        by_value = self.effects[COST].values if COST in self.effects else {}
        costs = {value: one.value or 0.0 for value, one in by_value.items()}
        ordered = sorted(self.labels, key=lambda value: costs.get(value, 0.0))
        return ", ".join("now" if value == self.now else self.labels[value] for value in ordered)

    def by(self, measure: str, *, interval: bool = True) -> str:
        """How far it moves a measure, in words; with the interval, where several runs give one."""
        one = self.effects.get(measure)
        if one is None:
            return "not in all runs"
        if one.ends[0] == one.ends[1]:
            return "none"
        said = difference_text(one, measure, level=False)
        said = said.replace("percentage points", "points")
        return said if interval else said.partition(" (")[0]


@dataclass(frozen=True)
class Swings:
    """What each assumption does to the answer, the largest move of the cost first."""

    found: Sequence[Swing]
    left: Mapping[str, str]
    """What was not varied, and why: settings, or settings at some value."""
    replications: int
    """Runs of each value."""
    middle: Mapping[str, float]
    """Each measure as it is."""

    @property
    def moving(self) -> list[Swing]:
        """Those that move anything."""
        return [one for one in self.found if one.moves]

    @property
    def sentences(self) -> list[str]:
        """What moves the cost most, and what the waiting."""
        return [sentence for measure in MEASURES if (sentence := self._told(measure))]

    def ranked(self, measure: str) -> list[Swing]:
        """Those that move a measure, the largest first."""
        own = [one for one in self.found if measure in one.effects]
        moved = {one.setting: one.effects[measure].ends for one in own}
        span = {setting: high - low for setting, (low, high) in moved.items()}
        return sorted((one for one in own if span[one.setting]), key=lambda o: -span[o.setting])

    @property
    def table(self) -> "pd.DataFrame":
        """A row for each measure and assumption, the largest first of each measure.

        Columns: `measure`, `setting`; `now`, its value as it is; `low` and `high`, the least and
        the most that the measure is; `low_at` and `high_at`, the values of the setting there;
        `difference` with `_low` and `_high`, the ends of its interval; `replications`.
        """
        by_measure = {
            measure: [one.effects[measure] for one in self.found if measure in one.effects]
            for measure in MEASURES
        }
        ordered = {
            measure: sorted(rows, key=lambda one: one.ends[0] - one.ends[1])
            for measure, rows in by_measure.items()
        }
        frame = Effects(ordered, self.middle).table.drop(columns="groups")
        now = {one.setting: one.now for one in self.found}
        frame.insert(2, "now", [now[setting] for setting in frame["setting"]])
        return frame

    def _told(self, measure: str) -> str:
        ranked = self.ranked(measure)[:3]
        heads = headed([one.setting for one in ranked])
        if not ranked:
            return ""
        said = [
            f"{head} by {one.by(measure)}, from {one.labels[one.effects[measure].low]} to "
            f"{one.labels[one.effects[measure].high]}"
            for head, one in zip(heads, ranked, strict=True)
        ]
        return f"What moves {words_of(measure)} most: {'; '.join(said)}."

    def value(self, measure: str) -> str:
        """A measure as it is, in words; empty where there is none."""
        one = next((one.effects[measure] for one in self.found if measure in one.effects), None)
        now = next((one.now for one in self.found if measure in one.effects), "")
        return "" if one is None else value_text(one.values[now], parted(measure)[0])


def swung(
    scenario: Scenario,
    base: Mapping[int, Observations],
    *,
    executor: Executor | None = None,
    tell: Progress | None = None,
) -> Swings:
    """Vary each assumption of a scenario by itself.

    Args:
        scenario: as it is.
        base: observations of its replications, by number; each value is run as often.
        executor: where the runs are done; by default on all cores of this machine.
        tell: told how many of them are.
    """
    found, left = variations(scenario.spec)
    left = dict(left)
    made = list(_scenarios(scenario, found, left))
    runs = _run(
        [one for *_, one in made], list(base), executor, tell or (lambda _what, _part: None)
    )
    now = {one.setting: one.value for one in found}
    points: list[tuple[Mapping[str, str], Runs]] = [(now, list(base.values()))]
    for (setting, value, _), several in zip(made, runs, strict=True):
        if isinstance(several, str):
            left[f"{setting} at {value}"] = several
        else:
            points.append(({**now, setting: value}, several))
    return Swings(
        _ranked(found, points),
        left,
        len(base),
        {key: estimate(list(base.values()), key).value or 0.0 for key in MEASURES},
    )


def _ranked(
    found: Sequence[Variation], points: Sequence[tuple[Mapping[str, str], Runs]]
) -> list[Swing]:
    """The largest move of the cost first, then of the others."""
    by_measure = {
        measure: {one.setting: one for one in effects(points, measure)} for measure in MEASURES
    }
    swings = [
        Swing(
            one.setting,
            one.value,
            {one.value: one.label, **{other.value: other.label for other in one.others}},
            {key: rows[one.setting] for key, rows in by_measure.items() if one.setting in rows},
        )
        for one in found
    ]
    return sorted((one for one in swings if one.effects), key=_size)


def _size(swing: Swing) -> tuple[float, ...]:
    """Minus how far it moves each measure."""
    ends = (swing.effects[key].ends if key in swing.effects else (0.0, 0.0) for key in MEASURES)
    return tuple(low - high for low, high in ends)


def _scenarios(
    scenario: Scenario, found: Sequence[Variation], left: dict[str, str]
) -> Iterator[tuple[str, str, Scenario]]:
    """The scenario with each other value; what the schema refuses is left out, with the reason."""
    for one in found:
        for other in one.others:
            try:
                yield one.setting, other.value, scenario.with_(**other.settings)
            except ScenarioError as refused:
                left[f"{one.setting} at {other.value}"] = refused.problems[0].message


def _run(
    scenarios: Sequence[Scenario],
    numbers: Sequence[int],
    executor: Executor | None,
    tell: Progress,
) -> list[list[Observations] | str]:
    """Observations of each scenario, by replication; or why one of its runs failed."""
    tasks = [
        Task(f"{place:06d}-{number:06d}", (scenario, number, None))
        for place, scenario in enumerate(scenarios)
        for number in numbers
    ]
    results: dict[str, Observations] = {}
    failed: dict[int, str] = {}
    with closing((executor or Processes()).outcomes(observed, tasks)) as outcomes:
        for done, outcome in enumerate(outcomes):
            tell(f"{done + 1:,} of {len(tasks):,} runs for the swings", (done + 1) / len(tasks))
            if isinstance(outcome, Failed):
                failed[int(outcome.key[:6])] = outcome.message
            else:
                results[outcome.key] = told(outcome.result)
    return [
        failed.get(place) or [results[f"{place:06d}-{number:06d}"] for number in numbers]
        for place in range(len(scenarios))
    ]

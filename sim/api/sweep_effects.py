"""What single settings of a sweep do to a measure, all others being equal.

    found = effects_of(SweepFolder("reports/autostop-timeout"))
    found.sentences, found.table

Each point met the same random numbers, so these are differences between the same people. Settings
that never change alone have no effects of their own: values in step, and samples.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sim.api.sweep_answer import SHOWN, asked, cost_of
from sim.api.sweep_folder import SweepFolder
from sim.report.differences import size_text
from sim.report.estimates import unit_of, value_text
from sim.storage import write_table, write_text
from sim.study.effects import Effect, effects
from sim.study.estimation import estimate
from sim.study.observations import parted, words_of
from sim.study.statistics import Estimate

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Shown:
    """A table for people."""

    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Effects:
    """Effects of single settings on several measures."""

    found: Mapping[str, Sequence[Effect]]
    """By measure, the largest first."""
    middle: Mapping[str, float]
    """Of each measure, its mean over all points."""

    @property
    def sentences(self) -> list[str]:
        """What moves each measure most."""
        return [self._told(measure, rows) for measure, rows in self.found.items() if rows]

    @property
    def tables(self) -> list[Shown]:
        """For people: one for each measure."""
        return [
            Shown(
                words_of(measure),
                ("Setting", "least", "at", "most", "at", "difference"),
                tuple(
                    (
                        head,
                        value_text(one.values[one.low], parted(measure)[0]),
                        one.low,
                        value_text(one.values[one.high], parted(measure)[0]),
                        one.high,
                        difference_text(one, measure),
                    )
                    for head, one in _heads(rows)
                ),
            )
            for measure, rows in self.found.items()
            if rows
        ]

    @property
    def table(self) -> "pd.DataFrame":
        """A row for each measure and setting.

        Columns: `measure`, `setting`; `low` and `high`, the least and the most that the measure is;
        `low_at` and `high_at`, the setting's values there; `difference` with `_low` and `_high`,
        the ends of its interval; `groups` of points that it is the mean over; `replications`.
        """
        import pandas as pd

        columns = ["measure", "setting", "low", "low_at", "high", "high_at", "difference",
                   "difference_low", "difference_high", "groups", "replications"]  # fmt: skip
        rows = [
            (measure, one.setting, one.ends[0], one.low, one.ends[1], one.high,
             *ends(one.difference.estimate), one.groups, one.difference.estimate.n)
            for measure, found in self.found.items()
            for one in found
        ]  # fmt: skip
        frame = pd.DataFrame(rows, columns=columns)
        numbers = ["low", "high", *columns[6:9]]
        return frame.astype(dict.fromkeys(numbers, "float64"))

    def write(self, folder: Path) -> list[str]:
        """Write `effects.csv` and a picture of each measure; their names.

        Raises:
            OSError: as one sentence, when the system refuses.
        """
        names = ["effects.csv"]
        write_table(folder / names[0], self.table)
        for measure, rows in self.found.items():
            if rows:
                names.append(picture_name("effects", measure))
                write_text(folder / names[-1], self._picture(measure, rows))
        return names

    def _told(self, measure: str, rows: Sequence[Effect]) -> str:
        said = "; ".join(
            f"{head} by {difference_text(one, measure)}, from {one.low} to {one.high}"
            for head, one in _heads(rows)
            if one.ends[0] != one.ends[1]
        )
        if not said:
            return f"No setting moves {words_of(measure)} by itself."
        return f"What moves {words_of(measure)} by itself: {said}."

    def _picture(self, measure: str, rows: Sequence[Effect]) -> str:
        from sim.report.figures import (
            SettingEffect,
            describe_effects_tornado,
            effects_tornado,
            height_of_tornado,
        )
        from sim.report.picture import as_svg

        kind, words = parted(measure)[0], words_of(measure)
        scale = 100 if kind.unit == "share" else 1
        axis = f"{words} [{unit_of(kind)}]" if unit_of(kind) else words
        bars = [
            SettingEffect(
                head,
                one.ends[0] * scale,
                one.ends[1] * scale,
                one.low,
                one.high,
                difference_text(one, measure, level=False).replace("percentage points", "points"),
            )
            for head, one in _heads(rows)
        ]
        middle = self.middle[measure] * scale
        return as_svg(
            lambda ax: effects_tornado(bars, ax, measure=axis, middle=middle),
            title=f"What moves {words} by itself",
            description=describe_effects_tornado(bars, measure=words),
            height=height_of_tornado(bars),
        )


def effects_of(folder: SweepFolder, measures: Sequence[str] = ()) -> Effects:
    """The effects of single settings at the finished points of a sweep.

    Args:
        folder: the sweep.
        measures: by default the cost and `SHOWN`.

    Raises:
        ResultError: when no run has a value of a measure that is named.
    """
    finished = [point for point in folder.points if not point.missing]
    keys = asked(folder, measures) or (cost_of(finished), *SHOWN)
    points = [(point.settings, list(point.runs.values())) for point in finished]
    runs = [run for _, found in points for run in found]
    return Effects(
        {key: effects(points, key) for key in keys},
        {key: estimate(runs, key).value or 0.0 for key in keys},
    )


def ends(found: Estimate) -> tuple[float, float | None, float | None]:
    """Value and interval."""
    assert found.value is not None
    return found.value, found.low, found.high


def headed(settings: Sequence[str]) -> list[str]:
    """Settings without the part of the scenario they stand in, where that is clear.

    Of `part-time.session_length.gamma.mean` the last word alone, as over a column, says too little.
    """
    bare = [setting.partition(".")[2] or setting for setting in settings]
    return bare if len(set(bare)) == len(bare) else list(settings)


def picture_name(kind: str, measure: str) -> str:
    """`effects-cost.svg`, `effects-cost-office.svg` of one fleet."""
    return f"{kind}-{measure.replace('[', '-').removesuffix(']')}.svg"


def _heads(rows: Sequence[Effect]) -> list[tuple[str, Effect]]:
    return list(zip(headed([one.setting for one in rows]), rows, strict=True))


def difference_text(one: Effect, measure: str, *, level: bool = True) -> str:
    """By how much a setting moves a measure, with the interval of several runs."""
    told = size_text(one.difference, parted(measure)[0], level=level)
    return told.rpartition(" (")[0] if one.difference.estimate.has("one run") else told

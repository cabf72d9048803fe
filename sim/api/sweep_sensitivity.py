"""Which settings of a sweep move a measure, as far as its points can tell.

    found = sensitivity_of(SweepFolder("reports/what-moves-cost"))
    found.sentences, found.table

A sweep whose samples are a design for it (`samples: {method: sensitivity, ...}`) tells what share
of a measure's variance each setting accounts for when all of them vary at once. What single
settings do at the points of any other sweep is told by `sim.api.sweep_effects`.

All points meet the same random numbers, so what is told is what the settings move and not what
chance moves: that is in no share. With one replication it is told of that one course of events.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from sim.api.errors import ResultError
from sim.api.sweep_answer import SHOWN, asked, cost_of
from sim.api.sweep_effects import Shown, ends, headed, picture_name
from sim.api.sweep_folder import SweepFolder
from sim.report.estimates import estimate_text, interval_text, value_text
from sim.storage import write_table, write_text
from sim.study.observations import Measure, words_of
from sim.study.sensitivity import Indices, indices
from sim.study.statistics import Estimate

if TYPE_CHECKING:
    import pandas as pd

SHARE = Measure("share", "share", "share", more_is_better=True)
"""How shares of a variance are written."""


@dataclass(frozen=True)
class Sensitivities:
    """Shares of the variance of several measures."""

    points: int
    """Different ones."""
    replications: int
    found: Mapping[str, Mapping[str, Indices]]
    """By measure and setting, the largest total first; none for a measure that nothing moves."""
    silent: Mapping[str, int]
    """Measures of which some points have no value, and so there are no shares."""

    @property
    def sentences(self) -> list[str]:
        """What moves each measure most."""
        return [
            *(self._told(measure, shares) for measure, shares in self.found.items()),
            *(
                f"Nothing can be said of {words_of(measure)}: {points:,} of {self.points:,} points "
                "have no value."
                for measure, points in self.silent.items()
            ),
        ]

    @property
    def tables(self) -> list[Shown]:
        """For people: one for each measure that something moves."""
        return [
            Shown(
                words_of(measure),
                ("Setting", "alone", "95 %", "in all", "95 %"),
                tuple(
                    (head, *_cells(one.first), *_cells(one.total)) for head, one in _heads(shares)
                ),
            )
            for measure, shares in self.found.items()
            if shares
        ]

    @property
    def table(self) -> "pd.DataFrame":
        """A row for each measure and setting.

        Columns: `measure`, `setting`; `first` and `total`, the indices [1], each with `_low` and
        `_high`, the ends of its interval; `base_points`; `replications`; `level` of the intervals.
        """
        import pandas as pd

        columns = ["measure", "setting", "first", "first_low", "first_high", "total", "total_low",
                   "total_high", "base_points", "replications", "level"]  # fmt: skip
        rows = [
            (measure, setting, *ends(one.first), *ends(one.total),
             one.total.n, self.replications, one.total.level)
            for measure, shares in self.found.items()
            for setting, one in shares.items()
        ]  # fmt: skip
        frame = pd.DataFrame(rows, columns=columns)
        return frame.astype({**dict.fromkeys(columns[2:8], "float64"), "level": "float64"})

    def write(self, folder: Path) -> list[str]:
        """Write `sensitivity.csv` and a picture of each measure; their names.

        Raises:
            OSError: as one sentence, when the system refuses.
        """
        from sim.report.figures import (
            SettingShares,
            Share,
            describe_shares_tornado,
            height_of_tornado,
            shares_tornado,
        )
        from sim.report.picture import as_svg

        names = ["sensitivity.csv"]
        write_table(folder / names[0], self.table)
        moved = {measure: shares for measure, shares in self.found.items() if shares}
        for measure, shares in moved.items():
            bars = [
                SettingShares(head, Share(*ends(one.first)), Share(*ends(one.total)))
                for head, one in _heads(shares)
            ]
            words = words_of(measure)
            picture = as_svg(
                partial(shares_tornado, bars, measure=words),
                title=f"What moves {words}",
                description=describe_shares_tornado(bars, measure=words),
                height=height_of_tornado(bars),
            )
            names.append(picture_name("sensitivity", measure))
            write_text(folder / names[-1], picture)
        return names

    def _told(self, measure: str, shares: Mapping[str, Indices]) -> str:
        words = words_of(measure)
        if not shares:
            return f"Nothing moves {words}: it is the same at all {self.points:,} points."
        said = [f"{head} {_text(one.total)}" for head, one in _heads(shares)]
        return f"What moves {words}, in shares of its variance: {', '.join(said)}."


def sensitivity_of(folder: SweepFolder, measures: Sequence[str] = ()) -> Sensitivities:
    """The indices of each varied setting.

    Args:
        folder: a sweep whose samples are a design of sensitivity.
        measures: by default the cost and `SHOWN`.

    Raises:
        ResultError: when its samples are none, not all of its points are finished, or no run has a
            value of a measure that is named.
    """
    rows = folder.design
    if rows is None:
        message = "has no design for it: samples with method: sensitivity"
        raise ResultError(f"'{folder.name}' {message}")
    points = {point.id: point for point in folder.points}
    if missing := sum(bool(point.missing) for point in points.values()):
        raise ResultError(
            f"{missing:,} of {len(points):,} points of '{folder.name}' are not finished; indices "
            "need all of them"
        )
    found: dict[str, dict[str, Indices]] = {}
    silent: dict[str, int] = {}
    for key in asked(folder, measures) or (cost_of(list(points.values())), *SHOWN):
        values = {name: point.estimate(key).value for name, point in points.items()}
        known = {name: value for name, value in values.items() if value is not None}
        if len(known) < len(values):
            silent[key] = len(values) - len(known)
            continue
        shares = indices([known[row] for row in rows], len(folder.settings))
        named = zip(folder.settings if shares else (), shares, strict=True)
        found[key] = dict(sorted(named, key=lambda pair: -(pair[1].total.value or 0.0)))
    return Sensitivities(len(points), folder.replications, found, silent)


def _heads(shares: Mapping[str, Indices]) -> list[tuple[str, Indices]]:
    return list(zip(headed(list(shares)), shares.values(), strict=True))


def _cells(found: Estimate) -> tuple[str, str]:
    if found.has("same"):
        return "none", ""
    return value_text(found, SHARE), interval_text(found, SHARE)


def _text(found: Estimate) -> str:
    return "none" if found.has("same") else estimate_text(found, SHARE)

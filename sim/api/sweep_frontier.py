"""What a sweep has to trade: the points that no other point beats in all measures at once.

    found = frontier_of(SweepFolder("reports/autostop-timeout"))
    found.sentences        # the points on the frontier, one on a line
    found.table            # all points, and which one beats those that are not on it

Points are held against each other by their estimates. How sure these are, the intervals say; two
points beside each other met the same people, so their difference is surer than the intervals look.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sim.api.sweep_answer import SHOWN, asked, cost_of, short
from sim.api.sweep_folder import PointResult, SweepFolder
from sim.report.differences import listed
from sim.report.estimates import estimate_text, unit_of, value_text
from sim.storage import write_table, write_text
from sim.study.frontier import dominators, spread
from sim.study.observations import parted, words_of
from sim.study.statistics import Estimate

if TYPE_CHECKING:
    import pandas as pd

    from sim.report.figures import TradePoint

TABLE, PICTURE = "frontier.csv", "frontier.svg"

TOLD = 6
"""Points that are told in sentences, from end to end; the table has all of them."""

Estimates = Mapping[str, Mapping[str, Estimate]]
"""By point and measure."""


@dataclass(frozen=True)
class Frontier:
    """Points held against each other in two measures or more."""

    measures: tuple[str, ...]
    settings: tuple[str, ...]
    """Those that are varied."""
    points: tuple[PointResult, ...]
    """The points that have a value in each measure, by the first one."""
    estimates: Estimates
    """Of each point, each measure."""
    silent: int
    """Points that have not."""
    beaten_by: Mapping[str, str]
    """For each point that is beaten, one that beats it and is beaten by none."""

    @property
    def best(self) -> list[PointResult]:
        """The points that nothing beats."""
        return [point for point in self.points if point.id not in self.beaten_by]

    @property
    def sentences(self) -> list[str]:
        """Which points nothing beats, and what each of them costs and gives."""
        together = listed([words_of(key) for key in self.measures])
        best, points = self.best, f"{len(self.points):,} points"
        silent = [f"{self.silent:,} more have no value in one of these."] if self.silent else []
        if len(best) == 1:
            return [
                f"One of {points} is best in {together} at once: {self._told(best[0])}.",
                *silent,
            ]
        which = f"{len(best):,} of {points}" if self.beaten_by else f"any of {points}"
        said = [f"Nothing beats {which} in {together} at once:"]
        said += [f"  {self._told(point)}" for point in spread(best, TOLD)]
        if len(best) > TOLD:
            said.append(f"  and {len(best) - TOLD:,} between them")
        return said + silent

    @property
    def table(self) -> "pd.DataFrame":
        """A row for each point, by the first measure.

        Columns: `point`, each varied setting, `replications`; each measure, with `_low` and `_high`
        the ends of its interval; and `beaten_by`, empty for a point on the frontier.
        """
        import pandas as pd

        rows = []
        for point in self.points:
            row: dict[str, object] = {"point": point.id}
            row |= {key: point.settings.get(key, "") for key in self.settings}
            row["replications"] = len(point.runs)
            for key in self.measures:
                found = self.estimates[point.id][key]
                row |= {key: found.value, f"{key}_low": found.low, f"{key}_high": found.high}
            rows.append({**row, "beaten_by": self.beaten_by.get(point.id, "")})
        numbers = [f"{key}{end}" for key in self.measures for end in ("", "_low", "_high")]
        return pd.DataFrame(rows).astype(dict.fromkeys(numbers, "float64"))

    @property
    def picture(self) -> str:
        """As SVG: the first measure across, the others up, each in a panel of its own."""
        from sim.report.figures import describe_frontier, frontier, height_of_frontier
        from sim.report.picture import as_svg

        points, axes = self._drawn(), [_axis(key) for key in self.measures]
        return as_svg(
            lambda ax: frontier(points, ax, measures=axes),
            title="Nothing beats the filled points, something beats the hollow ones",
            description=describe_frontier(points, measures=axes),
            height=height_of_frontier(points, measures=axes),
        )

    def write(self, folder: Path) -> list[str]:
        """Write table and picture; their names.

        Raises:
            OSError: as one sentence, when the system refuses.
        """
        write_table(folder / TABLE, self.table)
        write_text(folder / PICTURE, self.picture)
        return [TABLE, PICTURE]

    def _told(self, point: PointResult) -> str:
        found = self.estimates[point.id]
        values = [f"{words_of(key)} {_text(found[key], key)}" for key in self.measures]
        return f"{', '.join(self._named(point, self.settings))}: {', '.join(values)}"

    def _named(self, point: PointResult, settings: Sequence[str]) -> list[str]:
        """`autostop_timeout 2 h` for each of these settings."""
        heads = zip(short(self.settings), self.settings, strict=True)
        return [
            f"{head} {point.settings[key]}"
            for head, key in heads
            if key in settings and key in point.settings
        ]

    def _drawn(self) -> list["TradePoint"]:
        from sim.report.figures import Ends, TradePoint

        # On a picture names are short: what all the named points share is left out.
        best = self.best
        differ = [
            key for key in self.settings if len({point.settings.get(key) for point in best}) > 1
        ] or self.settings
        return [
            TradePoint(
                self._named(point, differ),
                [Ends(*_scaled(self.estimates[point.id][key], key)) for key in self.measures],
                point.id in self.beaten_by,
            )
            for point in self.points
        ]


def frontier_of(folder: SweepFolder, measures: Sequence[str] = ()) -> Frontier | None:
    """Hold the finished points of a sweep against each other.

    Args:
        folder: the sweep.
        measures: two or more; by default the cost, `SHOWN` and what there are targets for, as far
            as it is not the same at all points.

    Returns:
        None if there are no two points, or no two measures, to trade.

    Raises:
        ResultError: when no run has a value of a measure that is named.
    """
    finished = [point for point in folder.points if not point.missing]
    named = asked(folder, measures)
    keys = named or tuple(dict.fromkeys([cost_of(finished), *SHOWN, *folder.targets]))
    estimates = {point.id: {key: point.estimate(key) for key in keys} for point in finished}
    if not named:
        keys = tuple(key for key in keys if _moves(estimates, key))
    ranks = {
        point.id: [_rank(estimates[point.id][key], key) for key in keys]
        for point in finished
        if all(estimates[point.id][key].value is not None for key in keys)
    }
    if len(ranks) < 2 or len(keys) < 2:
        return None
    points = [point for point in finished if point.id in ranks]
    points.sort(key=lambda point: ranks[point.id])
    beaten = zip(points, dominators([ranks[point.id] for point in points]), strict=True)
    return Frontier(
        keys,
        tuple(folder.settings),
        tuple(points),
        estimates,
        len(finished) - len(points),
        {point.id: points[by].id for point, by in beaten if by is not None},
    )


def _moves(estimates: Estimates, key: str) -> bool:
    return len({found[key].value for found in estimates.values()} - {None}) > 1


def _rank(found: Estimate, key: str) -> float:
    """The value, of which less is better."""
    assert found.value is not None
    return -found.value if parted(key)[0].more_is_better else found.value


def _text(found: Estimate, key: str) -> str:
    """With its interval; that one run has none is said once, by the answer of the sweep."""
    measure = parted(key)[0]
    return value_text(found, measure) if found.has("one run") else estimate_text(found, measure)


def _axis(key: str) -> str:
    unit = unit_of(parted(key)[0])
    return f"{words_of(key)} [{unit}]" if unit else words_of(key)


def _scaled(found: Estimate, key: str) -> tuple[float, float | None, float | None]:
    """Value and ends in the unit of the axis."""
    assert found.value is not None
    scale = 100 if parted(key)[0].unit == "share" else 1
    if found.low is None or found.high is None:
        return found.value * scale, None, None
    return found.value * scale, found.low * scale, found.high * scale

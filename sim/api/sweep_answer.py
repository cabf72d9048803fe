"""The answer of a sweep: the cheapest point that keeps to the targets, and the others beside it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sim.api.errors import ResultError
from sim.api.sweep_folder import PointResult, SweepFolder
from sim.report.estimates import estimate_text, interval_text, unit_of, value_text
from sim.scenario.errors import did_you_mean
from sim.scenario.sweeps import Target
from sim.study.observations import parted, words_of

SHOWN = ("wait_p95_s", "delivered_minutes")
"""Measures that a point is shown with beside its cost, where there are no targets."""


@dataclass(frozen=True)
class Row:
    """A point as it is shown."""

    id: str
    settings: tuple[str, ...]
    measures: tuple[str, ...]
    missed: tuple[bool, ...]
    """Of each measure, whether it misses its target."""


@dataclass(frozen=True)
class Answer:
    """What a sweep says."""

    sentences: tuple[str, ...]
    settings: tuple[str, ...]
    """Heads of the settings' columns, as short as they can be told apart."""
    measures: tuple[str, ...]
    """Heads of the measures' columns."""
    rows: tuple[Row, ...]
    """The points, the cheapest first."""
    met: bool
    """Whether some point keeps to all targets, if there are any."""


def answer(folder: SweepFolder) -> Answer:
    """What the finished points of a sweep say."""
    targets = folder.targets
    finished = [point for point in folder.points if not point.missing]
    cost = cost_of(finished)
    points = sorted(finished, key=lambda point: point.estimate(cost).value or 0.0)
    good = [point for point in points if not point.misses(targets)]
    measures = tuple(dict.fromkeys([cost, *(targets or SHOWN)]))
    heads = short(folder.settings)
    return Answer(
        tuple(_sentences(folder, points, good, cost, heads)),
        tuple(heads),
        tuple(words_of(key) for key in measures),
        tuple(
            Row(
                point.id,
                tuple(point.settings.get(key, "") for key in folder.settings),
                tuple(_cell(point, key) for key in measures),
                tuple(key in point.misses(targets) for key in measures),
            )
            for point in points
        ),
        met=bool(good) or not (targets and points),
    )


def short(settings: Sequence[str]) -> list[str]:
    """Settings by as few of their last words as tell them apart: `autostop_timeout`."""
    return [_short(setting, settings) for setting in settings]


def _short(setting: str, settings: Sequence[str]) -> str:
    words = setting.split(".")
    for depth in range(1, len(words)):
        end = ".".join(words[-depth:])
        if [one for one in settings if f".{one}".endswith(f".{end}")] == [setting]:
            return end
    return setting


def asked(folder: SweepFolder, measures: Sequence[str]) -> tuple[str, ...]:
    """Measures that are named, each once.

    Raises:
        ResultError: when no run has a value of one of them.
    """
    known = {key for point in folder.points for run in point.runs.values() for key in run}
    for key in measures:
        if key not in known:
            message = f"no finished run of '{folder.name}' has a value of {key}"
            raise ResultError(f"{message}{did_you_mean(key, known)}")
    return tuple(dict.fromkeys(measures))


def cost_of(points: Sequence[PointResult]) -> str:
    """The measure that is the cost: a month's, where all points last whole months."""
    monthly = all("cost_per_month" in found for point in points for found in point.runs.values())
    return "cost_per_month" if points and monthly else "cost"


def _sentences(
    folder: SweepFolder,
    points: Sequence[PointResult],
    good: Sequence[PointResult],
    cost: str,
    heads: Sequence[str],
) -> Iterator[str]:
    if not points:
        yield f"{folder.name}: no point is finished."
        return
    kept = " and ".join(_bound(key, target) for key, target in folder.targets.items())
    if not good:
        yield f"None of {_several(len(points))} keeps to {kept}."
    best = (good or points)[0]
    values = ", ".join(
        f"{head} {best.settings[key]}"
        for head, key in zip(heads, folder.settings, strict=True)
        if key in best.settings
    )
    which = f"The cheapest of {_several(len(points))}" if len(points) > 1 else "The only point"
    if good and kept:
        which += f" with {kept}"
    month = " a month" if cost == "cost_per_month" else ""
    costs = estimate_text(best.estimate(cost), parted(cost)[0])
    yield f"{which}{f' has {values}' if values else ''}: {costs}{month}."
    if len(best.runs) == 1:
        yield "That is one run of each point; --replications 10 would say how sure it is."
    if missing := len(folder.points) - len(points):
        yield f"{_several(missing).capitalize()} of {len(folder.points)} not finished."


def _bound(key: str, target: Target) -> str:
    """`delivered_minutes at least 98 %`."""
    unit = unit_of(parted(key)[0])
    words, bound = (
        ("at least", target.at_least) if target.at_most is None else ("at most", target.at_most)
    )
    shown = (bound or 0.0) * (100 if unit == "%" else 1)
    return f"{words_of(key)} {words} {shown:g} {unit}".rstrip()


def _several(points: int) -> str:
    return f"{points:,} point{'s' * (points != 1)}"


def _cell(point: PointResult, key: str) -> str:
    """The value, and its interval where there is one."""
    found, measure = point.estimate(key), parted(key)[0]
    told = value_text(found, measure)
    return told if found.low is None else f"{told}\n{interval_text(found, measure)}"

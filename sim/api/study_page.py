"""What the page of the first of many runs says of all of them: how sure the numbers are."""

from typing import TYPE_CHECKING

from sim.report.contents import Drawing, EstimateRow, StudyShown
from sim.report.estimates import estimate_text, interval_text, unit_of, value_text
from sim.study.estimation import quantiles
from sim.study.observations import Measure, parted
from sim.study.statistics import Estimate

if TYPE_CHECKING:
    from sim.api.studies import Study

PICTURED = {
    "cost": "What each run costs",
    "wait_p95_s": "What 95 % of the people of each run wait at most",
    "delivered_minutes": "How much of the planned work each run delivers",
}
"""Measures whose runs are drawn, and the titles of the drawings."""


def study_shown(study: "Study | None") -> StudyShown | None:
    """The answer and every measure with its interval."""
    if study is None:
        return None
    return StudyShown(
        runs=len(study.runs),
        level=study.level,
        answer=study.answer(),
        estimates=[
            _row(fleet, measure.words, found, measure)
            for fleet in ("", *study.scenario.spec.served_by)
            for measure, found in study.of(fleet)
        ],
        at_most=[
            _row(parted(key)[1], f"{percent} %", found, parted(key)[0])
            for key in study.keys
            if parted(key)[0].name == "cost"
            for percent, found in quantiles(study.runs, key, level=study.level).items()
        ],
    )


def _row(fleet: str, words: str, found: Estimate, measure: Measure) -> EstimateRow:
    return EstimateRow(
        fleet=fleet,
        measure=words,
        value=value_text(found, measure),
        interval=interval_text(found, measure),
        runs=found.n,
    )


def study_drawings(study: "Study | None") -> list[Drawing]:
    """How far the runs lie apart in each measure in which they do."""
    if study is None:
        return []
    return [found for key in PICTURED if (found := _drawing(study, key))]


def _drawing(study: "Study", key: str) -> Drawing | None:
    from sim.report import figures
    from sim.report.svg import drawing

    if key not in study.keys:
        return None
    measure, found = parted(key)[0], study.estimate(key)
    times = 100 if measure.unit == "share" else 1
    shown = figures.Spread(
        words=f"{measure.words} [{unit_of(measure)}]",
        values=[times * run[key].value for run in study.runs if key in run],
        value=times * _number(found.value),
        low=None if found.low is None else times * found.low,
        high=None if found.high is None else times * found.high,
        said=_said(study, measure),
    )
    if shown.is_none:
        return None
    return drawing(
        lambda ax: figures.spread(shown, ax),
        topic="sure",
        title=PICTURED[key],
        description=figures.describe_spread(shown),
        height=figures.HEIGHT_OF_SPREAD,
    )


def _said(study: "Study", measure: Measure) -> str:
    words = "all runs together" if measure.is_ratio else "mean"
    return f"{words} {estimate_text(study.estimate(measure.name), measure)}"


def _number(value: float | None) -> float:
    assert value is not None  # there is a run that has one
    return value

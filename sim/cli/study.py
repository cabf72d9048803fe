"""The answer of a study on one screen: each measure with its interval and the number of runs."""

from collections.abc import Iterator

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from sim.api.loading import period
from sim.api.studies import Study
from sim.cli.terminal import grid
from sim.report.estimates import digits, interval_text, number, unit_of
from sim.study.observations import MEASURES

_OF_A_FLEET = ("cost", "wait_p50_s", "wait_p95_s", "logon_success", "delivered_minutes",
               "service_uptime")  # fmt: skip
"""Measures of each fleet that the screen has room for; the files have all."""


def study(study: Study) -> Iterator[RenderableType]:
    """The answer, then all measures, then fleet by fleet, then what a run may come to."""
    yield Text(study.scenario.name, style="bold")
    yield Text("\n".join(study.answer()))
    yield _measures(study, "", tuple(MEASURES))
    for fleet in study.scenario.spec.served_by:
        yield _measures(study, fleet, _OF_A_FLEET)
    yield _over_runs(study)
    spec = study.scenario.spec
    yield Text(
        f"{study.basis}; {period(spec)} UTC, seed {spec.seed}, scenario {study.scenario.hash[:12]}",
        style="dim",
    )


def _measures(study: Study, fleet: str, names: tuple[str, ...]) -> Table:
    level = f"{study.level * 100:g} % interval"
    table = grid([fleet or "All together", "estimate", "", level, "runs"])
    for measure, found in study.of(fleet):
        if measure.name in names:
            table.add_row(
                measure.words,
                number(found.value, measure, digits(found, measure)),
                unit_of(measure),
                interval_text(found, measure),
                f"{found.n:,}",
            )
    return table


def _over_runs(study: Study) -> Table:
    """Quantiles of a run's cost: how dear a month may be."""
    table = grid(["Cost of one run", "at most [USD]", "interval", "in"])
    for row in study.quantiles.to_dict("records"):
        if not row["fleet"]:
            value, _, why = str(row["text"]).partition(" (")
            table.add_row(
                f"P{row['percent']}",
                value.removesuffix(" USD"),
                why.removesuffix(")"),
                f"{row['percent']} % of runs",
            )
    return table

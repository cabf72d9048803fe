"""A forecast as rows and as one document, for those who read files."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sim import __version__
from sim.scenario.forecasts import PriceStep
from sim.study.forecasting import Outlook
from sim.study.influence import Influence
from sim.study.statistics import Estimate

if TYPE_CHECKING:
    import pandas as pd

    from sim.api.forecasting import Forecast

SCHEMA = "desksim/forecast/1"
"""Name and version of the document. New fields may join it; a changed one makes a new version."""

DIRECTIONS = {
    "mean": "of all runs",
    "p10": "in 1 of 10 runs at most",
    "p50": "in half of the runs at most",
    "p90": "in 9 of 10 runs at most",
}
"""What each number says."""


def table(found: Sequence[Outlook], span: str, currency: str) -> "pd.DataFrame":
    """A row for each span and cost centre; `span` names the column of the first."""
    import pandas as pd

    rows = []
    for one in found:
        row: dict[str, Any] = {span: one.span.name, "cost_center": one.cost_center}
        for name in DIRECTIONS:
            estimate: Estimate = getattr(one, name)
            row |= {name: estimate.value}
            row |= {f"{name}_low": estimate.low, f"{name}_high": estimate.high}
        notes = {note.text: None for name in DIRECTIONS for note in getattr(one, name).notes}
        row |= {"n": one.p90.n, "held": one.held.value, "notes": "; ".join(notes)}
        rows.append(row | {"currency": currency})
    numbers = [f"{name}{end}" for name in DIRECTIONS for end in ("", "_low", "_high")]
    return pd.DataFrame(rows).astype(dict.fromkeys([*numbers, "held"], "float64"))


def document(forecast: "Forecast") -> dict[str, Any]:
    """Everything that a forecast says, without its single runs."""
    spec, scenario = forecast.plan.forecast.spec, forecast.scenario.spec
    return {
        "schema": SCHEMA,
        "name": forecast.name,
        "description": spec.description,
        "scenario": {
            "name": scenario.name,
            "hash": forecast.scenario.hash,
            "start": scenario.calendar.isoformat(0),
            "end": scenario.calendar.isoformat(scenario.end),
        },
        "provenance": {
            "desksim": __version__,
            "seed": scenario.seed,
            "draws": len(forecast.plan.draws),
            "replications": forecast.plan.replications,
            "prices": {
                "book": forecast.scenario.prices.name,
                "as_of": forecast.scenario.prices.as_of,
                "currency": forecast.scenario.prices.currency,
                "changes": [_step(step) for step in spec.price_changes],
            },
        },
        "basis": forecast.basis,
        "answer": forecast.answer(),
        "directions": DIRECTIONS,
        "years": [_row(found) for found in forecast.by_year],
        "months": [_row(found) for found in forecast.by_month],
        "influences": [_influence(one) for one in forecast.influences()],
        "variance": [_variance(forecast, c) for c in ("", *forecast.runs.cost_centers)],
        "budget": _budget(forecast),
        "back_test": {
            "band": "P10 to P90 of the runs of all other draws",
            "months": {o.span.name: o.held.value for o in forecast.by_month if not o.cost_center},
            "all_months_at_once": _estimate(forecast.at_once),
        },
    }


def _row(one: Outlook) -> dict[str, Any]:
    estimates = {name: _estimate(getattr(one, name)) for name in (*DIRECTIONS, "held")}
    return {"period": one.span.name, "cost_center": one.cost_center, **estimates}


def _estimate(found: Estimate) -> dict[str, Any]:
    return {
        "value": found.value,
        "low": found.low,
        "high": found.high,
        "level": found.level,
        "n": found.n,
        "method": found.method,
        "notes": [note.text for note in found.notes],
    }


def _variance(forecast: "Forecast", cost_center: str) -> dict[str, Any]:
    """Of the first year's cost; nulls where it cannot be split."""
    found = forecast.split(cost_center)
    return {
        "period": forecast.runs.years[0].name,
        "cost_center": cost_center,
        "assumptions": None if found is None else found.between,
        "chance": None if found is None else found.within,
        "share_of_assumptions": None if found is None else _estimate(found.share),
    }


def _influence(found: Influence) -> dict[str, Any]:
    """What an assumption explains of the first year's cost, all cost centres together."""
    return {
        "assumption": found.assumption,
        "share_of_variance_between_draws": _estimate(found.share),
        "low": found.low,
        "cost_at_low": found.cost_at_low,
        "high": found.high,
        "cost_at_high": found.cost_at_high,
    }


def _budget(forecast: "Forecast") -> dict[str, Any] | None:
    budget = forecast.plan.forecast.spec.budget
    if budget is None:
        return None
    years = [
        {
            "period": found.span.name,
            "probability_of_exceeding": _estimate(found.probability),
            "spent_in": found.month,
            "exceeded_by_end_of": dict(zip(found.span.months, found.by_month, strict=True)),
        }
        for found in forecast.overruns
    ]
    return {"amount": format(budget, "f"), "years": years}


def _step(step: PriceStep) -> dict[str, Any]:
    """A change of a price, and by how much; what is drawn stands in the assumptions."""
    if step.unit_price is not None:
        said = f"{step.unit_price:f}"
    else:
        said = "drawn" if step.is_drawn else str(step.change)
    return {"from": f"{step.begins}", "what": step.what, "change": said}

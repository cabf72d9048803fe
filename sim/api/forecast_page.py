"""The page of a forecast: its numbers and figures in the form that `sim.report` writes."""

import math
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING

from sim import __version__
from sim.api.loading import period
from sim.api.page import prices_used
from sim.metering import possible_items
from sim.report import forecasts as words
from sim.report.contents import Drawing
from sim.report.forecast_page import (
    MOST_FIGURES,
    CostCenter,
    ForecastData,
    Sheet,
    html_forecast,
)
from sim.scenario.assumptions import assumptions
from sim.scenario.forecasts import PriceStep
from sim.scenario.resolved import flow
from sim.scenario.uncertain import Uncertain
from sim.study.forecasting import Outlook

if TYPE_CHECKING:
    from sim.api.forecasting import Forecast

ALL = "all together"
_AMOUNTS = [
    ("Mean", "number"),
    ("P10: 1 in 10 at most", "number"),
    ("P50: half at most", "number"),
    ("P90: 9 in 10 at most", "number strong"),
    ("P90 is known to", "number"),
]
_ABREAST = 6
"""Cost centres beside each other in one table."""
_HEIGHT = 2.2
"""Height of the figure of one cost centre [in]."""


def page_of(found: "Forecast") -> str:
    """The page as HTML."""
    return html_forecast(contents(found))


def contents(found: "Forecast") -> ForecastData:
    """Everything that the page says."""
    spec, scenario = found.plan.forecast.spec, found.scenario.spec
    shown = _dearest(found)
    links = {center: f"center-{at}" for at, center in enumerate(shown)}
    total = [one for one in found.by_month if not one.cost_center]
    return ForecastData(
        title=found.name,
        description=spec.description,
        period=f"{period(scenario)} (UTC)",
        answer=found.answer(),
        years=list(_years(found, links)),
        by_month=found.drawing(),
        months=_months(total),
        added_up=found.drawing(added_up=True),
        budget=_budget(found),
        exceeded=_exceeded(found),
        centers=[
            CostCenter(
                id=links[center],
                name=center,
                answer=found.answer(center),
                drawing=found.drawing(cost_center=center, height=_HEIGHT),
            )
            for center in shown
        ],
        without_figure=[one for one in found.runs.cost_centers if one not in links],
        means=list(_by_center(found, "mean", shown)),
        p90s=list(_by_center(found, "p90", shown)),
        variance=_variance(found, links),
        bars=_bars(found),
        influences=_influences(found),
        back_test=words.back_test(total, found.at_once),
        held=Sheet(
            id="held",
            caption="How often P10 to P90 of the other draws held a run",
            columns=[("Month", "date"), ("Held", "number")],
            rows=[(one.span.name, words.percent(one.held)) for one in total],
        ),
        assumptions=list(_assumed(found)),
        prices=prices_used(found.scenario.prices, possible_items(found.scenario.spec)),
        currency=found.scenario.prices.currency,
        basis=found.basis,
        provenance={
            "forecast": found.name,
            "scenario": f"{scenario.name}, hash {found.scenario.hash[:16]}",
            "seed": str(scenario.seed),
            "prices": f"{found.scenario.prices.name}, as of {found.scenario.prices.as_of}",
            "desksim": __version__,
        },
    )


def _dearest(found: "Forecast") -> list[str]:
    """The cost centres that have a figure, by name: the dearest of those that cost anything."""
    spent = {
        center: found.runs.outlook(found.runs.whole, center).mean.value or 0.0
        for center in found.runs.cost_centers
    }
    ranked = sorted((one for one in spent if spent[one] > 0), key=lambda one: (-spent[one], one))
    return sorted(ranked[:MOST_FIGURES])


def _amounts(one: Outlook) -> list[str]:
    known = "-" if one.p90.low is None else words.interval(one.p90, words.spread(one))
    return [*words.amounts(one), known]


def _years(found: "Forecast", links: dict[str, str]) -> Iterator[Sheet]:
    """A table for each year and for the whole forecast, cost centre by cost centre."""
    groups = groupby(found.by_year, lambda one: one.span)
    for number, (span, rows) in enumerate(groups):
        cells = []
        for one in rows:
            split = found.runs.split(span, one.cost_center)
            share = "-" if split is None else words.percent(split.share, level=False)
            cells.append([one.cost_center or ALL, *_amounts(one), share])
        yield Sheet(
            id=f"year-{number}",
            caption=f"{span.name}, by cost centre [{found.scenario.prices.currency}]",
            columns=[("Cost centre", ""), *_AMOUNTS, ("Due to assumptions", "number")],
            rows=cells,
            links=links,
        )


def _months(total: Sequence[Outlook]) -> Sheet:
    return Sheet(
        id="by-month",
        caption="All together, by month",
        columns=[("Month", "date"), *_AMOUNTS],
        rows=[[one.span.name, *_amounts(one)] for one in total],
    )


def _by_center(found: "Forecast", name: str, centers: Sequence[str]) -> Iterator[Sheet]:
    """A row for each month, a column for each cost centre, as many as a sheet of paper holds."""
    titles = {"mean": "Mean", "p90": "P90, what 9 of 10 runs cost at most,"}
    currency = found.scenario.prices.currency
    for at in range(0, len(centers), _ABREAST):
        shown = centers[at : at + _ABREAST]
        by_month = {(one.span.name, one.cost_center): one for one in found.by_month}
        rows = [[by_month[month, center] for center in shown] for month in found.runs.months]
        yield Sheet(
            id=f"{name}-{at}",
            caption=f"{titles[name]} by month and cost centre [{currency}]",
            columns=[("Month", "date"), *((center, "number") for center in shown)],
            rows=[
                [
                    month,
                    *(words.amount(getattr(one, name).value, words.spread(one)) for one in row),
                ]
                for month, row in zip(found.runs.months, rows, strict=True)
            ],
        )


def _budget(found: "Forecast") -> Sheet | None:
    budget = found.plan.forecast.spec.budget
    if budget is None:
        return None
    return Sheet(
        id="years-and-budget",
        caption=f"Each year against {budget:,f} {found.scenario.prices.currency}",
        columns=[("Year", ""), ("Exceeded in", "number"), ("On average spent in", "")],
        rows=[
            [one.span.name, words.percent(one.probability), one.month or "not by the end"]
            for one in found.overruns_to_tell
        ],
    )


def _exceeded(found: "Forecast") -> Sheet | None:
    if not any(one.by_month[-1] for one in found.overruns_to_tell):
        return None
    return Sheet(
        id="exceeded",
        caption="Share of runs that have exceeded the year's budget by the end of a month",
        columns=[("Month", "date"), ("Runs", "number")],
        rows=[
            [month, f"{100 * share:.0f} %"]
            for one in found.overruns_to_tell
            for month, share in zip(one.span.months, one.by_month, strict=True)
            if share
        ],
    )


def _variance(found: "Forecast", links: dict[str, str]) -> Sheet | None:
    """How far chance and assumptions each spread the first year's cost."""
    rows = []
    for center in ("", *found.runs.cost_centers):
        split = found.split(center)
        if split is None:
            return None
        apart = math.sqrt(split.between + split.within)
        spreads = [words.amount(math.sqrt(one), apart) for one in (split.within, split.between)]
        rows.append([center or ALL, *spreads, words.percent(split.share)])
    return Sheet(
        id="variance",
        caption=f"{found.runs.years[0].name}: standard deviation of a run by what it is due to "
        f"[{found.scenario.prices.currency}]",
        columns=[
            ("Cost centre", ""),
            ("Chance within the model", "number"),
            ("Assumptions", "number"),
            ("Assumptions, part of the variance", "number"),
        ],
        rows=rows,
        links=links,
    )


def _influences(found: "Forecast") -> Sheet | None:
    rows = []
    for one in found.influences():
        apart = abs(one.cost_at_high - one.cost_at_low)
        ends = [
            f"{words.amount(cost, apart)} at {value}"
            for value, cost in ((one.low, one.cost_at_low), (one.high, one.cost_at_high))
        ]
        sure = "yes" if one.is_established else "no"
        rows.append([one.assumption, words.percent(one.share), sure, *ends])
    if not rows:
        return None
    return Sheet(
        id="influences",
        caption=f"{found.runs.years[0].name}: what each assumption explains, and mean costs "
        f"[{found.scenario.prices.currency}]",
        columns=[
            ("Assumption", ""),
            ("Explains of how draws differ", "number"),
            ("More than chance", ""),
            ("Where it is low", ""),
            ("Where it is high", ""),
        ],
        rows=rows,
    )


def _bars(found: "Forecast") -> Drawing | None:
    """From what to what each assumption takes the cost."""
    from sim.report.figures import (
        SettingEffect,
        describe_effects_tornado,
        effects_tornado,
        height_of_tornado,
    )
    from sim.report.svg import drawing

    rows = [
        SettingEffect(
            setting=one.assumption,
            low=min(one.cost_at_low, one.cost_at_high),
            high=max(one.cost_at_low, one.cost_at_high),
            low_at="low" if one.cost_at_low <= one.cost_at_high else "high",
            high_at="high" if one.cost_at_low <= one.cost_at_high else "low",
            said=f"explains {words.percent(one.share, level=False)}",
        )
        for one in found.influences()
    ]
    if not rows:
        return None
    measure = f"mean cost of {found.runs.years[0].name} [{found.currency}]"
    middle = found.year().mean.value or 0.0
    return drawing(
        partial(effects_tornado, rows, measure=measure, middle=middle),
        topic="cost",
        title="From what to what each assumption takes the year's cost",
        description=describe_effects_tornado(rows, measure=measure),
        height=height_of_tornado(rows),
    )


def _assumed(found: "Forecast") -> Iterator[Sheet]:
    """What is drawn, what is set, which prices change, and what else the numbers rest on."""
    forecast = found.plan.forecast
    spec, drawn = forecast.spec, [draw.said for draw, _ in found.plan.draws]
    columns = [("Setting", ""), ("Drawn from", "long"), ("Where that comes from", "long")]
    if spec.assumptions:
        rows = [
            [key, drawn_from(law), spec.sources.get(key, "not said")]
            for key, law in spec.assumptions.items()
        ]
        many = f"{len(drawn):,} draw{'s' * (len(drawn) > 1)}"
        caption = f"What nobody knows for sure: {many}, each independent of the others"
        yield Sheet(id="drawn", caption=caption, columns=columns, rows=rows)
    if spec.price_changes:
        yield Sheet(
            id="price-changes",
            caption="Prices that change, each on top of those before it",
            columns=[("From", "date"), ("What", ""), ("Change", "long"), columns[-1]],
            rows=[
                [one.month, one.what, _changed(one), one.source or "not said"]
                for one in spec.price_changes
            ],
        )
    if forecast.settings:
        yield Sheet(
            id="set",
            caption="What the forecast sets in every run, over the scenario",
            columns=[("Setting", ""), ("Value", "long"), columns[-1]],
            rows=[
                [key, "left out" if value is None else flow(value), spec.sources.get(key, "")]
                for key, value in spec.settings.items()
            ],
        )
    rest = [
        [row.path, row.value, "scenario" if row.stated else "default", row.meaning]
        for row in assumptions(found.scenario.resolved)
    ]
    if rest:
        yield Sheet(
            id="settings",
            caption="Settings on which the numbers rest besides",
            columns=[("Setting", ""), ("Value", ""), ("From", ""), ("Meaning", "long")],
            rows=rest,
        )


def drawn_from(law: "Uncertain | Sequence[object]") -> str:
    """A law in words: `0.5 to 2.5, most likely 1.0`."""
    if not isinstance(law, Uncertain):
        return f"one of {'; '.join(flow(one) for one in law)}"
    if law.mean:
        return f"normal, mean {law.mean}, standard deviation {law.sd}"
    likely = f", most likely {law.likely}" if law.likely else ", all equally likely"
    return f"{law.low} to {law.high}{likely}"


def _changed(step: PriceStep) -> str:
    if step.unit_price is not None:
        return f"to {step.unit_price:f}"
    if isinstance(step.change, Uncertain | list):
        return f"by {drawn_from(step.change)}"
    return f"by {step.change}"

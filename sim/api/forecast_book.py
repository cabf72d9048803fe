"""What the workbook of a forecast says: of a forecast in memory, or of its folder."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.api.forecast_folder import forecast_in
from sim.api.run_book import head
from sim.report.workbook import Expected, ForecastBook, PriceChange
from sim.study.forecasting import YEAR, Bill

if TYPE_CHECKING:
    from sim.api.forecasting import Forecast


def forecast_book(forecast: "Forecast") -> ForecastBook:
    """What is said of a forecast."""
    drawn = [
        (draw.number, assumption, value)
        for draw, _ in forecast.plan.draws
        for assumption, value in draw.said.items()
    ]
    return _book(forecast.summary, forecast.runs.bills, drawn)


def forecast_book_in(folder: Path) -> ForecastBook:
    """The same of its folder, without running anything.

    Raises:
        ResultError: when the folder is no forecast, an older one, or one that is not whole.
    """
    with forecast_in(folder) as written:
        return _book(*written)


def _book(
    document: Mapping[str, Any], bills: Sequence[Bill], drawn: Sequence[tuple[int, str, str]]
) -> ForecastBook:
    months = [row["period"] for row in document["months"] if not row["cost_center"]]
    spans = {row["period"]: _months(months, row["period"]) for row in document["years"]}
    provenance, budget = document["provenance"], document["budget"]
    each = provenance["replications"]
    runs = [(number // each, number) for number in range(provenance["draws"] * each)]
    rows = [*document["months"], *document["years"]]
    said = head(
        document,
        name=document["name"],
        description=document["description"],
        answer=document["answer"],
        currency=provenance["prices"]["currency"],
        basis=document["basis"],
    )
    return ForecastBook(
        head=said,
        months=months,
        spans=spans,
        years=-(-len(months) // YEAR),
        cost_centers=sorted({row["cost_center"] for row in rows} - {""}),
        runs=runs,
        costs=_costs(bills),
        expected={(row["period"], row["cost_center"]): _expected(row) for row in rows},
        budget=None if budget is None else Decimal(budget["amount"]),
        exceeded={
            year["period"]: year["exceeded_by_end_of"]
            for year in ([] if budget is None else budget["years"])
        },
        price_changes=[
            PriceChange(begins=step["from"], what=step["what"], change=step["change"])
            for step in provenance["prices"]["changes"]
        ],
        drawn=drawn,
    )


def _months(months: list[str], period: str) -> list[str]:
    """The months of a period: `2027-01`, or `2027-01 to 2027-12`."""
    first, _, last = period.partition(" to ")
    return months[months.index(first) : months.index(last or first) + 1]


def _costs(bills: Sequence[Bill]) -> dict[tuple[str, str], list[Decimal]]:
    """Cost of each run by cost centre and month; 0 where it has no charge."""
    keys = dict.fromkeys(key for bill in bills for key in bill)
    return {
        (center, month): [bill.get((month, center), Decimal(0)) for bill in bills]
        for month, center in keys
    }


def _expected(row: Mapping[str, Any]) -> Expected:
    mean, p10, p50, p90 = (row[name]["value"] for name in ("mean", "p10", "p50", "p90"))
    low, high = row["p90"]["low"], row["p90"]["high"]
    return Expected(mean=mean, p10=p10, p50=p50, p90=p90, p90_low=low, p90_high=high)

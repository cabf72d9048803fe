"""What the workbook of a forecast says: of a forecast in memory, or of its folder."""

import json
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.api.errors import ResultError
from sim.api.forecast_document import SCHEMA
from sim.api.forecasting import ASSUMPTIONS, DOCUMENT, RUNS
from sim.api.run_book import head
from sim.report.workbook import Expected, ForecastBook, PriceChange
from sim.storage import read_table
from sim.study.forecasting import YEAR

if TYPE_CHECKING:
    import pandas as pd

    from sim.api.forecasting import Forecast

_TEXT = ("month", "cost_center", "cost", "assumption", "value")


def forecast_book(forecast: "Forecast") -> ForecastBook:
    """What is said of a forecast."""
    return _book(forecast.summary, forecast.bills, forecast.assumptions)


def forecast_book_in(folder: Path) -> ForecastBook:
    """The same of its folder, without running anything.

    Raises:
        ResultError: when the folder is no forecast, or an older one.
    """
    file = folder / DOCUMENT
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
    except ValueError:
        document = None
    schema = document.get("schema") if isinstance(document, dict) else None
    if not isinstance(document, dict) or schema != SCHEMA:
        raise ResultError(f"{file}: expected the schema {SCHEMA}, found {schema}")
    try:
        drawn = folder / ASSUMPTIONS
        assumptions = read_table(drawn, text=_TEXT) if drawn.is_file() else None
        return _book(document, read_table(folder / RUNS, text=_TEXT), assumptions)
    except FileNotFoundError:
        raise ResultError(f"{folder}: expected a forecast, found no {RUNS} in it") from None
    except KeyError as error:
        raise ResultError(f"{file}: expected {error}, which is not there") from None


def _book(
    document: Mapping[str, Any], bills: "pd.DataFrame", drawn: "pd.DataFrame | None"
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
    drawn_rows = [] if drawn is None else drawn.fillna("").to_dict("records")
    return ForecastBook(
        head=said,
        months=months,
        spans=spans,
        years=-(-len(months) // YEAR),
        cost_centers=sorted({row["cost_center"] for row in rows} - {""}),
        runs=runs,
        costs=_costs(bills, len(runs)),
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
        drawn=[(row["draw"], row["assumption"], row["value"]) for row in drawn_rows],
    )


def _months(months: list[str], period: str) -> list[str]:
    """The months of a period: `2027-01`, or `2027-01 to 2027-12`."""
    first, _, last = period.partition(" to ")
    return months[months.index(first) : months.index(last or first) + 1]


def _costs(bills: "pd.DataFrame", runs: int) -> dict[tuple[str, str], list[Decimal]]:
    """Cost of each run by cost centre and month; 0 where it has no charge."""
    found: dict[tuple[str, str], list[Decimal]] = {}
    for row in bills.fillna("").to_dict("records"):
        costs = found.setdefault((row["cost_center"], row["month"]), [Decimal(0)] * runs)
        costs[row["replication"]] = Decimal(row["cost"])
    return found


def _expected(row: Mapping[str, Any]) -> Expected:
    mean, p10, p50, p90 = (row[name]["value"] for name in ("mean", "p10", "p50", "p90"))
    low, high = row["p90"]["low"], row["p90"]["high"]
    return Expected(mean=mean, p10=p10, p50=p50, p90=p90, p90_low=low, p90_high=high)

"""A forecast as FOCUS: of one in memory, or of a folder that was written long ago."""

from collections.abc import Iterator
from decimal import Decimal
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from sim.api.forecast_folder import forecast_in
from sim.report.focus import ACCOUNT, RENAMED, columns
from sim.report.focus.forecast import Expected, Outlooks, Rows, forecast_focus_rows
from sim.storage import write_typed
from sim.study.forecasting import PERCENTS, Bill, Months, Span
from sim.study.statistics.quantiles import nearest

if TYPE_CHECKING:
    import pandas as pd

    from sim.api.forecasting import Forecast


def outlooks_of(found: "Forecast", rows: Rows = "mean") -> Outlooks:
    """The amounts of a forecast in memory."""
    return _outlooks(found.summary, found.runs, rows)


def outlooks_in(folder: str | PathLike[str], rows: Rows = "mean") -> Outlooks:
    """The amounts of a forecast in a folder; the scenario's files are not needed.

    Raises:
        ResultError: when the folder is no forecast, an older one, or one that is not whole.
    """
    with forecast_in(folder) as written:
        document = written.document
        months = tuple(dict.fromkeys(row["period"] for row in document["months"]))
        runs = Months(months, written.bills, document["provenance"]["draws"])
        return _outlooks(document, runs, rows)


def write_forecast_focus(
    found: Outlooks, file: str | PathLike[str], *, version: str = "1.2", account: str = ACCOUNT
) -> "pd.DataFrame":
    """Write a forecast as FOCUS, `.parquet` or `.csv`, whole or not at all; the rows.

    Raises:
        ValueError: for another suffix, or a version that cannot be written.
        OSError: as one sentence, when the system refuses.
    """
    wanted = columns(version, forecast=True)
    rows = forecast_focus_rows(found, account=account).rename(columns=RENAMED[version])
    write_typed(Path(file), rows, wanted)
    return rows


def is_forecast_folder(folder: str | PathLike[str]) -> bool:
    """Whether a folder is a forecast's."""
    from sim.api.forecasting import DOCUMENT

    return (Path(folder) / DOCUMENT).is_file()


def _outlooks(document: dict[str, Any], runs: Months, rows: Rows) -> Outlooks:
    if rows not in get_args(Rows):
        raise ValueError(f"expected rows of {', '.join(get_args(Rows))}, got {rows!r}")
    prices = document["provenance"]["prices"]
    entries = _runs(runs) if rows == "runs" else _over_runs(runs, rows)
    return Outlooks(
        forecast=document["name"],
        scenario_hash=document["scenario"]["hash"],
        currency=prices["currency"],
        prices=f"{prices['book']}, as of {prices['as_of']}",
        entries=list(entries),
    )


def _runs(runs: Months) -> Iterator[Expected]:
    each = len(runs.bills) // max(1, runs.draws)
    for number, bill in enumerate(runs.bills):
        for (month, center), cost in sorted(_of_months(bill, runs)):
            yield Expected(
                month=month,
                cost_center=center,
                cost=cost,
                draw=number // each,
                replication=number,
            )


def _of_months(bill: Bill, runs: Months) -> Iterator[tuple[tuple[str, str], Decimal]]:
    return ((key, cost) for key, cost in bill.items() if key[0] in runs.months)


def _over_runs(runs: Months, rows: Rows) -> Iterator[Expected]:
    """Each month by cost centre; quantiles also all together, since they do not add up."""
    centers = [*runs.cost_centers, *([""] if rows == "quantiles" else [])]
    for month in runs.months:
        for center in centers:
            values = sorted(runs.values(Span((month,)), center))
            amounts = {"mean": sum(values, Decimal(0)) / len(values)}
            if rows == "quantiles":
                amounts |= {f"p{p}": values[nearest(len(values), p / 100) - 1] for p in PERCENTS}
            for quantile, cost in amounts.items():
                yield Expected(month=month, cost_center=center, cost=cost, quantile=quantile)

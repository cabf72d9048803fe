"""The folder of a forecast read back: its document, and what each of its runs costs.

Whoever exports it needs both, and a table that was cut short or edited would give other sums than
the document says. So each month of each cost centre is added up and held against the document.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal, InvalidOperation
from math import isclose
from os import PathLike
from pathlib import Path
from typing import Any, NamedTuple

from sim.api.errors import ResultError
from sim.api.forecast_document import SCHEMA
from sim.api.forecasting import ASSUMPTIONS, DOCUMENT, RUNS
from sim.pricing.charges import EXACT
from sim.storage import read_table
from sim.study.forecasting import Bill

_TEXT = ("month", "cost_center", "cost", "assumption", "value")


class Written(NamedTuple):
    """What is in the folder."""

    document: dict[str, Any]
    bills: list[Bill]
    """Of each run."""
    drawn: list[tuple[int, str, str]]
    """Draw, assumption and value."""


@contextmanager
def forecast_in(folder: str | PathLike[str]) -> Iterator[Written]:
    """The forecast in a folder; what is missing of it when it is used is told as well.

    Raises:
        ResultError: when the folder is no forecast, an older one, or one that is not whole.
    """
    place = Path(folder)
    try:
        document = _document(place / DOCUMENT)
        if not (place / RUNS).is_file():
            raise ValueError(f"there is no {RUNS} in it")
        bills = _bills(place / RUNS, document)
        _refuse_other_sums(document, bills)
        yield Written(document, bills, _drawn(place / ASSUMPTIONS))
    except ResultError:
        raise
    except KeyError as error:
        raise _broken(place, f"there is no {error} where it is expected") from None
    except (OSError, ValueError, TypeError, AttributeError, IndexError) as error:
        raise _broken(place, f"{error}") from None


def _broken(place: Path, why: str) -> ResultError:
    return ResultError(f"{place}: expected a forecast, found none that is whole: {why}")


def _document(file: Path) -> dict[str, Any]:
    document = json.loads(file.read_text(encoding="utf-8"))
    schema = document.get("schema") if isinstance(document, dict) else None
    if not isinstance(document, dict) or schema != SCHEMA:
        raise ResultError(f"{file}: expected the schema {SCHEMA}, found {schema}")
    return document


def _bills(file: Path, document: dict[str, Any]) -> list[Bill]:
    provenance = document["provenance"]
    runs = provenance["draws"] * provenance["replications"]
    bills: list[dict[tuple[str, str], Decimal]] = [{} for _ in range(runs)]
    table = read_table(file, text=_TEXT).astype(object)
    columns = (table[name] for name in ("replication", "month", "cost_center", "cost"))
    for run, month, center, cost in zip(*columns, strict=True):
        if run not in range(runs):
            raise ValueError(f"{RUNS}: expected runs from 0 to {runs - 1}, got {run}")
        bills[int(run)][str(month), str(center)] = _cost(str(cost))
    return list(bills)


def _cost(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        raise ValueError(f"{RUNS}: expected a cost in digits, got '{text}'") from None


def _refuse_other_sums(document: dict[str, Any], bills: list[Bill]) -> None:
    """Refuse runs that do not come to the means of the document."""
    sums: dict[tuple[str, str], Decimal] = {}
    for bill in bills:
        for (month, center), cost in bill.items():
            for key in ((month, center), (month, "")):
                sums[key] = EXACT.add(sums.get(key, Decimal(0)), cost)
    for row in document["months"]:
        key = (row["period"], row["cost_center"])
        found, said = float(sums.pop(key, Decimal(0))) / len(bills), row["mean"]["value"]
        if not isclose(found, said, rel_tol=1e-9, abs_tol=1e-9):
            of = f"{key[0]}, {key[1] or 'all cost centres together'}"
            message = f"{RUNS} has a mean of {found:,.2f} for {of}, {DOCUMENT} {said:,.2f}"
            raise ValueError(message)
    if sums:
        month, center = next(iter(sums))
        raise ValueError(f"{RUNS} has costs of {center} in {month}, {DOCUMENT} has none")


def _drawn(file: Path) -> list[tuple[int, str, str]]:
    if not file.is_file():
        return []
    rows = read_table(file, text=_TEXT).fillna("").to_dict("records")
    return [(row["draw"], row["assumption"], row["value"]) for row in rows]

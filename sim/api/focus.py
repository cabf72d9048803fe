"""A run's bill as FOCUS: of a run in memory, or of a folder that was written long ago."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.api.errors import ResultError
from sim.api.stored import settings, summary, whole_bill
from sim.report.focus import ACCOUNT, RENAMED, Bill, columns, focus_rows
from sim.scenario.resolved import written_form
from sim.storage import write_typed

if TYPE_CHECKING:
    import pandas as pd

    from sim.api.results import Run

_EXACT = ["quantity", "unit_price", "amount", "unrounded"]


def bill_of(run: "Run") -> Bill:
    """The bill of a run in memory."""
    spec = run.scenario.spec
    return Bill(
        scenario=spec.name,
        scenario_hash=run.scenario.hash,
        replication=run.replication,
        start=spec.calendar.instant(0),
        end=spec.calendar.instant(spec.end),
        charges=run.charges,
        invoice=run.invoice,
        settings=written_form(spec, str),
    )


def bill_in(folder: str | PathLike[str]) -> Bill:
    """The bill in a result folder; neither facts nor the scenario's files are needed.

    Raises:
        ResultError: when the folder is no result of a run, an older one, or one that is not whole.
    """
    place = Path(folder)
    document: Mapping[str, Any] = summary(place)
    try:
        scenario = document["scenario"]
        charges, invoice = whole_bill(place, document)
        return Bill(
            scenario=scenario["name"],
            scenario_hash=scenario["hash"],
            replication=document["provenance"]["replication"],
            start=datetime.fromisoformat(scenario["start"]),
            end=datetime.fromisoformat(scenario["end"]),
            charges=_exact(charges),
            invoice=_exact(invoice),
            settings=settings(place),
        )
    except KeyError as error:
        raise ResultError(f"{place}: expected {error}, which is not there") from None


def write_focus(
    found: Bill, file: str | PathLike[str], *, version: str = "1.2", account: str = ACCOUNT
) -> "pd.DataFrame":
    """Write a bill as FOCUS, `.parquet` or `.csv`, whole or not at all; the rows.

    Raises:
        ValueError: for another suffix, or a version that cannot be written.
        OSError: as one sentence, when the system refuses.
    """
    wanted = columns(version)
    rows = focus_rows(found, account=account).rename(columns=RENAMED[version])
    write_typed(Path(file), rows, wanted)
    return rows


def _exact(frame: "pd.DataFrame") -> "pd.DataFrame":
    """A bill as it was before it was written: decimals for digits, empty text for nothing."""
    texts = frame.astype(object).where(frame.notna(), "")
    for name in texts.columns.intersection(_EXACT):
        texts[name] = texts[name].map(Decimal)
    return texts

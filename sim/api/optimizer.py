"""The Cost Optimizer's report as it is released, and its hours beside those of the meter.

Whoever has a sheet that reads the real report can lay a simulated one into it: the columns, their
order and their words are the release's. What the model does not determine (tags of one's own, names
of computers, what happens inside a desktop) is empty and not invented.
"""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.record import RunningMode, Table
from sim.record.cost_optimizer import (
    COST_OPTIMIZER,
    OPTIMIZER_HOURS,
    Change,
    ComputeType,
    Termination,
)
from sim.units import Millis

if TYPE_CHECKING:
    import pandas as pd

    from sim.api.results import Run
    from sim.storage import FactStore

CHANGES = {
    Change.NO_CHANGE: "No Change",
    Change.TO_MONTHLY: "ToMonthly",
    Change.TO_HOURLY: "ToHourly",
    Change.SKIPPED: "Skipped",
    Change.FAILED: "Failed to change the mode",
}
MODES = {RunningMode.ALWAYS_ON: "ALWAYS_ON", RunningMode.AUTO_STOP: "AUTO_STOP"}
TERMINATIONS = {Termination.NO: "", Termination.YES: "Yes", Termination.DRY_RUN: "Yes - Dry Run"}
SKIP_TAG = "Skip_Convert"

UNKNOWN = (
    "insessionlatency",
    "cpuusage",
    "memoryusage",
    "rootvolumediskusage",
    "uservolumediskusage",
    "udppacketlossrate",
)
"""Columns of metrics that ride along in the release and are empty here."""


def report(run: "Run", facts: "FactStore[Any]") -> "pd.DataFrame":
    """The reports of the measured time, day by day and desktop by desktop, as released."""
    import pandas as pd

    table = facts.table(COST_OPTIMIZER)
    rows: Table = table.take((table["at"] >= 0) & (table["at"] < run.scenario.spec.end))
    names = run.names
    limit = pd.array(rows["limit"], dtype="Int32")
    limit[rows["limit"] < 0] = pd.NA
    return pd.DataFrame(
        {
            "WorkspaceID": names.desktops["name"][rows["desktop"]],
            "Billable Hours": rows["hours"],
            "Usage Threshold": limit,
            "Change Reported": _words(rows["change"], CHANGES),
            "Bundle Type": _words(rows["bundle"], {one: one.label for one in ComputeType}),
            "Initial Mode": _words(rows["initial_mode"], MODES),
            "New Mode": _words(rows["new_mode"], MODES),
            "Username": names.users["name"][rows["user"]],
            "Computer Name": "",
            "DirectoryId": "",
            "WorkspaceTerminated": _words(rows["terminated"], TERMINATIONS),
            **dict.fromkeys(UNKNOWN, ""),
            "Tags": np.where(rows["tagged"], SKIP_TAG, ""),
            "WorkspaceType": "PRIMARY",
            "ReportDate": _dates(run, rows["at"]),
        }
    )


def hours(run: "Run") -> Table:
    """Hours measured beside hours billed, fleet by fleet: table OPTIMIZER_HOURS."""
    spec = run.scenario.spec
    months = [month.name for month in spec.calendar.months(0, spec.end)]
    return Table.concatenate(
        [
            Table.empty(OPTIMIZER_HOURS),
            *(fleet.measured.beside(run.usage, months) for fleet in run.measures.optimizers),
        ]
    )


def summary(run: "Run") -> list[dict[str, Any]]:
    """A row for each fleet that the optimizer looks after, for the summary of the run."""
    table = hours(run)
    fleet = run.names.desktops["fleet"][table["desktop"]]
    hourly = table["alwayson_months"] == 0
    return [
        {
            "fleet": done.fleet,
            "dry_run": done.dry_run,
            "reports": done.reports,
            "changes": dict(done.changes),
            "terminated": dict(done.terminated),
            "modes": dict(done.modes),
            "hourly_months": int((mine := hourly & (fleet == done.fleet)).sum()),
            "measured_hours": int(table["measured_hours"][mine].sum()),
            "billed_hours": round(float(table["billed_hours"][mine].sum()), 6),
        }
        for done in run.measures.optimizers
    ]


def _words(codes: NDArray[Any], words: dict[Any, str]) -> NDArray[Any]:
    known = np.array([words[code] for code in sorted(words)], dtype=object)
    found: NDArray[Any] = known[codes]
    return found


def _dates(run: "Run", at: NDArray[Any]) -> NDArray[Any]:
    """`09/30/26`, the day of each instant in UTC."""
    calendar = run.scenario.spec.calendar
    instants: list[Millis] = np.unique(at).tolist()
    dates = np.array([f"{calendar.instant(one):%m/%d/%y}" for one in instants], dtype=object)
    found: NDArray[Any] = dates[np.searchsorted(instants, at)]
    return found

"""What the Cost Optimizer measured and did, and what the meter says of the same desktops.

The optimizer's hours are an estimate that it remembers from day to day. Beside them stand the hours
that were truly billed; where a desktop was charged as AlwaysOn in a month there are none, or only
those before the switch.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.metering.items import ALWAYSON_MONTH, TIMED
from sim.metering.months import E10
from sim.record import RunningMode, Table
from sim.record.cost_optimizer import (
    COST_OPTIMIZER,
    OPTIMIZER_HOURS,
    Change,
    Termination,
)
from sim.scenario import Scenario
from sim.study.measures import Columns, Facts, counted, inside


@dataclass(frozen=True)
class MeasuredHours:
    """Hours by which the optimizer's estimate grew, by desktop and month; in order of both."""

    desktop: NDArray[Any]
    user: NDArray[Any]
    month: NDArray[Any]
    """Position among the months of the measured time."""
    hours: NDArray[Any]

    def beside(self, usage: Table, months: list[str]) -> Table:
        """They beside what was billed: table OPTIMIZER_HOURS.

        Args:
            usage: table USAGE of the run.
            months: names of the months of the measured time.
        """
        place = {name: number for number, name in enumerate(months)}
        keys = zip(self.desktop.tolist(), self.month.tolist(), strict=True)
        row_of = {key: row for row, key in enumerate(keys)}
        billed, alwayson = np.zeros(len(self.hours)), np.zeros(len(self.hours))
        mine = usage.take(np.isin(usage["charge"].astype(str), (*TIMED, ALWAYSON_MONTH)))
        names = ("desktop", "month", "charge", "quantity_e10")
        for desktop, month, charge, quantity in zip(
            *(mine[name].tolist() for name in names), strict=True
        ):
            row = row_of.get((desktop, place[month]))
            if row is not None:
                (alwayson if charge == ALWAYSON_MONTH else billed)[row] += quantity
        return Table.of(
            OPTIMIZER_HOURS,
            desktop=self.desktop,
            user=self.user,
            month=np.array(months, dtype=object)[self.month],
            measured_hours=self.hours,
            billed_hours=billed / E10,
            alwayson_months=alwayson / E10,
        )


@dataclass(frozen=True)
class OptimizerMeasures:
    """What the Cost Optimizer did with one fleet in the measured time."""

    fleet: str
    dry_run: bool
    reports: int
    """Evenings times desktops."""
    changes: Mapping[str, int]
    """Reports by what was done about the running mode."""
    terminated: Mapping[str, int]
    """Reports of desktops that nobody used, by whether they were deleted."""
    modes: Mapping[str, int]
    """Desktops by running mode after the last report."""
    measured: MeasuredHours


def by_fleet(scenario: Scenario, users: Table, facts: Facts) -> list[OptimizerMeasures]:
    """Measure each fleet that the optimizer looks after, in the order of the file."""
    looked_after = {
        name: fleet.optimizer for name, fleet in scenario.fleets.items() if fleet.optimizer
    }
    if not looked_after:
        return []
    rows = facts.columns(COST_OPTIMIZER)
    fleet = users["fleet"][rows["user"]]
    found = []
    for name, rule in looked_after.items():
        mine = {column: values[fleet == name] for column, values in rows.items()}
        here = inside(mine["at"], scenario.end)
        last = here & (mine["at"] == mine["at"].max(initial=0))
        found.append(
            OptimizerMeasures(
                fleet=name,
                dry_run=rule.dry_run,
                reports=int(here.sum()),
                changes=counted(mine["change"][here], Change),
                terminated=counted(
                    mine["terminated"][here & (mine["terminated"] != Termination.NO)], Termination
                ),
                modes=counted(mine["new_mode"][last], RunningMode),
                measured=_measured(scenario, mine),
            )
        )
    return found


def _measured(scenario: Scenario, rows: Columns) -> MeasuredHours:
    """The growth of the remembered hours, which begin anew with each month."""
    months = scenario.calendar.months(scenario.begin, scenario.end)
    order = np.lexsort((rows["at"], rows["desktop"]))
    at, desktop, hours = (rows[name][order] for name in ("at", "desktop", "hours"))
    month = np.searchsorted([month.start for month in months], at, side="right") - 1
    grown = hours.astype(np.int64)
    same = (desktop[1:] == desktop[:-1]) & (month[1:] == month[:-1])
    grown[1:] -= np.where(same, hours[:-1], 0)
    kept = inside(at, scenario.end)
    key = desktop[kept].astype(np.int64) * len(months) + month[kept]
    _, first, place = np.unique(key, return_index=True, return_inverse=True)
    before = len(months) - len(scenario.calendar.months(0, scenario.end))
    return MeasuredHours(
        desktop=desktop[kept][first],
        user=rows["user"][order][kept][first],
        month=month[kept][first] - before,
        hours=np.bincount(place, weights=grown[kept], minlength=len(first)).astype(np.int64),
    )

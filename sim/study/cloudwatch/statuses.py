"""The status of desktops: what each is just before a slot ends.

Each desktop that exists gives one sample of each of the four metrics in each slot: 1 for what it
is, 0 for what it is not. So a Sum over a period of one slot is a number of desktops, and an Average
the share of them. A desktop that is starting, stopping or being changed is none of the four; one
that is being created, or is gone, gives no sample.

Source: AWS WorkSpaces Administration Guide 2023, "Monitor your WorkSpaces using CloudWatch
metrics", footnote 1: the service periodically sends status requests; a WorkSpace that answers is
Available, and Unhealthy when it fails to.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.record import DESKTOP_STATES, DesktopState
from sim.study.cloudwatch.periods import Periods
from sim.study.cloudwatch.scope import Recorded, Scope
from sim.study.cloudwatch.tallies import Levels, Tally, Touched

STATES = {
    "Available": ("AVAILABLE",),
    "Unhealthy": ("UNHEALTHY", "IMPAIRED"),
    "Stopped": ("STOPPED",),
    "Maintenance": ("MAINTENANCE", "ADMIN_MAINTENANCE"),
}
"""The provider's states that each metric counts; those that the model does not have never come."""

SILENT = ("ABSENT", "PENDING", "TERMINATED")
"""States without a desktop that could be asked."""


@dataclass(frozen=True)
class Statuses:
    """What the states of desktops tell."""

    tallies: dict[str, Tally]
    """The four metrics."""
    running: NDArray[np.int64]
    """Desktops in each slot that were available at any time of it: those that can be asked whether
    anybody is connected."""


def statuses(facts: Recorded, periods: Periods, scope: Scope, desktops: int) -> Statuses:
    """Read `desktop_states` once; `desktops` is how many there are in the run."""
    levels = Levels(periods.count, len(DesktopState))
    running = Touched(periods, desktops)
    names = ("desktop", "begin", "end", "state")
    for batch in facts.batches(DESKTOP_STATES, *names, where=scope.by_desktop):
        rows, begin, end = scope.spans(batch["desktop"], batch["begin"], batch["end"])
        desktop, state = batch["desktop"][rows], batch["state"][rows]
        # The last instant of a slot lies in [begin, end) if begin falls into the slot or before it,
        # and end behind it.
        levels.add(periods.slot_of(begin), periods.slot_of(end), state)
        up = state == DesktopState.AVAILABLE
        running.add(desktop[up], begin[up], end[up])
    number = levels.numbers()
    there = [state for state in DesktopState if state.name not in SILENT]
    samples = number[there].sum(axis=0)
    return Statuses(
        {
            metric: Tally.of_ones(number[_named(words)].sum(axis=0), samples)
            for metric, words in STATES.items()
        },
        running.numbers(),
    )


def _named(words: tuple[str, ...]) -> list[DesktopState]:
    return [state for state in DesktopState if state.name in words]

"""The book of operations: what was asked for, when, and what came of it.

Each is carried out or refused with a cause, and both are recorded. When one is finished may change
while it is under way, so rows are kept until the end of the run.
"""

from typing import Any

from sim.model.desktop import Desktop
from sim.model.desktops import Desktops
from sim.model.facts import Facts
from sim.record import NEVER, Cause, OperationKind
from sim.units import Millis


class OperationLog:
    """Rows of the table `operations`."""

    def __init__(self, desktops: Desktops) -> None:
        self._desktops = desktops
        self._recorded = desktops.world.recorded
        self._rows: list[list[Any]] = []
        self._under_way: dict[int, list[Any]] = {}
        """The last row of each desktop that was not finished at once."""

    def refuse(self, user: int, kind: OperationKind, to: str, at: Millis, cause: Cause) -> None:
        """Record what was not done."""
        number = self._desktops.number(user)
        self._rows.append([at, number, user, kind, to, False, cause, NEVER])

    def accept(
        self,
        desktop: Desktop,
        kind: OperationKind,
        to: str,
        at: Millis,
        done: Millis | None = None,
    ) -> None:
        """Record what is done at once, or finished at `done` unless a deletion comes first."""
        finished = at if done is None else self._recorded(done)
        row = [at, desktop.id, desktop.user, kind, to, True, Cause.NONE, finished]
        self._rows.append(row)
        if done is not None:
            self._under_way[desktop.id] = row

    def cut_short(self, desktop: Desktop, at: Millis) -> None:
        """A desktop is deleted: what is under way is never finished."""
        under_way = self._under_way.pop(desktop.id, None)
        if under_way is not None and under_way[-1] >= at:
            under_way[-1] = NEVER

    def postpone(self, desktop: Desktop, done: Millis) -> None:
        """A change under way is finished at another instant than it seemed."""
        row = self._under_way.get(desktop.id)
        if row is not None:
            row[-1] = self._recorded(done)

    def finish(self, facts: Facts) -> None:
        """Hand the rows over."""
        for row in self._rows:
            facts.operation(tuple(row))

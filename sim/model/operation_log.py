"""The book of operations: what was asked for, by whom and when, and what came of it.

Each is carried out or refused with a cause, and both are recorded. When one is finished may change
while it is under way, so rows are kept until the end of the run.
"""

from dataclasses import dataclass
from typing import Any

from sim.model.desktop import Desktop
from sim.model.desktops import Desktops
from sim.model.facts import Facts
from sim.record import NEVER, OPERATIONS, Actor, Cause, OperationKind
from sim.scenario.bundles import Volumes
from sim.units import Millis


@dataclass(frozen=True, slots=True)
class Order:
    """An operation that somebody asks for, on one user's desktop."""

    user: int
    kind: OperationKind
    to: str | Volumes | None = None
    """Running mode, bundle or volumes that it leads to; for a mode or volumes that nobody names,
    the other mode, the next larger user volume."""
    by: Actor = Actor.ADMINISTRATOR

    @property
    def target(self) -> str:
        """What it leads to, as it is recorded."""
        return self.to.label if isinstance(self.to, Volumes) else self.to or ""


class OperationLog:
    """Rows of the table `operations`."""

    def __init__(self, desktops: Desktops) -> None:
        self._desktops = desktops
        self._recorded = desktops.world.recorded
        self._rows: list[list[Any]] = []
        self._under_way: dict[int, list[Any]] = {}
        """The last row of each desktop that was not finished at once, as far as it matters."""

    def refuse(self, order: Order, at: Millis, cause: Cause) -> None:
        """Record what was not done."""
        self._write(order, self._desktops.number(order.user), at, cause, NEVER)

    def accept(
        self, order: Order, desktop: Desktop, at: Millis, done: Millis | None = None
    ) -> None:
        """Record what is done at once, or finished at `done` unless a deletion comes first."""
        finished = at if done is None else self._recorded(done)
        self._write(order, desktop.id, at, Cause.NONE, finished)
        if done is not None:
            self._under_way[desktop.id] = self._rows[-1]

    def _write(self, order: Order, desktop: int, at: Millis, cause: Cause, done: Millis) -> None:
        accepted = cause == Cause.NONE
        row = [at, desktop, order.user, order.kind, order.target, accepted, cause, done, order.by]
        self._rows.append(row)

    def cut_short(self, desktop: Desktop, at: Millis) -> None:
        """A desktop is deleted: what is under way is never finished."""
        self.suspend(desktop, at)
        self._under_way.pop(desktop.id, None)

    def suspend(self, desktop: Desktop, at: Millis) -> None:
        """A desktop is lost: nobody knows when, if at all, what is under way is finished."""
        row = self._under_way.get(desktop.id)
        if row is None:
            return
        if NEVER < row[_DONE] < at:
            del self._under_way[desktop.id]
        else:
            row[_DONE] = NEVER

    def postpone(self, desktop: Desktop, done: Millis) -> None:
        """What was suspended has begun anew, and is finished at another instant."""
        row = self._under_way.get(desktop.id)
        if row is not None:
            row[_DONE] = self._recorded(done)

    def finish(self, facts: Facts) -> None:
        """Hand the rows over."""
        for row in self._rows:
            facts.operation(tuple(row))


_DONE = OPERATIONS.names.index("done")
"""Position in a row of when it was finished."""

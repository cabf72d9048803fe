"""Of which desktops the samples count: one of them, all, or those in a running mode at the time."""

from collections.abc import Iterator
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from sim.record import DESKTOP_TERMS, RunningMode, Schema
from sim.storage import Where
from sim.study.concurrency import Instants
from sim.study.measures import Columns, Facts


class Recorded(Facts, Protocol):
    """Where the facts are, whole columns or piece by piece."""

    def batches(self, schema: Schema, *names: str, where: Where | None = None) -> Iterator[Columns]:
        """Some columns of a table piece by piece, in order."""
        ...


class Scope:
    """All desktops; the base of narrower ones."""

    def __init__(self, by_desktop: Where | None = None, by_user: Where | None = None) -> None:
        self.by_desktop = by_desktop
        """Which rows of a table about desktops can count; None: any."""
        self.by_user = by_user
        """The same of a table about what people did."""

    def spans(
        self, desktop: NDArray[Any], begin: Instants, end: Instants
    ) -> tuple[NDArray[np.int64], Instants, Instants]:
        """The parts of spans that count: of which span each is a part, its begin and end."""
        rows = np.flatnonzero(self.holds(desktop, begin))
        return rows, begin[rows], end[rows]

    def holds(self, desktop: NDArray[Any], _at: Instants) -> NDArray[np.bool_]:
        """Whether what happened to a desktop at an instant counts; -1 is no desktop."""
        return np.asarray(desktop >= 0, dtype=np.bool_)


class OneDesktop(Scope):
    """A single desktop.

    An outage may end a connection to one desktop of a session that goes on with another, so what
    people did is looked up by user.

    Args:
        desktop: which one.
        user: its owner.
    """

    def __init__(self, desktop: int, user: int) -> None:
        super().__init__(Where("desktop", desktop), Where("user", user))
        self._desktop = desktop

    def holds(self, desktop: NDArray[Any], _at: Instants) -> NDArray[np.bool_]:
        """Whether it is this desktop."""
        return np.asarray(desktop == self._desktop, dtype=np.bool_)


class InMode(Scope):
    """Desktops while they are in a running mode.

    Args:
        terms: columns `desktop`, `begin`, `end` and `running_mode` of `desktop_terms`.
        mode: which one.
    """

    def __init__(self, terms: Columns, mode: RunningMode) -> None:
        super().__init__()
        mine = np.flatnonzero(terms["running_mode"] == mode)
        order = mine[np.lexsort((terms["begin"][mine], terms["desktop"][mine]))]
        self._desktop = terms["desktop"][order]
        self._begin, self._end = terms["begin"][order], terms["end"][order]

    @classmethod
    def of(cls, facts: Recorded, mode: RunningMode) -> "InMode":
        """From the facts of a run."""
        names = ("desktop", "begin", "end", "running_mode")
        return cls(facts.columns(DESKTOP_TERMS, *names), mode)

    def spans(
        self, desktop: NDArray[Any], begin: Instants, end: Instants
    ) -> tuple[NDArray[np.int64], Instants, Instants]:
        """The parts of spans that lie inside the times in that mode."""
        first = np.searchsorted(self._desktop, desktop)
        number = np.searchsorted(self._desktop, desktop, side="right") - first
        rows = np.repeat(np.arange(len(desktop)), number)
        along = np.arange(len(rows)) - np.repeat(number.cumsum() - number, number)
        terms = np.repeat(first, number) + along
        begin = np.maximum(begin[rows], self._begin[terms])
        end = np.minimum(end[rows], self._end[terms])
        some = begin < end
        return rows[some], begin[some], end[some]

    def holds(self, desktop: NDArray[Any], at: Instants) -> NDArray[np.bool_]:
        """Whether each desktop was in that mode."""
        rows, _, _ = self.spans(desktop, at, at + 1)
        return np.bincount(rows, minlength=len(desktop)).astype(np.bool_)

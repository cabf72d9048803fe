"""Of which desktops the samples count: all, some, or those of which something holds at the time.

A running mode, a compute type and a protocol are properties that a desktop has for a time: it may
be switched or changed. Each is a filter of spans, whatever it is that holds.
"""

from collections.abc import Iterator
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from sim.record import DESKTOP_TERMS, Schema
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


class OneUser(Scope):
    """All desktops that a user has had.

    Args:
        user: whose.
        desktops: their codes.
    """

    def __init__(self, user: int, desktops: NDArray[Any]) -> None:
        super().__init__(by_user=Where("user", user))
        self._desktops = desktops

    def holds(self, desktop: NDArray[Any], _at: Instants) -> NDArray[np.bool_]:
        """Whether it is one of them."""
        return np.isin(desktop, self._desktops)


class While(Scope):
    """Desktops while something holds of them.

    Args:
        desktop: of which desktop it holds.
        begin: from when on.
        end: until when; spans of one desktop do not overlap.
    """

    def __init__(self, desktop: NDArray[Any], begin: Instants, end: Instants) -> None:
        super().__init__()
        order = np.lexsort((begin, desktop))
        self._desktop, self._begin, self._end = desktop[order], begin[order], end[order]

    @classmethod
    def term(cls, facts: Recorded, name: str, value: Any) -> "While":
        """While they are held on terms with a value in a column of `desktop_terms`."""
        terms = facts.columns(DESKTOP_TERMS, "desktop", "begin", "end", name)
        mine = terms[name] == value
        return cls(*(terms[column][mine] for column in ("desktop", "begin", "end")))

    def spans(
        self, desktop: NDArray[Any], begin: Instants, end: Instants
    ) -> tuple[NDArray[np.int64], Instants, Instants]:
        """The parts of spans that lie inside the times in which it holds."""
        first = np.searchsorted(self._desktop, desktop)
        number = np.searchsorted(self._desktop, desktop, side="right") - first
        rows = np.repeat(np.arange(len(desktop)), number)
        along = np.arange(len(rows)) - np.repeat(number.cumsum() - number, number)
        held = np.repeat(first, number) + along
        begin = np.maximum(begin[rows], self._begin[held])
        end = np.minimum(end[rows], self._end[held])
        some = begin < end
        return rows[some], begin[some], end[some]

    def holds(self, desktop: NDArray[Any], at: Instants) -> NDArray[np.bool_]:
        """Whether it held of each desktop."""
        rows, _, _ = self.spans(desktop, at, at + 1)
        return np.bincount(rows, minlength=len(desktop)).astype(np.bool_)

"""What persistent desktops owe each month: fees, volumes, applications, and where hours are billed.

Behaviour and bill run on different clocks. A desktop that is switched to AlwaysOn is charged as
AlwaysOn at once, on top of the AutoStop base fee and the hours so far; one that is switched to
AutoStop starts to stop at once, and is charged as AlwaysOn until the month is over. Both rules are
one: **from its first AlwaysOn instant to the end of the calendar month a desktop is billed as
AlwaysOn**, whatever follows, and a base fee is due for each month that a desktop begins as
AutoStop.

Terms are cut at the months into *pieces*, sorted by desktop, month and time, and every rule is a
statement about a piece and those before it in its month; so no desktop needs a loop of its own.

Source: re:Post, "WorkSpaces billing" (accepted answer, quoting the WorkSpaces FAQ), for both
switches; the reading of two switches in one month follows from them.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from sim.metering.hours import Spans
from sim.metering.months import BilledMonths, Flags, Ints
from sim.record import RunningMode, Table
from sim.scenario.schema import Billing


@dataclass(frozen=True)
class Pieces:
    """Terms of desktops cut at the edges of calendar months, sorted by desktop, month and begin."""

    term: Ints
    """Row of the terms."""
    desktop: Ints
    month: Ints
    begin: Ints
    end: Ints
    """Inside the calendar month [ms], the warm-up's part of it included."""
    alwayson: Flags
    """Whether the desktop behaves as AlwaysOn."""
    created: Flags
    """Whether the desktop's life begins with the piece."""
    deleted: Flags
    """Whether the desktop's life ends with the piece."""

    @cached_property
    def first(self) -> Flags:
        """Whether the piece is the first of its desktop and month."""
        same = (self.desktop[1:] == self.desktop[:-1]) & (self.month[1:] == self.month[:-1])
        return np.concatenate([np.ones(min(1, len(self.term)), np.bool_), ~same])

    @cached_property
    def billed_alwayson(self) -> Flags:
        """Whether the desktop has been AlwaysOn in this month by the end of the piece."""
        so_far = np.cumsum(self.alwayson)
        before: Ints = (so_far - self.alwayson)[self.first]
        billed: Flags = so_far > before[np.cumsum(self.first) - 1]
        return billed

    @cached_property
    def switched(self) -> Flags:
        """Whether the month turns from AutoStop to AlwaysOn with the piece."""
        before = np.concatenate(
            [np.zeros(min(1, len(self.term)), np.bool_), self.billed_alwayson[:-1]]
        )
        switched: Flags = self.billed_alwayson & ~before & ~self.first
        return switched

    @cached_property
    def owes_base(self) -> Flags:
        """Whether the month began as AutoStop."""
        owes: Flags = (~self.alwayson[self.first])[np.cumsum(self.first) - 1]
        return owes


def cut_at_months(terms: Table, months: BilledMonths) -> Pieces:
    """Cut terms at the months that meet the measured time.

    Terms that were changed again at the very instant at which they began take no part; where they
    began or ended the desktop's life, their neighbours do.
    """
    lasting = terms["end"] > terms["begin"]
    rows = np.flatnonzero(lasting)[np.lexsort((terms["begin"][lasting], terms["desktop"][lasting]))]
    desktop = terms["desktop"][rows].astype(np.int64)
    begin, end = terms["begin"][rows], terms["end"][rows]
    changes = desktop[1:] != desktop[:-1]
    edge = np.ones(min(1, len(rows)), np.bool_)
    born = np.isin(desktop, terms["desktop"][terms["created"]]) & np.concatenate([edge, changes])
    died = np.isin(desktop, terms["desktop"][terms["deleted"]]) & np.concatenate([changes, edge])

    meets = (begin[:, None] < months.end) & (end[:, None] > months.start)
    row, month = np.nonzero(meets)
    order = np.lexsort((begin[row], month, desktop[row]))
    row, month = row[order], month[order]
    return Pieces(
        term=rows[row],
        desktop=desktop[row],
        month=month,
        begin=np.maximum(begin[row], months.start[month]),
        end=np.minimum(end[row], months.end[month]),
        alwayson=terms["running_mode"][rows[row]] == RunningMode.ALWAYS_ON,
        created=born[row] & (begin[row] >= months.start[month]),
        deleted=died[row] & (end[row] <= months.end[month]),
    )


def migrations(desktops: Table, pieces: Pieces) -> tuple[Flags, Flags]:
    """Which pieces begin or end with a migration: one desktop deleted, the next created, at once.

    Returns:
        For each piece, whether it begins by moving in and whether it ends by moving out.
    """
    owner = np.zeros(int(desktops["desktop"].max(initial=-1)) + 1, np.int64)
    owner[desktops["desktop"]] = desktops["user"]
    user = owner[pieces.desktop]
    arrivals = list(
        zip(user[pieces.created].tolist(), pieces.begin[pieces.created].tolist(), strict=True)
    )
    departures = list(
        zip(user[pieces.deleted].tolist(), pieces.end[pieces.deleted].tolist(), strict=True)
    )
    moved_in, moved_out = np.zeros_like(pieces.created), np.zeros_like(pieces.deleted)
    moved_in[pieces.created] = _among(arrivals, set(departures))
    moved_out[pieces.deleted] = _among(departures, set(arrivals))
    return moved_in, moved_out


def _among(moments: list[tuple[int, int]], others: set[tuple[int, int]]) -> NDArray[np.bool_]:
    return np.array([moment in others for moment in moments], np.bool_)


def fees_due(
    pieces: Pieces, months: BilledMonths, billing: Billing, desktops: Table
) -> tuple[Ints, Ints]:
    """Hours or days of its month for which each piece owes month fees.

    A first or last month that is not prorated is due in full, as far as it lies in the measured
    time: the end of the horizon is no deletion. A migration is prorated on both sides, whatever the
    settings. A desktop that was gone before the measured time owes nothing.

    Returns:
        For what every desktop pays (volumes, applications, the base fee of a month begun as
        AutoStop), and for the AlwaysOn month: 0 for pieces that are billed as AutoStop.
    """
    month = pieces.month
    opens, closes = months.opens[month], months.closes[month]
    moved_in, moved_out = migrations(desktops, pieces)
    whole_first = pieces.created & ~moved_in & (not billing.prorate_on_create)
    whole_last = pieces.deleted & ~moved_out & (not billing.prorate_on_delete)
    begin = np.where(whole_first, opens, np.clip(pieces.begin, opens, closes))
    end = np.where(whole_last & (pieces.end > opens), closes, np.clip(pieces.end, opens, closes))

    begun, over = months.begun(month, begin), months.over(month, begin)
    # An hour or day in which terms change stays with the terms with which it began.
    inherited = (~pieces.first | moved_in) & (pieces.begin > opens)
    stop = months.begun(month, end)
    owed = np.where(begin < end, stop - np.where(inherited, begun, over), 0)
    # The AlwaysOn month takes nothing over from the base fee, which is due for the whole month.
    taken_over = inherited & ~pieces.switched
    alwayson = np.where(begin < end, stop - np.where(taken_over, begun, over), 0)
    return owed, np.where(pieces.billed_alwayson, alwayson, 0)


def hourly_spans(pieces: Pieces, months: BilledMonths) -> Spans:
    """Where steps of runs are billed by the hour: a span per piece, empty where they are not."""
    spans = measured_spans(pieces, months)
    end = np.where(pieces.billed_alwayson, spans.begin, spans.end)
    return Spans(owner=spans.owner, begin=spans.begin, end=end)


def measured_spans(pieces: Pieces, months: BilledMonths) -> Spans:
    """The part of each piece inside the measured time.

    The span of a new desktop reaches back to the month's beginning, so that the clock hour in which
    it was created is one of its own.
    """
    opens, closes = months.opens[pieces.month], months.closes[pieces.month]
    begin = np.where(pieces.created, opens, np.clip(pieces.begin, opens, closes))
    return Spans(owner=pieces.desktop, begin=begin, end=np.clip(pieces.end, begin, closes))

"""Spans of one thing laid together: when anybody was on an instance, whoever it was."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.metering.months import Ints
from sim.record import NEVER


def held_spans(owner: NDArray[Any], begin: Ints, end: Ints) -> tuple[Ints, Ints, Ints]:
    """Spans in which an owner has at least one of some spans; touching ones are one.

    An end that did not come (NEVER) is later than any other, and stays NEVER.

    Returns:
        the row with which each begins, its begin and its end, by owner and time.
    """
    order = np.lexsort((begin, owner))
    owner, begin = owner[order].astype(np.int64), begin[order]
    late = np.iinfo(np.int64).max
    upto = np.where(end[order] == NEVER, late, end[order])
    _, group = np.unique(owner, return_inverse=True)
    latest = _running_maximum(group, upto)
    first = np.append(True, (group[1:] != group[:-1]) | (begin[1:] > latest[:-1]))[: len(begin)]
    last = np.append(first[1:], True)[: len(begin)]
    return order[first], begin[first], np.where(latest[last] == late, NEVER, latest[last])


def _running_maximum(group: NDArray[Any], values: Ints) -> Ints:
    """Greatest value so far within each group; groups are runs of ascending numbers."""
    ranked, rank = np.unique(values, return_inverse=True)
    most = max(1, len(ranked))
    # Ranks of later groups are lifted above all earlier ones, so that no maximum is carried over.
    highest = np.maximum.accumulate(group * most + rank)
    return np.asarray(ranked[highest - group * most], dtype=np.int64)

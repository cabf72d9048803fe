"""The frontier of a trade: the points that no other point beats.

One point *dominates* another if it is at least as good in every measure and better in one. What
remains is a choice: less of one thing only for more of another. Points that are equal in every
measure dominate each other as little as they are dominated, so both remain.
"""

from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


def dominates(one: Sequence[float], other: Sequence[float]) -> bool:
    """Whether a point beats another; of every number less is better."""
    pairs = list(zip(one, other, strict=True))
    return all(a <= b for a, b in pairs) and any(a < b for a, b in pairs)


def dominators(points: Sequence[Sequence[float]]) -> list[int | None]:
    """For each point the place of one on the frontier that dominates it; None: it is there itself.

    Of several dominators it is the first in the order of the numbers: with the cost in front, the
    cheapest. Less is better; turn the sign of what should be much.
    """
    found: list[int | None] = [None] * len(points)
    best: list[int] = []
    # Whatever dominates a point comes before it, and is on the frontier or dominated from there.
    for place in sorted(range(len(points)), key=lambda place: tuple(points[place])):
        found[place] = next((b for b in best if dominates(points[b], points[place])), None)
        if found[place] is None:
            best.append(place)
    return found


def spread(points: Sequence[T], most: int) -> list[T]:
    """At most so many of the points (two or more), evenly from the first to the last."""
    if len(points) <= most:
        return list(points)
    step = (len(points) - 1) / (most - 1)
    return [points[round(step * place)] for place in range(most)]

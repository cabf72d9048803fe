"""Measures as the summary writes them: seconds, shares, minutes, and amounts as text.

What does not exist, such as the p95 of no logons, is None.
"""

from typing import Any

from sim.scenario import Scenario
from sim.study.measures import PERCENTILES, Delivered, Ratio, Times
from sim.units import Money, cents


def spread(times: Times) -> dict[str, Any]:
    """Mean and percentiles of waiting times, and how many took any time."""
    ranked = {f"p{p}_s": seconds(times.percentiles[p]) for p in PERCENTILES}
    return {"mean_s": seconds(times.mean), **ranked, "took": times.took}


def ratio(some: Ratio, part: str, whole: str) -> dict[str, Any]:
    """A share with both numbers, each under its own name."""
    return {"value": some.value, part: some.part, whole: some.whole}


def delivered_minutes(spent: Delivered) -> dict[str, Any]:
    """What was delivered of what was planned, and the waiting beside it."""
    return {
        "value": spent.ratio.value,
        "delivered_min": minutes(spent.delivered),
        "planned_min": minutes(spent.planned),
        "waited_min": minutes(spent.waited),
    }


def minutes(millis: float) -> float:
    """Minutes of milliseconds."""
    return rounded(millis / 60_000)


def instant(spec: Scenario, at: int | None) -> str | None:
    """ISO-8601 in UTC."""
    return None if at is None else spec.calendar.isoformat(at)


def seconds(millis: float | None) -> float | None:
    """Seconds of milliseconds."""
    return None if millis is None else round(millis / 1000, 3)


def rounded(number: float) -> float:
    """A number to six decimals."""
    return round(number, 6)


def share(value: float | None) -> float | None:
    """A share to six decimals."""
    return None if value is None else rounded(value)


def money_text(amount: Money | None) -> str | None:
    """An amount to the cent."""
    return None if amount is None else format(cents(amount), "f")

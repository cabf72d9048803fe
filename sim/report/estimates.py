"""How estimates are written: a value, its interval, and why it has none, in as many digits as hold.

An interval of 34,912.40 to 34,982.10 says that the last digits of its middle are noise. Numbers are
written to the first two digits of the half-width, no finer than the unit is read.
"""

import math
from typing import Any

from sim.study.observations import Measure, parted
from sim.study.statistics import Estimate

_FINEST = {"USD": 2, "s": 1, "share": 4, "h": 1, "": 1}
"""Most decimals of each unit; of shares, of a percent."""
_ALONE = {"USD": 2, "s": 1, "share": 2, "h": 1, "": 1}
"""Decimals of a value without an interval."""
_UNITS = {"USD": "USD", "s": "s", "share": "%", "h": "h", "": ""}


def unit_of(measure: Measure) -> str:
    """The unit as it is written: `USD`, `%`."""
    return _UNITS[measure.unit]


def digits(estimate: Estimate, measure: Measure) -> int:
    """Decimals in which an estimate is worth writing."""
    half = estimate.half_width
    if not half:
        return _ALONE[measure.unit]
    scaled = half * 100 if measure.unit == "share" else half
    finest = _FINEST[measure.unit] + 2 * (measure.unit == "USD" and measure.is_ratio)
    return min(finest, max(0, 1 - math.floor(math.log10(scaled))))


def number(value: float | None, measure: Measure, decimals: int) -> str:
    """A value without its unit: `34,947`, `98.71`; `-` where there is none."""
    if value is None:
        return "-"
    shown = round(value * 100 if measure.unit == "share" else value, decimals)
    return f"{shown + 0.0:,.{decimals}f}"  # + 0.0, since nobody reads -0


def value_text(estimate: Estimate, measure: Measure) -> str:
    """The value with its unit: `34,947 USD`."""
    return _with_unit(number(estimate.value, measure, digits(estimate, measure)), measure)


def interval_text(estimate: Estimate, measure: Measure) -> str:
    """The interval: `34,912 to 34,982`; `exact`; or why there is none."""
    if estimate.is_exact:
        return "exact"
    if estimate.low is None or estimate.high is None:
        return "; ".join(_short(estimate, note.kind, note.text) for note in estimate.notes)
    decimals = digits(estimate, measure)
    ends = (number(end, measure, decimals) for end in (estimate.low, estimate.high))
    return " to ".join(ends)


def estimate_text(estimate: Estimate, measure: Measure) -> str:
    """Both in a sentence: `34,947 USD (95 %: 34,912 to 34,982)`."""
    told = value_text(estimate, measure)
    if estimate.is_exact:
        return told
    level = "" if estimate.low is None else f"{estimate.level * 100:g} %: "
    return f"{told} ({level}{interval_text(estimate, measure)})"


def warnings(estimate: Estimate) -> list[str]:
    """What a reader must know of an interval that there is."""
    return [] if estimate.low is None else [note.text for note in estimate.notes]


def _short(estimate: Estimate, kind: str, text: str) -> str:
    if kind != "same":
        return text
    return f"the same in all {estimate.n} {'weeks' if estimate.method == 'weeks' else 'runs'}"


def _with_unit(text: str, measure: Measure) -> str:
    return f"{text} {unit_of(measure)}".strip()


def estimate_row(key: str, found: Estimate) -> dict[str, Any]:
    """A row of a table of estimates: measure and fleet, the numbers, and both in words."""
    measure, fleet = parted(key)
    return {
        "measure": measure.name,
        "fleet": fleet,
        "value": found.value,
        "low": found.low,
        "high": found.high,
        "unit": measure.unit,
        "n": found.n,
        "level": found.level,
        "method": found.method,
        "notes": "; ".join(note.text for note in found.notes),
        "text": f"{value_text(found, measure)} ({interval_text(found, measure)})",
    }

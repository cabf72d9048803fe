"""Calendar months as a bill sees them, and parts of them in whole hours or days.

A fee for a month is due for the part of a UTC calendar month in which there was something to pay
for. That part is counted in whole UTC hours or days, the *grain*, and a started one counts: a
desktop created at 10:30 on the 16th of a 30-day month has lived for 15 of its 30 days, or for 350
of its 720 hours. Where terms change within one hour or day, it belongs to the terms with which it
began, so the parts of a month always add up to the whole. Two months of one grain share few
distinct parts, which also keeps the number of distinct quantities on a bill small.

Quantities leave this floor as integers of 1e-10, rounded half to even once, after everything that
makes up one line has been added up as whole hours or days.

Source: hours of the month: CloudHealth knowledge base, article 283741; days, and the day of a
change paid at the old terms: WorkSpaces Administration Guide 2023, "Migrate a WorkSpace".
"""

from dataclasses import dataclass
from math import gcd

import numpy as np
from numpy.typing import NDArray

from sim.scenario.schema import Scenario
from sim.units import DAY, HOUR, Millis

E10 = 10**10
"""Units of a quantity in one: ten decimals."""

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class BilledMonths:
    """The UTC calendar months that meet the measured time; all arrays have one entry per month."""

    names: tuple[str, ...]
    """`2026-09`."""
    start: Ints
    end: Ints
    """Edges of the whole calendar month [ms]."""
    opens: Ints
    closes: Ints
    """Edges of its part inside the measured time [ms]."""
    grain: Millis
    """What parts are counted in: an hour or a day [ms]."""

    @classmethod
    def of(cls, scenario: Scenario) -> "BilledMonths":
        """The months of `[0, scenario.end)`, counted in the grain that the scenario asks for."""
        months = scenario.calendar.months(0, scenario.end)
        start = np.array([month.start for month in months], dtype=np.int64)
        end = np.array([month.end for month in months], dtype=np.int64)
        return cls(
            names=tuple(month.name for month in months),
            start=start,
            end=end,
            opens=np.maximum(start, 0),
            closes=np.minimum(end, scenario.end),
            grain=DAY if scenario.billing.proration_grain == "days" else HOUR,
        )

    def __len__(self) -> int:
        return len(self.names)

    @property
    def whole(self) -> Ints:
        """Hours or days of each whole calendar month."""
        return (self.end - self.start) // self.grain

    def begun(self, month: Ints, at: Ints) -> Ints:
        """Hours or days of a month that have begun before an instant."""
        begun: Ints = -((self.start[month] - at) // self.grain)
        return begun

    def over(self, month: Ints, at: Ints) -> Ints:
        """Hours or days of a month that are over at an instant."""
        over: Ints = (at - self.start[month]) // self.grain
        return over

    @property
    def measured(self) -> Ints:
        """Hours or days of each month that touch the measured time."""
        index = np.arange(len(self))
        return self.begun(index, self.closes) - self.over(index, self.opens)


def e10(numerator: Ints, denominator: Ints | int) -> Ints:
    """`numerator / denominator` in units of 1e-10, rounded half to even, in exact integers.

    Raises:
        OverflowError: when a quantity of more than 900 million comes out.
    """
    common = gcd(E10, *np.unique(denominator).tolist())
    scale, divisor = E10 // common, denominator // common
    if len(numerator) and int(np.abs(numerator).max()) > np.iinfo(np.int64).max // scale:
        raise OverflowError(f"a quantity of {int(np.abs(numerator).max())} parts does not fit")
    quotient, rest = np.divmod(numerator * scale, divisor)
    up = (2 * rest > divisor) | ((2 * rest == divisor) & (quotient % 2 == 1))
    rounded: Ints = quotient + up
    return rounded

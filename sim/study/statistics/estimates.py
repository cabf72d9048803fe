"""An estimate: a number, the interval around it, and what is to be known about both."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

Values = Iterable[float] | Iterable[Decimal]
"""One finite number for each replication."""

Kind = Literal["dependent", "nothing", "one run", "same", "skewed", "too few", "unbounded"]

Method = Literal[
    "bootstrap",
    "delta",
    "exact",
    "f",
    "fieller",
    "hall",
    "jackknife",
    "order statistics",
    "paired t",
    "rank correlation",
    "sectioning",
    "t",
    "weeks",
    "wilson",
]

LEVEL = 0.95
"""How often an interval should contain the truth."""


@dataclass(frozen=True)
class Note:
    """Something a reader of an estimate must know.

    `dependent`: successive weeks resemble one another. `nothing`: there is no value. `one run`,
    `same`: no interval, as there is one value, or all are equal. `skewed`: the interval may cover
    less often than it says. `too few`: no interval, as it takes more runs. `unbounded`: no
    interval, as the denominator might be zero.
    """

    kind: Kind
    text: str
    """The same in words: a clause without a full stop."""


@dataclass(frozen=True)
class Estimate:
    """An estimate over `n` independent observations."""

    value: float | None
    """None if there is no such number: of no runs, or over a denominator of zero."""
    low: float | None
    high: float | None
    """Ends of the interval: both or neither. Those of an exact number are the number itself."""
    n: int
    """Number of observations: replications, or weeks."""
    level: float
    """How often such an interval contains the truth, if nothing in `notes` speaks against it."""
    method: Method
    notes: tuple[Note, ...] = ()

    @classmethod
    def exact(cls, value: float | Decimal, n: int = 1) -> "Estimate":
        """A number that no random number has a part in, which the caller must know."""
        number = float(value)
        return cls(number, number, number, n, 1.0, "exact")

    @classmethod
    def without(
        cls, value: float | None, n: int, level: float, method: Method, why: Note
    ) -> "Estimate":
        """An estimate that has no interval."""
        return cls(value, None, None, n, level, method, (why,))

    @property
    def is_exact(self) -> bool:
        """Whether the number is certain."""
        return self.method == "exact"

    @property
    def half_width(self) -> float | None:
        """Half the length of the interval."""
        return None if self.low is None or self.high is None else (self.high - self.low) / 2

    @property
    def relative_half_width(self) -> float | None:
        """Half-width as a part of the value; None without an interval, and of 0."""
        half = self.half_width
        return None if half is None or not self.value else half / abs(self.value)

    @property
    def excludes_zero(self) -> bool:
        """Whether the interval lies on one side of zero."""
        if self.low is None or self.high is None:
            return False
        return self.low > 0 or self.high < 0

    def has(self, kind: Kind) -> bool:
        """Whether there is a note of this kind."""
        return any(note.kind == kind for note in self.notes)


def numbers(values: Values) -> list[float]:
    """The values as finite floats.

    Raises:
        ValueError: one of them is not finite.
    """
    found = [float(value) + 0.0 for value in values]  # -0.0 becomes 0.0, which min and max confuse
    if not all(map(math.isfinite, found)):
        raise ValueError("expected finite numbers, one for each replication")
    return found


def checked_level(level: float) -> float:
    """The level of an interval.

    Raises:
        ValueError: it is not from 0.5 to below 1.
    """
    if not 0.5 <= level < 1:
        raise ValueError(f"expected a level from 0.5 to below 1, got {level:g}")
    return level


def no_spread(n: int) -> Note:
    """Why there is no interval around `n` values without any spread."""
    if n == 0:
        return Note("nothing", "there are no runs")
    if n == 1:
        return Note("one run", "one run has no interval")
    return Note(
        "same", f"the same in all {n} runs, which says nothing about how others would differ"
    )

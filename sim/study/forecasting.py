"""What many runs say about the months to come: how dear, how surely, and since when over budget.

A month, a year and the whole forecast are each measured on the same runs: a year's P90 is that of
the years, never a sum of monthly ones, as no run has a dear month twelve times. Runs of one draw
share its assumptions, and count as one where an interval is stated.

The back-test takes each run for the truth in turn and looks whether the band P10 to P90 of the runs
of all other draws holds it.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property, reduce
from itertools import accumulate
from math import fsum

from sim.pricing.charges import EXACT
from sim.study.statistics import Components, Estimate, components, mean, proportion, quantile
from sim.study.statistics.estimates import LEVEL
from sim.study.statistics.quantiles import nearest
from sim.units import Money

YEAR = 12
"""Months of a year of the forecast, which begins when the forecast does."""
PERCENTS = (10, 50, 90)

Bill = Mapping[tuple[str, str], Money]
"""Exact cost by month and cost centre."""


@dataclass(frozen=True)
class Span:
    """Some months in a row."""

    months: tuple[str, ...]

    @property
    def name(self) -> str:
        """`2027-01`, or `2027-01 to 2027-12`."""
        first, last = self.months[0], self.months[-1]
        return first if first == last else f"{first} to {last}"


@dataclass(frozen=True)
class Outlook:
    """What a span costs."""

    span: Span
    cost_center: str
    """Empty for all together."""
    mean: Estimate
    p10: Estimate
    p50: Estimate
    p90: Estimate
    held: Estimate
    """Share of the runs that lay within P10 to P90 of the other draws."""


@dataclass(frozen=True)
class Overrun:
    """A year held against its budget."""

    span: Span
    probability: Estimate
    """Of exceeding it within the span."""
    month: str | None
    """In which the mean of the runs, added up, exceeds it; None if it does not."""
    by_month: tuple[float, ...]
    """Share of the runs that have exceeded it by the end of each month."""


@dataclass(frozen=True)
class Months:
    """The bills of all runs of a forecast: `draws` groups of `replications`, in order."""

    months: tuple[str, ...]
    bills: Sequence[Bill]
    draws: int
    """Of the assumptions; 0 if nothing is drawn."""
    level: float = LEVEL

    @property
    def alike(self) -> int:
        """Runs that share their assumptions; without any, each stands alone."""
        return len(self.bills) // self.draws if self.draws else 1

    @cached_property
    def cost_centers(self) -> list[str]:
        """All that some run has a charge of."""
        return sorted({center for bill in self.bills for _, center in bill})

    @property
    def years(self) -> list[Span]:
        """Twelve months each; the last one may be shorter."""
        starts = range(0, len(self.months), YEAR)
        return [Span(self.months[start : start + YEAR]) for start in starts]

    @property
    def whole(self) -> Span:
        """All months."""
        return Span(self.months)

    def values(self, span: Span, cost_center: str = "") -> list[Money]:
        """What each run spends in a span, exactly."""
        return [self._spent(bill, span, cost_center) for bill in self.bills]

    def _spent(self, bill: Bill, span: Span, cost_center: str) -> Money:
        centers = [cost_center] if cost_center else self.cost_centers
        amounts = (bill.get((month, c), Decimal(0)) for month in span.months for c in centers)
        return reduce(EXACT.add, amounts, Decimal(0))

    def by_month(self) -> Iterator[Outlook]:
        """Each month: all together, then each cost centre."""
        for month in self.months:
            yield from self._of(Span((month,)))

    def by_year(self) -> Iterator[Outlook]:
        """Each year, then the whole forecast if it is another span."""
        for span in dict.fromkeys([*self.years, self.whole]):
            yield from self._of(span)

    def _of(self, span: Span) -> Iterator[Outlook]:
        for center in ("", *self.cost_centers):
            yield self.outlook(span, center)

    def outlook(self, span: Span, cost_center: str = "") -> Outlook:
        """What a span costs."""
        values = [float(value) for value in self.values(span, cost_center)]
        # Groups of one size: the mean of their means is that of all, and they are independent.
        centre = mean(self.means(span, cost_center), level=self.level)
        p10, p50, p90 = (
            quantile(values, percent / 100, level=self.level, alike=self.alike)
            for percent in PERCENTS
        )
        held = self._tested(self._held(values))
        return Outlook(span, cost_center, centre, p10, p50, p90, held)

    def means(self, span: Span, cost_center: str = "") -> list[float]:
        """What a span costs in each draw, on average over its runs."""
        values = [float(value) for value in self.values(span, cost_center)]
        return [fsum(group) / len(group) for group in self._grouped(values)]

    def split(self, span: Span, cost_center: str = "") -> Components | None:
        """The variance of a span's cost: assumptions, and chance within the model.

        None if nothing is drawn, or once only, or each draw is run once.
        """
        if self.draws <= 1:
            return None
        values = [float(value) for value in self.values(span, cost_center)]
        return components(self._grouped(values), level=self.level)

    def at_once(self) -> Estimate:
        """Share of the runs of which every month lay within the band of the other draws."""
        each = [
            self._held([float(value) for value in self.values(Span((month,)))])
            for month in self.months
        ]
        return self._tested([all(months) for months in zip(*each, strict=True)])

    def overrun(self, span: Span, budget: Money) -> Overrun:
        """A year held against a budget."""
        paths = [list(path) for path in self.cumulative(span)]
        months, runs = span.months, len(paths)
        over = [sum(path[at] > budget for path in paths) for at in range(len(months))]
        means = [sum((path[at] for path in paths), Decimal(0)) / runs for at in range(len(months))]
        passed = (month for month, value in zip(months, means, strict=True) if value > budget)
        return Overrun(
            span,
            proportion(over[-1], runs, level=self.level, alike=self.alike),
            next(passed, None),
            tuple(number / runs for number in over),
        )

    def cumulative(self, span: Span) -> Iterator[Iterator[Money]]:
        """What each run has spent by the end of each month of a span."""
        for bill in self.bills:
            monthly = (self._spent(bill, Span((month,)), "") for month in span.months)
            yield accumulate(monthly, EXACT.add)

    def _grouped(self, values: Sequence[float]) -> list[Sequence[float]]:
        return [values[at : at + self.alike] for at in range(0, len(values), self.alike)]

    def _tested(self, held: Sequence[bool]) -> Estimate:
        """The share of the runs that were held; of a single group, that has no other, nothing."""
        runs = len(held) if len(held) > self.alike else 0
        return proportion(sum(held) if runs else 0, runs, level=self.level, alike=self.alike)

    def _held(self, values: Sequence[float]) -> list[bool]:
        """Whether each value lies within P10 to P90 of those of the other groups."""
        held = []
        for number, group in enumerate(self._grouped(values)):
            start = number * self.alike
            others = sorted([*values[:start], *values[start + self.alike :]])
            within = _band(others)
            held += [within(value) for value in group]
        return held


def _band(ascending: Sequence[float]) -> Callable[[float], bool]:
    """Whether a value lies within P10 to P90 of others; nothing does where there are none."""
    if not ascending:
        return lambda _: False
    n = len(ascending)
    low, high = ascending[nearest(n, 0.1) - 1], ascending[nearest(n, 0.9) - 1]
    return lambda value: low <= value <= high

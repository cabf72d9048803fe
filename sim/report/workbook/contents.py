"""What a workbook is about: plain rows, whoever made them.

Names come from scenario files and may hold any character. Money is exact here; the sheets round it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from sim.report.contents import Assumption


@dataclass(frozen=True, kw_only=True)
class Head:
    """What is said of a result before its numbers."""

    name: str
    """Of the scenario, or of the forecast."""
    description: str
    answer: Sequence[str]
    """Sentences."""
    period: str
    currency: str
    basis: str
    """What the numbers rest on: `one run, no interval`."""
    prices: str
    """Name of the price book."""
    as_of: str
    """When its prices held."""
    provenance: Sequence[tuple[str, str]]
    """What identifies the result, by its name."""


@dataclass(frozen=True, kw_only=True)
class Charged:
    """What one cost centre used of one line of the invoice."""

    month: str
    cost_center: str
    fleet: str
    """Empty for what is shared."""
    charge: str
    item: str
    quantity: Decimal
    unit: str
    unit_price: Decimal
    source: str
    """Of the price, with its date behind it: `a price list (2026-07-01)`."""

    @property
    def line(self) -> tuple[str, str, str, str, Decimal]:
        """The line of the invoice of which it is a part."""
        return (self.month, self.fleet, self.charge, self.item, self.unit_price)


@dataclass(frozen=True, kw_only=True)
class StudyBook:
    """What several runs say."""

    costs: Mapping[str, Sequence[Decimal]]
    """Cost of each run, from 0, by fleet; of all together under the empty name."""
    estimates: Sequence[Mapping[str, object]]
    """Each measure with its interval: a row of `estimates.csv`."""
    quantiles: Mapping[tuple[int, str], Decimal]
    """What a run may cost, by percent and fleet."""


@dataclass(frozen=True, kw_only=True)
class RunBook:
    """One run, or the first of several."""

    head: Head
    charges: Sequence[Charged]
    """Those of a line of the invoice stand together."""
    invoice: Mapping[tuple[str, str, str, str, Decimal], Decimal]
    """Amount of each line, to the cent, by the key of `Charged.line`."""
    exact: Mapping[str, Decimal]
    """Exact cost by cost centre."""
    total: Decimal
    """What is to be paid."""
    assumptions: Sequence[Assumption]
    study: StudyBook | None = None


@dataclass(frozen=True, kw_only=True)
class Expected:
    """What the simulator says of a span and a cost centre."""

    mean: float
    p10: float
    p50: float
    p90: float
    p90_low: float | None
    p90_high: float | None


@dataclass(frozen=True, kw_only=True)
class PriceChange:
    """A price that changes within the forecast."""

    begins: str
    what: str
    change: str


@dataclass(frozen=True, kw_only=True)
class ForecastBook:
    """Many runs of the months to come."""

    head: Head
    months: Sequence[str]
    spans: Mapping[str, Sequence[str]]
    """Months of each year, and of the whole forecast if that is another span, by name."""
    years: int
    """How many of the spans are years: the first ones."""
    cost_centers: Sequence[str]
    runs: Sequence[tuple[int, int]]
    """Draw and replication of each run."""
    costs: Mapping[tuple[str, str], Sequence[Decimal]]
    """Exact cost of each run, by cost centre and month."""
    expected: Mapping[tuple[str, str], Expected]
    """By the name of a month or span and the cost centre, empty for all together."""
    budget: Decimal | None
    exceeded: Mapping[str, Mapping[str, float]]
    """Share of the runs that have exceeded the budget, by year and by the end of each month."""
    price_changes: Sequence[PriceChange]
    drawn: Sequence[tuple[int, str, str]]
    """Draw, assumption and value."""

"""What the provider's service level agreement gives back: credits beside the bill.

Where the uptime of a month in a Region is below a step, a share of what was charged there in that
month is credited against future bills. So a credit is shown beside the bill and never taken off it:
the bill is due as it is, and whoever leaves the provider loses the credit.

Charged is what desktops and pools cost. What they share, such as a NAT gateway or a directory, is
another service with another agreement.

Source: Amazon WorkSpaces Service Level Agreement: 99.9 % a month, per account and Region; 10, 25
and 100 % below 99.9, 99.0 and 95.0 %; only above 1 USD. Its formula of uptime is not published.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from sim.study.measures import Ratio
from sim.study.uptime import ServiceLevel
from sim.units import Money, cents

STEPS = (
    (Decimal("0.95"), Decimal(1)),
    (Decimal("0.99"), Decimal("0.25")),
    (Decimal("0.999"), Decimal("0.10")),
)
"""Below which uptime what share is credited, lowest first."""

LEAST = Decimal(1)
"""Credits up to this amount are not given [USD]."""


@dataclass(frozen=True)
class Credit:
    """What is credited for one month in one Region."""

    level: ServiceLevel
    share: Decimal
    """Of the charges; 0 when the agreement was kept."""
    charges: Money
    """Of the desktops and pools of the Region in that month."""
    amount: Money
    """To the cent; 0 when it would not be more than 1."""


def credits_of(
    levels: Iterable[ServiceLevel], charges: Mapping[tuple[str, str], Money]
) -> list[Credit]:
    """A row for each month and Region, from charges by (month, Region)."""
    found = []
    for level in levels:
        share = credited_share(level.uptime)
        charged = charges.get((level.month, level.region), Decimal(0))
        amount = cents(share * charged)
        found.append(Credit(level, share, charged, amount if amount > LEAST else Decimal(0)))
    return found


def credited_share(uptime: Ratio) -> Decimal:
    """The share of the charges that an uptime gives back, compared exactly."""
    for below, share in STEPS:
        if uptime.part < below * uptime.whole:
            return share
    return Decimal(0)

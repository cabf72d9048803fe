"""Time, money and sizes: what every number in desksim is counted in.

Time is integer milliseconds since the scenario's start, in UTC; a float clock mis-bills, because
the ceiling of an hour re-derived from float seconds overcharges about 0.7 % of runs by a whole
hour. Money is `Decimal`. In files a unit is compulsory: a bare number is refused, since nobody
can tell whether `60` meant seconds or minutes. Local time and daylight saving live in
`sim.workload`, not here.
"""

from sim.units.money import Money, cents, parse_money
from sim.units.sizes import (
    format_rate,
    parse_gigabytes,
    parse_megabytes,
    parse_part,
    parse_rate,
    parse_share,
)
from sim.units.time import (
    DAY,
    HOUR,
    MINUTE,
    SECOND,
    WEEK,
    Calendar,
    Millis,
    Month,
    format_duration,
    parse_duration,
)

__all__ = [
    "DAY",
    "HOUR",
    "MINUTE",
    "SECOND",
    "WEEK",
    "Calendar",
    "Millis",
    "Money",
    "Month",
    "cents",
    "format_duration",
    "format_rate",
    "parse_duration",
    "parse_gigabytes",
    "parse_megabytes",
    "parse_money",
    "parse_part",
    "parse_rate",
    "parse_share",
]

"""What a study looks at in each run: measures as a part over a whole, over all or of one fleet.

A run gives one *observation* of each measure. Kept as numerator and denominator they can be put
together over runs: a mean of sums, or a ratio of sums, which is not the mean of the ratios. What a
run has nothing to say about (the p95 of no logons) it gives no observation of.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, NamedTuple

Unit = Literal["USD", "s", "share", "h", ""]
"""Of a measure: dollars, seconds, a part of 1, hours, or a plain number."""


@dataclass(frozen=True)
class Measure:
    """Something that every run of a scenario can be asked."""

    name: str
    """As in tables and files; it ends in the unit where that is seconds."""
    words: str
    """As in a sentence: `cost per month`."""
    unit: Unit
    more_is_better: bool = False
    is_ratio: bool = False
    """Whether the whole differs from run to run, so that it is a ratio of two sums."""


_ALL = (
    Measure("cost", "cost", "USD"),
    Measure("cost_per_month", "cost per month", "USD"),
    Measure("cost_per_user_month", "cost per user and month", "USD", is_ratio=True),
    Measure("cost_per_connected_hour", "cost per connected hour", "USD", is_ratio=True),
    Measure("logon_mean_s", "mean logon", "s", is_ratio=True),
    Measure("logon_p50_s", "P50 logon", "s"),
    Measure("logon_p95_s", "P95 logon", "s"),
    Measure("logon_p99_s", "P99 logon", "s"),
    Measure("wait_mean_s", "mean wait", "s", is_ratio=True),
    Measure("wait_p50_s", "P50 wait", "s"),
    Measure("wait_p95_s", "P95 wait", "s"),
    Measure("wait_p99_s", "P99 wait", "s"),
    Measure("logon_success", "logon success", "share", more_is_better=True, is_ratio=True),
    Measure("attempt_success", "attempt success", "share", more_is_better=True, is_ratio=True),
    Measure("delivered_minutes", "delivered minutes", "share", more_is_better=True, is_ratio=True),
    Measure("service_uptime", "service uptime", "share", more_is_better=True, is_ratio=True),
    Measure("lost_hours", "lost work", "h"),
    Measure("interruptions", "interruptions", ""),
    Measure("connected_hours", "connected hours", "h", more_is_better=True),
    Measure("connected_peak", "peak of connected users", ""),
    Measure("running_peak", "peak of running desktops", ""),
)
MEASURES: Mapping[str, Measure] = {measure.name: measure for measure in _ALL}
"""All measures by name, in the order in which they are reported.

A logon is one attempt that connected; a wait lasts from a user's first attempt to being connected,
refusals and retries included.
"""


class Observation(NamedTuple):
    """What one run has to say about one measure."""

    numerator: Decimal
    denominator: Decimal

    @property
    def value(self) -> float:
        """Numerator over denominator."""
        return float(self.numerator / self.denominator)


Observations = Mapping[str, Observation]
"""By `measure`, or `measure[fleet]` for the people and the bill of one fleet or pool."""


def keyed(measure: str, scope: str = "") -> str:
    """`cost`, or `cost[office]` of one fleet."""
    return f"{measure}[{scope}]" if scope else measure


def parted(key: str) -> tuple[Measure, str]:
    """The measure and the fleet that a key names; the fleet is empty for all together.

    Raises:
        KeyError: for a measure that there is not.
    """
    name, _, scope = key.partition("[")
    return MEASURES[name], scope.removesuffix("]")


def words_of(key: str) -> str:
    """A measure in a sentence: `cost`, `mean wait of office`."""
    measure, scope = parted(key)
    return f"{measure.words} of {scope}" if scope else measure.words


def in_order(keys: Iterable[str]) -> list[str]:
    """Keys as they are reported: all together first, then fleet by fleet as they come."""
    known = list(dict.fromkeys(keys))
    scopes = list(dict.fromkeys(["", *(parted(key)[1] for key in known)]))
    place = {name: number for number, name in enumerate(MEASURES)}
    return sorted(known, key=lambda k: (scopes.index(parted(k)[1]), place[parted(k)[0].name]))

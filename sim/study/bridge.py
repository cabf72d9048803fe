"""Why one bill is not the other: the difference split by replacing one factor after another.

From the first scenario to the second the settings are replaced group by group, in a stated order,
and each step is run with the same users. What a step changes is its part of the difference; the
parts add up to the whole to the cent, since each step begins where the last one ended. The order
matters: what two factors do together falls to the later one.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from sim.scenario.differences import Difference
from sim.scenario.errors import Path

PRICE, HEADCOUNT, HOURS, MODE, CAPACITY, FAILURES, REST = (
    "price",
    "headcount",
    "hours per head",
    "running mode",
    "capacity",
    "failures",
    "everything else",
)
FACTORS = (PRICE, HEADCOUNT, HOURS, MODE, CAPACITY, FAILURES, REST)
"""In the order in which they are replaced."""

OF_TOP = {
    "region": PRICE,
    "prices": PRICE,
    "billing": PRICE,
    "services": PRICE,
    "populations": HOURS,
    "replay": HOURS,
    "zones": CAPACITY,
    "host_groups": CAPACITY,
    "directory": CAPACITY,
    "fleets": CAPACITY,
    "pools": CAPACITY,
    "sites": CAPACITY,
    "quotas": CAPACITY,
    "access": FAILURES,
    "outages": FAILURES,
    "api_limits": FAILURES,
    "round_trip_limits": FAILURES,
    "warm_up": REST,
    "operations": REST,
    "maintenance": REST,
}
"""The factor of each setting of a scenario, unless a part of it says otherwise."""
_OF_PEOPLE = {
    "users": HEADCOUNT,
    "joiners_per_month": HEADCOUNT,
    "leavers_per_month": HEADCOUNT,
    "growth_per_month": HEADCOUNT,
    "headcount": HEADCOUNT,
    "fleet": CAPACITY,  # other desktops for the same people
    "clients": REST,
    "bandwidth": REST,
}
_OF_DESKTOPS = {
    "running_mode": MODE,
    "running_mode_policy": MODE,
    "autostop_timeout": MODE,
    "hibernates": MODE,
    "idle_disconnect_timeout": MODE,
    "disconnect_timeout": MODE,
    "stop_delay": MODE,
    "recovery": FAILURES,
    "billing": PRICE,
    "applications": PRICE,
    "license": PRICE,
    "os": PRICE,
    "region": PRICE,
}


def factor_of(path: Path) -> str:
    """The factor that a setting belongs to."""
    top, *below = map(str, path)
    if top == "populations":
        # A population that comes or goes is people that do.
        return _OF_PEOPLE.get(below[1], HOURS) if len(below) > 1 else HEADCOUNT
    if top in ("fleets", "pools") and len(below) > 1:
        return _OF_DESKTOPS.get(below[1], CAPACITY)
    return OF_TOP[top]


@dataclass(frozen=True)
class Step:
    """Settings that are replaced together."""

    factors: tuple[str, ...]
    """More than one where the first alone makes no scenario."""
    differences: tuple[Difference, ...]

    @property
    def words(self) -> str:
        """`price`, or `headcount and capacity` together."""
        *others, last = self.factors
        return f"{', '.join(others)} and {last}" if others else last


def steps(
    differences: Sequence[Difference], possible: Callable[[Sequence[Difference]], bool]
) -> Iterator[Step]:
    """The steps of a bridge, in the order of FACTORS.

    Args:
        differences: what the second scenario says differently.
        possible: whether a scenario comes of laying some of them over the first one; a factor that
            cannot be replaced alone is replaced with the next one.
    """
    done: list[Difference] = []
    factors: list[str] = []
    waiting: list[Difference] = []
    for factor in FACTORS:
        mine = [each for each in differences if factor_of(each.path) == factor]
        if not mine:
            continue
        factors.append(factor)
        waiting += mine
        if possible([*done, *waiting]):
            yield Step(tuple(factors), tuple(waiting))
            done += waiting
            factors, waiting = [], []
    if waiting:
        yield Step(tuple(factors), tuple(waiting))

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

_OF_TOP = {
    "prices": PRICE,
    "billing": PRICE,
    "services": PRICE,
    "region": PRICE,
    "populations": HOURS,
    "replay": HOURS,
    "calendars": HOURS,
    "profiles": HOURS,
    "sites": HOURS,
    "fleets": CAPACITY,
    "pools": CAPACITY,
    "zones": CAPACITY,
    "host_groups": CAPACITY,
    "directory": CAPACITY,
    "quotas": CAPACITY,
    "outages": FAILURES,
    "access": FAILURES,
    "api_limits": FAILURES,
}
_HEADS = frozenset({"users", "joiners_per_month", "leavers_per_month"})
_MODES = frozenset(
    {
        "running_mode",
        "running_mode_policy",
        "autostop_timeout",
        "hibernates",
        "idle_disconnect_timeout",
        "disconnect_timeout",
        "stop_delay",
    }
)


def factor_of(path: Path) -> str:
    """The factor that a setting belongs to."""
    top, *below = path
    if top == "populations" and (len(below) == 1 or str(below[1]) in _HEADS):
        return HEADCOUNT  # a population that comes or goes is people that do
    if top in ("fleets", "pools") and len(below) > 1:
        if str(below[1]) in _MODES:
            return MODE
        if below[1] == "recovery":
            return FAILURES
        if below[1] in ("billing", "applications", "license", "os"):
            return PRICE
    return _OF_TOP.get(str(top), REST)


@dataclass(frozen=True)
class Step:
    """Settings that are replaced together."""

    factors: tuple[str, ...]
    """More than one where the first alone makes no scenario."""
    differences: tuple[Difference, ...]

    @property
    def words(self) -> str:
        """`price`, or `headcount and capacity` together."""
        return " and ".join(self.factors)


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

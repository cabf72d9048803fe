"""What of the difference between two bills is due to what: run after run, setting after setting.

    bridge = sim.compare("scenarios/office.yaml", "scenarios/office-2027.yaml").bridge()
    bridge.table               # a DataFrame: a row for each factor that was replaced
    bridge.figure()            # a waterfall from one cost to the other

Each step lays the settings of one more factor over the baseline and runs that with the same people
(`sim.study.bridge` has the order). What a step changes is its part; the last one is the other
scenario itself.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any

from sim.api.loading import Scenario, checked
from sim.api.replicating import replicated
from sim.api.studies import Study
from sim.report.differences import signed_text
from sim.scenario import ScenarioError
from sim.scenario.differences import Difference as Setting
from sim.scenario.differences import differences
from sim.study.bridge import steps
from sim.study.estimation import difference
from sim.study.execution import Executor
from sim.study.observations import MEASURES, Observations
from sim.study.statistics import Difference
from sim.units import cents

if TYPE_CHECKING:
    import pandas as pd

    from sim.report.figures import CostBridge
    from sim.report.style import Picture

COST = MEASURES["cost"]
LONGEST = 60
"""Characters of a setting that are shown; the files have all."""


@dataclass(frozen=True)
class BridgePart:
    """What one step changes in the cost of a run."""

    words: str
    """`price`, or `headcount and capacity`."""
    settings: tuple[Setting, ...]
    amount: Decimal
    """Mean over the runs, to the cent; all parts add up to the difference to the cent."""
    difference: Difference

    @property
    def said(self) -> str:
        """Amount and interval in words: `+1,240 USD, 1,180 to 1,300`."""
        return signed_text(self.difference, COST)

    @property
    def shown(self) -> str:
        """The first of its settings, and how many there are besides."""
        first, more = self.settings[0].words, len(self.settings) - 1
        if len(first) > LONGEST:
            first = f"{first[:LONGEST]}\N{HORIZONTAL ELLIPSIS}"
        return f"{first} and {more} more" if more else first


class Bridge:
    """The difference in cost between two scenarios, split by what it is due to."""

    def __init__(self, names: tuple[str, str], begin: Decimal, parts: Sequence[BridgePart]) -> None:
        self.names = names
        """The baseline's, and the other's."""
        self.begin = begin
        """Mean cost of a run of the baseline, to the cent."""
        self.parts = list(parts)
        """In the order of the steps; none where the scenarios say the same."""

    @property
    def difference(self) -> Decimal:
        """What the other costs more in a run, to the cent."""
        return sum((part.amount for part in self.parts), Decimal(0))

    @property
    def rows(self) -> list[dict[str, Any]]:
        """A row for each part: what it is due to, its amount and interval, and the settings."""
        return [
            {
                "part": part.words,
                "amount": str(part.amount),
                "low": part.difference.estimate.low,
                "high": part.difference.estimate.high,
                "established": part.difference.established,
                "n": part.difference.estimate.n,
                "settings": "; ".join(each.words for each in part.settings),
            }
            for part in self.parts
        ]

    @property
    def table(self) -> "pd.DataFrame":
        """The rows as a DataFrame: `part`, `amount`, `low`, `high`, ..."""
        import pandas as pd

        return pd.DataFrame(self.rows, columns=COLUMNS)

    def figure(self) -> "Picture":
        """The waterfall as a Matplotlib figure."""
        from sim.report.figures import cost_bridge, height_of_cost_bridge
        from sim.report.picture import drawn

        data = self._drawn
        return drawn(
            lambda ax: cost_bridge(data, ax), title=self._title, height=height_of_cost_bridge(data)
        )

    def svg(self) -> str:
        """The waterfall as one `<svg>` element."""
        from sim.report.figures import cost_bridge, describe_cost_bridge, height_of_cost_bridge
        from sim.report.picture import as_svg

        data = self._drawn
        return as_svg(
            lambda ax: cost_bridge(data, ax),
            title=self._title,
            description=describe_cost_bridge(data),
            height=height_of_cost_bridge(data),
        )

    @property
    def _title(self) -> str:
        return f"From {self.names[0]} to {self.names[1]}"

    @cached_property
    def _drawn(self) -> "CostBridge":
        from sim.report.figures import BridgeStep, CostBridge

        found = []
        for part in self.parts:
            ends = part.difference.estimate.low, part.difference.estimate.high
            said = signed_text(part.difference, COST, unit=False)
            found.append(BridgeStep(part.words, float(part.amount), said, *ends))
        return CostBridge(self.names, float(self.begin), found)

    def __repr__(self) -> str:
        parts = ", ".join(f"{part.words} {part.amount:+,}" for part in self.parts) or "the same"
        return f"<Bridge from {self.names[0]} to {self.names[1]}: {parts}>"

    def _repr_html_(self) -> str:
        from sim.api.cards import bridge_card

        return bridge_card(self)


COLUMNS = ["part", "amount", "low", "high", "established", "n", "settings"]
"""Of the table."""


def bridged(
    baseline: Study,
    other: Study,
    names: tuple[str, str],
    *,
    level: float,
    executor: Executor | None,
    tell: Callable[[str, float], None],
) -> Bridge:
    """Run what lies between two scenarios, each step as often as they were.

    Raises:
        StudyError: when a run fails.
    """
    start = baseline.scenario

    def laid(settings: Sequence[Setting]) -> Scenario:
        return start.with_overrides(*(each.override for each in settings))

    def possible(settings: Sequence[Setting]) -> bool:
        try:
            checked(laid(settings))
        except ScenarioError:
            return False
        return True

    # How often a scenario asks to be run is no part of what it costs.
    found = [
        one for one in differences(start.spec, other.scenario.spec) if one.path[0] != "replications"
    ]
    path = list(steps(found, possible))
    parts, done = [], list[Setting]()
    before, so_far = baseline.runs, Decimal(0)
    for number, step in enumerate(path):
        done += step.differences
        if number == len(path) - 1:
            after = other.runs
        else:
            told = _counting(tell, step.words, number, len(path) - 1)
            after = replicated(laid(done), range(len(before)), executor, told)
        reached = cents(_mean_cost(after) - _mean_cost(baseline.runs))
        change = difference(before, after, "cost", level=level)
        parts.append(BridgePart(step.words, step.differences, reached - so_far, change))
        before, so_far = after, reached
    return Bridge(names, cents(_mean_cost(baseline.runs)), parts)


def _counting(
    tell: Callable[[str, float], None], words: str, number: int, count: int
) -> Callable[[float], None]:
    return lambda share: tell(words, (number + share) / count)


def _mean_cost(runs: Sequence[Observations]) -> Decimal:
    return sum((run["cost"].numerator for run in runs), Decimal(0)) / len(runs)

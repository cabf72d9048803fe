"""What a draw of a forecast's assumptions says: a value of each setting, a part of each price.

Each assumption has a stream of its own, named by its setting, in which draw k is element k. Another
assumption, or more draws, move none of the others.
"""

from collections.abc import Sequence
from decimal import Decimal
from pathlib import PurePath

from sim.pricing import ScheduledChange
from sim.scenario.document import Node, plain_value
from sim.scenario.forecasts import ForecastFile, PriceStep
from sim.scenario.layers import layer
from sim.scenario.readings import WrittenText
from sim.scenario.sweeps import Amount
from sim.scenario.uncertain import Uncertain
from sim.study.points import written
from sim.workload.streams import Stream


class Draw:
    """One draw of all assumptions of a forecast.

    Args:
        forecast: what is drawn from.
        seed: of the scenario.
        number: which draw, from 0.
    """

    def __init__(self, forecast: ForecastFile, seed: int, number: int) -> None:
        self.number = number
        self._seed = seed
        self._values = {
            key: self._setting(forecast, key, node) for key, node in forecast.assumptions.items()
        }
        steps = forecast.spec.price_changes
        self.parts = [self._part(step, _name(step, steps[:at])) for at, step in enumerate(steps)]
        """By how much each price changes, in order; None of one that gets a new price."""
        self._steps = steps

    @property
    def layers(self) -> list[Node]:
        """The drawn settings, as layers over the scenario."""
        return [layer(key, node, node.at) for key, node in self._values.items()]

    @property
    def changes(self) -> list[ScheduledChange]:
        """The changes of prices."""
        return [_change(step, part) for step, part in zip(self._steps, self.parts, strict=True)]

    @property
    def said(self) -> dict[str, str]:
        """What was drawn, as text: settings, then parts of prices."""
        found = {key: written(node) for key, node in self._values.items()}
        for at, (step, part) in enumerate(zip(self._steps, self.parts, strict=True)):
            if step.is_drawn:
                found[_name(step, self._steps[:at])] = str(part)
        return found

    def _setting(self, forecast: ForecastFile, key: str, node: Node) -> Node:
        drawn_from, share = forecast.spec.assumptions[key], self._share(key)
        if isinstance(node.value, list):
            return node.value[int(share * len(node.value))]
        assert isinstance(drawn_from, Uncertain)
        text = str(drawn_from.at(share))
        return Node(plain_value(text, WrittenText(text, PurePath())), node.at)

    def _part(self, step: PriceStep, name: str) -> Amount | None:
        match step.change:
            case Uncertain():
                return step.change.at(self._share(name))
            case list():
                return step.change[int(self._share(name) * len(step.change))]
            case _:
                return step.change

    def _share(self, name: str) -> float:
        stream = Stream(self._seed, 0, f"assumptions/{name}")
        return float(stream.uniforms(1, first=self.number)[0])


def _name(step: PriceStep, before: Sequence[PriceStep]) -> str:
    """A change by month and item, numbered if there were others of both."""
    name = f"price of {step.what} from {step.month}"
    same = sum((one.what, one.month) == (step.what, step.month) for one in before)
    return f"{name} ({same + 1})" if same else name


def _change(step: PriceStep, part: Amount | None) -> ScheduledChange:
    return ScheduledChange(
        month=step.month,
        item=step.item if step.item is not None else step.prefix or "",
        is_prefix=step.item is None,
        factor=None if part is None else 1 + part.number / Decimal(100),
        unit_price=step.unit_price,
    )

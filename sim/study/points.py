"""The points of a sweep: which values go together, in which order, and by what name.

Samples vary slowest, then the rows of `zip`, then the axes in the order of the file, the last one
fastest. A point is known by its values alone: its name stays when an axis gets another value.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.scenario import Problem, ScenarioError
from sim.scenario.document import Node, plain_value
from sim.scenario.layers import layer
from sim.scenario.resolved import flow
from sim.scenario.sweeps import Range, Samples, SweepFile
from sim.study.sensitivity import design, design_rows

MOST_POINTS = 20_000
"""Most points of a sweep; each is a scenario that is made and checked before anything runs."""

Values = tuple[tuple[str, Node], ...]
"""Settings and their values, which know where they are written."""


@dataclass(frozen=True)
class Point:
    """A value for each setting that a sweep varies."""

    values: Values

    @cached_property
    def written(self) -> Mapping[str, str]:
        """Each setting's value as text: `2 h`."""
        return {key: written(node) for key, node in self.values}

    @cached_property
    def id(self) -> str:
        """Eight letters and digits that depend on the values and nothing else."""
        text = json.dumps(sorted(self.written.items()), ensure_ascii=True)
        return hashlib.sha256(text.encode()).hexdigest()[:8]

    @property
    def layers(self) -> list[Node]:
        """The values as layers over a scenario."""
        return [layer(key, node, node.at) for key, node in self.values]


def points(sweep: SweepFile) -> list[Point]:
    """The points of a sweep, each once, in order.

    Raises:
        ScenarioError: when there are more than `MOST_POINTS`.
    """
    axes, zipped, samples = sweep.values("axes"), sweep.values("zip"), sweep.spec.samples
    rows = min((len(values) for values in zipped.values()), default=1)
    number = prod(map(len, axes.values())) * rows * (_number(samples) if samples else 1)
    if number > MOST_POINTS:
        message = f"expected at most {MOST_POINTS:,} points, got {number:,}"
        raise ScenarioError([Problem.at(sweep.place(), (), message)])
    combined = [
        Point((*drawn, *row, *values))
        for drawn in (_drawn(samples, sweep.choices()) if samples else [()])
        for row in (_rows(zipped) if zipped else [()])
        for values in _combined(axes)
    ]
    return list({point.id: point for point in combined}.values())


def design_points(sweep: SweepFile) -> list[Point] | None:
    """The point of each row of a sensitivity design, in order; None if the sweep has none.

    Rows may share a point: whole numbers and choices meet again.
    """
    samples = sweep.spec.samples
    if samples is None or samples.method != "sensitivity":
        return None
    return [Point(values) for values in _drawn(samples, sweep.choices())]


def written(node: Node) -> str:
    """A value on one line, as one would write it."""
    return "null" if node.value is None else flow(node.plain())


def sampled(drawn_from: Range | list[Any], node: Node, share: float) -> Node:
    """The value at a share of the way [0, 1) through a range or a list of choices."""
    if isinstance(node.value, list):
        return node.value[int(share * len(node.value))]
    assert isinstance(drawn_from, Range)
    text = drawn_from.at(share)
    return Node(plain_value(text, text), node.at)


def _combined(axes: Mapping[str, list[Node]]) -> Iterator[Values]:
    for values in product(*axes.values()):
        yield tuple(zip(axes, values, strict=True))


def _rows(zipped: Mapping[str, list[Node]]) -> Iterator[Values]:
    for values in zip(*zipped.values(), strict=True):
        yield tuple(zip(zipped, values, strict=True))


def _number(samples: Samples) -> int:
    if samples.method == "sensitivity":
        return design_rows(samples.number, len(samples.settings))
    return samples.number


def _drawn(samples: Samples, choices: Mapping[str, Node]) -> Iterator[Values]:
    for row in _cube(samples, len(choices)):
        yield tuple(_row(samples, choices, row))


def _row(samples: Samples, choices: Mapping[str, Node], row: Iterable[float]) -> Iterator[Any]:
    for (key, node), share in zip(choices.items(), row, strict=True):
        yield key, sampled(samples.settings[key], node, share)


def _cube(samples: Samples, dimensions: int) -> NDArray[np.float64]:
    """Rows of numbers in [0, 1), one column for each setting."""
    from scipy.stats import qmc

    if samples.method == "sensitivity":
        return design(samples.number, dimensions, samples.seed)
    generator = np.random.default_rng(samples.seed)
    engine = (
        qmc.Sobol(dimensions, rng=generator)
        if samples.method == "sobol"
        else qmc.LatinHypercube(dimensions, rng=generator)
    )
    return np.asarray(engine.random(samples.number), dtype=np.float64)

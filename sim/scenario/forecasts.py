"""The forecast file: a scenario, how far to look ahead, and what nobody knows for sure.

A forecast lays settings over its scenario that hold in every run, and draws others: its
*assumptions*, each a range, a most likely value in a range, a normal law, or choices. Prices may
change on the first of a month, by a part that is written or drawn as well.

A scenario file is a forecast as well, without assumptions. What is drawn is said by
`sim.study.assumed`.
"""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path as FilePath
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from sim.scenario.document import Node
from sim.scenario.errors import Origin, Path, Problem, ScenarioError, did_you_mean
from sim.scenario.fields import (
    Day,
    InputFile,
    Price,
    ShortName,
    Specification,
    incoherent,
)
from sim.scenario.layers import layer, merged
from sim.scenario.readings import WrittenText, whole_number
from sim.scenario.studies import read_study
from sim.scenario.sweeps import Replications
from sim.scenario.uncertain import Assumed, Changed, Uncertain
from sim.scenario.validation import locate, validate

MONTHS = 12
"""Months of a forecast that says no number."""


def _first_of_month(day: date) -> date:
    if day.day != 1:
        raise ValueError(f"expected the first of a month, got {day}")
    return day


class PriceStep(Specification):
    """A price, or all of a kind, that changes on the first of a month and stays so."""

    begins: Annotated[Day, AfterValidator(_first_of_month)] = Field(alias="from")
    """The first of the month (UTC) from which on usage has the new price."""
    item: str | None = None
    """The item that changes, such as `directory/ad-connector-small/hour`."""
    prefix: str | None = None
    """Or how all items begin that change, such as `personal/`."""
    change: Changed | None = None
    """By how much, of the price until then."""
    unit_price: Price | None = None
    """Or the new price of the item."""
    source: str = ""
    """Where that comes from; shown beside it."""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (self.item is None) == (self.prefix is None):
            raise ValueError("expected either item or prefix")
        if (self.change is None) == (self.unit_price is None):
            raise ValueError("expected either change or unit_price")
        if self.unit_price is not None and self.item is None:
            raise incoherent("unit_price", "expected an item with it, and not a prefix")
        return self

    @property
    def month(self) -> str:
        """The month from which on it holds: `2027-01`."""
        return f"{self.begins:%Y-%m}"

    @property
    def what(self) -> str:
        """What changes: an item, or `personal/...`."""
        return self.item if self.item is not None else f"{self.prefix}..."

    @property
    def is_drawn(self) -> bool:
        """Whether it is an assumption."""
        return isinstance(self.change, Uncertain | list)


class Forecast(Specification):
    """A scenario, and what is assumed of the months to come."""

    version: Literal[1]
    """Version of this format."""
    name: ShortName
    """Name of the forecast; its results go to a folder of this name."""
    description: str = ""
    """What is asked."""
    scenario: InputFile
    """The scenario file, relative to this one. It begins on the first of a month."""
    months: Annotated[int, Field(ge=1, le=120), BeforeValidator(whole_number)] = MONTHS
    """Calendar months to look ahead, in place of the scenario's horizon."""
    settings: dict[str, Any] = {}
    """Settings over the scenario's that hold in every run."""
    assumptions: dict[str, Assumed] = {}
    """Settings that nobody knows for sure, and what each is drawn from."""
    sources: dict[str, str] = {}
    """Where assumptions and settings come from, by setting; shown beside them."""
    draws: Replications | None = None
    """Draws of all assumptions; by default 40, as a P90 with a 95 % interval needs 36."""
    replications: Replications | None = None
    """Runs of each draw, by default 2; without assumptions the runs, by default 40."""
    price_changes: list[PriceStep] = []
    """Prices that change, in order."""
    budget: Annotated[Price, Field(gt=0)] | None = None
    """What twelve months may cost, in the currency of the prices."""

    @model_validator(mode="after")
    def _drawn(self) -> Self:
        if self.draws is not None and not self.is_drawn:
            raise incoherent("draws", "expected assumptions to draw, found none")
        return self

    @property
    def is_drawn(self) -> bool:
        """Whether there is anything to draw."""
        return bool(self.assumptions) or any(step.is_drawn for step in self.price_changes)

    @property
    def shape(self) -> tuple[int, int]:
        """Draws, and runs of each."""
        if self.is_drawn:
            return self.draws or 40, self.replications or 2
        return 1, self.replications or 40


@dataclass(frozen=True)
class ForecastFile:
    """A forecast that was read, and where each of its values is written."""

    file: FilePath
    """The file that was read: a forecast, or the scenario itself."""
    spec: Forecast
    root: Node

    @property
    def settings(self) -> list[Node]:
        """The settings that hold in every run, as layers."""
        return [layer(key, *place) for key, place in _entries(self.root, "settings")]

    @property
    def months(self) -> Node:
        """The horizon, as a layer."""
        at = self.place("months")
        return layer("horizon", Node({"months": Node(self.spec.months, at)}, at), at)

    @property
    def assumptions(self) -> dict[str, Node]:
        """What each assumption is drawn from, with its place."""
        return {key: node for key, (node, _) in _entries(self.root, "assumptions")}

    def place(self, *path: str | int) -> Origin:
        """Where something is written."""
        return locate(self.root, path)


def load_forecast(
    path: str | os.PathLike[str], given: Mapping[str, Any] | None = None
) -> ForecastFile:
    """Read a forecast file, or a scenario file as a forecast without assumptions.

    Args:
        path: the file.
        given: keys of a forecast over those of the file, as plain values.

    Raises:
        ScenarioError: with everything that is wrong with the forecast itself; its scenarios are
            made later.
    """
    file = os.fspath(path)
    root, problems = read_study(file, "forecast")
    for key, value in (given or {}).items():
        at = Origin(f"--{key.replace('_', '-')}", 1, 1)
        root = merged(root, layer(key, _tree(value, at), at), keep=True)
    forecast, invalid = validate(root, Forecast)
    problems = [*problems, *invalid, *_settings(root), *_sources(root)]
    if problems or forecast is None:
        raise ScenarioError(sorted(dict.fromkeys(problems)))
    return ForecastFile(FilePath(file), forecast, root)


def _tree(value: Any, at: Origin) -> Node:
    """A plain value as if it were written at one place."""
    if isinstance(value, Mapping):
        below = {str(key): _tree(one, at) for key, one in value.items()}
        return Node(below, at, dict.fromkeys(below, at))
    if isinstance(value, list | tuple):
        return Node([_tree(one, at) for one in value], at)
    if isinstance(value, str):
        return Node(WrittenText(value, FilePath.cwd()), at)
    return Node(str(value) if isinstance(value, Decimal) else value, at)


def _entries(root: Node, part: str) -> list[tuple[str, tuple[Node, Origin]]]:
    node = root.child(part)
    if node is None or not isinstance(node.value, dict):
        return []
    return [(key, (below, node.keys[key])) for key, below in node.value.items()]


def _sources(root: Node) -> Iterator[Problem]:
    """Sources of what is neither assumed nor set."""
    said = {
        key: at for part in ("settings", "assumptions") for key, (_, at) in _entries(root, part)
    }
    for key, (_, at) in _entries(root, "sources"):
        if key not in said:
            message = f"expected a setting or an assumption of this file, got '{key}'"
            yield Problem.at(at, ("sources", key), f"{message}{did_you_mean(key, said)}")


def _settings(root: Node) -> Iterator[Problem]:
    """What is wrong with the settings that are named: no setting at all, or not to be set here."""
    for part in ("settings", "assumptions"):
        for key, (node, at) in _entries(root, part):
            path: Path = (part, key)
            if part == "assumptions" and key in dict(_entries(root, "settings")):
                yield Problem.at(at, path, "said in settings already; a setting has one place")
            if key.partition(".")[0] == "horizon" or (part, key) == ("assumptions", "start"):
                yield Problem.at(at, path, "all runs of a forecast are of the same months")
            try:
                layer(key, node, at)
            except ScenarioError as error:
                yield from error.problems

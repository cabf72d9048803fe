"""The sweep file: a scenario, the settings to vary in it, and how.

A sweep names its settings as `--set` does and gives each several values: `axes` are combined with
each other, `zip` goes through its lists in step, `samples` are drawn from ranges. Every value keeps
the place where it is written, so that a scenario that cannot be made of it says where to look.

A scenario file is a sweep as well, of one point, until the command line varies something in it.
Which points come out is said by `sim.study.points`.
"""

import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path as FilePath
from typing import Annotated, Any, ClassVar, Literal, NamedTuple, Self

from pydantic import BeforeValidator, Field, Tag, WithJsonSchema, model_validator

from sim.scenario.document import Node, parse
from sim.scenario.errors import Origin, Path, Problem, ScenarioError, shown
from sim.scenario.fields import InputFile, ShortName, Specification, incoherent
from sim.scenario.forms import by_shape
from sim.scenario.layers import layer, merged
from sim.scenario.readings import whole_number
from sim.scenario.studies import read_study
from sim.scenario.validation import locate, validate
from sim.units import parse_share

MOST_REPLICATIONS = 10_000
MOST_SAMPLES = 2**14

Replications = Annotated[int, Field(ge=1, le=MOST_REPLICATIONS), BeforeValidator(whole_number)]
"""How many runs."""

_AMOUNT = re.compile(r"([-+]?[0-9]{1,15}(?:\.[0-9]{1,10})?)(?:\s*([^\s\d][^\d]*))?")


class Amount(NamedTuple):
    """A number and its unit as they are written: `1.5 h` and not `1 h 30 min`."""

    number: Decimal
    unit: str

    def __str__(self) -> str:
        return f"{self.number:f} {self.unit}".rstrip()


def _amount(value: object) -> Amount:
    """Read `80 %`, `4 h` or `300`."""
    if isinstance(value, Amount):
        return value
    simple = isinstance(value, str | int | float) and not isinstance(value, bool)
    found = _AMOUNT.fullmatch(str(value)) if simple else None
    if not found:
        raise ValueError(f"expected a number with at most one unit, got {shown(value)}")
    return Amount(Decimal(found[1]), found[2] or "")


Measured = Annotated[
    Amount,
    BeforeValidator(_amount),
    WithJsonSchema(
        {
            "type": ["string", "number"],
            "title": "number with its unit",
            "examples": ["85 %", "4 h", 300],
        }
    ),
]
"""A number with its unit, read and written as it stands."""


def _bound(value: object) -> float:
    """Read a number, or a share written with a per cent sign."""
    if isinstance(value, str):
        return float(parse_share(value))
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"expected a number or a share such as 99 %, got {shown(value)}")
    return float(value)


Bound = Annotated[
    float,
    BeforeValidator(_bound),
    WithJsonSchema(
        {"type": ["number", "string"], "title": "number or share", "examples": [60, "98 %"]}
    ),
]


class Range(Specification):
    """Equally likely values from one to another, as fine as the ends are written.

    `{low: 1 h, high: 8 h}` has eight values, `{low: 80.0 %, high: 95.0 %}` has 151.
    """

    shape: ClassVar[str] = "mapping"
    low: Measured
    """The lowest value, a number with its unit."""
    high: Measured
    """The highest value, in the same unit."""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.low.unit != self.high.unit:
            raise incoherent("high", f"expected the unit of {self.low}, got '{self.high}'")
        if self.low.number >= self.high.number:
            raise incoherent("high", f"expected more than {self.low}, got '{self.high}'")
        return self

    def at(self, share: float) -> str:
        """The value at a share of the way [0, 1)."""
        decimals = max(0, *(-int(end.number.as_tuple().exponent) for end in (self.low, self.high)))
        step = Decimal(1).scaleb(-decimals)
        steps = int((self.high.number - self.low.number) / step) + 1
        number = self.low.number + int(share * steps) * step
        return str(Amount(number.quantize(step), self.low.unit))


Values = Annotated[list[Any], Field(min_length=1)]
"""Values of one setting."""

Sampled = Annotated[
    Annotated[Range, Tag("mapping")] | Annotated[Values, Tag("list")],
    by_shape("a range such as {low: 1 h, high: 8 h} or a list of choices"),
]
"""What the values of one setting are drawn from."""


class Samples(Specification):
    """Points that fill the space between ranges evenly."""

    method: Literal["sobol", "latin-hypercube", "sensitivity"] = "latin-hypercube"
    """Sobol's sequence, scrambled, or a Latin hypercube (`scipy.stats.qmc`); or the design that
    sensitivity indices are estimated from (`sim.study.sensitivity`)."""
    number: Annotated[int, Field(ge=1, le=MOST_SAMPLES), BeforeValidator(whole_number)]
    """Points; a power of two unless for a Latin hypercube, or they would not be even. The design
    of sensitivity has so many for each setting, and twice as many more."""
    seed: Annotated[int, Field(ge=0)] = 0
    """Of the points; the scenario's own seed stays as it is."""
    settings: Annotated[dict[str, Sampled], Field(min_length=1)]
    """What the values of each setting are drawn from: a range, or a list of choices."""

    @model_validator(mode="after")
    def _even(self) -> Self:
        if self.method != "latin-hypercube" and self.number & (self.number - 1):
            message = f"expected a power of two for {self.method}, got {self.number}"
            raise incoherent("number", message)
        if self.method == "sensitivity" and len(self.settings) < 2:
            raise incoherent("settings", "expected two or more for sensitivity, got one")
        return self


class Target(Specification):
    """What a measure has to keep to."""

    at_most: Bound | None = None
    """The largest value that is good enough."""
    at_least: Bound | None = None
    """The smallest value that is good enough."""

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.at_most is None) == (self.at_least is None):
            raise ValueError("expected either at_most or at_least")
        return self

    def met_by(self, value: float) -> bool:
        """Whether a value is good enough."""
        if self.at_most is not None:
            return value <= self.at_most
        assert self.at_least is not None
        return value >= self.at_least


class Sweep(Specification):
    """A scenario and the settings to vary in it."""

    version: Literal[1]
    """Version of this format."""
    name: ShortName
    """Name of the sweep; its results go to a folder of this name."""
    description: str = ""
    """What is asked."""
    scenario: InputFile
    """The scenario file, relative to this one."""
    fixed: dict[str, Any] = {}
    """Settings that all points share, over the scenario's."""
    axes: dict[str, Values] = {}
    """Settings whose values are combined with one another."""
    zip: dict[str, Values] = {}
    """Settings that go together: the first value of each, the second value of each, ..."""
    samples: Samples | None = None
    """Settings whose values are drawn."""
    replications: Replications | None = None
    """Runs of each point, by default as many as the scenario asks for. Each has its own random
    numbers, and the same ones at every point."""
    targets: dict[str, Target] = {}
    """What each measure has to keep to, e.g. `wait_p95_s: {at_most: 60}`."""

    @model_validator(mode="after")
    def _in_step(self) -> Self:
        lengths = {key: len(values) for key, values in self.zip.items()}
        if len(set(lengths.values())) > 1:
            told = ", ".join(f"{key} has {length}" for key, length in lengths.items())
            raise incoherent("zip", f"expected as many values of each setting; {told}")
        return self

    @model_validator(mode="after")
    def _alone(self) -> Self:
        for part in ("axes", "zip"):
            if getattr(self, part) and self.samples and self.samples.method == "sensitivity":
                message = "expected none beside samples for sensitivity; vary all settings there"
                raise incoherent(part, message)
        return self


@dataclass(frozen=True)
class SweepFile:
    """A sweep that was read, and where each of its values is written."""

    file: FilePath
    """The file that was read: a sweep, or the scenario itself."""
    spec: Sweep
    root: Node

    @property
    def fixed(self) -> list[Node]:
        """The settings that all points share, as layers."""
        return [layer(key, *place) for key, place in self._entries("fixed")]

    def values(self, part: str) -> dict[str, list[Node]]:
        """The values of each setting of `axes` or `zip`, with their places."""
        entries = self._entries(part)
        return {key: list(node.value) for key, (node, _) in entries if isinstance(node.value, list)}

    def choices(self) -> dict[str, Node]:
        """What the values of each sampled setting are drawn from, with its place."""
        return {key: node for key, (node, _) in self._entries("samples", "settings")}

    def place(self, *path: str) -> Origin:
        """Where something is written."""
        return locate(self.root, path)

    def _entries(self, *path: str) -> list[tuple[str, tuple[Node, Origin]]]:
        node: Node | None = self.root
        for key in path:
            node = node.child(key) if node else None
        if node is None or not isinstance(node.value, dict):
            return []
        return [(key, (below, node.keys[key])) for key, below in node.value.items()]


Parameters = Sequence[tuple[str, Sequence[str]]]
"""Settings with their values as text, as the command line gives them."""


def load_sweep(
    path: str | os.PathLike[str], parameters: Parameters = (), replications: int | None = None
) -> SweepFile:
    """Read a sweep file, or a scenario file as a sweep of one point.

    Args:
        path: the file.
        parameters: axes over those of the file, as `-P` gives them; relative paths in them are
            relative to the current folder.
        replications: in place of the file's.

    Raises:
        ScenarioError: with everything that is wrong with the sweep itself; its scenarios are made
            later.
    """
    file = os.fspath(path)
    root, problems = read_study(file, "sweep")
    root, given = _with_parameters(root, parameters)
    if replications is not None:
        at = Origin("--replications", 1, 1)
        root = merged(root, layer("replications", Node(replications, at), at), keep=True)
    sweep, invalid = validate(root, Sweep)
    problems = [*problems, *given, *invalid, *_settings(root)]
    if problems or sweep is None:
        raise ScenarioError(sorted(dict.fromkeys(problems)))
    return SweepFile(FilePath(file), sweep, root)


def _with_parameters(root: Node, parameters: Parameters) -> tuple[Node, list[Problem]]:
    problems: list[Problem] = []
    for index, (key, texts) in enumerate(parameters):
        name = f"-P[{index}]"
        at, nodes = Origin(name, 1, 1), []
        for text in texts:
            node, found = parse(text, name, FilePath.cwd())
            nodes.append(node)
            problems += found
        axis = Node({key: Node(nodes, at)}, at, {key: at})
        root = merged(root, Node({"axes": axis}, at, {"axes": at}), keep=True)
    return root, problems


def _settings(root: Node) -> Iterator[Problem]:
    """What is wrong with the settings that are varied: no setting at all, or varied twice."""
    parts: tuple[Path, ...] = (("fixed",), ("axes",), ("zip",), ("samples", "settings"))
    seen: Counter[str] = Counter()
    for part in parts:
        node: Node | None = root
        for key in part:
            node = node.child(key) if node else None
        if node is None or not isinstance(node.value, dict):
            continue
        for key, below in node.value.items():
            at = node.keys[key]
            seen[key] += 1
            if seen[key] > 1:
                yield Problem.at(at, (*part, key), "varied twice; a setting has one place")
            try:
                layer(key, below, at)
            except ScenarioError as error:
                yield from error.problems
            if part == ("axes",) and isinstance(below.value, list):
                yield from _twice((*part, key), below.value)


def _twice(path: Path, values: Iterable[Node]) -> Iterator[Problem]:
    seen: list[Any] = []
    for index, node in enumerate(values):
        plain = node.plain()
        if any(plain == other and type(plain) is type(other) for other in seen):
            yield Problem.at(node.at, (*path, index), f"written twice: {shown(plain)}")
        seen.append(plain)

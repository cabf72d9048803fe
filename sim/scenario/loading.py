"""Load a scenario: the file, all it extends, the settings of the command line, checked together."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path as FilePath

from sim.scenario.document import Node
from sim.scenario.errors import Origin, Path, Problem, ScenarioError
from sim.scenario.layers import Reader, merged, with_overrides
from sim.scenario.operations import with_operations
from sim.scenario.references import cross_check
from sim.scenario.schema import Scenario
from sim.scenario.validation import validate


@dataclass(frozen=True)
class Resolved:
    """A scenario and where each of its values was written."""

    scenario: Scenario
    file: FilePath
    """The scenario file."""
    origins: Mapping[Path, Origin]
    """Where each value is written; a setting that is not here has its default."""
    files: tuple[FilePath, ...]
    """Every file read: the scenario, those it extends, the price book, tables."""


def load_scenario(
    path: str | os.PathLike[str],
    overrides: Sequence[str] = (),
    *,
    layers: Sequence[Node] = (),
    reader: Reader | None = None,
) -> Resolved:
    """Load a scenario file.

    Args:
        path: the file.
        overrides: settings laid over it in order, such as `fleets.office.bundle=power`; relative
            paths in them are relative to the current folder.
        layers: mappings laid over that in order, which know where they are written.
        reader: one that has read the file before, so that it is not read again.

    Raises:
        ScenarioError: with everything that is wrong with the files and the overrides.
    """
    file = os.fspath(path)
    reader = reader or Reader()
    try:
        root = reader.read(file)
    except ScenarioError as error:
        raise ScenarioError([*reader.problems, *error.problems]) from None
    root, unset = with_overrides(root, overrides)
    for layer in layers:
        root = merged(root, layer, keep=True)
    root, tables, unread = with_operations(root)
    scenario, invalid = validate(root, Scenario)
    found = [*reader.problems, *unset, *unread, *invalid, *cross_check(root)]
    if found or scenario is None:
        raise ScenarioError(_in_order(found, [*reader.files, *tables]))
    return Resolved(
        scenario,
        FilePath(file),
        {path: node.at for path, node in root.walk()},
        tuple(FilePath(name) for name in (*reader.files, *tables, *input_files(scenario))),
    )


def input_files(scenario: Scenario) -> list[str]:
    """The files that a scenario names: its price book and tables, each once."""
    found: dict[str, None] = {}

    def note(path: str) -> str:
        found[path] = None
        return path

    scenario.model_dump(context={"path": note})
    return list(found)


def _in_order(problems: list[Problem], files: list[str]) -> list[Problem]:
    """Each problem once, by file in the order of reading, then by line and column."""
    order = {file: rank for rank, file in enumerate(files)}
    return sorted(
        dict.fromkeys(problems),
        key=lambda problem: (order.get(problem.file, len(order)), *problem[:3]),
    )

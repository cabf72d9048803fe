"""Files that ask something about a scenario: read like one, or made of one given in their place."""

import os
import re
from pathlib import Path as FilePath

from sim.scenario.document import Node, Scalar, parse
from sim.scenario.errors import Origin, Problem, ScenarioError, shown
from sim.scenario.files import read_text
from sim.scenario.readings import MOST_LETTERS, SHORT_NAME, WrittenText
from sim.scenario.schema import VERSION


def read_study(file: str, kind: str) -> tuple[Node, list[Problem]]:
    """The tree of a sweep or forecast file; of a scenario file, that which asks nothing more of it.

    Args:
        file: the path, as a person would name it.
        kind: `sweep` or `forecast`.

    Returns:
        The tree without nulls, and what is wrong with the file as YAML.

    Raises:
        ScenarioError: for a file that is no mapping, or cannot be read at all.
    """
    root, problems = parse(
        read_text(file, file, f"{kind} or scenario file", Origin(file, 1, 1), ()),
        file,
        FilePath(os.path.abspath(file)).parent,  # noqa: PTH100 - keeps links, unlike `resolve`
    )
    if not isinstance(root.value, dict):
        message = f"expected a {kind}, a mapping that begins with 'version: {VERSION}'"
        raise ScenarioError([Problem.at(root.at, (), f"{message}, got {shown(root.plain())}")])
    if "scenario" not in root.value:
        return _of_scenario(file, root, kind), []
    said = {key: node for key, node in root.value.items() if node.value is not None}
    return Node(said, root.at, root.keys), problems


def _of_scenario(file: str, root: Node, kind: str) -> Node:
    named = root.child("name")
    stem = FilePath(file).stem.lower()
    name = named.value if named else stem if re.fullmatch(SHORT_NAME, stem) else "scenario"
    said: dict[str, Scalar] = {
        "version": VERSION,
        "name": f"{str(name)[: MOST_LETTERS - len(kind) - 1]}-{kind}",
        "scenario": WrittenText(file, FilePath.cwd()),
    }
    at = Origin(file, 1, 1)
    return Node({key: Node(value, at) for key, value in said.items()}, at, dict.fromkeys(said, at))

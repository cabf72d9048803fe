"""Scenarios on top of others: `extends:` in a file, `--set` on the command line.

A layer says only what differs. Mappings merge, key by key, and the later layer wins; lists and
values replace; `null` deletes, so that the default holds again or the fleet is gone. Where a
mapping names one of several forms (a distribution, a spread), another form replaces it.
"""

import os
import re
from collections.abc import Callable, Sequence
from pathlib import Path as FilePath

from sim.scenario.document import DEEPEST, Node, parse
from sim.scenario.errors import Origin, Path, Problem, ScenarioError, shown
from sim.scenario.files import beside, read_text
from sim.scenario.outline import is_choice
from sim.scenario.schema import VERSION

DEEPEST_CHAIN = 16
"""Files that extend one another in a row."""

Chain = tuple[FilePath, ...]
"""Files that extend one another, the first one first."""

_SEGMENT = re.compile(r'"([^"]+)"|([^".=\s][^".=]*)')


class Reader:
    """Reads scenario files with all that they extend, each once, and collects their problems."""

    def __init__(self) -> None:
        self.files: list[str] = []
        """Files read, in the order of reading, as paths from here."""
        self.problems: list[Problem] = []
        self._trees: dict[FilePath, Node] = {}

    def read(self, file: str, named_at: Origin | None = None, chain: Chain = ()) -> Node:
        """The tree of a file merged over those it extends, without nulls.

        Args:
            file: the path, as a person would name it.
            named_at: where another file extends this one.
            chain: the files that led here.

        Raises:
            ScenarioError: for a file that cannot be read as YAML at all.
        """
        key = FilePath(os.path.abspath(file))  # noqa: PTH100 - keeps links, unlike `resolve`
        if named_at and (key in chain or len(chain) >= DEEPEST_CHAIN):
            fault = "extends itself" if key in chain else f"more than {DEEPEST_CHAIN} files deep"
            names = " -> ".join(link.name for link in (*chain, key))
            raise ScenarioError([Problem.at(named_at, ("extends",), f"{fault}: {names}")])
        if key not in self._trees:
            at, setting = (named_at, ("extends",)) if named_at else (Origin(file, 1, 1), ())
            text = read_text(file, file, "scenario file", at, setting)
            self.files.append(file)
            root, problems = parse(text, file, key.parent)
            self.problems += problems
            self._trees[key] = self._over_parents(_mapping(root), (*chain, key))
        return self._trees[key]

    def _over_parents(self, root: Node, chain: Chain) -> Node:
        entries = dict(root.value) if isinstance(root.value, dict) else {}
        parents = entries.pop("extends", None)
        _check_version(entries.get("version"))
        tree = Node({}, root.at)
        for parent in self._parents(parents):
            file = beside(parent.at.file, str(parent.value))
            tree = merged(tree, self.read(file, parent.at, chain))
        return merged(tree, Node(entries, root.at, root.keys))

    def _parents(self, node: Node | None) -> list[Node]:
        if node is None or node.value is None:
            return []
        parents = node.value if isinstance(node.value, list) else [node]
        for parent in parents:
            if not (isinstance(parent.value, str) and parent.value):
                message = f"expected the path of a scenario file, got {shown(parent.plain())}"
                self.problems.append(Problem.at(parent.at, ("extends",), message))
        return [parent for parent in parents if isinstance(parent.value, str) and parent.value]


def with_overrides(root: Node, overrides: Sequence[str]) -> tuple[Node, list[Problem]]:
    """A tree with settings such as `fleets.office.bundle=power` laid over it, in order."""
    problems: list[Problem] = []
    for index, text in enumerate(overrides):
        try:
            layer, found = _override(text, f"--set[{index}]")
        except ScenarioError as error:
            problems += error.problems
        else:
            problems += found
            root = merged(root, layer, keep=True)
    return root, problems


def layer(setting: str, value: Node, at: Origin) -> Node:
    """A mapping that says one setting, such as `fleets.office.bundle`, named at `at`.

    Raises:
        ScenarioError: when that is no setting.
    """
    try:
        segments, end = _segments(f"{setting}=", "")
    except ScenarioError:
        segments, end = [], 0
    if end != len(setting) + 1:
        message = f"expected a setting such as fleets.office.bundle, got {shown(setting)}"
        raise ScenarioError([Problem.at(at, (), message)])
    return _below(segments, value, lambda _: at)


def merged(below: Node, above: Node, path: Path = (), *, keep: bool = False) -> Node:
    """Two mappings as one: `above` wins, and its nulls delete.

    Args:
        below: the mapping underneath.
        above: the mapping on top.
        path: where both stand.
        keep: whether the result counts as written where `below` is, and not where `above` is.
    """
    assert isinstance(below.value, dict)
    assert isinstance(above.value, dict)
    entries = dict(below.value)
    for key, node in above.value.items():
        here = (*path, key)
        if node.value is None:
            entries.pop(key, None)
        elif isinstance(node.value, dict):
            under = entries.get(key)
            if under is None or _replaces(under, node, here):
                under = Node({}, node.at)
            lower = merged(under, node, here, keep=keep)
            if lower.value or key in entries or not node.value:
                entries[key] = lower
        else:
            entries[key] = node
    return Node(entries, below.at if keep else above.at, {**below.keys, **above.keys})


def _replaces(under: Node, over: Node, path: Path) -> bool:
    if not isinstance(under.value, dict):
        return True
    assert isinstance(over.value, dict)
    return is_choice(path) and under.value.keys() != over.value.keys()


def _mapping(root: Node) -> Node:
    if isinstance(root.value, dict):
        return root
    got = "an empty file" if root.value is None else shown(root.plain())
    message = f"expected a scenario, a mapping that begins with 'version: {VERSION}', got {got}"
    raise ScenarioError([Problem.at(root.at, (), message)])


def _check_version(node: Node | None) -> None:
    version = node.value if node else None
    if node and isinstance(version, int) and not isinstance(version, bool) and version != VERSION:
        message = f"written for version {version}, this program knows {VERSION}"
        raise ScenarioError([Problem.at(node.at, ("version",), message)])


def _override(text: str, name: str) -> tuple[Node, list[Problem]]:
    segments, start = _segments(text, name)
    # Blanks instead of the path keep the columns of the value right.
    value, problems = parse(" " * start + text[start:], name, FilePath.cwd())
    return _below(segments, value, lambda column: Origin(name, 1, column)), problems


def _below(segments: list[tuple[str, int]], value: Node, origin: Callable[[int], Origin]) -> Node:
    """A value under its keys, each of which is written at the origin of its column."""
    for key, column in reversed(segments):
        at = origin(column)
        value = Node({key: value}, at, {key: at})
    return value


def _segments(text: str, name: str) -> tuple[list[tuple[str, int]], int]:
    """The keys before `=` with their columns, and the position after it."""
    segments: list[tuple[str, int]] = []
    at = 0
    while (found := _SEGMENT.match(text, at)) and len(segments) < DEEPEST:
        segments.append((found[1] or found[2].rstrip(), at + 1))
        at = found.end()
        if text[at : at + 1] == "=":
            return segments, at + 1
        if text[at : at + 1] != ".":
            break
        at += 1
    message = f"expected a setting such as fleets.office.bundle=power, got {shown(text)}"
    raise ScenarioError([Problem.at(Origin(name, 1, at + 1), (), message)])

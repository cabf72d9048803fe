"""YAML 1.2 text as a tree of plain values, each with the line and column where it is written.

A scenario is people's prose about machines, so the smallest sensible part of YAML is read: mappings
with text keys, lists, text, numbers, true, false, null and dates. `22:30` stays text and `no` is a
word. Anchors and merge keys are followed, but not far enough to hurt: a file that unfolds to more
than `MOST_VALUES` values is refused.

The only module that knows ruamel.yaml. It takes the parser's node graph, whose every node has a
mark, and not its Python objects, which would lose the places of scalars.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import PurePath
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, StringMark, YAMLError
from ruamel.yaml.nodes import MappingNode, ScalarNode, SequenceNode

from sim.scenario.errors import Origin, Path, Problem, ScenarioError, shown
from sim.scenario.readings import WrittenText

DEEPEST = 40
"""Levels of nesting; a scenario needs eight."""

MOST_VALUES = 200_000
"""Values in one file after aliases are followed."""

Scalar = str | int | float | bool | date | None

_TAG = "tag:yaml.org,2002:"
_INTEGER = re.compile(r"[-+]?[0-9]{1,18}")
_NUMBER = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]{1,4})?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_WORDS: dict[str, Scalar] = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
    ".inf": float("inf"), "+.inf": float("inf"), "-.inf": float("-inf"), ".nan": float("nan"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Node:
    """A value and the place where it is written."""

    value: "Scalar | list[Node] | dict[str, Node]"
    at: Origin
    keys: Mapping[str, Origin] = field(default_factory=dict)
    """Of a mapping: where each key is written, those deleted with null too."""

    def plain(self) -> Any:
        """The value without places, text as `WrittenText`."""
        if isinstance(self.value, dict):
            return {key: node.plain() for key, node in self.value.items()}
        if isinstance(self.value, list):
            return [node.plain() for node in self.value]
        return self.value

    def child(self, key: str | int) -> "Node | None":
        """The node under a key or at a position, if there is one."""
        if isinstance(self.value, dict):
            return self.value.get(key) if isinstance(key, str) else None
        if isinstance(self.value, list) and isinstance(key, int) and 0 <= key < len(self.value):
            return self.value[key]
        return None

    def walk(self, path: Path = ()) -> Iterator[tuple[Path, "Node"]]:
        """This node and all below it, with their paths."""
        yield path, self
        if isinstance(self.value, dict):
            for key, node in self.value.items():
                yield from node.walk((*path, key))
        elif isinstance(self.value, list):
            for index, node in enumerate(self.value):
                yield from node.walk((*path, index))


def parse(text: str, file: str, folder: PurePath) -> tuple[Node, list[Problem]]:
    """Parse YAML text into a tree, with the problems that leave one, such as duplicate keys.

    Args:
        text: the document.
        file: name to show for it.
        folder: folder against which relative paths in it are resolved.

    Raises:
        ScenarioError: when the text is no YAML, or nested too deeply.
    """
    try:
        root = YAML(typ="safe", pure=True).compose(text)
    except MarkedYAMLError as error:
        raise _refused(_mark(error, file), f"not valid YAML: {_reason(error)}") from None
    except YAMLError:
        raise _refused(*_unreadable(text, file)) from None
    except RecursionError:
        raise _refused(Origin(file, 1, 1), f"nested more than {DEEPEST} levels deep") from None
    if root is None:
        return Node(None, Origin(file, 1, 1)), []
    builder = _Builder(file, folder)
    return builder.build(root, ()), builder.problems


def _refused(origin: Origin, message: str) -> ScenarioError:
    return ScenarioError([Problem.at(origin, (), message)])


def _mark(error: MarkedYAMLError, file: str) -> Origin:
    mark = error.problem_mark or error.context_mark
    return Origin(file, mark.line + 1, mark.column + 1) if mark else Origin(file, 1, 1)


def _reason(error: MarkedYAMLError) -> str:
    problem = error.problem or error.context or "it cannot be read"
    if "'\\t'" in problem:
        return "indentation must be spaces, got a tab"
    if "another document" in problem:
        return "expected one document, got a second one after '---'"
    return f"{problem} {error.context}" if error.context and error.problem else problem


def _unreadable(text: str, file: str) -> tuple[Origin, str]:
    for number, line in enumerate(text.split("\n"), start=1):
        for column, character in enumerate(line, start=1):
            if not (character.isprintable() or character in "\t\r\u00a0"):
                origin = Origin(file, number, column)
                return origin, f"not valid YAML: unprintable character U+{ord(character):04X}"
    return Origin(file, 1, 1), "not valid YAML: it cannot be read"


class _Builder:
    """Turns the parser's nodes, which aliases make a graph, into a tree."""

    def __init__(self, file: str, folder: PurePath) -> None:
        self.file = file
        self.folder = folder
        self.problems: list[Problem] = []
        self._values = 0

    def build(self, node: Any, path: Path) -> Node:
        at = self._origin(node.start_mark)
        self._values += 1
        if self._values > MOST_VALUES:
            raise _refused(at, f"unfolds to more than {MOST_VALUES} values; use fewer aliases")
        if len(path) > DEEPEST:
            raise _refused(at, f"nested more than {DEEPEST} levels deep")
        match node:
            case MappingNode():
                return self._mapping(node, at, path)
            case SequenceNode():
                nodes = [self.build(item, (*path, index)) for index, item in enumerate(node.value)]
                return Node(nodes, at)
            case _:
                return Node(self._scalar(node, at, path), at)

    def _origin(self, mark: StringMark) -> Origin:
        return Origin(self.file, mark.line + 1, mark.column + 1)

    def _mapping(self, node: MappingNode, at: Origin, path: Path) -> Node:
        entries: dict[str, Node] = {}
        keys: dict[str, Origin] = {}
        merged: list[Node] = []
        for key_node, value_node in node.value:
            key_at = self._origin(key_node.start_mark)
            if key_node.tag == _TAG + "merge":
                merged += self._sources(value_node, path)
                continue
            key = self._key(key_node, key_at, path)
            if key is None:
                continue
            if key in keys:
                self._report(key_at, (*path, key), f"written twice, first on line {keys[key].line}")
                continue
            keys[key] = key_at
            entries[key] = self.build(value_node, (*path, key))
        for source in merged:
            assert isinstance(source.value, dict)
            entries = {**source.value, **entries}
            keys = {**source.keys, **keys}
        return Node(entries, at, keys)

    def _sources(self, node: Any, path: Path) -> list[Node]:
        """The mappings that a merge key `<<` names, the first one strongest, as YAML 1.1 had it."""
        built = self.build(node, path)
        sources = built.value if isinstance(built.value, list) else [built]
        wrong = [source for source in sources if not isinstance(source.value, dict)]
        for source in wrong:
            self._report(source.at, (*path, "<<"), f"expected a mapping, got {shown(source.value)}")
        return [source for source in sources if source not in wrong]

    def _key(self, node: Any, at: Origin, path: Path) -> str | None:
        value = self._scalar(node, at, path) if isinstance(node, ScalarNode) else node.value
        if isinstance(value, str):
            return str(value)
        if type(value) is date:
            return str(node.value)
        hint = (
            f"; write '{node.value}' in quotes"
            if isinstance(node, ScalarNode) and node.value
            else ""
        )
        self._report(at, path, f"expected text as a key, got {shown(value)}{hint}")
        return None

    def _scalar(self, node: ScalarNode, at: Origin, path: Path) -> Scalar:
        if not str(node.tag).startswith(_TAG):
            self._report(at, path, f"tags such as {node.tag} mean nothing in a scenario file")
        text = _whole_characters(node.value)
        if text is None:
            self._report(at, path, "expected whole characters, got half of a surrogate pair")
            text = "?"
        if node.style is None and node.tag != _TAG + "str":
            return plain_value(text, WrittenText(text, self.folder))
        return WrittenText(text, self.folder)

    def _report(self, at: Origin, path: Path, message: str) -> None:
        self.problems.append(Problem.at(at, path, message))


def _whole_characters(text: str) -> str | None:
    """Text with escaped surrogates, as JSON writes a rocket, joined in pairs; None for a half."""
    if text.isprintable():
        return text
    try:
        return text.encode("utf-16", "surrogatepass").decode("utf-16")
    except UnicodeDecodeError:
        return None


def plain_value(text: str, otherwise: Scalar) -> Scalar:
    """A number, date, truth or null written without quotes; `otherwise` when it is none of them."""
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    if _NUMBER.fullmatch(text):
        return float(text)
    if _DATE.fullmatch(text):
        try:
            return date.fromisoformat(text)
        except ValueError:
            return otherwise
    return otherwise

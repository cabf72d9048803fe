"""Operations kept as a CSV file, read into the tree as if they were written in the scenario.

A year of migrations is a table, not prose. Each row becomes one entry of `operations:`, its cells
keep their places, and so a bad cell is told like a bad value: `moves.csv:17:12: operations.15.to`.
"""

import csv
import io
import re
from pathlib import PurePath

from sim.scenario.document import Node
from sim.scenario.errors import Origin, Problem, ScenarioError, did_you_mean
from sim.scenario.files import beside, read_text
from sim.scenario.readings import WrittenText

COLUMNS = ("at", "fleet", "user", "share", "operation", "to")
"""Columns of the file, in any order; `user`, `share` and `to` may be left out."""

_SETTING = ("operations",)
_REQUIRED = ("at", "fleet", "operation")
_VOLUMES = re.compile(r"(.+?)\s*\+\s*(.+)")


def with_operations(root: Node) -> tuple[Node, list[str], list[Problem]]:
    """The tree with the operations of the file that it names, the files read, and what is wrong."""
    named = root.child("operations")
    if named is None or not isinstance(named.value, WrittenText):
        return root, [], []
    assert isinstance(root.value, dict)
    folder, file = named.value.folder, beside(named.at.file, named.value)
    entries = dict(root.value)
    try:
        text = read_text(folder / named.value, file, "table of operations", named.at, _SETTING)
        entries["operations"] = Node(list(_Table(file, folder).rows(text)), named.at)
        problems = []
    except ScenarioError as error:
        del entries["operations"]
        problems = error.problems
    return Node(entries, root.at, root.keys), [file], problems


class _Table:
    """One file of operations."""

    def __init__(self, file: str, folder: PurePath) -> None:
        self.file = file
        self.folder = folder

    def rows(self, text: str) -> list[Node]:
        """A mapping for each row, cells left empty left out."""
        reader = csv.reader(io.StringIO(text, newline=""), strict=True)
        try:
            header = [name.strip() for name in next(reader, [])]
            self._check(header)
            return [self._row(header, cells, reader.line_num) for cells in reader if any(cells)]
        except csv.Error as error:
            raise self._refused(max(reader.line_num, 1), f"not CSV: {error}") from None

    def _check(self, header: list[str]) -> None:
        for name in header:
            if name not in COLUMNS:
                raise self._refused(1, f"unknown column '{name}'{did_you_mean(name, COLUMNS)}")
        for name in COLUMNS:
            wanted = "one" if name in _REQUIRED else "at most one"
            if header.count(name) > 1 or (name in _REQUIRED and name not in header):
                raise self._refused(
                    1, f"expected {wanted} column '{name}', got {header.count(name)}"
                )

    def _row(self, header: list[str], cells: list[str], line: int) -> Node:
        if len(cells) != len(header):
            raise self._refused(line, f"expected {len(header)} cells, got {len(cells)}")
        entries: dict[str, Node] = {}
        column = 1
        for name, cell in zip(header, cells, strict=True):
            at = Origin(self.file, line, column)
            if cell.strip():
                entries[name] = self._cell(name, cell.strip(), at)
            column += len(cell) + 1
        return Node(
            entries, Origin(self.file, line, 1), {name: node.at for name, node in entries.items()}
        )

    def _cell(self, name: str, cell: str, at: Origin) -> Node:
        volumes = _VOLUMES.fullmatch(cell) if name == "to" else None
        if not volumes:
            return Node(WrittenText(cell, self.folder), at)
        sizes = {
            key: Node(WrittenText(size, self.folder), at)
            for key, size in zip(("root", "user"), volumes.groups(), strict=True)
        }
        return Node(sizes, at, {"root": at, "user": at})

    def _refused(self, line: int, message: str) -> ScenarioError:
        return ScenarioError([Problem.at(Origin(self.file, line, 1), _SETTING, message)])

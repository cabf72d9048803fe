"""Files that a scenario consists of: their names as a person would write them, and their text."""

import os
from pathlib import Path as FilePath

from sim.scenario.errors import Origin, Path, Problem, ScenarioError

MOST_BYTES = 16 * 2**20
"""Largest file read as a scenario or a table of operations."""


def beside(file: str, named: str) -> str:
    """The path of a file that another one names, relative to where that one is."""
    folder = FilePath.cwd() if file.startswith("--set[") else FilePath(file).parent
    joined = folder / named
    shown = os.path.normpath(joined)
    return os.path.relpath(shown) if file.startswith("--set[") else shown


def from_here(file: str) -> str:
    """A path as a person would write it: relative, unless it leads out of the current folder."""
    near = os.path.relpath(file)
    return file if near.startswith("..") else near


def read_text(
    path: str | os.PathLike[str], shown: str, kind: str, at: Origin, setting: Path
) -> str:
    """The UTF-8 text of a file.

    Args:
        path: the file.
        shown: its name in messages.
        kind: what it should be, in words.
        at: where it is named.
        setting: the setting that names it.

    Raises:
        ScenarioError: when it cannot be read, or is not UTF-8.
    """
    try:
        with FilePath(path).open("rb") as stream:
            data = stream.read(MOST_BYTES + 1)
    except (OSError, ValueError) as error:
        problem = Problem.at(at, setting, _reason(error, shown, kind))
        raise ScenarioError([problem]) from None
    if len(data) > MOST_BYTES:
        message = f"expected a {kind} of at most {MOST_BYTES // 2**20} MB, '{shown}' is larger"
        raise ScenarioError([Problem.at(at, setting, message)])
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = error.start - data.rfind(b"\n", 0, error.start)
        message = f"expected UTF-8 text, got byte 0x{data[error.start]:02X}"
        raise ScenarioError([Problem.at(Origin(shown, line, column), (), message)]) from None


def _reason(error: Exception, shown: str, kind: str) -> str:
    match error:
        case FileNotFoundError() | NotADirectoryError():
            return f"expected a {kind}, found none at '{shown}'"
        case IsADirectoryError():
            return f"expected a {kind}, got the folder '{shown}'"
        case OSError():
            return f"cannot read '{shown}': {error.strerror}"
        case _:
            return f"cannot read '{shown}': {error}"

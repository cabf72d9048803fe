"""The whole scenario as one file: every setting with its value, and where it came from.

The resolved scenario is kept beside each result, so that it can be read, compared and loaded again
without the files it was made of. It says nothing about the machine: paths are relative to the
scenario's folder. Its hash names what was run, whatever the files were called.
"""

import hashlib
import json
import os
import re
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path as FilePath
from typing import Any

from sim.scenario.document import plain_value
from sim.scenario.errors import Origin, Path
from sim.scenario.loading import Resolved
from sim.scenario.outline import is_choice
from sim.scenario.schema import Scenario

_SAFE = re.compile(r"[\w/.+][\w/.%+-]*((:| )[\w/.%+-]+)*")
_COMMENTS_AT = 56
"""Column at which comments begin, where lines are short enough."""


def resolved_yaml(resolved: Resolved, *, origins: bool = False) -> str:
    """The scenario in full as YAML, defaults included; it loads as the same scenario.

    Args:
        resolved: a loaded scenario.
        origins: add to each line where its value was written: `# base.yaml:12` or `# default`.
    """
    folder = FilePath(os.path.abspath(resolved.file)).parent  # noqa: PTH100
    lines = []
    for text, path in _block(written_form(resolved.scenario, lambda file: _below(folder, file))):
        comment = _origin(resolved, folder, path) if origins and path else ""
        lines.append(f"{text:<{_COMMENTS_AT - 1}} # {comment}" if comment else text)
    return "\n".join(lines) + "\n"


def scenario_hash(resolved: Resolved) -> str:
    """SHA-256 [hex] of what a scenario says, input files by their content.

    The order of fleets, populations and zones counts, as it does for the results.
    """
    content = written_form(resolved.scenario, _digest)
    text = json.dumps(content, default=str, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def written_form(scenario: Scenario, path: Callable[[str], str]) -> dict[str, Any]:
    """A scenario as one would write it, with `path` applied to the input files; no None in it."""
    return scenario.model_dump(exclude_none=True, context={"path": path})


def flow(value: Any) -> str:
    """A value on one line: `{lognormal: {mean: 2 h, cv: 0.8}}`."""
    match value:
        case dict():
            return (
                "{" + ", ".join(f"{flow(key)}: {flow(below)}" for key, below in value.items()) + "}"
            )
        case list():
            return "[" + ", ".join(flow(item) for item in value) + "]"
        case bool():
            return "true" if value else "false"
        case int() | float() | Decimal() | date():
            return str(value)
        case _:
            return _text(str(value))


def _text(text: str) -> str:
    if _SAFE.fullmatch(text) and plain_value(text, text) is text:
        return text
    quoted = json.dumps(text, ensure_ascii=False)
    return "".join(one if one.isprintable() else _escaped(one) for one in quoted)


def _escaped(one: str) -> str:
    return f"\\u{ord(one):04x}" if ord(one) < 0x10000 else f"\\U{ord(one):08x}"


def _block(value: Any, path: Path = (), indent: str = "") -> Iterator[tuple[str, Path]]:
    """Lines of a mapping, with the path of the value that is on the line, empty when none is."""
    for key, below in value.items():
        here = (*path, key)
        if isinstance(below, dict) and below and not is_choice(here):
            yield f"{indent}{flow(key)}:", ()
            yield from _block(below, here, indent + "  ")
        elif isinstance(below, list) and below and isinstance(below[0], dict):
            yield f"{indent}{flow(key)}:", ()
            for index, item in enumerate(below):
                yield f"{indent}  - {flow(item)}", (*here, index)
        else:
            yield f"{indent}{flow(key)}: {flow(below)}", here


def _origin(resolved: Resolved, folder: FilePath, path: Path) -> str:
    origin = resolved.origins.get(path)
    return "default" if origin is None else f"{_source(folder, origin)}:{origin.line}"


def _source(folder: FilePath, origin: Origin) -> str:
    return origin.file if origin.file.startswith("--set[") else _below(folder, origin.file)


def _below(folder: FilePath, file: str) -> str:
    return FilePath(os.path.relpath(file, folder)).as_posix()


def _digest(file: str) -> str:
    return "sha256:" + hashlib.sha256(FilePath(file).read_bytes()).hexdigest()

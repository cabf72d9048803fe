"""What `docs/results.md` says of the files of a run, read from its tables."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

RESULTS = (Path(__file__).parents[1] / "docs" / "results.md").read_text(encoding="utf-8")

BY_CAUSE = {
    "availability.refused_attempts",
    "availability.abandoned_sessions",
    "availability.cut_sessions",
    "availability.interruptions.causes",
    "availability.service_uptime.lost_min",
    "availability.by_month[].service_uptime.lost_min",
    "availability.by_zone[].lost_min",
    "fleets[].service_uptime.lost_min",
    "logons.bands[].stages",
    "operations[].refused",
    "operations[].by",
    "cost_optimizer[].changes",
    "cost_optimizer[].terminated",
    "cost_optimizer[].modes",
    "pools[].refused_causes",
    "pools[].launch_failures",
    "pools[].scaling",
}
"""Fields that count by cause, or by who asked: their keys are words of the facts."""


def section(title: str) -> str:
    """The text below a heading, up to the next one."""
    return RESULTS.partition(f"# `{title}`\n")[2].partition("\n#")[0]


def documented_fields(file: str = "summary.json") -> set[str]:
    """Paths of a document's fields: those of the first column, and what their rows list."""
    found = set()
    for line in section(file).splitlines():
        if line.startswith("| `"):
            names, _, meaning = line.partition(" | ")
            parent = ""
            for name in re.findall(r"`([^`]+)`", names):
                path = parent + name if name.startswith(".") else name
                parent = path.rpartition(".")[0]
                found |= {path, path.removesuffix("[]")}
                found |= {f"{path}.{inner}" for inner in re.findall(r"`(\w+)`", meaning)}
    return found


def fields(document: Any, path: str = "") -> Iterator[str]:
    """Paths of all fields of a document; those of a list's rows end in `[].name`."""
    if isinstance(document, list) and document and isinstance(document[0], dict):
        for row in document:
            yield from fields(row, f"{path}[]")
    elif isinstance(document, dict) and path not in BY_CAUSE:
        for name, value in document.items():
            yield from fields(value, f"{path}.{name}".lstrip("."))
    else:
        yield path

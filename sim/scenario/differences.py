"""What two scenarios say differently, as settings that turn one into the other."""

import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from sim.scenario.errors import Path
from sim.scenario.outline import is_choice
from sim.scenario.resolved import flow, written_form
from sim.scenario.schema import Scenario

_PLAIN = re.compile(r"[^\".=\s][^\".=]*")


class Difference(NamedTuple):
    """One setting, or a part that only one of the scenarios has."""

    path: Path
    before: Any
    """As one would write it; None where it is not there."""
    after: Any

    @property
    def override(self) -> str:
        """The setting that makes it `after`: `fleets.office.bundle="power"`."""
        keys = (key if _PLAIN.fullmatch(key) else f'"{key}"' for key in map(str, self.path))
        # JSON text is YAML text, whatever the value holds.
        return ".".join(keys) + "=" + json.dumps(self.after, default=str, ensure_ascii=False)

    @property
    def words(self) -> str:
        """`fleets.office.bundle: standard -> power`."""
        before, after = ("none" if v is None else flow(v) for v in (self.before, self.after))
        return f"{'.'.join(map(str, self.path))}: {before} \N{RIGHTWARDS ARROW} {after}"


def differences(one: Scenario, other: Scenario) -> list[Difference]:
    """All that has to be set in one scenario to make it the other, by path in the order of both.

    Laid over the one in order, the overrides give the other. Names and descriptions are left out.
    """
    before, after = (written_form(scenario, str) for scenario in (one, other))
    for told in (before, after):
        for key in ("name", "description"):
            told.pop(key, None)
    return list(_below(before, after, ()))


def _below(before: dict[str, Any], after: dict[str, Any], path: Path) -> Iterator[Difference]:
    for key in dict.fromkeys([*before, *after]):
        old, new, here = before.get(key), after.get(key), (*path, key)
        if old == new:
            continue
        parts = _parts(old, new, here)
        if parts is None:
            yield Difference(here, old, new)
        else:
            yield from _below(*parts, here)


def _parts(old: Any, new: Any, path: Path) -> tuple[dict[str, Any], dict[str, Any]] | None:
    """Two mappings that can be told apart key by key; None where a whole replaces a whole."""
    if not (isinstance(old, dict) and isinstance(new, dict)):
        return None
    return (old, new) if not is_choice(path) or old.keys() == new.keys() else None

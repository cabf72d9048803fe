"""What one part of a scenario says about another: names that must exist, instants that must fit.

These checks look at the tree as written and at each part that is right by itself, so that a
spelling mistake in one fleet does not hide an unknown zone in another.
"""

import re
from collections.abc import Iterator

from sim.scenario.authentication import authentication_findings
from sim.scenario.capacity import capacity_findings
from sim.scenario.document import Node
from sim.scenario.draft import Draft, Finding
from sim.scenario.errors import Path, Problem, did_you_mean
from sim.scenario.fields import MOST
from sim.scenario.placement import placement_findings
from sim.scenario.resilience import resilience_findings
from sim.scenario.schema import Months
from sim.scenario.validation import locate
from sim.units import DAY, Calendar, Millis, format_duration

LONGEST_RUN: Millis = 10 * 366 * DAY
"""Longest horizon, and longest warm-up [ms]: ten years."""

_NAMES: tuple[tuple[Path, str], ...] = (
    (("fleets", "*", "zones", "*"), "zones"),
    (("fleets", "*", "hosts", "*"), "host_groups"),
    (("pools", "*", "zones", "*"), "zones"),
    (("pools", "*", "hosts", "*"), "host_groups"),
    (("host_groups", "*", "zone"), "zones"),
    (("populations", "*", "twin_of"), "populations"),
    (("populations", "*", "clients", "*", "site"), "sites"),
    (("outages", "*", "zone", "zone"), "zones"),
    (("outages", "*", "hosts", "group"), "host_groups"),
)
"""Where names stand, and among which they must be."""

_SERVED: tuple[Path, ...] = (
    ("populations", "*", "fleet"),
    ("replay", "fleet"),
    ("operations", "*", "fleet"),
    ("services", "*", "fleet"),
)
"""Where the name of a fleet stands, or of a pool; operations concern fleets only."""

_NOUNS = {
    "zones": "zone",
    "host_groups": "host group",
    "populations": "population",
    "sites": "site",
}


def cross_check(root: Node) -> list[Problem]:
    """Everything in a tree that does not fit together."""
    draft = Draft(root)
    checks = (
        _names, _served, _serving, _time, _people, _twins, _operations, _skipped,
        placement_findings, capacity_findings, authentication_findings, resilience_findings,
    )  # fmt: skip
    return [
        Problem.at(locate(root, path), path, message)
        for check in checks
        for path, message in check(draft)
    ]


def _names(draft: Draft) -> Iterator[Finding]:
    for pattern, part in _NAMES:
        known, noun = draft.names(part), _NOUNS[part]
        seen: set[tuple[Path, str]] = set()
        for path, name in _matches(draft.root, pattern):
            if name not in known:
                yield path, f"unknown {noun} '{name}'{did_you_mean(name, known)}"
            elif path[-2] in ("zones", "hosts") and (path[:-1], name) in seen:
                yield path, f"{noun} '{name}' is named twice"
            seen.add((path[:-1], name))


def _served(draft: Draft) -> Iterator[Finding]:
    fleets, pools = draft.names("fleets"), draft.names("pools")
    for pattern in _SERVED:
        owned = pattern[0] == "operations"
        known = fleets if owned else [*fleets, *pools]
        noun = "fleet or pool" if pools and not owned else "fleet"
        for path, name in _matches(draft.root, pattern):
            if owned and name in pools and name not in fleets:
                message = "operations concern desktops that somebody owns"
                yield path, f"expected a fleet, since {message}, got the pool '{name}'"
            elif name not in known and (fleets or pools):
                yield path, f"unknown {noun} '{name}'{did_you_mean(name, known)}"


def _serving(draft: Draft) -> Iterator[Finding]:
    fleets, pools = draft.names("fleets"), draft.names("pools")
    if not fleets and not pools:
        yield ("fleets",), "expected at least one fleet or pool, got none"
    for name in pools:
        if name in fleets:
            yield ("pools", name), f"expected a name that no fleet has, got '{name}'"


def _matches(
    node: Node, pattern: Path, path: Path = (), named: str | int = 0
) -> Iterator[tuple[Path, str]]:
    """Paths that fit a pattern, with the text there, or with the key where a weight stands."""
    if not pattern:
        if isinstance(node.value, str):
            yield path, node.value
        elif isinstance(node.value, int | float) and isinstance(named, str):
            yield path, named
        return
    first, *rest = pattern
    keys: list[str | int] = [first]
    if first == "*":
        keys = list(node.value) if isinstance(node.value, dict) else []
        keys = list(range(len(node.value))) if isinstance(node.value, list) else keys
    for key in keys:
        below = node.child(key)
        if below is not None:
            yield from _matches(below, tuple(rest), (*path, key), key if first == "*" else 0)


def _time(draft: Draft) -> Iterator[Finding]:
    start, horizon, warm_up = draft.start, draft.horizon, draft.warm_up
    if start and isinstance(horizon, Months):
        calendar = Calendar(start)
        if calendar.month_at(0).start != 0:
            message = "a horizon in months needs a start at 00:00 UTC on the 1st"
            yield ("horizon",), f"{message}, got {calendar.isoformat(0)}"
    for key, span in (("horizon", getattr(horizon, "length", 0)), ("warm_up", warm_up or 0)):
        if span > LONGEST_RUN:
            yield (key,), f"expected at most ten years, got {format_duration(span)}"


def _people(draft: Draft) -> Iterator[Finding]:
    if not draft.names("populations") and draft.root.child("replay") is None:
        yield ("populations",), "expected at least one population, or a replay, got none"
    users = sum(population.users for population in draft.populations.values())
    if users > MOST:
        yield ("populations",), f"expected at most {MOST} users together, got {users}"


def _twins(draft: Draft) -> Iterator[Finding]:
    for name, population in draft.populations.items():
        other = population.twin_of
        original = draft.populations.get(other or "")
        setting = ("populations", name, "twin_of")
        if other == name:
            yield setting, f"expected another population, got '{other}' itself"
        elif original is not None and original.twin_of is not None:
            yield setting, f"expected a population that is no twin itself, got '{other}'"
        elif original is not None and original.workload is not None:
            yield setting, f"expected a population that is drawn, got '{other}', which is replayed"


def _operations(draft: Draft) -> Iterator[Finding]:
    for index, operation in draft.operations.items():
        if message := draft.outside(operation.at):
            yield ("operations", index, "at"), message
        if message := _unknown_user(draft, operation.user, operation.fleet):
            yield ("operations", index, "user"), message


def _skipped(draft: Draft) -> Iterator[Finding]:
    for name, fleet in draft.fleets.items():
        skipped = fleet.optimizer.skip if fleet.optimizer else []
        for index, user in enumerate(skipped if isinstance(skipped, list) else []):
            if message := _unknown_user(draft, user, name):
                policy = ("running_mode_policy", "cost-optimizer", "skip", index)
                yield ("fleets", name, *policy), message


def _unknown_user(draft: Draft, user: str | None, fleet: str) -> str:
    """Why nobody of that name can own a desktop of a fleet; empty when somebody can.

    Users of a plan that is replayed have any names.
    """
    if user is None or draft.replays(fleet):
        return ""
    population, _, number = user.rpartition("-")
    if population not in draft.names("populations") or not re.fullmatch("[0-9]{5,11}", number):
        serving = [name for name, people in draft.populations.items() if people.fleet == fleet]
        example = f"{serving[0] if serving else 'population'}-00007"
        return f"expected a user such as '{example}', got '{user}'"
    people = draft.populations.get(population)
    if people and people.fleet != fleet:
        return f"'{user}' has a desktop in fleet '{people.fleet}', not in '{fleet}'"
    if people and int(number) >= people.users and not people.gains_people:
        return f"expected a user up to '{population}-{people.users - 1:05d}', got '{user}'"
    return ""

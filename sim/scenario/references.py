"""What one part of a scenario says about another: names that must exist, numbers that must fit.

These checks look at the tree as written and at each part that is right by itself, so that a spelling
mistake in one fleet does not hide an unknown zone in another.
"""

import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from sim.scenario.desktops import BUNDLE_SIZES, Fleet, HostGroup, Operation, Zone
from sim.scenario.document import Node
from sim.scenario.errors import Path, Problem, did_you_mean
from sim.scenario.fields import MOST, Duration, Instant, Specification
from sim.scenario.schema import Horizon, Months, Scenario, length
from sim.scenario.validation import locate
from sim.scenario.workload import Population
from sim.units import DAY, Calendar, Millis, format_duration

LONGEST_RUN: Millis = 10 * 366 * DAY
"""Longest horizon, and longest warm-up [ms]: ten years."""

Finding = tuple[Path, str]
"""Where something does not fit, and what."""

_Part = TypeVar("_Part", bound=Specification)

_NAMES: tuple[tuple[Path, str, str], ...] = (
    (("populations", "*", "fleet"), "fleets", "fleet"),
    (("replay", "fleet"), "fleets", "fleet"),
    (("operations", "*", "fleet"), "fleets", "fleet"),
    (("services", "*", "fleet"), "fleets", "fleet"),
    (("fleets", "*", "zones", "*"), "zones", "zone"),
    (("fleets", "*", "hosts", "*"), "host_groups", "host group"),
    (("host_groups", "*", "zone"), "zones", "zone"),
)
"""Where names stand, among which they must be, and what they name."""

_USER_NAME = re.compile(r"(.+)-([0-9]{5,11})")


def cross_check(root: Node) -> list[Problem]:
    """Everything in a tree that does not fit together."""
    draft = _Draft(root)
    checks = (
        _names(draft),
        _time(draft),
        _people(draft),
        _zones(draft),
        _hosts(draft),
        _addresses(draft),
        _operations(draft),
    )
    return [
        Problem.at(locate(root, path), path, message) for check in checks for path, message in check
    ]


class _Draft:
    """The parts of a tree that are right by themselves."""

    def __init__(self, root: Node) -> None:
        self.root = root
        self.start = self._value("start", Instant)
        self.horizon = self._value("horizon", Horizon)
        self.warm_up = self._value("warm_up", Duration)
        self.region = self._value("region", str)
        self.zones = self._parts("zones", Zone)
        self.host_groups = self._parts("host_groups", HostGroup)
        self.fleets = self._parts("fleets", Fleet)
        self.populations = self._parts("populations", Population)
        self.operations = self._listed("operations", Operation)

    def names(self, part: str) -> list[str]:
        """Names of the zones, fleets, ... written, right or not."""
        node = self.root.child(part)
        if node is None:
            return list(Scenario.model_fields[part].default or [])
        return list(node.value) if isinstance(node.value, dict) else []

    @cached_property
    def placed(self) -> dict[str, tuple[str, ...]]:
        """Zones that exist and that each fleet's desktops are placed in, for fleets in order."""
        return {name: self._zones_of(fleet) for name, fleet in self.fleets.items()}

    @cached_property
    def desktops(self) -> dict[str, int]:
        """Desktops of each fleet that exist at the start; none are known of a replay."""
        counts = dict.fromkeys(self.fleets, 0)
        for population in self.populations.values():
            if population.fleet in counts and self.root.child("replay") is None:
                counts[population.fleet] += population.users
        return counts

    def _zones_of(self, fleet: Fleet) -> tuple[str, ...]:
        chosen = self.zones if fleet.zones is None else fleet.zones
        region = fleet.region or self.region
        return tuple(
            zone
            for zone in chosen
            if zone in self.zones and (self.zones[zone].region or self.region) == region
        )

    def _value(self, key: str, kind: Any) -> Any:
        node = self.root.child(key)
        return None if node is None else _valid(TypeAdapter(kind), node)

    def _parts(self, key: str, part: type[_Part]) -> dict[str, _Part]:
        node, found = self.root.child(key), {}
        if node is None:
            return {name: part() for name in self.names(key)}
        if isinstance(node.value, dict):
            adapter = TypeAdapter(part)
            found = {name: _valid(adapter, below) for name, below in node.value.items()}
        return {name: valid for name, valid in found.items() if valid is not None}

    def _listed(self, key: str, part: type[_Part]) -> dict[int, _Part]:
        node, adapter = self.root.child(key), TypeAdapter(part)
        items = node.value if node is not None and isinstance(node.value, list) else []
        found = {index: _valid(adapter, item) for index, item in enumerate(items)}
        return {index: valid for index, valid in found.items() if valid is not None}


def _valid(adapter: TypeAdapter[Any], node: Node) -> Any:
    try:
        return adapter.validate_python(node.plain())
    except ValidationError:
        return None


def _names(draft: _Draft) -> Iterator[Finding]:
    for pattern, part, noun in _NAMES:
        known = draft.names(part)
        seen: set[tuple[Path, str]] = set()
        for path, name in _matches(draft.root, pattern):
            if name not in known:
                yield path, f"unknown {noun} '{name}'{did_you_mean(name, known)}"
            elif path[-2] in ("zones", "hosts") and (path[:-1], name) in seen:
                yield path, f"{noun} '{name}' is named twice"
            seen.add((path[:-1], name))


def _matches(node: Node, pattern: Path, path: Path = ()) -> Iterator[tuple[Path, str]]:
    """Paths that fit a pattern, with the text there, or with the key where a number stands."""
    if not pattern:
        if isinstance(node.value, str):
            yield path, node.value
        elif isinstance(node.value, int | float) and isinstance(path[-1], str):
            yield path, path[-1]
        return
    first, *rest = pattern
    keys: list[str | int] = [first]
    if first == "*":
        keys = list(node.value) if isinstance(node.value, dict) else []
        keys = list(range(len(node.value))) if isinstance(node.value, list) else keys
    for key in keys:
        below = node.child(key)
        if below is not None:
            yield from _matches(below, tuple(rest), (*path, key))


def _time(draft: _Draft) -> Iterator[Finding]:
    start, horizon = draft.start, draft.horizon
    if start and isinstance(horizon, Months):
        if start != Calendar(start).instant(Calendar(start).month_at(0).start):
            yield (
                ("horizon",),
                (
                    "a horizon in months needs a start at 00:00 UTC on the 1st, "
                    f"got {Calendar(start).isoformat(0)}"
                ),
            )
    elif horizon and horizon.length > LONGEST_RUN:
        yield ("horizon",), f"expected at most ten years, got {format_duration(horizon.length)}"
    if draft.warm_up and draft.warm_up > LONGEST_RUN:
        yield ("warm_up",), f"expected at most ten years, got {format_duration(draft.warm_up)}"


def _people(draft: _Draft) -> Iterator[Finding]:
    if not draft.names("populations") and draft.root.child("replay") is None:
        yield ("populations",), "expected at least one population, or a replay, got none"
    users = sum(population.users for population in draft.populations.values())
    if users > MOST:
        yield ("populations",), f"expected at most {MOST} users together, got {users}"


def _zones(draft: _Draft) -> Iterator[Finding]:
    for name, fleet in draft.fleets.items():
        region = fleet.region or draft.region
        for index, zone in enumerate(fleet.zones or ()):
            if zone in draft.zones and zone not in draft.placed[name] and draft.region:
                key = index if isinstance(fleet.zones, list) else zone
                its_region = draft.zones[zone].region or draft.region
                yield (
                    ("fleets", name, "zones", key),
                    (f"zone '{zone}' lies in {its_region}, the fleet in {region}"),
                )
        nowhere = fleet.zones is None or not fleet.zones
        if draft.region and nowhere and not draft.placed[name]:
            setting = "zones" if fleet.zones is not None else "region"
            yield ("fleets", name, setting), f"expected at least one zone in {region}, got none"


def _hosts(draft: _Draft) -> Iterator[Finding]:
    for name, fleet in draft.fleets.items():
        groups = {
            group: draft.host_groups[group] for group in fleet.hosts if group in draft.host_groups
        }
        if len(groups) < max(len(fleet.hosts), 1):
            continue
        for index, group in enumerate(fleet.hosts):
            zone = groups[group].zone
            if zone in draft.zones and zone not in draft.placed[name]:
                yield (
                    ("fleets", name, "hosts", index),
                    (
                        f"host group '{group}' stands in zone '{zone}', which the fleet is not placed in"
                    ),
                )
        for zone in draft.placed[name]:
            if problem := _no_room(fleet, zone, groups):
                yield ("fleets", name, "hosts"), problem


def _no_room(fleet: Fleet, zone: str, groups: Mapping[str, HostGroup]) -> str:
    """Why no desktop of a fleet can ever run in a zone; empty when one can."""
    here = [group for group in groups.values() if group.zone == zone]
    if not here:
        return f"none of the fleet's hosts stands in zone '{zone}', where desktops are placed"
    vcpu, memory, gpu = BUNDLE_SIZES[fleet.bundle]
    fits = any(
        vcpu <= group.vcpu * group.overcommit.vcpu
        and memory <= group.memory * group.overcommit.memory
        and gpu <= group.gpu
        for group in here
    )
    need = f"{vcpu} vCPU, {memory} GB and {gpu} GPU"
    return "" if fits else f"no host in zone '{zone}' has room for a {fleet.bundle}: {need}"


def _addresses(draft: _Draft) -> Iterator[Finding]:
    """Desktops that exist at the start but would not get an address of the zones they may be in."""
    if len(draft.fleets) < len(draft.names("fleets")):
        return
    choices = {zones for zones in draft.placed.values() if zones}
    together = tuple(zone for zone in draft.zones if any(zone in zones for zones in choices))
    for zones in sorted({*choices, together}):
        free = [draft.zones[zone].ip_addresses for zone in zones]
        limited = [addresses for addresses in free if addresses is not None]
        need = sum(
            count for name, count in draft.desktops.items() if set(draft.placed[name]) <= set(zones)
        )
        if zones and len(limited) == len(free) and need > sum(limited):
            where = "zone " + " and ".join(f"'{zone}'" for zone in zones)
            yield (
                ("zones", zones[0], "ip_addresses"),
                (
                    f"expected at least {need} addresses for the desktops that {where} begins with, "
                    f"got {sum(limited)}"
                ),
            )


def _operations(draft: _Draft) -> Iterator[Finding]:
    end = length(draft.horizon, draft.start) if draft.start and draft.horizon else None
    for index, operation in draft.operations.items():
        if draft.start and end:
            calendar, begin = Calendar(draft.start), -(draft.warm_up or 0)
            if not begin <= calendar.millis(operation.at) < end:
                yield (
                    ("operations", index, "at"),
                    (
                        f"expected an instant from {calendar.isoformat(begin)} to before "
                        f"{calendar.isoformat(end)}, got {calendar.isoformat(calendar.millis(operation.at))}"
                    ),
                )
        if operation.user is not None and draft.root.child("replay") is None:
            message = _unknown_user(draft, operation.user, operation.fleet)
            if message:
                yield ("operations", index, "user"), message


def _unknown_user(draft: _Draft, user: str, fleet: str) -> str:
    """Why nobody of that name can own a desktop of a fleet; empty when somebody can."""
    found = _USER_NAME.fullmatch(user)
    if not found or found[1] not in draft.names("populations"):
        serving = [name for name, people in draft.populations.items() if people.fleet == fleet]
        example = f"{serving[0]}-00007" if serving else "population-00007"
        return f"expected a user such as '{example}', got '{user}'"
    population = draft.populations.get(found[1])
    if population is None:
        return ""
    if population.fleet != fleet:
        return f"'{user}' has a desktop in fleet '{population.fleet}', not in '{fleet}'"
    if int(found[2]) >= population.users and not population.joiners_per_month:
        return f"expected a user up to '{found[1]}-{population.users - 1:05d}', got '{user}'"
    return ""

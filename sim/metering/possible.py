"""Every item that a scenario can be billed for, before anything runs.

A price that is missing should be found by `validate`, not after an hour of simulation. What a
desktop can be charged for follows from its fleet and from the operations that may happen to it, in
order of time. An operation on a share of a fleet may pass any one desktop by, and any operation may
be refused, so each one adds possibilities and takes none away. That covers the bill's own clock
too: a desktop that was switched to AutoStop and is charged as AlwaysOn to the month's end owes no
more than one whose switch was refused.
"""

from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

from sim.metering import items
from sim.scenario.desktops import Fleet, Operation, Volumes
from sim.scenario.errors import Path
from sim.scenario.schema import Scenario


def possible_items(scenario: Scenario) -> dict[str, list[Path]]:
    """Items of the price book that the scenario can consume, with the settings that ask."""
    found: defaultdict[str, dict[Path, None]] = defaultdict(dict)
    for item, path in _asked_for(scenario):
        found[item][path] = None
    return {item: list(paths) for item, paths in found.items()}


def _asked_for(scenario: Scenario) -> Iterator[tuple[str, Path]]:
    for name, fleet in scenario.fleets.items():
        for terms, path in _reachable(scenario, name):
            for item in terms.items(fleet):
                yield item, path
        for number, application in enumerate(fleet.applications):
            yield items.application(application), ("fleets", name, "applications", number)
    if scenario.directory and scenario.directory.billed:
        yield items.directory(scenario.directory.kind), ("directory",)
    for name, service in scenario.services.items():
        yield service.item, ("services", name, "item")


class _Terms(NamedTuple):
    """What may hold of a desktop."""

    bundle: str
    root_gb: int
    user_gb: int
    alwayson: bool

    def after(self, operation: Operation) -> "_Terms":
        """Terms after an operation was carried out."""
        match operation.operation, operation.to:
            case "switch-mode", to:
                return self._replace(alwayson=to == "AlwaysOn")
            case "resize", Volumes() as to:
                return self._replace(root_gb=to.root, user_gb=to.user)
            case "change-compute" | "migrate", str() as to:
                return self._replace(bundle=to)
        return self

    def items(self, fleet: Fleet) -> Iterator[str]:
        """Items of the month fees, hours and volumes."""
        volumes = self.bundle, self.root_gb, self.user_gb
        if self.alwayson:
            yield items.alwayson_month(fleet, *volumes)
        else:
            yield items.autostop_base(*volumes)
            yield items.autostop_hours(fleet, self.bundle)
        for item, _ in items.extra_volumes(*volumes).values():
            yield item


def _reachable(scenario: Scenario, name: str) -> Iterator[tuple[_Terms, Path]]:
    """Terms that desktops of a fleet can come to have, each with a setting that leads there."""
    fleet = scenario.fleets[name]
    start = _Terms(
        fleet.bundle, fleet.root_volume, fleet.user_volume, fleet.running_mode == "AlwaysOn"
    )
    yield start, ("fleets", name, "bundle")
    by_user: defaultdict[str | None, list[tuple[int, Operation]]] = defaultdict(list)
    for number, operation in enumerate(scenario.operations):
        if operation.fleet == name:
            by_user[operation.user].append((number, operation))
    shared = by_user.pop(None, [])
    for own in [[], *by_user.values()]:
        reached = [start]
        for number, operation in sorted(shared + own, key=lambda each: (each[1].at, each[0])):
            for terms in dict.fromkeys(terms.after(operation) for terms in reached):
                if terms not in reached:
                    reached.append(terms)
                    yield terms, ("operations", number)

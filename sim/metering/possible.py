"""Every item that a scenario can be billed for, before anything runs.

A price that is missing should be found by `validate`, not after an hour of simulation. What a
desktop can be charged for follows from its fleet and from the operations that may happen to it, in
order of time; an operation on a share of a fleet may pass any one desktop by, and any operation may
be refused, so each one adds possibilities and takes none away. The two clocks of `persistent`
matter here too: a desktop that has been AlwaysOn in a month and is then changed is charged as
AlwaysOn with its new terms.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from sim.metering import items
from sim.scenario.desktops import Fleet, Operation, Volumes
from sim.scenario.errors import Path
from sim.scenario.schema import Scenario


def possible_items(scenario: Scenario) -> dict[str, list[Path]]:
    """Items of the price book that the scenario can consume, with the settings that ask."""
    found: dict[str, list[Path]] = {}
    for item, path in _asked_for(scenario):
        paths = found.setdefault(item, [])
        if path not in paths:
            paths.append(path)
    return found


def _asked_for(scenario: Scenario) -> Iterator[tuple[str, Path]]:
    for name, fleet in scenario.fleets.items():
        for state, path in _reachable(scenario, name):
            for item in state.items(fleet):
                yield item, path
        for number, application in enumerate(fleet.applications):
            yield items.application(application), ("fleets", name, "applications", number)
    if scenario.directory and scenario.directory.billed:
        yield items.directory(scenario.directory.kind), ("directory",)
    for name, service in scenario.services.items():
        yield service.item, ("services", name, "item")


@dataclass(frozen=True)
class _State:
    """What a desktop may be like, and what its current month has seen."""

    bundle: str
    root_gb: int
    user_gb: int
    alwayson: bool
    """Whether it behaves as AlwaysOn."""
    month: str = ""
    was_alwayson: bool = False
    """Whether it has been AlwaysOn in `month`."""
    began_autostop: bool = False
    """Whether it may have begun `month` as AutoStop."""

    def in_month(self, month: str) -> "_State":
        """The same desktop later, in a month of which it has seen nothing else."""
        if month == self.month:
            return self
        return replace(
            self, month=month, was_alwayson=self.alwayson, began_autostop=not self.alwayson
        )

    def after(self, operation: Operation) -> "_State":
        """The desktop after an operation on it."""
        match operation.operation, operation.to:
            case "switch-mode", to:
                alwayson = to == "AlwaysOn"
                return replace(self, alwayson=alwayson, was_alwayson=self.was_alwayson or alwayson)
            case "resize", Volumes() as to:
                return replace(self, root_gb=to.root, user_gb=to.user)
            case "change-compute", str() as bundle:
                return replace(self, bundle=bundle)
            case "migrate", to:
                moved = replace(self, bundle=to if isinstance(to, str) else self.bundle, month="")
                return moved.in_month(self.month)
        return self

    def items(self, fleet: Fleet) -> Iterator[str]:
        """Items of the month fees, hours and volumes, now and in the months to come."""
        volumes = self.root_gb, self.user_gb
        if self.alwayson or self.was_alwayson:
            yield items.alwayson_month(fleet, self.bundle, *volumes)
        if not self.alwayson or self.began_autostop:
            yield items.autostop_base(*volumes)
        if not self.alwayson:
            yield items.autostop_hours(fleet, self.bundle)
        for item, _ in items.extra_volumes(*volumes).values():
            yield item


def _reachable(scenario: Scenario, name: str) -> Iterator[tuple[_State, Path]]:
    """States that desktops of a fleet can reach, each with the setting that leads there first."""
    fleet = scenario.fleets[name]
    start = _State(
        fleet.bundle, fleet.root_volume, fleet.user_volume, fleet.running_mode == "AlwaysOn"
    )
    yield start, ("fleets", name, "bundle")
    assert isinstance(scenario.operations, list), "the loader reads operations from files"
    numbered = [(i, o) for i, o in enumerate(scenario.operations) if o.fleet == name]
    numbered.sort(key=lambda pair: pair[1].at)
    for user in {operation.user for _, operation in numbered} | {None}:
        states = {start: None}
        for number, operation in numbered:
            if operation.user not in (None, user):
                continue
            month = f"{operation.at:%Y-%m}"
            for state in [state.in_month(month).after(operation) for state in states]:
                if state not in states:
                    states[state] = None
                    yield state, ("operations", number)

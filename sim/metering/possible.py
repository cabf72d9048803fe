"""Every item that a scenario can be billed for, before anything runs.

A price that is missing should be found by `validate`, not after an hour of simulation. What a
desktop can be charged for follows from its fleet and from the operations that may happen to it. An
operation on a share of a fleet may pass any one desktop by, and any operation may be refused; so a
desktop may come to have each bundle with each pair of volumes in each running mode that is named
for it, in whatever order the operations come, and where a policy switches, in both. That covers the
bill's own clock too: a desktop that was switched to AutoStop and is charged as AlwaysOn to the
month's end owes no more than one whose switch was refused. Nothing changes what a pool is charged
for.
"""

from collections import defaultdict
from collections.abc import Iterator
from itertools import product
from typing import get_args

from sim.metering import items
from sim.metering.keys import NO_REQUESTS, billed_keys
from sim.scenario.bundles import RunningMode, Volumes
from sim.scenario.desktops import Fleet, Operation
from sim.scenario.errors import Path
from sim.scenario.pools import Pool
from sim.scenario.schema import Scenario

_FLEET, _POLICY = -2, -1
_SETTINGS = {_FLEET: "bundle", _POLICY: "running_mode_policy"}
"""Settings of a fleet that ask for an item, before the operations, which are numbered from 0."""


def possible_items(scenario: Scenario) -> dict[str, list[Path]]:
    """Items of the price book that the scenario can consume, with the settings that ask."""
    found: defaultdict[str, dict[Path, None]] = defaultdict(dict)
    for item, path in _asked_for(scenario):
        found[item][path] = None
    return {item: list(paths) for item, paths in found.items()}


def _asked_for(scenario: Scenario) -> Iterator[tuple[str, Path]]:
    for name, fleet in scenario.fleets.items():
        for operations in _concerning_one(scenario, name):
            yield from _of_one(fleet, ("fleets", name), operations)
        for number, application in enumerate(fleet.applications):
            yield items.application(application), ("fleets", name, "applications", number)
    yield from _of_keys(scenario)
    for name, pool in scenario.pools.items():
        for item in _of_pool(pool):
            yield item, ("pools", name, "bundle")
        if pool.storage:
            yield pool.storage.item, ("pools", name, "storage", "item")
    if scenario.directory and scenario.directory.billed:
        yield items.directory(scenario.directory.kind), ("directory",)
    for name, service in scenario.services.items():
        yield service.item, ("services", name, "item")


def _of_keys(scenario: Scenario) -> Iterator[tuple[str, Path]]:
    for name, key in billed_keys(scenario).items():
        yield items.KMS_KEY_MONTH, ("fleets", name, "encryption")
        if key.requests != NO_REQUESTS:
            yield items.KMS_REQUEST_ITEM, ("fleets", name, "encryption")


def _of_pool(pool: Pool) -> Iterator[str]:
    yield items.pool_running(pool)
    if pool.running_mode == "AutoStop":
        yield items.POOL_STOPPED_HOUR
    if items.owes_user_fee(pool):
        yield items.pool_user(pool)


def _concerning_one(scenario: Scenario, fleet: str) -> Iterator[list[tuple[int, Operation]]]:
    """Numbered operations that may concern one desktop: a user's who is named, or any other's."""
    by_user: defaultdict[str | None, list[tuple[int, Operation]]] = defaultdict(list)
    for number, operation in enumerate(scenario.operations):
        if operation.fleet == fleet:
            by_user[operation.user].append((number, operation))
    shared = by_user.pop(None, [])
    yield shared
    for own in by_user.values():
        yield shared + own


def _of_one(
    fleet: Fleet, path: Path, operations: list[tuple[int, Operation]]
) -> Iterator[tuple[str, Path]]:
    """Items of one desktop, each with what asks for it.

    That is the last operation that it takes, else the policy of running modes, else the fleet,
    which is at `path`.
    """
    bundles: dict[str, int] = {fleet.bundle: _FLEET}
    volumes = {(fleet.root_volume, fleet.user_volume): _FLEET}
    modes: dict[str, int] = {fleet.running_mode: _FLEET}
    if fleet.optimizer and not fleet.optimizer.dry_run:
        for mode in get_args(RunningMode):
            modes.setdefault(mode, _POLICY)
    for number, operation in operations:
        match operation.to:
            case Volumes() as to:
                volumes.setdefault((to.root, to.user), number)
            case "AlwaysOn" | "AutoStop" as to:
                modes.setdefault(to, number)
            case str() as to:
                bundles.setdefault(to, number)
    for choice in product(bundles.items(), volumes.items(), modes.items()):
        (bundle, _), ((root_gb, user_gb), _), (mode, _) = choice
        last = max(number for _, number in choice)
        asking = _SETTINGS.get(last)
        where = ("operations", last) if asking is None else (*path, asking)
        for item in _items(fleet, mode, bundle, root_gb, user_gb):
            yield item, where
        if fleet.recovery.standby is not None:
            standby = (*path, "recovery", "standby")
            yield items.standby_month(fleet, bundle), standby
            yield items.standby_hours(fleet, bundle), standby


def _items(fleet: Fleet, mode: str, bundle: str, root_gb: int, user_gb: int) -> Iterator[str]:
    if mode == "AlwaysOn":
        yield items.alwayson_month(fleet, bundle, root_gb, user_gb)
    else:
        yield items.autostop_base(bundle, root_gb, user_gb)
        yield items.autostop_hours(fleet, bundle)
    for item, _ in items.extra_volumes(bundle, root_gb, user_gb).values():
        yield item

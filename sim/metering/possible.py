"""Every item that a scenario can be billed for, before anything runs.

A price that is missing should be found by `validate`, not after an hour of simulation. What a
desktop can be charged for follows from its fleet, from what its users may do to it and how its
volumes grow, and from the operations that may happen to it. An operation on a share of a fleet may
pass any one desktop by, and any operation may be refused; so a desktop may come to have each bundle
with each pair of volumes that it is sold with, in each running mode that is named for it, in
whatever order the operations come, and where a policy switches, in both. That covers the bill's own
clock too: a desktop that was switched to AutoStop and is charged as AlwaysOn to the month's end
owes no more than one whose switch was refused. Nothing changes what a pool is charged for.
"""

from collections import defaultdict
from collections.abc import Iterator
from itertools import product
from typing import get_args

from sim.metering import items
from sim.metering.keys import NO_REQUESTS, billed_keys
from sim.scenario.bundles import RunningMode, Volumes, is_sold
from sim.scenario.desktops import Fleet, Operation
from sim.scenario.errors import Path
from sim.scenario.pools import Pool
from sim.scenario.schema import Scenario

_FLEET, _POLICY, _SELF_SERVICE, _GROWTH = -4, -3, -2, -1
_SETTINGS = {
    _FLEET: "bundle",
    _POLICY: "running_mode_policy",
    _SELF_SERVICE: "self_service",
    _GROWTH: "volume_growth",
}
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

    That is the last operation that it takes, else the growth of its volumes, else what its user
    may do, else the policy of running modes, else the fleet, which is at `path`.
    """
    terms = _Terms(fleet)
    for number, operation in operations:
        terms.add(operation.to, number)
    terms.add_larger()
    for mode, bundle, root_gb, user_gb, last in terms.choices():
        asking = _SETTINGS.get(last)
        where = ("operations", last) if asking is None else (*path, asking)
        for item in _items(fleet, mode, bundle, root_gb, user_gb):
            yield item, where
        if fleet.recovery.standby is not None:
            standby = (*path, "recovery", "standby")
            yield items.standby_month(fleet, bundle), standby
            yield items.standby_hours(fleet, bundle), standby


class _Terms:
    """What a desktop may come to have, each with the number of what asks for it first."""

    def __init__(self, fleet: Fleet) -> None:
        self._fleet = fleet
        self._bundles: dict[str, int] = {fleet.bundle: _FLEET}
        self._volumes = {(fleet.root_volume, fleet.user_volume): _FLEET}
        self._modes: dict[str, int] = {fleet.running_mode: _FLEET}
        if fleet.optimizer and not fleet.optimizer.dry_run:
            self._add_modes(_POLICY)
        own = fleet.self_service
        if own.switch_mode and own.switch_mode.to is None:
            self._add_modes(_SELF_SERVICE)
        for wanted in (own.switch_mode, own.resize, own.change_compute):
            if wanted is not None:
                self.add(wanted.to, _SELF_SERVICE)

    def _add_modes(self, number: int) -> None:
        for mode in get_args(RunningMode):
            self._modes.setdefault(mode, number)

    def add(self, to: str | Volumes | None, number: int) -> None:
        """Add what an operation may lead to."""
        match to:
            case Volumes():
                self._volumes.setdefault((to.root, to.user), number)
            case "AlwaysOn" | "AutoStop":
                self._modes.setdefault(to, number)
            case str():
                self._bundles.setdefault(to, number)

    def add_larger(self) -> None:
        """Add the larger volumes that come one after another, where they do."""
        own, larger_volumes = self._fleet.self_service.resize, self._fleet.larger_volumes
        if self._fleet.volume_growth is None and (own is None or own.to is not None):
            return
        number = _SELF_SERVICE if self._fleet.volume_growth is None else _GROWTH
        for bundle in self._bundles:
            for root_gb, user_gb in list(self._volumes):
                larger = larger_volumes(bundle, root_gb, user_gb)
                while larger and (larger.root, larger.user) not in self._volumes:
                    self._volumes[larger.root, larger.user] = number
                    larger = larger_volumes(bundle, larger.root, larger.user)

    def choices(self) -> Iterator[tuple[str, str, int, int, int]]:
        """Mode, bundle, root and user volume [GB] that are sold together, and what asks last."""
        for choice in product(self._bundles.items(), self._volumes.items(), self._modes.items()):
            (bundle, _), ((root_gb, user_gb), _), (mode, _) = choice
            if is_sold(bundle, root_gb, user_gb):
                yield mode, bundle, root_gb, user_gb, max(number for _, number in choice)


def _items(fleet: Fleet, mode: str, bundle: str, root_gb: int, user_gb: int) -> Iterator[str]:
    if mode == "AlwaysOn":
        yield items.alwayson_month(fleet, bundle, root_gb, user_gb)
    else:
        yield items.autostop_base(bundle, root_gb, user_gb)
        yield items.autostop_hours(fleet, bundle)
    for item, _ in items.extra_volumes(bundle, root_gb, user_gb).values():
        yield item

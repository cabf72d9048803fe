"""Which settings about outages shaped a result: when things break, and what is done about it."""

from collections.abc import Iterator

from sim.scenario.errors import Path
from sim.scenario.outages import (
    DirectoryOutage,
    HostFailure,
    LinkOutage,
    Outage,
    RegionOutage,
)
from sim.scenario.schema import Scenario

_LOSES_MACHINES = ("zone", "region", "hosts")
"""Kinds of outages that take machines away."""
_INTERRUPTS = (*_LOSES_MACHINES, "streaming")
"""Kinds of outages that cut people off."""


def settings_of_outages(scenario: Scenario) -> Iterator[Path]:
    """The settings that mattered, by path in the order of the file."""
    for index, outage in enumerate(scenario.outages):
        for key in _told(outage):
            yield ("outages", index, outage.kind, key)
    if any(fleet.recovery.rebuild for fleet in scenario.fleets.values()) and loses_zone(scenario):
        yield from (("api_limits", key) for key in ("calls_per_second", "burst"))
    if interrupts(scenario):
        yield ("billing", "sla_interval")


def recovery_of(scenario: Scenario, fleet: str) -> Iterator[Path]:
    """What is done about the desktops of a fleet, where a zone or its Region may be lost."""
    spec = scenario.fleets[fleet]
    recovery = spec.recovery
    if loses_region(scenario, fleet):
        if recovery.standby is None:
            yield ("fleets", fleet, "recovery", "standby")
        else:
            path = ("fleets", fleet, "recovery", "standby")
            yield from ((*path, key) for key in type(recovery.standby).model_fields)
    if not loses_zone(scenario):
        return
    if recovery.rebuild is None:
        yield ("fleets", fleet, "recovery", "rebuild")
    else:
        yield ("fleets", fleet, "recovery", "rebuild", "reaction")
        yield ("fleets", fleet, "recovery", "snapshots_every")


def loses_streaming(scenario: Scenario) -> bool:
    """Whether outages cut people off from desktops that stay, to which clients reconnect."""
    return any(outage.kind == "streaming" for outage in scenario.outages)


def interrupts(scenario: Scenario) -> bool:
    """Whether outages cut people off, who then come back or give up."""
    return any(outage.kind in _INTERRUPTS for outage in scenario.outages)


def turns_away(scenario: Scenario) -> bool:
    """Whether outages make attempts fail; where the directory is lost, people wait for it."""
    waited_for = DirectoryOutage | LinkOutage
    return any(not isinstance(outage, waited_for) for outage in scenario.outages)


def loses_machines(scenario: Scenario) -> bool:
    """Whether outages take desktops or instances away, which start again afterwards."""
    return any(outage.kind in _LOSES_MACHINES for outage in scenario.outages)


def loses_region(scenario: Scenario, fleet: str) -> bool:
    """Whether the Region of a fleet may be lost, after which people may be led to standbys."""
    home = scenario.region_of(scenario.fleets[fleet])
    return any(
        isinstance(outage, RegionOutage) and (outage.region or scenario.region) == home
        for outage in scenario.outages
    )


def loses_zone(scenario: Scenario) -> bool:
    """Whether a zone may be lost, after which desktops may be rebuilt in another."""
    return any(outage.kind == "zone" for outage in scenario.outages)


def _told(outage: Outage) -> Iterator[str]:
    """The settings of an outage that say something about it."""
    matters = {
        "kind": False,
        "time_zone": outage.cron is not None,
        "servers": True,
        "count": outage.every is None,
        "crews": isinstance(outage, HostFailure) and outage.every is not None,
    }
    for key in type(outage).model_fields:
        if matters.get(key, getattr(outage, key) is not None):
            yield key

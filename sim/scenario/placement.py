"""Whether desktops have somewhere to be: zones of their region, room on hosts, addresses."""

from collections.abc import Iterator, Mapping

from sim.scenario.desktops import BUNDLE_SIZES, Fleet, HostGroup
from sim.scenario.draft import Draft, Finding


def placement_findings(draft: Draft) -> Iterator[Finding]:
    """Desktops that could not be placed, or never be started."""
    yield from _zones(draft)
    yield from _hosts(draft)
    yield from _addresses(draft)


def _zones(draft: Draft) -> Iterator[Finding]:
    for name, fleet in draft.fleets.items():
        if draft.region is None:
            return
        region = fleet.region or draft.region
        for index, zone in enumerate(fleet.zones or ()):
            if zone in draft.zones and zone not in draft.placed[name]:
                key = index if isinstance(fleet.zones, list) else zone
                its_region = draft.zones[zone].region or draft.region
                message = f"zone '{zone}' lies in {its_region}, the fleet in {region}"
                yield ("fleets", name, "zones", key), message
        if not fleet.zones and not draft.placed[name]:
            setting = "region" if fleet.zones is None else "zones"
            yield ("fleets", name, setting), f"expected at least one zone in {region}, got none"


def _hosts(draft: Draft) -> Iterator[Finding]:
    for name, fleet in draft.fleets.items():
        groups = {host: group for host, group in draft.host_groups.items() if host in fleet.hosts}
        if not fleet.hosts or len(groups) < len(fleet.hosts):
            continue
        for index, host in enumerate(fleet.hosts):
            zone = groups[host].zone
            if zone in draft.zones and zone not in draft.placed[name]:
                message = f"host group '{host}' stands in zone '{zone}', where the fleet is not"
                yield ("fleets", name, "hosts", index), message
        for zone in draft.placed[name]:
            if message := _no_room(fleet, zone, groups):
                yield ("fleets", name, "hosts"), message


def _no_room(fleet: Fleet, zone: str, groups: Mapping[str, HostGroup]) -> str:
    """Why no desktop of a fleet can ever run in a zone; empty when one can."""
    here = [group for group in groups.values() if group.zone == zone]
    if not here:
        return f"none of the fleet's hosts stands in zone '{zone}', where it has desktops"
    vcpu, memory, gpu = BUNDLE_SIZES[fleet.bundle]
    fits = any(
        vcpu <= group.vcpu * group.overcommit.vcpu
        and memory <= group.memory * group.overcommit.memory
        and gpu <= group.gpu
        for group in here
    )
    need = f"{vcpu} vCPU, {memory} GB and {gpu} GPU"
    return "" if fits else f"no host in zone '{zone}' has room for {fleet.bundle}: {need}"


def _addresses(draft: Draft) -> Iterator[Finding]:
    """Zones too small for the desktops that have no other zones to be in."""
    if len(draft.fleets) < len(draft.names("fleets")):
        return
    choices = {zones for zones in draft.placed.values() if zones}
    everywhere = tuple(zone for zone in draft.zones if any(zone in zones for zones in choices))
    for zones in sorted({*choices, everywhere} - {()}):
        free = [draft.zones[zone].ip_addresses for zone in zones]
        limited = [addresses for addresses in free if addresses is not None]
        confined = [name for name, placed in draft.placed.items() if {*placed} <= {*zones}]
        need = sum(draft.desktops[name] for name in confined)
        if len(limited) == len(free) and need > sum(limited):
            where = f"in {' and '.join(zones)} for the desktops there at the start"
            message = f"expected at least {need} {where}, got {sum(limited)}"
            yield ("zones", zones[0], "ip_addresses"), message

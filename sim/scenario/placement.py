"""Whether desktops have somewhere to be: zones of their region, room on hosts, addresses."""

from collections.abc import Iterator, Mapping

from sim.scenario.bundles import BUNDLE_SIZES
from sim.scenario.desktops import HostGroup
from sim.scenario.draft import Draft, Finding

_NOUNS = {"fleets": "fleet", "pools": "pool"}


def placement_findings(draft: Draft) -> Iterator[Finding]:
    """Desktops that could not be placed, or never be started."""
    yield from _zones(draft)
    yield from _hosts(draft)
    yield from _addresses(draft)


def _zones(draft: Draft) -> Iterator[Finding]:
    for where, serving in draft.serving.items():
        if draft.region is None:
            return
        region = serving.region or draft.region
        for index, zone in enumerate(serving.zones or ()):
            if zone in draft.zones and zone not in draft.placed[where]:
                key = index if isinstance(serving.zones, list) else zone
                its_region = draft.zones[zone].region or draft.region
                message = f"zone '{zone}' lies in {its_region}, the {_NOUNS[where[0]]} in {region}"
                yield (*where, "zones", key), message
        if not serving.zones and not draft.placed[where]:
            setting = "region" if serving.zones is None else "zones"
            yield (*where, setting), f"expected at least one zone in {region}, got none"


def _hosts(draft: Draft) -> Iterator[Finding]:
    for where, serving in draft.serving.items():
        noun = _NOUNS[where[0]]
        groups = {host: group for host, group in draft.host_groups.items() if host in serving.hosts}
        if not serving.hosts or len(groups) < len(serving.hosts):
            continue
        for index, host in enumerate(serving.hosts):
            zone = groups[host].zone
            if zone in draft.zones and zone not in draft.placed[where]:
                message = f"host group '{host}' stands in zone '{zone}', where the {noun} is not"
                yield (*where, "hosts", index), message
        for zone in draft.placed[where]:
            if message := _no_room(serving.bundle, noun, zone, groups):
                yield (*where, "hosts"), message


def _no_room(bundle: str, noun: str, zone: str, groups: Mapping[str, HostGroup]) -> str:
    """Why no desktop of a bundle can ever run in a zone; empty when one can."""
    here = [group for group in groups.values() if group.zone == zone]
    if not here:
        return f"none of the {noun}'s hosts stands in zone '{zone}', where it has desktops"
    vcpu, memory, gpu = BUNDLE_SIZES[bundle]
    fits = any(
        vcpu <= group.vcpu * group.overcommit.vcpu
        and memory <= group.memory * group.overcommit.memory
        and gpu <= group.gpu
        for group in here
    )
    need = f"{vcpu} vCPU, {memory} GB and {gpu} GPU"
    return "" if fits else f"no host in zone '{zone}' has room for {bundle}: {need}"


def _addresses(draft: Draft) -> Iterator[Finding]:
    """Zones too small for the desktops that have no other zones to be in."""
    written = len(draft.names("fleets")) + len(draft.names("pools"))
    if len(draft.serving) < written:
        return
    choices = {zones for zones in draft.placed.values() if zones}
    everywhere = tuple(zone for zone in draft.zones if any(zone in zones for zones in choices))
    for zones in sorted({*choices, everywhere} - {()}):
        free = [draft.zones[zone].ip_addresses for zone in zones]
        limited = [addresses for addresses in free if addresses is not None]
        confined = [where for where, placed in draft.placed.items() if {*placed} <= {*zones}]
        need = sum(draft.desktops[one] for one in confined)
        if len(limited) == len(free) and need > sum(limited):
            place = f"in {' and '.join(zones)} for the desktops there at the start"
            message = f"expected at least {need} {place}, got {sum(limited)}"
            yield ("zones", zones[0], "ip_addresses"), message

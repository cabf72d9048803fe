"""Whether what breaks is there to break, breaks inside the run, and leaves somewhere to go."""

from collections.abc import Iterator

from sim.scenario.desktops import Directory, Fleet
from sim.scenario.distributions import Constant, Distribution, Uniform
from sim.scenario.draft import Draft, Finding
from sim.scenario.errors import Path, did_you_mean
from sim.scenario.outages import (
    STANDBY_REGIONS,
    CertificateOutage,
    DirectoryOutage,
    HostFailure,
    LinkOutage,
    Outage,
    Regional,
    SecondFactorOutage,
)
from sim.units import Calendar, Millis


def resilience_findings(draft: Draft) -> Iterator[Finding]:
    """Outages of what is not there or not then, and recoveries that cannot be made."""
    for index, outage in draft.outages.items():
        path = ("outages", index, outage.kind)
        yield from _missing(draft, outage, path)
        if message := _missed(draft, outage):
            yield (*path, "at"), message
    yield from _rebuilds(draft)
    yield from _standbys(draft)


def _missing(draft: Draft, outage: Outage, path: Path) -> Iterator[Finding]:
    match outage:
        case Regional():
            yield from _of_region(draft, outage, path)
        case HostFailure():
            group = draft.host_groups.get(outage.group)
            if group is not None and outage.count > group.count:
                message = f"expected at most the {group.count} hosts of '{outage.group}'"
                yield (*path, "count"), f"{message}, got {outage.count}"
        case DirectoryOutage() | LinkOutage():
            yield from _of_directory(draft, outage, path)
        case SecondFactorOutage():
            yield from _of_second_factor(draft, outage, path)
        case CertificateOutage():
            if not draft.has("access", "trusted_devices"):
                yield path, "expected 'access.trusted_devices', whose certificates expire, got none"


def _of_region(draft: Draft, outage: Regional, path: Path) -> Iterator[Finding]:
    regions = [draft.region, *(zone.region for zone in draft.zones.values())]
    plans = (fleet.recovery.standby for fleet in draft.fleets.values())
    regions += [plan.region for plan in plans if plan is not None]
    known = list(dict.fromkeys(region for region in regions if region is not None))
    if outage.region is not None and known and outage.region not in known:
        message = f"no zone lies in '{outage.region}'{did_you_mean(outage.region, known)}"
        yield (*path, "region"), message


def _of_directory(
    draft: Draft, outage: DirectoryOutage | LinkOutage, path: Path
) -> Iterator[Finding]:
    directory: Directory | None = draft.directory
    if not draft.has("directory"):
        yield path, "expected a directory to lose, and the scenario has none"
    if directory is None:
        return
    if isinstance(outage, LinkOutage):
        if directory.kind != "ad-connector":
            message = "expected a directory of kind 'ad-connector', which alone has a link"
            yield path, f"{message}, got '{directory.kind}'"
    elif outage.servers is not None and outage.servers > directory.servers:
        message = f"expected at most the {directory.servers} servers of the directory"
        yield (*path, "servers"), f"{message}, got {outage.servers}"


def _of_second_factor(draft: Draft, outage: SecondFactorOutage, path: Path) -> Iterator[Finding]:
    if not draft.has("access", "mfa"):
        yield path, "expected 'access.mfa', whose servers do not answer, got none"
    factor = draft.access.mfa if draft.access else None
    if factor is not None and outage.server == "second" and not factor.second_server:
        yield (*path, "server"), "expected the first server, since there is no second, got 'second'"


def _missed(draft: Draft, outage: Outage) -> str:
    """Why a dated outage has no instant in common with the run; empty when it may have one."""
    if outage.at is None or draft.start is None:
        return ""
    calendar, begin, longest = Calendar(draft.start), -(draft.warm_up or 0), _longest(outage.lasts)
    at = calendar.millis(outage.at)
    if at >= begin:
        return draft.outside(outage.at)
    if longest is None or at + longest > begin:
        return ""
    over, since = calendar.isoformat(at + longest), calendar.isoformat(begin)
    return f"expected an outage that reaches into the run, from {since}, got one over at {over}"


def _longest(law: Distribution | None) -> Millis | None:
    """The longest duration that a law gives; None where it has no bound."""
    match law:
        case Constant():
            return law.value
        case Uniform():
            return law.high
        case _:
            return None


def _rebuilds(draft: Draft) -> Iterator[Finding]:
    for name, fleet in draft.fleets.items():
        zones = draft.placed["fleets", name]
        if fleet.recovery.rebuild is not None and len(zones) == 1:
            message = "expected a fleet with another zone to rebuild desktops in"
            yield ("fleets", name, "recovery", "rebuild"), f"{message}, got only '{zones[0]}'"


def _standbys(draft: Draft) -> Iterator[Finding]:
    for name, fleet in draft.fleets.items():
        plan, home = fleet.recovery.standby, fleet.region or draft.region
        path = ("fleets", name, "recovery", "standby")
        if plan is None:
            continue
        offered = ", ".join(STANDBY_REGIONS)
        if plan.region == home:
            yield (*path, "region"), f"expected another Region than that of the fleet, got '{home}'"
        elif plan.region not in STANDBY_REGIONS:
            message = f"expected one of the Regions with standbys ({offered})"
            yield (*path, "region"), f"{message}, got '{plan.region}'"
        if home is not None and home not in STANDBY_REGIONS:
            message = f"expected a fleet in one of the Regions with standbys ({offered})"
            yield path, f"{message}, got '{home}'"
        if fleet.os != "windows":
            yield path, f"expected a fleet of Windows, which alone has standbys, got '{fleet.os}'"
        for where, bundle in _bundles(draft, name, fleet):
            if bundle.startswith(("graphics", "generalpurpose")):
                message = "expected a bundle that has standbys: no graphics or general purpose one"
                yield where, f"{message}, got '{bundle}'"


def _bundles(draft: Draft, name: str, fleet: Fleet) -> Iterator[tuple[Path, str]]:
    """The bundles that desktops of a fleet may come to have, and what says so."""
    yield ("fleets", name, "recovery", "standby"), fleet.bundle
    own = fleet.self_service.change_compute
    if own is not None:
        yield ("fleets", name, "self_service", "change_compute", "to"), own.to
    for index, operation in draft.operations.items():
        changes = operation.operation in ("change-compute", "migrate")
        if changes and operation.fleet == name and isinstance(operation.to, str):
            yield ("operations", index, "to"), operation.to

"""When what was lost: the outages of a run as spans, and whose fault they are."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sim.record import Cause, OutageKind
from sim.scenario import Scenario
from sim.study.measures import Columns
from sim.units import Millis

CAUSES = {
    OutageKind.ZONE: Cause.ZONE_OUTAGE,
    OutageKind.REGION: Cause.REGION_OUTAGE,
    OutageKind.HOST: Cause.HOST_FAILURE,
    OutageKind.STREAMING: Cause.STREAMING_OUTAGE,
    OutageKind.CONTROL_PLANE: Cause.CONTROL_PLANE_OUTAGE,
    OutageKind.MFA: Cause.MFA_OUTAGE,
    OutageKind.CERTIFICATE: Cause.CERTIFICATE_EXPIRED,
}
"""What refusals and interruptions by each kind are recorded with. Directories and their links are
waited for."""

PROVIDER = (
    Cause.ZONE_OUTAGE,
    Cause.REGION_OUTAGE,
    Cause.HOST_FAILURE,
    Cause.STREAMING_OUTAGE,
)
"""Losses for which the provider answers with its service level."""

_STREAMING = (OutageKind.STREAMING, OutageKind.REGION)
_CONTROL_PLANE = (OutageKind.CONTROL_PLANE, OutageKind.REGION)


@dataclass(frozen=True)
class Outage:
    """One outage, or hosts of one group that failed together."""

    number: int
    """Of the first of them, as in `outages`."""
    numbers: tuple[int, ...]
    """Of all of them."""
    kind: OutageKind
    target: str
    """Zone, Region, host group or server; empty where there is only one."""
    hosts: int
    """Hosts that failed together; 0 of another kind."""
    begin: Millis
    end: Millis
    """Of the last of them."""

    @property
    def cause(self) -> Cause:
        """What its refusals and interruptions are recorded with; NONE where they have no own."""
        return CAUSES.get(self.kind, Cause.NONE)


@dataclass(frozen=True)
class Span:
    """A time in which something was lost, to an outage."""

    begin: Millis
    end: Millis
    outage: Outage


def outages_of(table: Columns) -> list[Outage]:
    """The outages in order of begin; hosts of a group that failed at one instant are one."""
    found: dict[tuple[object, ...], Outage] = {}
    names = ("outage", "kind", "target", "begin", "end")
    for number, kind, target, begin, end in zip(
        *(table[name].tolist() for name in names), strict=True
    ):
        is_host = kind == OutageKind.HOST
        key = (kind, target, begin) if is_host else (number,)
        before = found.get(key)
        hosts = (before.hosts if before else 0) + is_host
        numbers = (*(before.numbers if before else ()), number)
        until = max(end, before.end) if before else end
        found[key] = Outage(numbers[0], numbers, OutageKind(kind), target, hosts, begin, until)
    return list(found.values())


def shared_losses(outages: list[Outage], region: str) -> tuple[list[Span], list[Span]]:
    """When a Region had no streaming, and when it had that but no control plane."""
    here = [outage for outage in outages if outage.target == region]
    streaming = disjoint(here, _STREAMING)
    return streaming, without(disjoint(here, _CONTROL_PLANE), streaming)


def disjoint(outages: Iterable[Outage], kinds: Iterable[OutageKind]) -> list[Span]:
    """When something of these kinds was lost, each instant to the first outage that took it."""
    wanted, spans = set(kinds), list[Span]()
    until: Millis | None = None
    for outage in sorted(outages, key=lambda outage: (outage.begin, outage.number)):
        if outage.kind in wanted:
            begin = outage.begin if until is None else max(outage.begin, until)
            if begin < outage.end:
                spans.append(Span(begin, outage.end, outage))
                until = outage.end
    return spans


def without(spans: Iterable[Span], others: Iterable[Span]) -> list[Span]:
    """What is left of spans outside other ones, which are disjoint and in order."""
    left = []
    for span in spans:
        at = span.begin
        for other in others:
            if other.begin < span.end and other.end > at:
                if other.begin > at:
                    left.append(Span(at, other.begin, span.outage))
                at = other.end
        if at < span.end:
            left.append(Span(at, span.end, span.outage))
    return left


def region_met(scenario: Scenario, outage: Outage) -> str | None:
    """The Region whose people an outage can meet; None where that is no matter of Regions."""
    if outage.kind == OutageKind.ZONE:
        return scenario.region_of(scenario.zones[outage.target])
    return outage.target if outage.kind in (*_STREAMING, *_CONTROL_PLANE) else None


def regions_of_fleets(scenario: Scenario) -> Mapping[str, str]:
    """The Region in which each fleet and pool lies."""
    return {name: scenario.region_of(fleet) for name, fleet in scenario.served_by.items()}

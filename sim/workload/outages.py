"""What breaks when: outages made before the model runs, whoever works meanwhile.

Dated ones are there as they are written, drills are due by the clock, random ones alternate between
working and broken, and a trace is read. Each outage of the file has a stream of its own, so that
one more changes nothing about the others. Broken hosts may have to wait for a crew: the recursion
of a repair shop, which needs no model of desktops either.

The table is the same for every scenario that says the same about outages, and so two ways to
recover are compared on the same ones.
"""

import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

import numpy as np

from sim.record import NEVER, OUTAGES, OutageKind, Table
from sim.scenario.outages import (
    DirectoryOutage,
    Happening,
    HostFailure,
    LinkOutage,
    Outage,
    Regional,
    SecondFactorOutage,
    ZoneOutage,
)
from sim.scenario.schema import Scenario
from sim.units import Millis
from sim.workload.distributions import sample
from sim.workload.schedules import occurrences
from sim.workload.streams import Stream
from sim.workload.tables import InputTable

Span = tuple[Millis, Millis]

_KINDS = {
    "zone": OutageKind.ZONE,
    "region": OutageKind.REGION,
    "hosts": OutageKind.HOST,
    "directory": OutageKind.DIRECTORY,
    "link": OutageKind.LINK,
    "mfa": OutageKind.MFA,
    "certificate": OutageKind.CERTIFICATE,
    "streaming": OutageKind.STREAMING,
    "control_plane": OutageKind.CONTROL_PLANE,
}

GAPS, LENGTHS, CHOICE = 0, 1, 2
"""Days of an outage's stream under which its draws of each purpose are."""


@dataclass(frozen=True)
class _Broken:
    """One row of the table before it has a number."""

    begin: Millis
    end: Millis
    host: int = -1


def make_outages(scenario: Scenario, replication: int = 0) -> Table:
    """The table OUTAGES: those that begin before the end of the run and end after its beginning.

    Raises:
        ScenarioError: with every bad row of a trace.
    """
    first_host = _first_hosts(scenario)
    rows = [
        (broken.begin, position, broken.host, broken.end, outage)
        for position, outage in enumerate(scenario.outages)
        for broken in _spans(scenario, replication, position, outage, first_host)
        if broken.begin < scenario.end and broken.end > max(broken.begin, scenario.begin)
    ]
    rows.sort(key=lambda row: row[:3])
    return Table.of(
        OUTAGES,
        outage=np.arange(len(rows)),
        kind=[_KINDS[outage.kind] for *_, outage in rows],
        target=np.array([_target(scenario, outage) for *_, outage in rows], dtype=object),
        host=[host for _, _, host, _, _ in rows],
        servers=[_servers(scenario, outage) for *_, outage in rows],
        begin=[begin for begin, *_ in rows],
        end=[end for _, _, _, end, _ in rows],
    )


def _spans(
    scenario: Scenario,
    replication: int,
    position: int,
    outage: Outage,
    first_host: dict[str, int],
) -> Iterator[_Broken]:
    stream = Stream(scenario.seed, replication, f"outages/{position}")
    if not isinstance(outage, HostFailure):
        for begin, end in _times(scenario, stream, outage):
            yield _Broken(begin, end)
        return
    first, count = first_host[outage.group], scenario.host_groups[outage.group].count
    if outage.every is not None:
        for host, begin, end in _failures(scenario, stream, outage, count):
            yield _Broken(begin, end, first + host)
        return
    for ordinal, (begin, end) in enumerate(_times(scenario, stream, outage)):
        chances = stream.uniforms(count, day=CHOICE, ordinal=ordinal)
        for host in sorted(np.argsort(chances, kind="stable")[: outage.count].tolist()):
            yield _Broken(begin, end, first + host)


def _times(scenario: Scenario, stream: Stream, outage: Happening) -> Iterator[Span]:
    """When something that there is one of breaks, and until when."""
    if outage.trace is not None:
        yield from _recorded(scenario, outage.trace)
    elif outage.every is not None:
        at, ordinal = scenario.begin, 0
        while at < scenario.end:
            begin = at + _drawn(stream, outage, GAPS, ordinal)
            at = begin + max(1, _drawn(stream, outage, LENGTHS, ordinal))
            yield begin, at
            ordinal += 1
    else:
        for ordinal, begin in enumerate(_due(scenario, outage)):
            yield begin, begin + _drawn(stream, outage, LENGTHS, ordinal)


def _due(scenario: Scenario, outage: Happening) -> Iterator[Millis]:
    calendar = scenario.calendar
    if outage.at is not None:
        yield calendar.millis(outage.at)
        return
    assert outage.cron is not None
    since = calendar.instant(scenario.begin) - timedelta(milliseconds=1)
    end = calendar.instant(scenario.end)
    for due in occurrences(outage.cron, since.astimezone(ZoneInfo(outage.time_zone)), end):
        yield calendar.millis(due)


def _failures(
    scenario: Scenario, stream: Stream, outage: HostFailure, count: int
) -> Iterator[tuple[int, Millis, Millis]]:
    """Failures of the hosts of a group: (host, begin, end), repaired by so many crews."""
    ordinals = [0] * count
    failing = [
        (scenario.begin + _drawn(stream, outage, GAPS, 0, host), host) for host in range(count)
    ]
    heapq.heapify(failing)
    crews = [scenario.begin] * min(outage.crews or count, count)
    while failing and failing[0][0] < scenario.end:
        begin, host = heapq.heappop(failing)
        length = max(1, _drawn(stream, outage, LENGTHS, ordinals[host], host))
        end = max(begin, crews[0]) + length
        heapq.heapreplace(crews, end)
        yield host, begin, end
        ordinals[host] += 1
        again = end + _drawn(stream, outage, GAPS, ordinals[host], host)
        heapq.heappush(failing, (again, host))


def _drawn(
    stream: Stream, outage: Happening, purpose: int, ordinal: int, element: int = 0
) -> Millis:
    law = outage.every if purpose == GAPS else outage.lasts
    assert law is not None
    chance = stream.uniforms(1, day=purpose, ordinal=ordinal, first=element)
    return int(sample(law, chance)[0])


def _recorded(scenario: Scenario, file: str) -> Iterator[Span]:
    table = InputTable(file, required=("begin", "lasts_s"), optional=())
    begin = table.instants("begin", scenario.calendar)
    lasts = table.seconds("lasts_s", least=1)
    for column in ("begin", "lasts_s"):
        table.refuse(~table.given(column), column, "a value")
    read = (begin != NEVER) & (lasts != NEVER)
    reaches = (begin < scenario.end) & (begin + lasts > scenario.begin)
    since, until = (scenario.calendar.isoformat(at) for at in (scenario.begin, scenario.end))
    expected = f"an outage that reaches into the run, from {since} to before {until}"
    table.refuse(read & ~reaches, "begin", expected)
    table.raise_problems()
    for at, length in sorted(zip(begin.tolist(), lasts.tolist(), strict=True)):
        yield at, at + length


def _first_hosts(scenario: Scenario) -> dict[str, int]:
    """Number of the first host of each group."""
    found, number = {}, 0
    for name, group in scenario.host_groups.items():
        found[name] = number
        number += group.count
    return found


def _target(scenario: Scenario, outage: Outage) -> str:
    match outage:
        case ZoneOutage():
            return outage.zone
        case Regional():
            return outage.region or scenario.region
        case HostFailure():
            return outage.group
        case SecondFactorOutage():
            return outage.server
        case _:
            return ""


def _servers(scenario: Scenario, outage: Outage) -> int:
    """Directory servers that are lost; -1 where none are."""
    servers = scenario.directory.servers if scenario.directory else 0
    match outage:
        case DirectoryOutage():
            return min(outage.servers or servers, servers)
        case LinkOutage():
            return servers
        case _:
            return -1

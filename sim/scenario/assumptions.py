"""The settings a result hangs on that nobody may have thought about.

Where sources disagree or are silent, the behaviour is a setting with a default. Most scenarios
leave most of them alone; a report must say which value was used all the same, and whether somebody
chose it. Settings that cannot matter, such as AutoStop rules without AutoStop, are left out.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from sim.scenario.errors import Path, dotted
from sim.scenario.fields import explained
from sim.scenario.loading import Resolved
from sim.scenario.outage_assumptions import (
    interrupts,
    loses_machines,
    loses_region,
    loses_streaming,
    loses_zone,
    recovery_of,
    settings_of_outages,
    turns_away,
)
from sim.scenario.outline import parts_at
from sim.scenario.pool_assumptions import settings_of_pools
from sim.scenario.resolved import flow, written_form
from sim.scenario.scaling import POLICIES
from sim.scenario.schema import Scenario, SuppliedPrice
from sim.scenario.upkeep_assumptions import interrupts_itself, settings_of_upkeep

_NAMED = ("fleets", "pools", "populations", "host_groups", "sites")
"""Sections of a scenario that hold parts by name."""


class Assumption(NamedTuple):
    """One setting that shaped the result."""

    path: str
    """`fleets.office.stop_delay`."""
    value: str
    """As one would write it."""
    meaning: str
    source: str
    """Where the default comes from, or what is known; of a price, where the files say it is from.
    Empty where there is no default and nothing is known."""
    stated: bool
    """Whether the files say it; otherwise it is the default."""


def assumptions(resolved: Resolved) -> list[Assumption]:
    """The settings that shaped a scenario's results, by path in the order of the file."""
    written = written_form(resolved.scenario, str)
    return [
        Assumption(
            dotted(path),
            _value(written, path),
            *_known(resolved.scenario, path),
            stated=_stated(resolved, path),
        )
        for path in that_mattered(resolved.scenario)
    ]


def shared_assumptions(resolved: Resolved) -> list[Assumption]:
    """The same, with one row for all parts of a scenario that have the same to say of a setting.

    Its path is then `fleets.*.stop_delay`, or `populations.{staff, field}.patience` where others
    say something else.
    """
    rows = {row.path: row for row in assumptions(resolved)}

    def said(path: Path) -> tuple[str, bool]:
        row = rows[dotted(path)]
        return row.value, row.stated

    return [
        rows[dotted(paths[0])]._replace(path=name)
        for name, paths in together(resolved.scenario, said)
    ]


def together(
    scenario: Scenario, alike: Callable[[Path], object]
) -> Iterator[tuple[str, tuple[Path, ...]]]:
    """The settings that mattered, those of several fleets, pools or populations as one if alike."""
    groups: dict[tuple[Path, object], list[Path]] = {}
    owners: dict[Path, int] = {}
    for path in that_mattered(scenario):
        setting = (path[0], *path[2:]) if path[0] in _NAMED else path
        owners[setting] = owners.get(setting, 0) + 1
        groups.setdefault((setting, alike(path)), []).append(path)
    for (setting, _), paths in groups.items():
        yield _name(paths, everybody=len(paths) == owners[setting]), tuple(paths)


def _name(paths: Sequence[Path], *, everybody: bool) -> str:
    """`fleets.office.bundle`, `fleets.*.bundle`, `fleets.{staff, field}.bundle`."""
    first = paths[0]
    if len(paths) == 1:
        return dotted(first)
    names = "*" if everybody else "{" + ", ".join(str(path[1]) for path in paths) + "}"
    return f"{first[0]}.{names}.{dotted(first[2:])}"


def that_mattered(scenario: Scenario) -> Iterator[Path]:
    """The settings that shaped the results of a scenario, by path in the order of the file."""
    yield from _of_access(scenario)
    if scenario.directory:
        yield from (("directory", key) for key in ("servers", "service_time"))
    for name in scenario.fleets:
        yield from _of_fleet(scenario, name)
    yield from settings_of_pools(scenario)
    yield from _of_hosts(scenario)
    for name in scenario.populations:
        yield from (("populations", name, key) for key in _behaviour(scenario, name))
    for name in scenario.sites:
        yield ("sites", name, "usable")
    if scenario.replay is not None:
        yield from (("replay", key) for key in _replayed(scenario))
    yield from settings_of_outages(scenario)
    for item in scenario.prices.add:
        if item.startswith("personal/standby-"):
            yield ("prices", "add", item, "unit_price")
    if scenario.fleets:
        yield from _of_all_fleets(scenario)


def _of_access(scenario: Scenario) -> Iterator[Path]:
    """Each stage that there is; how a second factor is asked again counts if one may be lost."""
    loses_factor = any(outage.kind == "mfa" for outage in scenario.outages)
    for stage in type(scenario.access).model_fields:
        settings = getattr(scenario.access, stage)
        for key in type(settings).model_fields if settings else ():
            if loses_factor or key not in _OF_LOST_FACTOR:
                yield ("access", stage, key)


_OF_LOST_FACTOR = ("timeout", "retries", "second_server")


def _of_all_fleets(scenario: Scenario) -> Iterator[Path]:
    """Maintenance and billing, which are the same for all persistent desktops."""
    stop = [_may_stop(scenario, name) for name in scenario.fleets]
    if any(stop):
        yield ("maintenance", "autostop")
    if any(stop) or any(_goes_to_standby(scenario, name) for name in scenario.fleets):
        yield ("billing", "rounding")
    if any(stop) and scenario.maintenance.autostop:
        yield ("billing", "maintenance_billed_hours")
    if not all(stop):
        yield ("maintenance", "alwayson_duration")
    for key in ("prorate_on_create", "prorate_on_delete", "proration_grain"):
        yield ("billing", key)
    keys = (fleet.encryption for fleet in scenario.fleets.values())
    if any(encryption and encryption.key_billed for encryption in keys):
        yield ("billing", "free_key_requests")


def _of_fleet(scenario: Scenario, name: str) -> Iterator[Path]:
    fleet, away = scenario.fleets[name], _goes_to_standby(scenario, name)
    stops = _may_stop(scenario, name) or away
    if stops or loses_machines(scenario):
        start = "cold_start" if fleet.cold else "resume"
        yield ("fleets", name, "logon", start)
    if away and not fleet.cold:
        yield ("fleets", name, "logon", "cold_start")
    if stops:
        yield ("fleets", name, "stop_delay")
        yield ("fleets", name, "network_loss_detection")
        yield ("fleets", name, "idle_disconnect_timeout")
    if loses_streaming(scenario):
        yield ("fleets", name, "reconnect_window")
    yield ("fleets", name, "logon", "streaming")
    yield ("fleets", name, "logon", "os_logon")
    if _creates(scenario, name) or (fleet.recovery.rebuild and loses_zone(scenario)):
        yield ("fleets", name, "provisioning")
        if fleet.encryption is not None:
            yield ("fleets", name, "encryption", "extra_time")
    if fleet.encryption and fleet.encryption.key_billed:
        for key in type(fleet.encryption.requests).model_fields:
            yield ("fleets", name, "encryption", "requests", key)
    yield from recovery_of(scenario, name)
    yield from settings_of_upkeep(fleet, ("fleets", name))
    if fleet.optimizer:
        policy = ("running_mode_policy", fleet.optimizer.kind)
        settings = (key for key in type(fleet.optimizer).model_fields if key != "kind")
        yield from (("fleets", name, *policy, key) for key in settings)


def _of_hosts(scenario: Scenario) -> Iterator[Path]:
    used = {host for serving in scenario.served_by.values() for host in serving.hosts}
    for host in scenario.host_groups:
        if host in used:
            yield from (("host_groups", host, key) for key in ("placement", "overcommit"))


def _behaviour(scenario: Scenario, name: str) -> Iterator[str]:
    """Settings of a population that shape what becomes of its plan."""
    people = scenario.populations[name]
    drawn = people.workload is None and scenario.replay is None
    if drawn:
        yield "endings"
    yield "session_end"
    if not drawn and scenario.replay is None:
        yield "overlap"
    if _may_refuse(scenario, people.fleet):
        yield from ("patience", "retry_after")
    if interrupts(scenario) or interrupts_itself(scenario, people.fleet):
        yield "after_interruption"
    if any(client.site for client in people.clients.values()):
        yield "bandwidth"


def _replayed(scenario: Scenario) -> Iterator[str]:
    """Settings of a replay of everybody that shape what becomes of it."""
    yield from ("overlap", "session_end")
    if any(_may_refuse(scenario, fleet) for fleet in scenario.served_by):
        yield from ("patience", "retry_after")
    if interrupts(scenario) or any(interrupts_itself(scenario, name) for name in scenario.fleets):
        yield "after_interruption"


def _may_refuse(scenario: Scenario, fleet: str) -> bool:
    """Whether people may be turned away: no room in a pool or on hosts, no desktop, a lost one."""
    if fleet in scenario.pools or turns_away(scenario):
        return True
    spec = scenario.fleets[fleet]
    own = any(spec.self_service.wanted()) or spec.volume_growth is not None
    operated = own or any(operation.fleet == fleet for operation in scenario.operations)
    optimizer = spec.optimizer
    deleted = optimizer is not None and optimizer.terminate_unused == "yes"
    return bool(spec.hosts) or operated or deleted or _creates(scenario, fleet)


def _may_stop(scenario: Scenario, fleet: str) -> bool:
    modes = {operation.to for operation in scenario.operations if operation.fleet == fleet}
    spec = scenario.fleets[fleet]
    own = spec.self_service.switch_mode
    if own is not None and own.to != "AlwaysOn":
        return True
    return "AutoStop" in {spec.running_mode, *modes} or spec.optimizer is not None


def _goes_to_standby(scenario: Scenario, fleet: str) -> bool:
    """Whether people of a fleet may be led to standbys, which stop whatever the running mode."""
    return scenario.fleets[fleet].recovery.standby is not None and loses_region(scenario, fleet)


def _creates(scenario: Scenario, fleet: str) -> bool:
    joined = any(
        population.gains_people or population.workload
        for population in scenario.populations.values()
        if population.fleet == fleet
    )
    return (
        joined
        or scenario.replay is not None
        or any(operation.operation == "create" for operation in scenario.operations)
    )


def value_at(written: Mapping[str, Any], path: Path) -> Any:
    """A value of the written form; None where nothing is written."""
    value: Any = written
    for key in path:
        if isinstance(value, dict):
            value = value.get(key)
        elif isinstance(value, list) and isinstance(key, int):
            value = value[key]
    return value


def _value(written: Mapping[str, Any], path: Path) -> str:
    value = value_at(written, path)
    return "off" if value is None else flow(value)


def _stated(resolved: Resolved, path: Path) -> bool:
    """Whether somebody wrote a setting: by its name, or as the short form of a policy."""
    *above, key = path
    below = [other for other in resolved.origins if other[:-1] == tuple(above)]
    is_short = POLICIES.settings.get(str(above[-1])) == (key,) and not below
    return path in resolved.origins or (is_short and tuple(above) in resolved.origins)


def _known(scenario: Scenario, path: Path) -> tuple[str, str]:
    """What a setting means, and where its default or its price comes from."""
    *above, key = path
    (part,) = parts_at(tuple(above))
    meaning, source = explained(part.model_fields[str(key)])
    if part is SuppliedPrice:
        price = scenario.prices.add[str(above[-1])]
        source = f"{price.source}, {price.as_of}"
    return meaning, source

"""The parts of a tree that are right by themselves, for checks that look across parts."""

from datetime import datetime
from functools import cached_property
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from sim.scenario.access import Access
from sim.scenario.desktops import Directory, Fleet, HostGroup, Operation, Zone
from sim.scenario.document import Node
from sim.scenario.errors import Path
from sim.scenario.fields import Duration, Instant, Specification
from sim.scenario.outages import Outage
from sim.scenario.pools import Pool
from sim.scenario.schema import Horizon, Scenario, length
from sim.scenario.workload import Population
from sim.units import Calendar

Finding = tuple[Path, str]
"""Where something does not fit, and what."""

Serving = tuple[str, str]
"""Where a fleet or a pool stands: the part, `fleets` or `pools`, and the name."""

_Part = TypeVar("_Part", bound=Specification)


class Draft:
    """The parts of a tree that are right by themselves."""

    def __init__(self, root: Node) -> None:
        self.root = root
        self.start = self._value("start", Instant)
        self.horizon = self._value("horizon", Horizon)
        self.warm_up = self._value("warm_up", Duration)
        self.region = self._value("region", str)
        self.zones = self._parts("zones", Zone)
        self.host_groups = self._parts("host_groups", HostGroup)
        self.fleets = self._parts("fleets", Fleet)
        self.pools = self._parts("pools", Pool)
        self.populations = self._parts("populations", Population)
        self.directory = self._value("directory", Directory | None)
        self.access = self._value("access", Access)
        self.operations = self._listed("operations", Operation)
        self.outages = self._listed("outages", Outage)

    def names(self, part: str) -> list[str]:
        """Names of the zones, fleets, ... written, right or not."""
        node = self.root.child(part)
        if node is None:
            field = Scenario.model_fields[part]
            return [] if field.is_required() else list(field.default)
        return list(node.value) if isinstance(node.value, dict) else []

    def outside(self, at: datetime) -> str:
        """Why an instant lies outside the run; empty when it lies inside, or nobody can say."""
        if not self.start or not self.horizon:
            return ""
        calendar, begin = Calendar(self.start), -(self.warm_up or 0)
        end = length(self.horizon, self.start)
        if begin <= calendar.millis(at) < end:
            return ""
        expected = f"from {calendar.isoformat(begin)} to before {calendar.isoformat(end)}"
        return f"expected an instant {expected}, got {calendar.isoformat(calendar.millis(at))}"

    def replays(self, fleet: str) -> bool:
        """Whether a recorded plan says who has a desktop in a fleet."""
        members = [people for people in self.populations.values() if people.fleet == fleet]
        return self.root.child("replay") is not None or any(people.workload for people in members)

    @cached_property
    def serving(self) -> dict[Serving, Fleet | Pool]:
        """Fleets, then pools."""
        fleets: dict[Serving, Fleet | Pool] = {
            ("fleets", name): fleet for name, fleet in self.fleets.items()
        }
        return fleets | {("pools", name): pool for name, pool in self.pools.items()}

    @cached_property
    def placed(self) -> dict[Serving, tuple[str, ...]]:
        """Zones that exist and that the desktops of each fleet and pool are placed in."""
        return {where: self._zones_of(serving) for where, serving in self.serving.items()}

    @cached_property
    def desktops(self) -> dict[Serving, int]:
        """Desktops of each fleet and pool known to exist at the start; none of a replay's."""
        counts: dict[Serving, int] = dict.fromkeys(self.serving, 0)
        for name, pool in self.pools.items():
            counts["pools", name] = pool.initial // pool.sessions_per_instance
        for population in self.populations.values():
            if population.fleet in self.fleets and self.root.child("replay") is None:
                counts["fleets", population.fleet] += population.users
        return counts

    def _zones_of(self, serving: Fleet | Pool) -> tuple[str, ...]:
        chosen = self.zones if serving.zones is None else serving.zones
        region = serving.region or self.region
        return tuple(
            zone
            for zone in chosen
            if zone in self.zones and (self.zones[zone].region or self.region) == region
        )

    def _value(self, key: str, kind: Any) -> Any:
        node = self.root.child(key)
        return None if node is None else _valid(TypeAdapter(kind), node)

    def has(self, *path: str) -> bool:
        """Whether something stands at a path, right or not."""
        node: Node | None = self.root
        for key in path:
            node = node.child(key) if node else None
        return node is not None and node.value is not None

    def _parts(self, key: str, part: type[_Part]) -> dict[str, _Part]:
        node, found = self.root.child(key), {}
        if node is None:
            return {name: part() for name in self.names(key)}
        if isinstance(node.value, dict):
            adapter = TypeAdapter(part)
            found = {name: _valid(adapter, below) for name, below in node.value.items()}
        return {name: valid for name, valid in found.items() if valid is not None}

    def _listed(self, key: str, part: Any) -> dict[int, Any]:
        node, adapter = self.root.child(key), TypeAdapter(part)
        items = node.value if node is not None and isinstance(node.value, list) else []
        found = {index: _valid(adapter, item) for index, item in enumerate(items)}
        return {index: valid for index, valid in found.items() if valid is not None}


def _valid(adapter: TypeAdapter[Any], node: Node) -> Any:
    try:
        return adapter.validate_python(node.plain())
    except ValidationError:
        return None

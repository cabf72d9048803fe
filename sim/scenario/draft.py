"""The parts of a tree that are right by themselves, for checks that look across parts."""

from functools import cached_property
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from sim.scenario.desktops import Fleet, HostGroup, Operation, Zone
from sim.scenario.document import Node
from sim.scenario.errors import Path
from sim.scenario.fields import Duration, Instant, Specification
from sim.scenario.schema import Horizon, Scenario
from sim.scenario.workload import Population

Finding = tuple[Path, str]
"""Where something does not fit, and what."""

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
        self.populations = self._parts("populations", Population)
        self.operations = self._listed("operations", Operation)

    def names(self, part: str) -> list[str]:
        """Names of the zones, fleets, ... written, right or not."""
        node = self.root.child(part)
        if node is None:
            field = Scenario.model_fields[part]
            return [] if field.is_required() else list(field.default)
        return list(node.value) if isinstance(node.value, dict) else []

    def replays(self, fleet: str) -> bool:
        """Whether a recorded plan says who has a desktop in a fleet."""
        members = [people for people in self.populations.values() if people.fleet == fleet]
        return self.root.child("replay") is not None or any(people.workload for people in members)

    @cached_property
    def placed(self) -> dict[str, tuple[str, ...]]:
        """Zones that exist and that each fleet's desktops are placed in, for fleets in order."""
        return {name: self._zones_of(fleet) for name, fleet in self.fleets.items()}

    @cached_property
    def desktops(self) -> dict[str, int]:
        """Desktops of each fleet known to exist at the start; of a replay none are known."""
        counts = dict.fromkeys(self.fleets, 0)
        for population in self.populations.values():
            if population.fleet in counts and self.root.child("replay") is None:
                counts[population.fleet] += population.users
        return counts

    def _zones_of(self, fleet: Fleet) -> tuple[str, ...]:
        chosen = self.zones if fleet.zones is None else fleet.zones
        region = fleet.region or self.region
        return tuple(
            zone
            for zone in chosen
            if zone in self.zones and (self.zones[zone].region or self.region) == region
        )

    def _value(self, key: str, kind: Any) -> Any:
        node = self.root.child(key)
        return None if node is None else _valid(TypeAdapter(kind), node)

    def _parts(self, key: str, part: type[_Part]) -> dict[str, _Part]:
        node, found = self.root.child(key), {}
        if node is None:
            return {name: part() for name in self.names(key)}
        if isinstance(node.value, dict):
            adapter = TypeAdapter(part)
            found = {name: _valid(adapter, below) for name, below in node.value.items()}
        return {name: valid for name, valid in found.items() if valid is not None}

    def _listed(self, key: str, part: type[_Part]) -> dict[int, _Part]:
        node, adapter = self.root.child(key), TypeAdapter(part)
        items = node.value if node is not None and isinstance(node.value, list) else []
        found = {index: _valid(adapter, item) for index, item in enumerate(items)}
        return {index: valid for index, valid in found.items() if valid is not None}


def _valid(adapter: TypeAdapter[Any], node: Node) -> Any:
    try:
        return adapter.validate_python(node.plain())
    except ValidationError:
        return None

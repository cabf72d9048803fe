"""What users do to their own desktops (O11): each wish of the workload, ordered at its instant."""

from collections.abc import Iterator
from functools import partial

from sim.model.decisions import Decision
from sim.model.operation_log import Order
from sim.model.operations import Operations
from sim.scenario.bundles import Volumes
from sim.scenario.self_service import OwnChangeCompute, OwnResize, OwnSwitchMode
from sim.units import Millis
from sim.workload import Wish, make_wishes


class SelfService:
    """Hands the wishes of users on."""

    def __init__(self, operations: Operations) -> None:
        self._world = operations.world
        self._operations = operations

    def decisions(self) -> Iterator[Decision]:
        """All wishes, in order of instant, kind and user."""
        world = self._world
        for wish in make_wishes(world.scenario, world.workload, world.replication):
            yield Decision(wish.at, partial(self._grant, wish))

    def _grant(self, wish: Wish, at: Millis) -> None:
        order = Order(wish.user, wish.kind, self._target(wish), wish.by)
        self._operations.ask(order, at, wish.start)

    def _target(self, wish: Wish) -> str | Volumes | None:
        spec = self._world.fleets[self._world.user_fleet[wish.user]].self_service
        match dict(spec.wanted())[wish.kind.name.lower()]:
            case OwnSwitchMode() | OwnResize() | OwnChangeCompute() as own:
                return own.to
            case _:
                return None

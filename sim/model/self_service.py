"""What users do to their own desktops (O11): each wish of the workload, ordered at its instant."""

from collections.abc import Iterator
from functools import partial

from sim.model.decisions import Decision
from sim.model.operation_log import Order
from sim.model.operations import Operations
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
        order = Order(wish.user, wish.kind, wish.to, wish.by)
        self._operations.ask(order, at, wish.start)

"""What desktops of one Region share: streaming gateways and the control plane (F7, F8)."""

from sim.record import Cause


class Service:
    """Something that is there or lost, to one outage or several at once."""

    __slots__ = ("_causes", "lost_to")

    def __init__(self) -> None:
        self._causes: dict[int, Cause] = {}
        self.lost_to = Cause.NONE
        """Cause of the first outage that holds it; NONE while it is there."""

    def lose(self, outage: int, cause: Cause) -> None:
        """An outage takes it."""
        self._causes[outage] = cause
        self.lost_to = next(iter(self._causes.values()))

    def regain(self, outage: int) -> bool:
        """An outage is over; True when that brings it back."""
        del self._causes[outage]
        self.lost_to = next(iter(self._causes.values()), Cause.NONE)
        return not self._causes


class Region:
    """The services of one Region."""

    __slots__ = ("control_plane", "name", "streaming", "whole")

    def __init__(self, name: str) -> None:
        self.name = name
        self.streaming = Service()
        self.control_plane = Service()
        self.whole = Service()
        """The Region with all its zones."""


class Regions(dict[str, Region]):
    """All Regions by name."""

    def __missing__(self, name: str) -> Region:
        self[name] = region = Region(name)
        return region

"""Places whose people share one network link to their desktops."""

from typing import Annotated

from pydantic import Field

from sim.scenario.fields import Rate, Share, Specification, written


class Site(Specification):
    """A place, such as an office, whose clients stream through one link.

    A measure only: who gets less than they need works on, and nothing that happens to a desktop
    hangs on it.
    """

    capacity: Rate
    """Capacity of the link in the direction of the clients, which carries the pictures [kbit/s]."""
    usable: Annotated[Share, Field(gt=0)] = written("80 %")
    """Share of the capacity up to which everybody has what they need. Source: links are loaded to
    60-80 % (HP Anyware, PCoIP session planning, "Network planning"); the traffic of desktops is
    self-similar, so its bursts do not even out as independent ones would (Magana et al.,
    PLOS ONE, 2018)."""

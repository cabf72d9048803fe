"""Which settings about users' own operations and growing volumes shaped a result."""

from collections.abc import Iterator

from sim.scenario.desktops import Fleet
from sim.scenario.errors import Path
from sim.scenario.growth import VolumeGrowth
from sim.scenario.schema import Scenario

_TIMES = {
    "reboot": "reboot_time",
    "rebuild": "rebuild_time",
    "change_compute": "change_time",
    "resize": "change_time",
}
"""How long each own operation takes; a switch of the running mode takes a start."""


def settings_of_upkeep(fleet: Fleet, path: Path) -> Iterator[Path]:
    """The settings that mattered of a fleet at `path`, in the order of the file."""
    wanted = dict(fleet.self_service.wanted())
    grows = fleet.volume_growth is not None
    own = fleet.self_service.resize
    if grows or (own is not None and own.to is None):
        yield from ((*path, key) for key in ("volume_step", "volume_limit"))
    if grows:
        yield from ((*path, "volume_growth", key) for key in VolumeGrowth.model_fields)
    times = {_TIMES[name] for name in wanted if name in _TIMES}
    yield from ((*path, key) for key in sorted(times | ({"change_time"} if grows else set())))
    if wanted:
        yield (*path, "self_service", "help_desk")
    for name in wanted:
        yield from ((*path, "self_service", name, key) for key in ("every", "allowed"))


def interrupts_itself(scenario: Scenario, fleet: str) -> bool:
    """Whether people of a fleet cut themselves off, by what they do to their own desktops."""
    if fleet not in scenario.fleets:
        return False
    wanted = dict(scenario.fleets[fleet].self_service.wanted())
    return bool(wanted.keys() & {"reboot", "rebuild", "change_compute"})

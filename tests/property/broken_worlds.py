"""Small worlds in which things break: every rule about outages meets every other rule.

A world of desktops or of pools, with up to five outages of any kind on the grid of the world, so
that things break at the very instant at which somebody arrives, leaves or times out; with plans to
rebuild, standbys in another Region that may be lost itself, and people who return or give up.
"""

from dataclasses import replace
from datetime import UTC, timedelta
from typing import Any

from hypothesis import strategies as st

from sim.scenario.schema import Scenario
from sim.units import HOUR, MINUTE, Millis
from tests.property.small_pools import small_pools
from tests.property.small_worlds import SmallWorld, small_worlds

LENGTHS = (1, 1, MINUTE, 10 * MINUTE, 37 * MINUTE, HOUR, 7 * HOUR)
"""Lengths of outages [ms]."""
ELSEWHERE = "us-west-2"
"""The Region of standbys."""
_REACTIONS = st.sampled_from(["0 s", "1 ms", "5 min", "1 h"])
_STANDBYS = st.fixed_dictionaries(
    {
        "region": st.just(ELSEWHERE),
        "reaction": _REACTIONS,
        "redirection": st.sampled_from(["0 s", "10 min"]),
        "failback": _REACTIONS,
    }
)
_OFFSETS = (0, 1, -1, MINUTE, 3 * MINUTE, 30 * MINUTE, HOUR, HOUR + 1, 2 * HOUR)
"""Instants of outages, from somebody's arrival [ms]."""


def written_at(scenario: Scenario, at: Millis) -> str:
    """An instant as a scenario writes it."""
    return (scenario.start.astimezone(UTC) + timedelta(milliseconds=at)).isoformat()


@st.composite
def outages(draw: st.DrawFn, world: SmallWorld, kinds: tuple[str, ...] = ()) -> dict[str, Any]:
    """One outage of what there is in a world, inside its run or begun a little before."""
    scenario = world.scenario
    possible = ["zone", "zone", "region", "streaming", "control_plane"]
    possible += ["hosts", "hosts"] if scenario.host_groups else []
    possible += ["directory", "link"] if scenario.directory else []
    kind = draw(st.sampled_from(kinds or possible))
    arrivals = [row["arrival"] for row in world.sessions if row["arrival"] >= scenario.begin]
    steps = max(1, (scenario.end - scenario.begin) // (10 * MINUTE))
    near = st.sampled_from(arrivals or [scenario.begin])
    at = draw(
        st.integers(-2, steps - 1).map(lambda step: scenario.begin + step * 10 * MINUTE)
        | st.builds(lambda at, by: at + by, near, st.sampled_from(_OFFSETS))
    )
    said: dict[str, Any] = {
        "at": written_at(scenario, at),
        "lasts": f"{draw(st.sampled_from(LENGTHS))} ms",
    }
    if kind in ("region", "streaming", "control_plane"):
        said["region"] = draw(st.sampled_from([scenario.region, scenario.region, ELSEWHERE]))
    if kind == "zone":
        said["zone"] = draw(st.sampled_from(sorted(scenario.zones)))
    if kind == "hosts":
        name = draw(st.sampled_from(sorted(scenario.host_groups)))
        said |= {"group": name, "count": draw(st.integers(1, scenario.host_groups[name].count))}
    if kind == "directory" and scenario.directory:
        said["servers"] = draw(st.none() | st.integers(1, scenario.directory.servers))
    return {kind: said}


@st.composite
def _recoveries(draw: st.DrawFn, world: SmallWorld) -> SmallWorld:
    """Plans to rebuild, and people who give up."""
    fleets = {
        name: fleet
        | {
            "recovery": {
                "rebuild": draw(
                    st.none() | st.sampled_from(["0 s", "0 s", "5 min", "1 h"]).map(_reaction)
                ),
                "standby": draw(st.none() | _STANDBYS),
                "snapshots_every": draw(st.sampled_from(["12 h", "1 h"])),
            }
        }
        for name, fleet in world.written["fleets"].items()
    }
    populations = {
        name: people
        | {"after_interruption": draw(st.sampled_from(["return", "return", "give_up"]))}
        for name, people in world.written["populations"].items()
    }
    limits = {"calls_per_second": draw(st.integers(1, 3)), "burst": draw(st.integers(1, 3))}
    more = {"fleets": fleets, "populations": populations, "api_limits": limits}
    return replace(world, written=world.written | more)


def _reaction(length: str) -> dict[str, str]:
    return {"reaction": length}


@st.composite
def broken_worlds(draw: st.DrawFn, *, pools: bool | None = None) -> SmallWorld:
    """A world of desktops, or of pools, in which things break."""
    shared = draw(st.booleans()) if pools is None else pools
    world = draw(_recoveries(draw(small_pools() if shared else small_worlds())))
    more = draw(st.sampled_from([0, 1, 3])) * HOUR
    rows = [row | {"patience": row["patience"] + more} for row in world.sessions]
    world = replace(world, sessions=rows)
    happening = draw(st.lists(outages(world), min_size=1, max_size=5))
    return replace(world, written=world.written | {"outages": happening})


def unbroken(world: SmallWorld, keep: int = 0) -> SmallWorld:
    """The same world with only the first so many of its outages."""
    return replace(world, written=world.written | {"outages": world.written["outages"][:keep]})

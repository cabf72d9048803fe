"""Whether what changes a pool's capacity fits the pool: whole instances, inside the run."""

from collections.abc import Iterator

from sim.scenario.draft import Draft, Finding
from sim.scenario.errors import Path
from sim.scenario.fields import Specification
from sim.scenario.pools import Pool
from sim.scenario.scaling import ScheduledAction

_SIZES = ("minimum", "maximum", "capacity", "desired")
"""Settings that are capacities [user sessions]."""


def capacity_findings(draft: Draft) -> Iterator[Finding]:
    """Scheduled actions and edits that a pool cannot follow."""
    for name, pool in draft.pools.items():
        for below, change in _changes(pool):
            path = ("pools", name, *below)
            at = getattr(change, "at", None)
            if at is not None and (message := draft.outside(at)):
                yield (*path, "at"), message
            for key in _SIZES:
                size = getattr(change, key, None) or 0
                if size % pool.sessions_per_instance:
                    yield (*path, key), pool.whole_instances(size)


def _changes(pool: Pool) -> Iterator[tuple[Path, Specification]]:
    for index, policy in enumerate(pool.scaling):
        if isinstance(policy, ScheduledAction):
            yield ("scaling", index, policy.kind), policy
    for index, edit in enumerate(pool.edits):
        yield ("edits", index), edit

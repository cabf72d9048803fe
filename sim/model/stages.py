"""Stages of a logon attempt, numbered, and the order of the cells in a row of `logons`.

Most scenarios switch on few of them. The usual ones have the first numbers, so that an attempt in a
scenario without the others need not carry them, nor write a 0 for each: their columns are filled in
when rows become a table.
"""

from sim.model.world import World
from sim.scenario.access import Access
from sim.units import Millis

(
    DIRECTORY_WAIT,
    DIRECTORY_SERVICE,
    DESKTOP_WAIT,
    START,
    PROFILE,
    STREAMING,
    OS_LOGON,
    START_WAIT,
    NETWORK_CHECK,
    TRUSTED_DEVICE,
    IP_ACCESS,
    DIRECTORY_LINK,
    MFA_WAIT,
    MFA,
    BROKER_WAIT,
    BROKER,
    STAGES,
) = range(17)

USUAL_STAGES = START_WAIT + 1
"""Number of those that need no setting of their own."""

_IN_ORDER = (
    NETWORK_CHECK,
    TRUSTED_DEVICE,
    IP_ACCESS,
    DIRECTORY_WAIT,
    DIRECTORY_SERVICE,
    DIRECTORY_LINK,
    MFA_WAIT,
    MFA,
    BROKER_WAIT,
    BROKER,
    DESKTOP_WAIT,
    START_WAIT,
    START,
    PROFILE,
    STREAMING,
    OS_LOGON,
)

LOGON_ROW = (
    "session",
    "attempt",
    "user",
    "desktop",
    "arrival",
    "done",
    "start_kind",
    "outcome",
    "cause",
    "directory_wait",
    "directory_service",
    "desktop_wait",
    "start",
    "profile",
    "streaming",
    "os_logon",
    "start_wait",
    "network_check",
    "trusted_device",
    "ip_access",
    "directory_link",
    "mfa_wait",
    "mfa",
    "broker_wait",
    "broker",
)
"""Columns of `logons` in the order of a row, which ends with the stages that are carried."""


def stages_of(world: World) -> int:
    """How many stages an attempt can pass."""
    scenario = world.scenario
    near = not world.plan["directory_link"].any()
    return USUAL_STAGES if near and scenario.access == Access() else STAGES


def logon_row(world: World) -> tuple[str, ...]:
    """Columns of `logons` in the order of the rows that are written."""
    return LOGON_ROW[: len(LOGON_ROW) - STAGES + stages_of(world)]


def cut_short(stages: list[Millis], left: Millis) -> list[Millis]:
    """The time that passed in each stage until an attempt was over [ms]."""
    passed = [0] * len(stages)
    for stage in _IN_ORDER:
        if stage < len(stages):
            passed[stage] = min(stages[stage], left)
            left -= passed[stage]
    return passed

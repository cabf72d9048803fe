"""Columns of the tables about what broke: outages, whom they interrupted, what was recovered."""

from sim.record.codes import Cause, OutageKind, RecoveryKind
from sim.record.columns import Schema, code, instant, long_span, number, text
from sim.record.schemas import DESKTOP, SESSION, USER

_OUTAGE = number("outage", "outage, code into `outages`; -1 where there is none")

OUTAGES = Schema(
    "outages",
    (
        _OUTAGE,
        code("kind", OutageKind, "what broke"),
        text(
            "target",
            "zone, Region, host group or server; empty where there is only one",
        ),
        number("host", "host, numbered as in `host_load`; -1 for another kind"),
        number("servers", "directory servers that are lost; -1 for another kind"),
        instant("begin", "instant at which it broke"),
        instant("end", "instant from which it works again; it may lie beyond the run"),
    ),
)
"""One row per outage that begins before the end of the run, in order of begin; exogenous, as the
plan is."""

INTERRUPTIONS = Schema(
    "interruptions",
    (
        SESSION,
        USER,
        DESKTOP,
        _OUTAGE,
        code("cause", Cause, "why"),
        instant("at", "instant at which the user was cut off"),
        instant("back", "instant at which the user was connected again; NEVER: not, or not yet"),
    ),
)
"""One row for each time an outage cut somebody off who was working."""

RECOVERIES = Schema(
    "recoveries",
    (
        _OUTAGE,
        USER,
        code("kind", RecoveryKind, "what took its place"),
        number("lost", "desktop that was lost, code into `desktops`"),
        number("desktop", "desktop that takes its place, code into `desktops`"),
        instant("at", "instant of the call that rebuilds it, or of the redirection"),
        instant("done", "instant from which it can be used; NEVER: not in the run"),
        instant("until", "instant at which its user was led back; NEVER: not, or not in the run"),
        instant("snapshot", "instant of the snapshot that it is made from"),
        long_span("data_age", "age of that snapshot at the outage: what was lost"),
    ),
)
"""One row per desktop that was rebuilt, restored, or left for its standby."""

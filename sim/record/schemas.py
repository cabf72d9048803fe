"""Columns of every table, with units and meaning; those of pools are in `sim.record.pools`."""

import numpy as np

from sim.record.codes import (
    Actor,
    Cause,
    DesktopState,
    Ending,
    OperationKind,
    Outcome,
    RunKind,
    RunningMode,
    SessionOutcome,
    StartKind,
)
from sim.record.columns import (
    Column,
    Schema,
    code,
    instant,
    long_span,
    number,
    small_number,
    span,
    text,
)

DESKTOP = number("desktop", "desktop, code into `desktops`; -1 where there is none")
USER = number("user", "user, code into `users`")
SESSION = number("session", "intended session, row number of the plan")

USERS = Schema(
    "users",
    (
        USER,
        text("name", "name, `population-00007`"),
        text("population", "population"),
        text("fleet", "fleet whose desktop the user owns, or pool that the user shares"),
        text("cost_center", "where the cost is booked"),
        text("time_zone", "IANA time zone"),
        instant(
            "joins",
            "instant of joining; a desktop of their own is created then. NEVER: was there before "
            "the run",
        ),
        instant(
            "leaves", "instant of leaving; a desktop of their own is deleted then. NEVER: stays"
        ),
    ),
)

PLAN = Schema(
    "plan",
    (
        SESSION,
        USER,
        instant("arrival", "intended arrival; NEVER when `gap` says it"),
        long_span(
            "gap",
            "time after the user's previous session ended or was refused; NEVER when"
            " `arrival` says it",
        ),
        long_span("connected", "time the user intends to be connected and working"),
        long_span(
            "idle_from",
            "time after connecting from which keyboard and mouse rest; NEVER: active to the end",
        ),
        code("ending", Ending, "how the user means to leave"),
        small_number("client", "client kind, code into the run's list of clients"),
        span("rtt", "round-trip time between client and desktop"),
        code(
            "barrier", Cause, "what turns this logon away before it is authenticated, if anything"
        ),
        span("network_check", "time to check the client's network for this logon"),
        span("trusted_device", "time to check the device's certificate for this logon"),
        span("ip_access", "time to check the client's address for this logon"),
        span("directory_service", "time the directory needs for this logon once it is its turn"),
        span("directory_link", "time to the domain controllers and back for this logon"),
        span("mfa", "time of the second factor for this logon once it is its turn"),
        span("broker", "time the broker needs for this logon once it is its turn"),
        span("resume", "time a hibernated desktop needs to resume for this logon"),
        span("cold_start", "time a desktop that cannot hibernate needs to start for this logon"),
        span("profile", "time to fetch the user's home folder and settings for this logon"),
        span("streaming", "time to connect the stream for this logon"),
        span("os_logon", "time of the operating-system logon, when there is one"),
        span("retry_after", "back-off before a refused user tries again"),
        span("patience", "how long the user keeps trying, from the first attempt"),
    ),
)
"""The exogenous plan, sorted by user and, within a user, in the order of intent. The columns from
`barrier` on are the fate of the logon, drawn with the plan; `plan.csv` leaves them out, and replay
draws the same again."""

DESKTOPS = Schema(
    "desktops",
    (
        DESKTOP,
        text("name", "name, `ws-office-00007`"),
        USER,
        text("fleet", "fleet"),
        text("zone", "Availability Zone it lives in for ever"),
        instant("created", "instant of creation; before the run for those that exist at the start"),
        instant("deleted", "instant of deletion; NEVER: still there"),
    ),
)

DESKTOP_TERMS = Schema(
    "desktop_terms",
    (
        DESKTOP,
        instant("begin", "from"),
        instant("end", "to; the end of the run for terms still in force"),
        text("bundle", "compute type"),
        number("root_gb", "root volume [GB]"),
        number("user_gb", "user volume [GB]"),
        code(
            "running_mode",
            RunningMode,
            "how the desktop behaves (the bill follows its own clock)",
        ),
        Column(
            "created",
            np.dtype(np.bool_),
            "whether these terms begin with the desktop's creation inside the run",
        ),
        Column("deleted", np.dtype(np.bool_), "whether these terms end with its deletion"),
    ),
)
"""What holds of a desktop from when to when: one row per desktop and change, clipped to the run."""

LOGONS = Schema(
    "logons",
    (
        SESSION,
        number("attempt", "1 for the first attempt of the session"),
        USER,
        DESKTOP,
        instant("arrival", "instant of the attempt"),
        span("network_check", "time to check the client's network"),
        span("trusted_device", "time to check the device's certificate"),
        span("ip_access", "time to check the client's address"),
        span("directory_wait", "time in line at the directory"),
        span("directory_service", "time at the directory"),
        span("directory_link", "time to the domain controllers and back"),
        span("mfa_wait", "time in line for the second factor, or for a server that is lost"),
        span("mfa", "time of the second factor"),
        span("broker_wait", "time in line at the broker"),
        span("broker", "time at the broker"),
        span(
            "desktop_wait",
            "time until the desktop could be started: stopping, under maintenance, or, in a pool,"
            " in line for one",
        ),
        span("start_wait", "time until the limit on starts let it start"),
        span("start", "time to start or resume"),
        span("profile", "time to fetch the home folder and settings of a pool's user"),
        span("streaming", "time to connect the stream"),
        span("os_logon", "time of the operating-system logon"),
        instant(
            "done",
            "instant at which the attempt ended: connected, refused or abandoned; NEVER when open",
        ),
        code("start_kind", StartKind, "how the desktop came up"),
        code("outcome", Outcome, "what became of it"),
        code("cause", Cause, "why, unless connected"),
    ),
)
"""One row per logon attempt; `done - arrival` is the sum of the stages for a connected one."""

SESSIONS = Schema(
    "sessions",
    (
        SESSION,
        USER,
        DESKTOP,
        instant(
            "arrival",
            "instant at which the user first tried; later than planned when an earlier"
            " session ran over",
        ),
        instant(
            "connected",
            "instant at which the desktop was usable; NEVER when the session did not start",
        ),
        instant(
            "ended",
            "instant at which the user left or was cut off; NEVER when open or not started",
        ),
        instant(
            "disconnected",
            "instant at which the desktop sees the disconnection; NEVER when open or not started",
        ),
        long_span("planned", "connected time intended"),
        long_span("delivered", "connected working time received inside the run"),
        long_span("waited", "time from arrival to connected, or to giving up"),
        code("ending", Ending, "how it ended"),
        code("outcome", SessionOutcome, "what became of it"),
        code("cause", Cause, "why, unless it ended as intended"),
        small_number("client", "client kind"),
        span("rtt", "round-trip time"),
    ),
)
"""One row per intended session whose arrival came before the end of the run."""

DESKTOP_STATES = Schema(
    "desktop_states",
    (
        DESKTOP,
        instant("begin", "from"),
        instant("end", "to (half-open)"),
        code("state", DesktopState, "state"),
    ),
)
"""Half-open intervals that fill the run, warm-up included, for each desktop, without gap or
overlap."""

RUNS = Schema(
    "runs",
    (
        DESKTOP,
        instant("begin", "start command"),
        instant(
            "end",
            "expiry of the AutoStop timeout, or what closed the run earlier; the end of the"
            " run when open",
        ),
        code("kind", RunKind, "why it was on"),
    ),
)
"""Metered powered-on spans of AutoStop desktops."""

HOST_LOAD = Schema(
    "host_load",
    (
        number("host", "host, numbered over all groups in file order"),
        instant("at", "instant of the change"),
        number("desktops", "desktops on the host from then on"),
        number("vcpu", "virtual processors in use from then on"),
        number("memory_gb", "memory in use from then on [GB]"),
    ),
)

OPERATIONS = Schema(
    "operations",
    (
        instant("at", "instant"),
        DESKTOP,
        USER,
        code("operation", OperationKind, "what was done"),
        text("to", "target, as written"),
        Column("accepted", np.dtype(np.bool_), "whether it was carried out"),
        code("cause", Cause, "why not"),
        instant("done", "instant at which it was finished; NEVER when refused or still under way"),
        code("by", Actor, "who asked for it"),
    ),
)

USAGE = Schema(
    "usage",
    (
        DESKTOP,
        number("user", "who used it or owns it, code into `users`; -1: nobody in particular"),
        text("fleet", "fleet or pool; empty for what is shared by all"),
        text("month", "UTC calendar month, `2026-09`"),
        text("charge", "charge name, e.g. `autostop-hours`"),
        text("item", "item of the price book"),
        Column("quantity_e10", np.dtype(np.int64), "quantity in units of 1e-10"),
    ),
)
"""What is billed, before prices. `desktop` is -1 for pools, and for shared services, whose `charge`
is their name."""

CHARGES = Schema(
    "charges",
    (
        *USAGE.columns,
        text("unit", "unit of the quantity"),
        text("unit_price", "Decimal, per unit"),
        text("amount", "Decimal, quantity times unit price, unrounded"),
        text("currency", "currency"),
        text("price_source", "where the price comes from and its date"),
    ),
)

"""The people: who works when, for how long, and how they leave."""

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from sim.scenario.distributions import Distribution
from sim.scenario.fields import (
    Count,
    Duration,
    InputFile,
    Positive,
    Share,
    Specification,
    TimeOfDay,
    written,
)

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
Ending = Literal["logoff", "disconnect", "network-loss", "left-connected"]


class NoSpread(Specification):
    """Everybody arrives at the start to the second: the worst storm."""

    kind: Literal["none"] = "none"


class NormalSpread(Specification):
    """Arrivals normal around the start, cut at four standard deviations.

    The logon storms of sizing guides: about 40 % of logons fall in the middle sixth of the window,
    which is a standard deviation of 0.16 of it. Source: VMware Horizon 7 installation guide, sizing rule.
    """

    kind: Literal["normal"] = "normal"
    sd: Duration
    """Standard deviation [ms]."""


class UniformSpread(Specification):
    """Arrivals equally likely within the half-width on both sides of the start."""

    kind: Literal["uniform"] = "uniform"
    half_width: Duration
    """Largest distance from the start [ms]."""


def _tagged_spread(value: Any) -> Any:
    if value is None:
        return {"kind": "none"}
    if isinstance(value, dict) and "kind" not in value:
        if len(value) == 1 and next(iter(value)) in ("normal", "uniform"):
            kind, width = next(iter(value.items()))
            return {"kind": kind, ("sd" if kind == "normal" else "half_width"): width}
        raise ValueError(f"expected {{normal: 20 min}} or {{uniform: 30 min}}, got {value!r}")
    return value


Spread = Annotated[
    Annotated[NoSpread | NormalSpread | UniformSpread, Field(discriminator="kind")],
    BeforeValidator(_tagged_spread),
]


class Shift(Specification):
    """A day that starts at a local time, the same by the wall clock all year."""

    start: TimeOfDay
    """Local time at which the shift starts, e.g. `09:00`."""
    spread: Spread = written({"normal": "15 min"})
    """How arrivals scatter around the start: `{normal: 20 min}` (standard deviation) or `{uniform: 30 min}` (half-width)."""


class WeeklyProfile(Specification):
    """Logons at a rate that follows the hour of the local week: a non-homogeneous Poisson process."""

    hourly: list[Annotated[float, Field(ge=0)]] | InputFile
    """Logons per user and hour for the 168 hours from Monday 00:00 local time, or a CSV file with one
    column `logons_per_user_hour` of 168 rows."""
    day_factor_cv: float = Field(default=0.0, ge=0)
    """Coefficient of variation of a random factor (gamma, mean 1) on all rates of the population's day.

    Real logons are burstier than Poisson: on a university's shared desktops the variance of hourly
    counts was 1.5 times the mean. Source: UNCG library computer usage data, 76,995 sessions."""

    @model_validator(mode="after")
    def _whole_week(self) -> "WeeklyProfile":
        if isinstance(self.hourly, list) and len(self.hourly) != 168:
            raise ValueError(f"expected 168 hourly rates from Monday 00:00, got {len(self.hourly)}")
        return self


class Break(Specification):
    """A break at a time of day: the desktop is disconnected, and reconnected afterwards."""

    at: TimeOfDay
    """Local time at which the break starts."""
    spread: Spread = written({"uniform": "15 min"})
    """How people's breaks scatter around that time."""
    length: Distribution
    """Length of the break."""
    share: Share = written("100 %")
    """Share of people who take it, drawn every day."""


class ShortBreaks(Specification):
    """Breaks at any time of the working day, a Poisson number of them."""

    per_day: float = Field(ge=0)
    """Mean number per user and worked day."""
    length: Distribution = written({"exponential": "10 min"})
    """Length of one."""


class Client(Specification):
    """A kind of client device, and how far away it is."""

    share: Share
    """Share of users who work with it."""
    round_trip: Distribution = written("40 ms")
    """Round-trip time between client and desktop."""


class CountryHolidays(Specification):
    """Public holidays of a country, by the `holidays` library (extra `calendars`)."""

    country: str = Field(min_length=2, max_length=2)
    """ISO 3166-1 alpha-2 code, e.g. `DE`."""
    subdivision: str | None = None
    """State or province, e.g. `BY`."""


class Population(Specification):
    """A group of users who behave alike and share a fleet."""

    users: Count
    """Number of users at the start."""
    fleet: str
    """The fleet that serves them."""
    cost_center: str | None = None
    """Where their cost is booked; by default the population's own name."""
    time_zone: str = "UTC"
    """IANA time zone of their working day, e.g. `Europe/London`."""
    work_days: list[Weekday] = ["mon", "tue", "wed", "thu", "fri"]
    """Days of the local week on which a shift is worked (a weekly profile states its own days)."""
    holidays: list[date] | CountryHolidays = []
    """Local dates without work: a list, or a country."""
    attendance: Share = written("100 %")
    """Share of users who work on a given work day, drawn every day."""
    joiners_per_month: float = Field(default=0.0, ge=0)
    """Users who join per calendar month, on work days; each gets a new desktop."""
    leavers_per_month: float = Field(default=0.0, ge=0)
    """Users who leave per calendar month; their desktops are deleted."""
    shift: Shift | None = None
    """Arrivals as a shift."""
    weekly_profile: WeeklyProfile | None = None
    """Arrivals as a weekly profile of hourly rates."""
    sessions_per_day: Positive = 1
    """Sessions of a worked day of a shift; `between_sessions` lies between them."""
    between_sessions: Distribution = written("1 h")
    """Time between two sessions of one day."""
    session_length: Distribution
    """Time from arrival to the end of a session, breaks included."""
    session_end: Literal["after_work", "fixed_departure"] = "after_work"
    """`after_work`: a wait postpones the end; `fixed_departure`: a wait eats work."""
    overlap: Literal["merge", "wait", "refuse"] = "merge"
    """What overlapping sessions of one user mean: one long session, one after the other, or an error."""
    breaks: dict[str, Break] = {}
    """Named breaks of the day, such as lunch."""
    short_breaks: ShortBreaks | None = None
    """Breaks at any time."""
    break_ending: Literal["disconnect", "logoff"] = "disconnect"
    """How a session is left for a break."""
    endings: dict[Ending, Share] = written({"logoff": "50 %", "disconnect": "50 %"})
    """How the last session of a stretch of work ends; shares add up to 100 %."""
    clients: dict[str, Client] = written({"client": {"share": "100 %"}})
    """Kinds of client device; shares add up to 100 %."""
    patience: Duration = written("30 min")
    """How long a user who is refused keeps trying, from the first attempt."""
    retry_after: Distribution = written("2 min")
    """Back-off before a refused user tries again."""

    @model_validator(mode="after")
    def _coherent(self) -> "Population":
        if (self.shift is None) == (self.weekly_profile is None):
            raise ValueError("expected exactly one of 'shift' and 'weekly_profile'")
        for name, shares in (
            ("endings", self.endings.values()),
            ("clients", [client.share for client in self.clients.values()]),
        ):
            if abs(sum(shares) - 1) > 1e-9:
                raise ValueError(f"expected shares of {name} that add up to 100 %, got {sum(shares) * 100:g} %")
        return self


class Replay(Specification):
    """A recorded or exported plan in place of populations."""

    sessions: InputFile
    """`plan.csv` or `plan.parquet` as `desksim plan` writes it."""
    users: InputFile | None = None
    """`users.csv` or `users.parquet`; without it the users are those in the plan."""
    fleet: str | None = None
    """Fleet of users when no users file says it."""
    overlap: Literal["refuse", "merge", "wait"] = "refuse"
    """What overlapping sessions of one user mean."""
    session_end: Literal["after_work", "fixed_departure"] = "after_work"
    """As for populations."""
    patience: Duration = written("30 min")
    """As for populations."""
    retry_after: Distribution = written("2 min")
    """As for populations."""

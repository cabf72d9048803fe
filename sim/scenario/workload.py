"""The people: who works when, for how long, and how they leave."""

from collections.abc import Iterable
from typing import Annotated, Any, Literal, get_args

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    PlainSerializer,
    Tag,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticKnownError
from typing_extensions import TypeAliasType

from sim.scenario.distributions import Distribution, Stage
from sim.scenario.fields import (
    Day,
    Duration,
    InputFile,
    Name,
    Number,
    Part,
    Positive,
    Rate,
    Share,
    Specification,
    Switch,
    TimeOfDay,
    TimeZone,
    incoherent,
    written,
)
from sim.scenario.forms import Named, by_shape
from sim.scenario.readings import share_text, whole_number

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
Month = Literal["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
MONTHS: tuple[Month, ...] = get_args(Month)
PlannedDay = Annotated[Day, PlainSerializer(str)]
MOST_USERS = 10_000_000
"""Users of one population."""
Users = Annotated[int, Field(ge=0, le=MOST_USERS), BeforeValidator(whole_number)]

Ending = Literal["logoff", "disconnect", "network-loss", "left-connected"]


_RATES = ("users", "joiners_per_month", "leavers_per_month", "growth_per_month")


class NoSpread(Specification):
    """Everybody arrives at the start to the second: the worst storm."""

    kind: Literal["none"] = "none"


class NormalSpread(Specification):
    """Arrivals normal around the start, cut at four standard deviations.

    The logon storms of sizing guides: about 40 % of logons fall in the middle sixth of the window,
    which is a standard deviation of 0.16 of it. Source: VMware Horizon 7 installation guide, sizing
    rule.
    """

    kind: Literal["normal"] = "normal"
    sd: Duration
    """Standard deviation [ms]."""


class UniformSpread(Specification):
    """Arrivals equally likely within the half-width on both sides of the start."""

    kind: Literal["uniform"] = "uniform"
    half_width: Duration
    """Largest distance from the start [ms]."""


_SPREADS = Named(
    {"none": (), "normal": ("sd",), "uniform": ("half_width",)},
    expected="{normal: 20 min}, {uniform: 30 min} or none",
)

Spread = TypeAliasType(
    "Spread",
    Annotated[
        Annotated[NoSpread | NormalSpread | UniformSpread, Field(discriminator="kind")], _SPREADS
    ],
)
"""How people scatter around a time of day."""


class Shift(Specification):
    """A day that starts at a local time, the same by the wall clock all year."""

    start: TimeOfDay
    """Local time at which the shift starts, e.g. `09:00`."""
    spread: Spread = written({"normal": "15 min"})
    """How arrivals scatter around the start: `{normal: 20 min}` (standard deviation), `{uniform: 30
    min}` (half-width), or `none`: everybody arrives at the start to the second. Source: the law is
    that of the sizing rule of the VMware Horizon 7 installation guide; the width is assumed."""


class WeeklyProfile(Specification):
    """Logons at a rate that follows the hour of the week: a non-homogeneous Poisson process."""

    hourly: Annotated[
        Annotated[list[Annotated[Number, Field(ge=0)]], Tag("list")]
        | Annotated[InputFile, Tag("text")],
        by_shape("a list of 168 numbers or the path of a CSV file"),
    ]
    """Logons per user and hour for the 168 hours from Monday 00:00 local time, or a CSV file with
    one column `logons_per_user_hour` of 168 rows."""
    day_factor_cv: Number = Field(default=0.0, ge=0)
    """Coefficient of variation of a random factor (gamma, mean 1) on all rates of the
    population's day.

    Real logons are burstier than Poisson: on a university's shared desktops the variance of hourly
    counts was 1.5 times the mean. Source: UNCG library computer usage data, 76,995 sessions."""

    @model_validator(mode="after")
    def _whole_week(self) -> "WeeklyProfile":
        if isinstance(self.hourly, list) and len(self.hourly) != 168:
            raise incoherent(
                "hourly", f"expected 168 hourly rates from Monday 00:00, got {len(self.hourly)}"
            )
        return self


class Break(Specification):
    """A break at a time of day: the desktop is disconnected, and reconnected afterwards."""

    at: TimeOfDay
    """Local time at which the break starts."""
    spread: Spread = written({"uniform": "15 min"})
    """How people's breaks scatter around that time. Source: assumed."""
    length: Distribution
    """Length of the break."""
    share: Share = written("100 %")
    """Share of people who take it, drawn every day."""


class ShortBreaks(Specification):
    """Breaks at any time of the working day, a Poisson number of them."""

    per_day: Number = Field(ge=0)
    """Mean number per user and worked day."""
    length: Distribution = written({"exponential": "10 min"})
    """Length of one. Source: assumed; no figure is published."""


class Client(Specification):
    """A kind of client device, and how far away it is."""

    share: Share
    """Share of users who work with it."""
    round_trip: Stage = written("40 ms")
    """Round-trip time between client and desktop. Source: assumed; it hangs on where people are."""
    protocol: Literal["dcv", "pcoip"] | None = None
    """Streaming protocol of this kind of client; by default the fleet's."""
    fips: Switch = True
    """Whether it can do FIPS-validated endpoint encryption: Windows and macOS from 2.4.3, Linux
    from 3.0.0, iOS, Android, Fire tablets and ChromeOS from 2.4.1, and Web Access; PCoIP zero
    clients are not among them. Source: as for `access.fips`."""
    site: str | None = None
    """The site whose link it streams through; by default none that others share."""


class CountryHolidays(Specification):
    """Public holidays of a country, by the `holidays` library (extra `calendars`)."""

    country: str = Field(min_length=2, max_length=2)
    """ISO 3166-1 alpha-2 code, e.g. `DE`."""
    subdivision: str | None = None
    """State or province, e.g. `BY`."""


def _whole(shares: dict[Ending, float]) -> dict[Ending, float]:
    _check_sum(shares.values())
    return shares


def _all_users(clients: dict[str, Client]) -> dict[str, Client]:
    _check_sum(client.share for client in clients.values())
    return clients


def _check_sum(shares: Iterable[float]) -> None:
    total = sum(shares)
    if abs(total - 1) > 1e-9:
        raise ValueError(f"expected shares that add up to 100 %, got {total * 100:g} %")


def _up_to_tenfold(factor: float) -> float:
    if not 0 <= factor <= 10:
        raise ValueError(f"expected a factor from 0 % to 1000 %, got '{share_text(factor)}'")
    return factor


def _up_to_double(growth: float) -> float:
    if not -1 <= growth <= 1:
        raise ValueError(
            f"expected growth from -100 % to 100 % a month, got '{share_text(growth)}'"
        )
    return growth


class RecordedWorkload(Specification):
    """A recorded or exported plan that one population runs, in place of a drawn one."""

    replay: InputFile
    """`plan.csv` or `plan.parquet` as `desksim plan` writes it."""
    users: InputFile | None = None
    """`users.csv` or `users.parquet`: those whose `population` is this one, with their rows of the
    plan; rows of others are left to their own populations. Without it all users of the plan."""


class Population(Specification):
    """A group of users who behave alike and share a fleet.

    They come as a shift, by a weekly profile, or as a recorded plan says (`workload`). A recorded
    plan says who there is, who joins and leaves, and when they work; what else says that
    (attendance, session length, breaks, endings, ...) is not drawn then. All other settings hold.
    """

    workload: RecordedWorkload | None = None
    """`{replay: plan.csv}` runs exactly that plan; with `users: users.csv` the part that is of this
    population."""
    users: Users = written(None)
    """Number of users at the start, at most ten million; required unless a plan is replayed."""
    fleet: str
    """The fleet or pool that serves them."""
    twin_of: str | None = None
    """Another population whose random numbers these people take: with equal settings they are the
    same people, on another fleet."""
    cost_center: str | None = None
    """Where their cost is booked; by default the population's own name."""
    time_zone: TimeZone = "UTC"
    """IANA time zone of their working day, e.g. `Europe/London`."""
    work_days: list[Weekday] = ["mon", "tue", "wed", "thu", "fri"]
    """Days of the local week on which a shift is worked (a weekly profile states its own days)."""
    holidays: Annotated[
        Annotated[list[Day], Tag("list")] | Annotated[CountryHolidays, Tag("mapping")],
        by_shape("a list of dates or {country: DE}"),
    ] = []
    """Local dates without work: a list, or a country."""
    attendance: Share = written("100 %")
    """Share of users who work on a given work day, drawn every day."""
    attendance_by_month: dict[Month, Annotated[Part, AfterValidator(_up_to_tenfold)]] = {}
    """Factors on `attendance` by the month of the local date: `{jul: 70 %, dec: 120 %}`. The
    product is at most 100 %; months that are not named have the factor 100 %."""
    joiners_per_month: Number = Field(default=0.0, ge=0)
    """Users who join per calendar month, on work days; each gets a new desktop."""
    leavers_per_month: Number = Field(default=0.0, ge=0)
    """Users who leave per calendar month; their desktops are deleted."""
    growth_per_month: Annotated[Part, AfterValidator(_up_to_double)] = written("0 %")
    """Users who join per calendar month beside them, as a part of those who are there when it
    begins; less than 0 %, who leave. 20 % a year are 1.53 % a month."""
    headcount: dict[PlannedDay, Users] = {}
    """Number of users from local dates on, as it is planned: `{2027-03-01: 45, 2027-09-01: 60}`.
    At the beginning of the date people join or leave to make it so, of the date on which the run
    begins when it does; in between, rates and growth hold. Dates outside the run change nothing."""
    shift: Shift | None = None
    """Arrivals as a shift."""
    weekly_profile: WeeklyProfile | None = None
    """Arrivals as a weekly profile of hourly rates."""
    sessions_per_day: Positive = 1
    """Sessions of a worked day of a shift; `between_sessions` lies between them."""
    between_sessions: Distribution = written("1 h")
    """Time between two sessions of one day. Source: assumed; no figure is published."""
    session_length: Distribution | None = written(None)
    """Time from arrival to the end of a session, breaks included; required unless a plan is
    replayed."""
    session_end: Literal["after_work", "fixed_departure"] = "after_work"
    """`after_work`: a wait postpones the end; `fixed_departure`: a wait eats work. Source:
    assumed."""
    overlap: Literal["merge", "wait", "refuse"] = written(None)
    """What overlapping sessions of one user mean: one long session, one after the other, or an
    error; by default `merge`, and `refuse` for a plan that is replayed. Source: assumed; a recorded
    plan should have none."""
    breaks: dict[Name, Break] = {}
    """Named breaks of the day, such as lunch."""
    short_breaks: ShortBreaks | None = None
    """Breaks at any time."""
    break_ending: Literal["disconnect", "logoff"] = "disconnect"
    """How a session is left for a break."""
    endings: Annotated[dict[Ending, Share], AfterValidator(_whole)] = written(
        {"logoff": "50 %", "disconnect": "50 %"}
    )
    """How the last session of a stretch of work ends; shares add up to 100 %. Source: assumed; how
    many people log off and how many disconnect is not published."""
    clients: Annotated[dict[Name, Client], AfterValidator(_all_users)] = written(
        {"client": {"share": "100 %"}}
    )
    """Kinds of client device; shares add up to 100 %."""
    bandwidth: Rate = written("500 kbit/s")
    """What the stream of one of them needs of a site's link while the user is connected, averaged
    over bursts. Source: PCoIP 150-250 kbit/s tuned (HP Anyware, "Network planning"), 200-500
    kbit/s from forms to mixed office work (PCCAN, PCoIP bandwidth); DCV at most 2, 5 and 10 Mbit/s
    for office work, graphics and high fidelity, and much less sustained (AppStream 2.0
    Administration Guide 2023, bandwidth)."""
    patience: Distribution = written("30 min")
    """How long a user who is refused, or in line, keeps trying, from the first attempt; drawn for
    each session. Source: assumed; no figure is published."""
    retry_after: Stage = written("2 min")
    """Back-off before a refused user tries again. Source: assumed; no figure is published."""
    after_interruption: Literal["return", "give_up"] = "return"
    """What a user does whom an outage cut off: try again and work the rest, or give up. Source:
    assumed."""

    @field_validator("users", "session_length", "overlap", mode="before")
    @classmethod
    def _by_workload(cls, value: Any, info: ValidationInfo) -> Any:
        """What nobody wrote: whether it may be left out hangs on where the plan comes from."""
        if value is not None:
            return value
        recorded = info.data.get("workload", "wrong") is not None
        if info.field_name == "overlap":
            return "refuse" if recorded else "merge"
        if not recorded:
            raise PydanticKnownError("missing")
        return 0 if info.field_name == "users" else None

    @model_validator(mode="after")
    def _coherent(self) -> "Population":
        sources = {
            "shift": self.shift,
            "weekly_profile": self.weekly_profile,
            "workload.replay": self.workload,
        }
        given = [f"'{name}'" for name, source in sources.items() if source is not None]
        if len(given) != 1:
            got = " and ".join(given) or "none"
            expected = "exactly one of 'shift', 'weekly_profile' and 'workload.replay'"
            raise ValueError(f"expected {expected}, got {got}")
        for key in (*_RATES, "headcount"):
            if self.workload is not None and (got := getattr(self, key)):
                message = "expected nothing here, since the replayed plan says who there is"
                raise incoherent(key, message if key == "headcount" else f"{message}, got {got:g}")
        if self.workload is not None and self.twin_of is not None:
            message = "expected nothing here, since the replayed plan says who there is"
            raise incoherent("twin_of", f"{message}, got '{self.twin_of}'")
        return self

    @property
    def gains_people(self) -> bool:
        """Whether anybody may join during the run."""
        return bool(self.joiners_per_month or self.growth_per_month > 0 or self.headcount)

    def attendance_in(self, month: int) -> float:
        """Share of users who work on a given work day of a month, 1 to 12."""
        factor = self.attendance_by_month.get(MONTHS[month - 1], 1.0)
        return min(1.0, self.attendance * factor)


class Replay(Specification):
    """A recorded or exported plan in place of populations.

    Populations beside it generate nobody: they only say how users of theirs in the plan behave.
    """

    sessions: InputFile
    """`plan.csv` or `plan.parquet` as `desksim plan` writes it."""
    users: InputFile | None = None
    """`users.csv` or `users.parquet`; without it the users are those in the plan."""
    fleet: str | None = None
    """Fleet or pool of users when no users file says it."""
    overlap: Literal["refuse", "merge", "wait"] = "refuse"
    """What overlapping sessions of one user mean: one long session, one after the other, or an
    error. Source: assumed; a recorded plan should have none."""
    session_end: Literal["after_work", "fixed_departure"] = "after_work"
    """`after_work`: a wait postpones the end; `fixed_departure`: a wait eats work. Source:
    assumed."""
    patience: Distribution = written("30 min")
    """How long a user who is refused, or in line, keeps trying, from the first attempt; drawn for
    each session. Source: assumed; no figure is published."""
    retry_after: Stage = written("2 min")
    """Back-off before a refused user tries again. Source: assumed; no figure is published."""
    after_interruption: Literal["return", "give_up"] = "return"
    """What a user does whom an outage cut off: try again and work the rest, or give up. Source:
    assumed."""

    @model_validator(mode="after")
    def _owned(self) -> "Replay":
        if self.users is None and self.fleet is None:
            raise ValueError(
                "expected 'fleet' or 'users': somebody must say whose desktops these are"
            )
        return self

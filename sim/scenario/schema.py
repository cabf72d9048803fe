"""The scenario: one frozen tree that says everything a run depends on."""

from datetime import datetime
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, BeforeValidator, Field, Tag

from sim.scenario.access import Access
from sim.scenario.desktops import Directory, Fleet, HostGroup, Operations, Zone
from sim.scenario.fields import (
    Count,
    Day,
    Duration,
    InputFile,
    Instant,
    Name,
    Positive,
    PositiveDuration,
    Price,
    Quantity,
    Region,
    ShortName,
    Specification,
    Switch,
    TimeZone,
    written,
)
from sim.scenario.forms import Bare, by_shape
from sim.scenario.outages import ApiLimits, Outage, Quotas
from sim.scenario.pools import Pool
from sim.scenario.readings import whole_number
from sim.scenario.sites import Site
from sim.scenario.workload import Population, Replay
from sim.units import HOUR, Calendar, Millis, format_duration

VERSION = 1
"""Version of the file format that this program knows."""


class Months(Specification):
    """Whole UTC calendar months from a start on the 1st."""

    months: Annotated[int, Field(ge=1, le=120), BeforeValidator(whole_number)]
    """Number of calendar months, at most 120."""


class Span(Specification):
    """A horizon of fixed length."""

    shape: ClassVar[str] = "text"
    length: PositiveDuration
    """Length [ms]."""


Horizon = Annotated[
    Annotated[Months, Tag("mapping")] | Annotated[Span, Bare("length"), Tag("text")],
    by_shape("{months: 3} or a duration such as '30 d'"),
]


def length(horizon: Months | Span, start: datetime) -> Millis:
    """Length [ms] of a horizon that begins at an instant."""
    if isinstance(horizon, Span):
        return horizon.length
    at, calendar = 0, Calendar(start)
    for _ in range(horizon.months):
        at = calendar.month_at(at).end
    return at


class SuppliedPrice(Specification):
    """A price the user knows and the book does not, or knows better."""

    unit_price: Price
    """US dollars per unit."""
    unit: str
    """Unit, e.g. `desktop-month`, `hour`, `GB-month`."""
    source: str = Field(min_length=1)
    """Where the price comes from; shown on every line it makes."""
    as_of: Day
    """Date at which it held."""


class Prices(Specification):
    """What things cost."""

    book: InputFile
    """Price book, a CSV file (see `scenarios/prices/`)."""
    add: dict[str, SuppliedPrice] = {}
    """Prices by item, over the book's."""


class Billing(Specification):
    """How usage becomes a bill, where sources disagree or are silent."""

    rounding: Literal["per_run", "clock_hour", "continuous"] = "per_run"
    """AutoStop hours: ceiling of each run, distinct UTC clock hours touched, or exact hours.
    Source: Cost Optimizer for Amazon WorkSpaces v2.8.7, 2026-03, AWS's own estimator, rounds each
    run; no public text settles it."""
    prorate_on_create: Switch = True
    """Charge the first month of a new desktop by its part. Source: WorkSpaces FAQ (re:Post) and
    CloudHealth: a part of the month's hours."""
    prorate_on_delete: Switch = False
    """Charge the last month of a deleted desktop by its part; else in full. Source: two readings:
    the fee is posted on the 1st and due (AWS community, 2024-06-07), or is due by its part
    (CloudHealth)."""
    proration_grain: Literal["hours", "days"] = "hours"
    """Grain of part months. Source: two readings: hours (CloudHealth), days (others)."""
    maintenance_billed_hours: Count = 1
    """Hours billed for a monthly AutoStop maintenance start. Source: Cost Optimizer for Amazon
    WorkSpaces v2.8.7, 2026-03: 1 h for each desktop and month."""
    free_key_requests: Count = 20_000
    """Requests to keys that cost nothing in a calendar month, over all Regions; 0 where the account
    uses them up elsewhere. Source: AWS KMS pricing, free tier, 2026."""
    sla_interval: PositiveDuration = written("1 min")
    """Intervals in which the provider's service level is measured: a desktop counts as unavailable
    where it was through the whole of one. Source: assumed; the agreement's formula is not published
    (WorkSpaces SLA, 2022-05-06)."""


SUNDAY_WINDOW: Millis = 4 * HOUR
"""Length of the weekly window of AlwaysOn desktops [ms]. Source: AWS admin guide, "WorkSpace
maintenance"."""


def _inside_window(length: Millis) -> Millis:
    if length > SUNDAY_WINDOW:
        raise ValueError(
            "expected at most the 4 h of Sunday's window (00:00-04:00), "
            f"got {format_duration(length)}"
        )
    return length


class Maintenance(Specification):
    """Monthly start of AutoStop desktops, weekly window of AlwaysOn ones."""

    autostop: Switch = True
    """Whether AutoStop desktops older than 7 days are started once a month, on one of the 14 days
    from the third Monday, between 00:00 and 05:00 in the Region's time zone. Source: WorkSpaces
    Administration Guide, "WorkSpace maintenance", 2025-26: on unless it is switched off."""
    alwayson_duration: Annotated[Duration, AfterValidator(_inside_window)] = written("0 min")
    """Time an AlwaysOn desktop is unavailable in Sunday's window, 00:00-04:00 in its user's time
    zone; at most the 4 h of the window. Source: assumed: none; WorkSpaces Administration Guide,
    "WorkSpace maintenance", 2025-26: desktops may be unavailable, for how long is not said."""
    region_time_zone: TimeZone | None = None
    """IANA time zone of the Region; by default that of the place it is named after."""


class Service(Specification):
    """Something on the bill that no desktop is: a NAT gateway, transfer, a directory."""

    item: str
    """Item of the price book, e.g. `nat/hour`."""
    quantity: Quantity
    """How many units per `per`."""
    per: Literal["hour", "month", "user-month"]
    """`hour`: units times hours of the horizon; `month`: per calendar month, part months by their
    part; `user-month`: per user and month."""
    cost_center: str = "shared"
    """Where it is booked."""
    fleet: str | None = None
    """Fleet whose users count for `user-month`; all when absent."""


class RoundTripLimits(Specification):
    """Round-trip times beyond which a protocol ends the connection.

    Source: WorkSpaces Administration Guide 2023, network requirements: PCoIP connections end above
    375 ms; for DCV, degraded from 250 to 400 ms, no end is stated.
    """

    pcoip: PositiveDuration | None = written("375 ms")
    """Limit of PCoIP. Source: WorkSpaces Administration Guide 2023, network requirements:
    connections end above 375 ms."""
    dcv: PositiveDuration | None = None
    """Limit of DCV; none when absent. Source: WorkSpaces Administration Guide 2023, network
    requirements: degraded from 250 to 400 ms; no end is stated."""


class Scenario(Specification):
    """Everything one run depends on."""

    version: Annotated[Literal[1], BeforeValidator(whole_number)]
    """Version of the format of this file."""
    name: ShortName
    """Short name; results go to a folder of this name."""
    description: str = ""
    """The situation and the question, in a sentence or two."""
    region: Region
    """AWS Region, e.g. `us-east-1`."""
    start: Instant
    """Instant at which the measured time begins, by default 00:00 UTC of a date."""
    horizon: Horizon
    """`{months: 3}` (start on the 1st) or a duration such as `30 d`."""
    warm_up: Duration = written("0 d")
    """Simulated before `start` and never billed or measured."""
    seed: Count = 1
    """Root of all random streams."""
    replications: Positive = 1
    """Independent runs of the same scenario."""
    prices: Prices
    """What things cost."""
    zones: dict[Name, Zone] = written({"a": {}, "b": {}})
    """Availability Zones."""
    host_groups: dict[Name, HostGroup] = {}
    """Dedicated hosts, when compute is limited."""
    access: Access = Access()
    """Stages of a logon around the directory: checks, second factor, broker, start rate."""
    directory: Directory | None = None
    """Authentication as a server with finite rate; instant when absent."""
    fleets: dict[Name, Fleet] = {}
    """Fleets of persistent desktops by name."""
    pools: dict[Name, Pool] = {}
    """Pools of shared desktops by name; together with the fleets at least one."""
    populations: dict[Name, Population] = {}
    """Groups of users by name."""
    sites: dict[Name, Site] = {}
    """Places whose people share a network link, by name."""
    replay: Replay | None = None
    """A recorded plan in place of populations."""
    outages: list[Outage] = []
    """What breaks, when, and for how long."""
    api_limits: ApiLimits = ApiLimits()
    """How fast the provider takes calls about many desktops."""
    quotas: Quotas = Quotas()
    """What the account may have at most."""
    round_trip_limits: RoundTripLimits = RoundTripLimits()
    """How far away a client may be."""
    operations: Operations = []
    """What administrators do to desktops: a list, or the path of a CSV file."""
    maintenance: Maintenance = Maintenance()
    """Maintenance windows."""
    billing: Billing = Billing()
    """Billing rules where sources disagree."""
    services: dict[Name, Service] = {}
    """Shared items on the bill by name."""

    @property
    def calendar(self) -> Calendar:
        """The millisecond axis: 0 is `start`."""
        return Calendar(self.start)

    @property
    def end(self) -> Millis:
        """Length of the measured time [ms] = the millisecond at which the run ends."""
        return length(self.horizon, self.start)

    @property
    def begin(self) -> Millis:
        """Millisecond at which the simulation begins: minus the warm-up."""
        return -self.warm_up

    @property
    def served_by(self) -> dict[str, Fleet | Pool]:
        """Fleets, then pools, by name: what a population may name as its `fleet`."""
        return {**self.fleets, **self.pools}

    def region_of(self, served: Fleet | Pool | Zone) -> str:
        """The Region of a fleet, a pool or a zone: the scenario's unless it says another one."""
        return served.region or self.region

    def zones_in(self, region: str) -> list[str]:
        """Names of the zones of a Region."""
        return [name for name, zone in self.zones.items() if self.region_of(zone) == region]

    def zones_of(self, served: Fleet | Pool) -> list[str]:
        """Names of the zones that a fleet or pool may use."""
        return list(served.zones or self.zones_in(self.region_of(served)))

    def behaviour(self, population: str) -> Population | Replay:
        """What says how users of a population take a wait: its description, or the replay's."""
        described = self.populations.get(population)
        if described is not None:
            return described
        assert self.replay is not None
        return self.replay

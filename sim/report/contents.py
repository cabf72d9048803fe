"""What a report is about: plain frozen rows, whoever made them.

Times are milliseconds, shares run from 0 to 1, money is `Decimal` in the report's currency. `None`
stands for a number that does not exist, such as the share of started sessions where none was
intended; the page then says so in words. Names come from scenario files and may hold any character.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

ONE_RUN = "one run, no interval"
"""What stands beside numbers that another seed would change."""

Topic = Literal[
    "levers", "sure", "cost", "waiting", "streaming", "availability", "outages", "capacity"
]
"""The section of the page in which a drawing stands."""


@dataclass(frozen=True, kw_only=True)
class InvoiceLine:
    """One line of the bill: what one fleet used of one thing in one month."""

    month: str
    """UTC calendar month, `2026-09`."""
    fleet: str
    """Fleet; empty for shared services."""
    charge: str
    """Name of the charge, `autostop-hours`."""
    item: str
    """Item of the price book."""
    quantity: Decimal
    unit: str
    """What is counted: `hour`, `desktop-month`."""
    unit_price: Decimal
    amount: Decimal
    """Rounded to cents, as invoiced."""


@dataclass(frozen=True, kw_only=True)
class StageTime:
    """How long one stage of a logon took, over the logons that ended connected."""

    stage: str
    """Name of the stage, `directory_wait`."""
    p50_ms: float
    """Half of the logons took this long or less [ms]."""
    p95_ms: float
    p99_ms: float
    mean_ms: float | None = None
    """Means of stages add up to the mean of the whole; percentiles do not."""
    took: int | None = None
    """Logons for which this stage took any time."""
    meaning: str = ""


@dataclass(frozen=True, kw_only=True)
class BandTime:
    """The part of the work that was done in one band of one streaming protocol."""

    protocol: str
    """`pcoip`, `dcv`."""
    band: str
    """`good`, `usable`, `degraded`, ..."""
    below_ms: int | None
    """Round trips are below this; None in the last band."""
    sessions: int
    hours: float
    """Connected hours."""
    share: float | None
    """Of those of the protocol; None without any."""


@dataclass(frozen=True, kw_only=True)
class RoundTrip:
    """Round trips of one streaming protocol, weighted by the time connected."""

    protocol: str
    mean_ms: float
    p95_ms: float


@dataclass(frozen=True, kw_only=True)
class LinkUse:
    """How full the network link of one site was [Mbit/s]."""

    site: str
    capacity: float
    usable: float
    peak: float
    """Most that was needed."""
    at: str
    """When first, ISO-8601 UTC."""
    mean: float
    saturated_ms: float
    """How long more was needed than could be used."""
    least: float
    """Least share of their need that people got."""


@dataclass(frozen=True, kw_only=True)
class LinkTime:
    """User-hours of one population on the link of one site."""

    site: str
    population: str
    hours: float
    short: float
    """Hours with less than was needed."""
    share: float | None


@dataclass(frozen=True, kw_only=True)
class Measure:
    """A share of what was intended that was delivered."""

    name: str
    """`logon_success`, `attempt_success`, `delivered_minutes` or `service_uptime`."""
    value: float | None
    """From 0 to 1; None when nothing was intended."""
    part: float
    """What was delivered: sessions, attempts, minutes."""
    whole: float
    """What was intended, in the same unit."""
    unit: str
    """`sessions`, `attempts`, `min`."""
    meaning: str = ""


@dataclass(frozen=True, kw_only=True)
class Failure:
    """How often something did not go as intended, for one cause."""

    what: str
    """`attempts refused`, `sessions never started`, `sessions cut short`."""
    cause: str
    """`no-host-capacity`."""
    number: int


@dataclass(frozen=True, kw_only=True)
class Lost:
    """Planned working time that was not delivered, of one kind and cause."""

    what: str
    """`interrupted: zone-outage`."""
    hours: float
    share: float | None
    """Of what was planned."""


@dataclass(frozen=True, kw_only=True)
class PlaceUptime:
    """How much of the time desktops in one place could be used."""

    month: str
    place: str
    """Fleet and zone, or pool."""
    due_hours: float
    """Desktop-hours that should have been usable."""
    usable: float | None
    """Share of them that was."""
    lost: str
    """Causes with desktop-hours, in words: `zone-outage 12.0, maintenance 3.5`."""


@dataclass(frozen=True, kw_only=True)
class ServiceCredit:
    """What the provider's service level agreement says of one month in one Region."""

    month: str
    region: str
    uptime: float | None
    share: float
    """Of the charges that is credited."""
    charges: Decimal
    credit: Decimal


@dataclass(frozen=True, kw_only=True)
class OutageUse:
    """One outage, and what it did."""

    what: str
    """`zone a`, `hosts rack (3)`, `streaming`."""
    begin: str
    """ISO-8601 UTC."""
    lasts_ms: float
    people: int
    """Cut off or turned away by it."""
    lost_hours: float
    """Planned time that it took from them."""
    recovered: str
    """How long until the last one could work again, in words."""
    data_lost: str
    """How old the data is that desktops were rebuilt from, in words; empty when none were."""


@dataclass(frozen=True, kw_only=True)
class Peak:
    """The most desktops that were in some condition at one instant."""

    what: str
    """`running`, `connected`."""
    desktops: int
    at: str = ""
    """When first, ISO-8601 UTC."""
    mean: float | None = None
    """Mean over the measured time [desktops]."""


@dataclass(frozen=True, kw_only=True)
class HostUse:
    """How full the hosts of one group were."""

    group: str
    hosts: int
    resource: str
    """What is counted: `vCPU`, `memory [GB]`, `desktops`."""
    peak: float
    """Most in use at one instant over the group."""
    mean: float | None
    """Mean over the measured time."""
    capacity: float | None
    """What the group offers, overcommit included; None when it has no limit."""


@dataclass(frozen=True, kw_only=True)
class FleetUse:
    """What one fleet or pool costs, and what its people met: one column of a comparison."""

    fleet: str
    kind: str
    """`persistent, AutoStop`, `pooled, AlwaysOn`."""
    users: int
    cost: Decimal
    """Without what is shared."""
    per_user: Decimal | None
    """Per user and month where the months are whole, else per user."""
    per_connected_hour: Decimal | None
    wait_p50_ms: float | None
    """From a user's first attempt to being connected, refusals included [ms]."""
    wait_p95_ms: float | None
    started: float | None
    """Share of intended sessions that started."""
    delivered: float | None
    """Share of the planned connected time that was delivered."""


@dataclass(frozen=True, kw_only=True)
class Part:
    """Some of many."""

    part: int
    whole: int

    @property
    def value(self) -> float | None:
        """Part over whole; None when there is no whole."""
        return self.part / self.whole if self.whole else None


@dataclass(frozen=True, kw_only=True)
class LevelUse:
    """How high a level of user sessions, or a line, was."""

    what: str
    """`desired`, `actual`, `active`, `waiting`."""
    peak: int
    mean: float
    at: str = ""
    """When the peak was first, ISO-8601 UTC."""


@dataclass(frozen=True, kw_only=True)
class PoolUse:
    """What people met in one pool, and how its capacity was used."""

    pool: str
    refused: Part
    """Attempts refused, of those that came to an end."""
    refused_people: Part
    """People refused at least once, of those who tried."""
    abandoned: Part
    """Sessions given up, of those intended."""
    gave_up: Part
    """People who gave up at least once, of those who tried."""
    wait: StageTime | None
    """From the first attempt to connected; None when nobody connected."""
    in_line: StageTime | None
    """Until there was a desktop; None in a pool without a line."""
    levels: Sequence[LevelUse]
    utilization: float | None
    """Active over actual, integrated over time."""
    available_hours: float
    """Instance-hours in which an instance was there."""
    idle_hours: float
    """The part of them in which nobody was on it."""
    launch_failures: str = ""
    """Causes with numbers, in words: `no-address 3`."""
    scaling: str = ""
    """Who changed the target, with numbers: `schedule 44, step 12`."""


@dataclass(frozen=True, kw_only=True)
class OperationCount:
    """What became of one kind of operation."""

    operation: str
    accepted: int
    refused: int
    causes: str = ""
    """Why refused, in words: `user-connected 3, wrong-state 1`."""
    by: str = ""
    """By whom they were asked for, in words: `administrator 3, user 1`."""


@dataclass(frozen=True, kw_only=True)
class Assumption:
    """A setting on which the numbers rest."""

    path: str
    """Where it stands in the scenario, `billing.rounding`."""
    value: str
    meaning: str
    source: str
    """Where the default, or the price, comes from; empty where there is none."""
    stated: bool
    """Whether the scenario says it; else it is a default."""


@dataclass(frozen=True, kw_only=True)
class Lever:
    """Something that moves the total, and how far."""

    what: str
    """In words, `personal/autostop-base/80-10 10 % dearer`."""
    moved: Decimal
    """By how much the total moves; below zero when it falls."""
    note: str = ""
    """What it comes through, in words: the charges, the desktops."""


@dataclass(frozen=True, kw_only=True)
class Margin:
    """How near desktops on AutoStop are to where AlwaysOn would cost the same."""

    fleet: str
    hours: Decimal
    """Billed hours a month at which it does."""
    months: int
    """Desktop-months on AutoStop."""
    beyond: int
    """Those with more hours."""
    near: int
    """Those within a tenth of it, on either side."""


@dataclass(frozen=True, kw_only=True)
class Swing:
    """What one assumption does when it is set lower and higher, in words."""

    setting: str
    now: str
    """Its value as it is."""
    set_to: str
    """All that were run, from the least cost to the most; `now` is as it is."""
    cost: str
    """How far it moves the cost of the whole time."""
    wait: str
    delivered: str
    """How far it moves the part of the planned time that is delivered."""


@dataclass(frozen=True, kw_only=True)
class SwingsShown:
    """What the assumptions do one at a time."""

    rows: Sequence[Swing]
    """The largest move of the cost first."""
    answer: Sequence[str]
    """In sentences."""
    runs: int
    """Of each value."""
    smaller: int
    """Assumptions that move something, and are not shown."""
    unmoved: int
    """Those that move nothing."""
    left: Mapping[str, str]
    """What was not varied, and why."""


@dataclass(frozen=True, kw_only=True)
class PriceUsed:
    """A price that made a charge."""

    item: str
    unit: str
    unit_price: Decimal
    source: str
    """Where it was read; a web address becomes a link."""
    as_of: str
    """Date for which the source states it."""


@dataclass(frozen=True, kw_only=True)
class Drawing:
    """A figure ready for the page; `sim.report.style.drawing` makes one."""

    topic: Topic
    title: str
    """Caption; no two drawings of one report share it."""
    description: str
    """What the figure shows, with its numbers, for those who do not see it."""
    svg: str
    """Markup of `sim.report.style.svg`, put on the page as it is."""


@dataclass(frozen=True, kw_only=True)
class EstimateRow:
    """One measure over many runs."""

    fleet: str
    """Fleet or pool; empty for all together."""
    measure: str
    """In words, `cost per month`."""
    value: str
    """With its unit, in the digits that hold."""
    interval: str
    """`34,912 to 34,982`, or why there is none."""
    runs: int
    """Runs that have something to say about it."""


@dataclass(frozen=True, kw_only=True)
class StudyShown:
    """What many runs say together."""

    runs: int
    level: float
    """How often an interval contains the truth."""
    answer: Sequence[str]
    """In sentences."""
    estimates: Sequence[EstimateRow]
    at_most: Sequence[EstimateRow] = ()
    """What the cost of one run stays within, in 10, 50, ... % of the runs, which stands in place of
    the measure."""


@dataclass(frozen=True, kw_only=True)
class ReportData:
    """All that one page says. Only the first five fields have no natural emptiness."""

    title: str
    """Name of the scenario."""
    description: str
    """The situation and the question, as the scenario puts it; may be empty."""
    period: str
    """The measured time in words: `2026-09-01 to 2026-12-01 (UTC)`."""
    provenance: Mapping[str, str]
    """What identifies the result, in order: scenario hash, seed, price book and date, version.
    No wall clock, host name or path."""
    currency: str
    """Of every amount, `USD`."""
    basis: str = ONE_RUN
    """What the numbers rest on."""
    study: "StudyShown | None" = None
    """What many runs say, of which this is the first; None of a single run."""
    desktop_months: int = 0
    """Pairs of a desktop and a month in which it was charged: the divisor of a cost per desktop."""
    user_months: int = 0
    """Pairs of a user and a month: the divisor where pools have no desktops to divide by."""
    whole_months: bool = True
    """Whether the period is made of whole calendar months; else nothing is said per month."""
    invoice: Sequence[InvoiceLine] = ()
    """Every line of the bill; the total and the table by fleet and month are sums of these."""
    unrounded_total: Decimal | None = None
    """The same total before lines were rounded to cents."""
    logons: int = 0
    """Logons that ended connected: what the percentiles are taken over."""
    logon_total: StageTime | None = None
    """From arrival to a usable desktop; None without logons."""
    logon_stages: Sequence[StageTime] = ()
    """The stages in the order in which a user meets them. Their percentiles do not add up."""
    bands: Sequence[BandTime] = ()
    """How far away people worked, by streaming protocol."""
    round_trips: Sequence[RoundTrip] = ()
    links: Sequence[LinkUse] = ()
    """Empty where no site has a link that people share."""
    link_times: Sequence[LinkTime] = ()
    service: Sequence[Measure] = ()
    """`logon_success`, `attempt_success`, `delivered_minutes`, `service_uptime`."""
    failures: Sequence[Failure] = ()
    """Why measures are below 1, most frequent first within each kind."""
    lost: Sequence[Lost] = ()
    """Where planned time went that was not delivered."""
    uptime: Sequence[PlaceUptime] = ()
    """Places in which desktops were not always usable."""
    credits: Sequence[ServiceCredit] = ()
    """Months and Regions in which the provider's service failed."""
    outages: Sequence[OutageUse] = ()
    peaks: Sequence[Peak] = ()
    """Concurrency: `running` and `connected`."""
    hosts: Sequence[HostUse] = ()
    """Empty when compute has no limit."""
    fleets: Sequence[FleetUse] = ()
    """Each fleet and pool; compared where there are several."""
    pools: Sequence[PoolUse] = ()
    operations: Sequence[OperationCount] = ()
    levers: Sequence[Lever] = ()
    """What moves the total, most important first."""
    margins: Sequence[Margin] = ()
    swings: SwingsShown | None = None
    """None where nobody asked for them."""
    assumptions: Sequence[Assumption] = ()
    """The settings that mattered, stated ones and defaults."""
    prices: Sequence[PriceUsed] = ()
    drawings: Sequence[Drawing] = ()

    @property
    def total(self) -> Decimal:
        """Sum of the invoice lines [currency], as an invoice adds up."""
        return sum((line.amount for line in self.invoice), Decimal(0))

    @property
    def months(self) -> list[str]:
        """Months on the bill, in order."""
        return sorted({line.month for line in self.invoice})

    def measure(self, name: str) -> Measure | None:
        """The service measure of that name, if it was taken."""
        return next((measure for measure in self.service if measure.name == name), None)

    def peak(self, what: str) -> Peak | None:
        """The peak of that condition, if it was taken."""
        return next((peak for peak in self.peaks if peak.what == what), None)

"""What breaks, when, and for how long, as data.

Outages are exogenous, as the plan is: when a zone is lost does not depend on who works in it. They
are dated, drawn or read from a record before the model runs, so two scenarios that differ in how
they recover lose the same zone at the same instant.
"""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, model_validator
from typing_extensions import TypeAliasType

from sim.scenario.distributions import Distribution
from sim.scenario.fields import (
    Cron,
    Duration,
    InputFile,
    Instant,
    Positive,
    PositiveDuration,
    Region,
    Specification,
    Switch,
    TimeZone,
    incoherent,
    written,
)
from sim.scenario.forms import Named
from sim.scenario.readings import whole_number


class Happening(Specification):
    """When something breaks, and for how long: dated, as a drill, at random, or as recorded."""

    at: Instant | None = None
    """The instant at which it breaks, once."""
    cron: Cron | None = None
    """Or when it breaks by the clock of `time_zone`, again and again: a drill."""
    time_zone: TimeZone = "UTC"
    """IANA time zone of the cron expression. Source: assumed."""
    every: Distribution | None = None
    """Or the time from the end of one outage (first: the beginning of the run) to the next."""
    trace: InputFile | None = None
    """Or a CSV file of outages with the columns `begin` (an instant with its offset) and
    `lasts_s`."""
    lasts: Distribution | None = None
    """How long it lasts; required unless a trace says it."""

    @model_validator(mode="after")
    def _coherent(self) -> "Happening":
        given = [key for key in ("at", "cron", "every", "trace") if getattr(self, key) is not None]
        if len(given) != 1:
            got = " and ".join(f"'{key}'" for key in given) or "none"
            raise ValueError(
                f"expected exactly one of 'at', 'cron', 'every' and 'trace', got {got}"
            )
        if (self.lasts is None) == (self.trace is None):
            expected = "nothing beside a trace" if self.trace else "how long it lasts"
            raise incoherent(
                "lasts", f"expected {expected}, got {'both' if self.trace else 'none'}"
            )
        return self


class ZoneOutage(Happening):
    """An Availability Zone is lost, with all desktops, instances and hosts in it."""

    kind: Literal["zone"] = "zone"
    zone: str
    """The zone."""


class Regional(Happening):
    """Something of a Region breaks."""

    region: Region | None = None
    """The Region; by default the scenario's."""


class RegionOutage(Regional):
    """A Region is lost: its zones, streaming and control plane."""

    kind: Literal["region"] = "region"


class HostFailure(Happening):
    """Hosts fail and are repaired.

    With `every`, each host of the group has its own failures; else `count` hosts fail together.
    Sources for numbers: 23,739 failures of LANL's clusters: repair mean 352 min, median 59 min,
    lognormal sigma about 1.4; 1.1 to 1.3 failures per node and year; gaps Weibull with shape 0.7 to
    0.9.
    """

    kind: Literal["hosts"] = "hosts"
    group: str
    """The host group."""
    count: Positive = 1
    """Hosts that fail together, drawn at random; with `every`, each fails alone. Source: assumed:
    one alone."""
    crews: Annotated[int, Field(ge=1, le=10_000), BeforeValidator(whole_number)] | None = None
    """Hosts of the group that can be repaired at once, with `every`; no limit when absent."""

    @model_validator(mode="after")
    def _alone(self) -> "HostFailure":
        if self.every is not None and self.count != 1:
            raise incoherent("count", f"expected 1 with 'every', got {self.count}")
        if self.every is None and self.crews is not None:
            raise incoherent("crews", f"expected nothing here without 'every', got {self.crews}")
        return self


class DirectoryOutage(Happening):
    """Domain controllers stop answering; those who are being answered still are."""

    kind: Literal["directory"] = "directory"
    servers: Positive | None = None
    """How many; all when absent. Source: assumed: the worst."""


class LinkOutage(Happening):
    """The link of an AD Connector to the domain controllers on the premises is cut."""

    kind: Literal["link"] = "link"


class SecondFactorOutage(Happening):
    """A RADIUS server does not answer: people wait for its time-outs, then try the second one."""

    kind: Literal["mfa"] = "mfa"
    server: Literal["first", "second", "both"] = "both"
    """Which one. Source: assumed: the worst."""


class CertificateOutage(Happening):
    """The certificates of trusted devices have expired, until they are renewed."""

    kind: Literal["certificate"] = "certificate"


class StreamingOutage(Regional):
    """The streaming gateways of a Region are lost: nobody is connected, and nobody can be."""

    kind: Literal["streaming"] = "streaming"


class ControlPlaneOutage(Regional):
    """The control plane of a Region is lost: nothing in it can be started, created or changed."""

    kind: Literal["control_plane"] = "control_plane"


OUTAGES = Named(
    {
        "zone": ("zone", "lasts"),
        "region": ("at", "lasts"),
        "hosts": ("group", "lasts"),
        "directory": ("at", "lasts"),
        "link": ("at", "lasts"),
        "mfa": ("at", "lasts"),
        "certificate": ("at", "lasts"),
        "streaming": ("at", "lasts"),
        "control_plane": ("at", "lasts"),
    },
    expected="an outage such as {zone: {zone: a, at: 2026-09-15T09:00Z, lasts: 2 h}}; known: zone, "
    "region, hosts, directory, link, mfa, certificate, streaming, control_plane",
)

Law = (
    ZoneOutage
    | RegionOutage
    | HostFailure
    | DirectoryOutage
    | LinkOutage
    | SecondFactorOutage
    | CertificateOutage
    | StreamingOutage
    | ControlPlaneOutage
)

Outage = TypeAliasType("Outage", Annotated[Annotated[Law, Field(discriminator="kind")], OUTAGES])
"""Something that breaks."""


class Rebuild(Specification):
    """Administrators rebuild the desktops of a lost zone in another one, from the last snapshot.

    What was changed on the user volume since then is lost. Source: WorkSpaces Administration Guide,
    "Rebuild a WorkSpace": the user volume comes from the last snapshot, the root from the image.
    """

    reaction: Duration = written("30 min")
    """Time from the outage until they begin. Source: assumed; no figure is published."""


STANDBY_REGIONS = ("us-east-1", "us-west-2", "eu-central-1", "eu-west-1")
"""Regions that can have standbys, of Windows desktops without graphics bundles and general purpose
ones. Source: WorkSpaces Administration Guide, "Multi-Region Resilience", 2025-26."""


class Standby(Specification):
    """A standby in a second Region for each desktop, to which people are led when theirs is lost.

    Source: WorkSpaces Administration Guide, "Multi-Region Resilience" and "Cross-Region
    redirection": nothing fails over by itself; 15-30 minutes until people can connect, there and
    back; snapshots are copied one way every 12 hours, so data is 12-24 hours old. No price is
    published in any book: supply `personal/standby-month/...` and `personal/standby-hours/...`
    under `prices.add`.
    """

    region: Region
    """The Region of the standbys."""
    reaction: Duration = written("30 min")
    """Time from the loss of the Region until people are redirected. Source: assumed; no figure is
    published."""
    redirection: Distribution = written({"uniform": {"low": "15 min", "high": "30 min"}})
    """Time from there until they can connect, drawn for each loss; and the same on the way back.
    Source: WorkSpaces Administration Guide, "Multi-Region Resilience", 2025-26: 15-30 min."""
    failback: Duration = written("1 h")
    """Time from the return of the Region until people are redirected to it. Source: assumed; no
    figure is published."""
    data_age: Distribution = written({"uniform": {"low": "12 h", "high": "24 h"}})
    """Age of the copied data at the loss, drawn for each desktop. Source: WorkSpaces Administration
    Guide, "Multi-Region Resilience", 2025-26: 12-24 h."""


class Recovery(Specification):
    """What is done about a lost zone or Region, and how often snapshots are taken."""

    rebuild: Rebuild | None = None
    """Rebuild in another zone; desktops wait for the end of the outage when absent. Source: no
    failover between zones is in the WorkSpaces Administration Guide."""
    standby: Standby | None = None
    """Standbys in another Region; desktops wait for the end of its loss when absent. Source:
    WorkSpaces Administration Guide, "Multi-Region Resilience", 2025-26: nothing fails over by
    itself."""
    snapshots_every: PositiveDuration = written("12 h")
    """Time between two automatic snapshots of a desktop, at a phase of its own. Source: WorkSpaces
    Administration Guide 2023, "Restore a WorkSpace": every 12 h."""


class ApiLimits(Specification):
    """How fast the provider takes calls about many desktops.

    Source: WorkSpaces Administration Guide 2023, API request throttling; API reference: one desktop
    per call for a rebuild.
    """

    calls_per_second: Positive = 2
    """Calls a second that are sustained. Source: WorkSpaces Administration Guide 2023, API request
    throttling: 2 calls a second, 5 at once."""
    burst: Positive = 5
    """Calls that may come at once. Source: WorkSpaces Administration Guide 2023, API request
    throttling: 2 calls a second, 5 at once."""
    desktops_per_call: Positive = 25
    """Desktops that one call creates, deletes or reboots; other operations take one. Source:
    WorkSpaces API reference 2026."""
    operations: Switch = False
    """Whether operations on many desktops wait for the limit too; rebuilding a lost zone does."""


class Quotas(Specification):
    """What the account may have at most."""

    desktops: Positive | None = None
    """Persistent desktops; no limit when absent. The provider's default is 1 and is raised on
    request. Source: AWS General Reference, "WorkSpaces endpoints and quotas"."""

"""Pools: desktops that nobody owns, of which each session gets one.

All capacities are user sessions, as the provider counts them. The model is that of WorkSpaces Pools
and of its named successor, WorkSpaces Applications: another bundle and another price book, the same
object.
"""

from typing import Annotated, Literal

from pydantic import AfterValidator, model_validator

from sim.scenario.desktops import ZoneChoice
from sim.scenario.distributions import Distribution, Stage
from sim.scenario.fields import (
    Count,
    Duration,
    Megabytes,
    Positive,
    PositiveDuration,
    Rate,
    Region,
    Specification,
    Switch,
    incoherent,
    written,
)
from sim.scenario.scaling import CapacityEdit, ScalingPolicy
from sim.units import DAY, HOUR, MINUTE, SECOND, Millis, format_duration

PoolBundle = Literal[
    "value",
    "standard",
    "performance",
    "power",
    "powerpro",
    "graphics.g4dn",
    "graphicspro.g4dn",
    "stream.standard.medium",
    "stream.standard.large",
]
"""Compute types of WorkSpaces Pools, and those of WorkSpaces Applications (`stream...`)."""


def _within(least: Millis, most: Millis, *, off: bool = False) -> AfterValidator:
    """A check that a duration lies in the provider's range."""

    def check(length: Millis) -> Millis:
        if not (least <= length <= most or (off and length == 0)):
            zero = "0 s (off) or " if off else ""
            span = f"{format_duration(least)} to {format_duration(most)}"
            raise ValueError(f"expected {zero}{span}, got {format_duration(length)}")
        return length

    return AfterValidator(check)


class ApplicationSettings(Specification):
    """A user's settings in a virtual disk, which is fetched in full before the session starts.

    Source: AWS AppStream 2.0 Developer Guide, "Application settings persistence": at most 1 GB by
    default, uploaded at the end of a session and downloaded before the next.
    """

    size: Megabytes = written("1 GB")
    """Size of the virtual disk [MB]. Source: AppStream 2.0 Developer Guide 2023, "Application
    settings persistence": at most 1 GB unless it is set."""
    download_rate: Rate = written("200 Mbit/s")
    """Rate of the download [kbit/s]. Source: assumed; no figure is published."""

    @model_validator(mode="after")
    def _within_a_day(self) -> "ApplicationSettings":
        if self.download > DAY:
            raise incoherent(
                "size",
                f"expected a download of at most 24 h, got {format_duration(self.download)}",
            )
        return self

    @property
    def download(self) -> Millis:
        """Time of the download [ms]: size x 2**20 x 8 bits over rate x 1,000 bits a second."""
        return round(self.size * 2**20 * 8 / self.download_rate)


class PoolLogon(Specification):
    """Durations of the stages between authentication and a usable desktop of a pool."""

    start: Stage = written({"uniform": {"low": "1 min", "high": "2 min"}})
    """Start of a stopped instance for its first user; AlwaysOn instances are ready. Source:
    WorkSpaces Administration Guide, "Running modes for WorkSpaces Pools", 2026: 1-2 min."""
    home_folder: Stage = written("0 s")
    """Time to connect the home folder. Source: assumed: none; no figure is published."""
    application_settings: ApplicationSettings | None = None
    """Settings that are fetched before the session; none when absent. Source: AppStream 2.0
    Developer Guide 2023, "Application settings persistence": off unless it is set."""
    streaming: Stage = written("5 s")
    """Streaming connection through the gateway. Source: assumed; no figure is published."""
    os_logon: Stage = written({"lognormal": {"mean": "28 s", "cv": 0.6}})
    """Operating-system logon of every new session. Source: ControlUp, 21 M logons of 239
    organisations: median 24 s; the spread is assumed."""


class PoolBilling(Specification):
    """How a pool's time becomes a bill."""

    increment: Literal["hour", "second"] = "hour"
    """A started increment is billed in full. Source: AppStream 2.0 Developer Guide 2023: streaming
    fleets by the hour, elastic ones by the second; of pools it is not stated."""
    minimum: Duration = written("0 s")
    """Least time billed of what is billed at all. Source: AppStream 2.0 Developer Guide 2023: 15
    min of elastic fleets; of pools none is stated."""
    provisioning: Switch = False
    """Whether the time an instance is being provisioned is billed as if it were available. Source:
    assumed; not stated."""
    user_fee: Switch = True
    """Whether each user of a month owes the fee of an included licence. Source: AWS Price List: a
    fee per user and month for Windows that comes included, none for your own."""


class PoolStorage(Specification):
    """Storage of the users' home folders and settings."""

    item: str
    """Item of the price book, per GB-month, e.g. `fsx-windows/ssd-gb-month`."""
    per_user: Megabytes
    """What one user keeps [MB], from joining to leaving."""


class Pool(Specification):
    """Desktops without owners: each session gets an instance, which is thrown away afterwards."""

    bundle: PoolBundle
    """Compute type of the instances."""
    os: Literal["windows", "linux"] = "windows"
    """Operating system; Linux on `stream...` bundles only."""
    license: Literal["included", "byol"] = "included"
    """Windows licence: the provider's, or your own."""
    running_mode: Literal["AlwaysOn", "AutoStop"]
    """`AlwaysOn`: instances run and wait; `AutoStop`: they wait stopped and start at logon."""
    minimum: Count = 0
    """Least capacity [user sessions]."""
    desired: Count | None = None
    """Target at the start [user sessions]; by default the minimum."""
    maximum: Positive
    """Greatest capacity [user sessions]."""
    sessions_per_instance: Positive = 1
    """User sessions of one instance; above 1 it is a multi-session fleet."""
    load_balancing: Literal["depth-first", "breadth-first"] = "depth-first"
    """Which instance takes the next user of a multi-session fleet: the fullest with room, or the
    emptiest. Source: assumed; the order in which instances are filled is not published."""
    after_session: Literal["replace", "keep"] = "replace"
    """What becomes of an instance when its last user is gone: it is terminated and replaced, or it
    stays for the next. Source: WorkSpaces Administration Guide, "Create a WorkSpaces Pool", 2026:
    terminated and replaced."""
    admission: Literal["refuse", "queue"] = "refuse"
    """What a user meets who finds no capacity: a refusal, as the provider does it, or a line.
    Source: WorkSpaces Administration Guide, "Monitor WorkSpaces Pools", 2026: requests without
    capacity are rejected (`InsufficientCapacityError`)."""
    queue_limit: Count | None = None
    """Longest line with `admission: queue`; who finds it full is refused. No limit when absent.
    Source: assumed: none; the provider has no line."""
    provisioning: Distribution = written({"uniform": {"low": "10 min", "high": "20 min"}})
    """From the request of an instance until it is available. Source: AppStream 2.0 Developer Guide
    2023: usually 10-20 min; of pools no figure is published."""
    launch_retry: PositiveDuration = written("5 min")
    """Time after which instances are asked for again that found no address or no host. Source:
    assumed; no figure is published."""
    maximum_duration: Annotated[Duration, _within(600 * SECOND, 120 * HOUR)] = written("96 h")
    """Longest user session, from its first connection; then it is cut. Source: WorkSpaces API
    reference 2026: 600 s to 120 h; 96 h is the longest of the console."""
    disconnect_timeout: Annotated[Duration, _within(60 * SECOND, 600 * MINUTE)] = written("15 min")
    """How long a disconnected user session keeps its instance. Source: assumed; WorkSpaces API
    reference 2026: 60 s to 10 h."""
    idle_disconnect_timeout: Annotated[Duration, _within(MINUTE, 600 * MINUTE, off=True)] = written(
        "0 s"
    )
    """Disconnect users without keyboard or mouse for this long; 0 s is off. Source: WorkSpaces API
    reference 2026: 0 s (off) to 10 h."""
    network_loss_detection: Duration = written("20 min")
    """A lost connection counts as a disconnection after this time. Source: WorkSpaces
    Administration Guide 2023: the client tries to reconnect for 20 min."""
    reconnect_window: Duration = written("20 min")
    """How long the client of somebody whom lost streaming cut off tries to reconnect by itself; 0 s
    is off. Source: WorkSpaces Administration Guide 2023, "Set the session resume timeout": 20 min
    of persistent desktops, taken to hold for pools."""
    region: Region | None = None
    """Region; by default the scenario's."""
    zones: ZoneChoice | None = None
    """Zones of the instances, balanced by each zone's weight, or weights of its own; by default all
    zones of the region."""
    hosts: list[str] = []
    """Host groups whose slots instances take; none means compute without limit."""
    logon: PoolLogon = PoolLogon()
    """Stage durations."""
    uses_directory: Switch = True
    """Whether logons pass the scenario's directory."""
    scaling: list[ScalingPolicy] = []
    """What moves the target; fixed capacity when empty."""
    edits: list[CapacityEdit] = []
    """What administrators change about the capacity."""
    edit_delay: Duration = written("2 min")
    """Time until an edit takes effect. Source: WorkSpaces Administration Guide, "Auto Scaling for
    WorkSpaces Pools", 2026: edits of policies take minutes; the number is assumed."""
    cost_center: str | None = None
    """Where the cost is booked that no single user causes; by default the pool's own name."""
    billing: PoolBilling = PoolBilling()
    """Billing rules."""
    storage: PoolStorage | None = None
    """Storage of the users' files, when it is billed."""

    @model_validator(mode="after")
    def _coherent(self) -> "Pool":
        if self.os == "linux" and not self.bundle.startswith("stream."):
            raise incoherent("os", f"expected windows for {self.bundle}, got linux")
        if self.minimum > self.maximum:
            raise incoherent(
                "maximum", f"expected at least minimum, {self.minimum}, got {self.maximum}"
            )
        if self.desired is not None and not self.minimum <= self.desired <= self.maximum:
            raise incoherent(
                "desired",
                f"expected from minimum, {self.minimum}, to maximum, {self.maximum}, "
                f"got {self.desired}",
            )
        for key in ("minimum", "desired", "maximum"):
            value = getattr(self, key)
            if value is not None and value % self.sessions_per_instance:
                raise incoherent(key, self.whole_instances(value))
        if self.queue_limit is not None and self.admission != "queue":
            raise incoherent("queue_limit", "expected nothing here without 'admission: queue'")
        return self

    def whole_instances(self, size: int) -> str:
        """What is wrong with a capacity [user sessions] that is no number of whole instances."""
        each = self.sessions_per_instance
        return f"expected a multiple of the {each} sessions of an instance, got {size}"

    @property
    def initial(self) -> int:
        """Target at the start [user sessions]."""
        return self.minimum if self.desired is None else self.desired

    @property
    def licensed(self) -> str:
        """The licence in words the price book uses."""
        return "none" if self.os == "linux" else self.license

    @property
    def idle_limit(self) -> Millis | None:
        """Time without keyboard or mouse after which a user is disconnected [ms]; None: never."""
        return self.idle_disconnect_timeout or None

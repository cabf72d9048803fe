"""The machines: fleets of persistent desktops, zones, host groups, the directory, operations."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, Tag, model_validator
from typing_extensions import TypeAliasType

from sim.scenario.bundles import (
    COLD_BUNDLES,
    LARGEST_GB,
    Bundle,
    RunningMode,
    Volumes,
    check_volumes,
    larger_volumes,
)
from sim.scenario.distributions import Distribution, Stage
from sim.scenario.fields import (
    AutoStopTimeout,
    Count,
    Duration,
    Gigabytes,
    Instant,
    Number,
    Positive,
    PositiveDuration,
    Region,
    Share,
    Specification,
    Switch,
    incoherent,
    written,
)
from sim.scenario.forms import OrFile, by_shape
from sim.scenario.growth import VolumeGrowth
from sim.scenario.outages import Recovery
from sim.scenario.readings import whole_number
from sim.scenario.running_modes import CostOptimizer, RunningModePolicy
from sim.scenario.self_service import SelfService
from sim.units import Millis

OperatingSystem = Literal["windows", "linux", "ubuntu", "rhel", "rocky"]
License = Literal["included", "byol", "none"]

LICENSES: dict[str, tuple[License, ...]] = {
    "windows": ("included", "byol"),
    "linux": ("none",),
    "ubuntu": ("none",),
    "rhel": ("included",),
    "rocky": ("included",),
}
"""Licences of each operating system; `linux` is Amazon Linux. Windows Server comes included,
Windows 10 and 11 only as your own. Source: AWS Price List, pairs of operating system and
licence, 2026-07."""


class Zone(Specification):
    """An Availability Zone with one subnet."""

    region: Region | None = None
    """Region of the zone; by default the scenario's."""
    weight: Number = Field(default=1.0, gt=0)
    """Relative share of desktops placed here."""
    ip_addresses: Positive | None = None
    """Free addresses of the subnet; each desktop holds one for life. Unlimited when absent."""


class Overcommit(Specification):
    """How much more is promised than is there."""

    vcpu: Number = Field(default=1.0, ge=1)
    """Promised virtual processors per real one. Source: assumed: none; not published of dedicated
    hardware."""
    memory: Number = Field(default=1.0, ge=1)
    """Promised memory over real memory. Source: assumed: none; not published of dedicated
    hardware."""


class HostGroup(Specification):
    """Dedicated hosts of one kind in one zone; a running desktop holds a slot on one of them."""

    zone: str
    """The zone the hosts stand in."""
    count: Annotated[int, Field(ge=1, le=100_000), BeforeValidator(whole_number)]
    """Number of hosts, at most 100,000."""
    vcpu: Positive
    """Virtual processors of one host."""
    memory: Gigabytes
    """Memory of one host [GB]."""
    gpu: Count = 0
    """Graphics processors of one host."""
    placement: Literal["spread", "pack", "first-fit", "random"] = "spread"
    """Which host with room takes a starting desktop: the emptiest, the fullest, the first, or any.
    Source: assumed; how the provider fills dedicated hardware is not published."""
    overcommit: Overcommit = Overcommit()
    """How much more is promised than is there. Source: assumed: none; not published of dedicated
    hardware."""


SIMPLE_AD_USERS = {"small": 500, "large": 5_000}
"""Most users of a Simple AD by size. Source: AWS Directory Service Administration Guide."""


class Directory(Specification):
    """Authentication as servers with a finite rate; requests wait in one line, in order."""

    kind: Literal["ad-connector", "simple-ad", "managed-ad-standard", "managed-ad-enterprise"] = (
        "ad-connector"
    )
    """What is billed: AD Connector and Simple AD are free with WorkSpaces, Managed Microsoft AD
    is not."""
    size: Literal["small", "large"] = "small"
    """Of a Simple AD: small for at most 500 users, large for at most 5,000. Source: AWS Directory
    Service Administration Guide. The other kinds enforce no number."""
    servers: Positive = 2
    """Domain controllers that answer in parallel. Source: AWS Directory Service Administration
    Guide 2023: two, in two zones."""
    service_time: Stage = written({"exponential": "1 s"})
    """Time one authentication keeps one server busy. Source: assumed; no figure is published for
    any directory."""
    link: Stage = written("0 s")
    """Time that an AD Connector's requests take to the domain controllers on the premises and back;
    no server is busy with it. Source: assumed: none; no figure is published."""
    billed: Switch = True
    """Whether the directory's hours are on the bill."""


class Logon(Specification):
    """Durations of the stages between authentication and a usable desktop."""

    resume: Stage = written({"uniform": {"low": "60 s", "high": "90 s"}})
    """Start of a hibernated desktop. Source: WorkSpaces Administration Guide, "Manage the running
    mode", 2025-26: typically under 90 s. Third parties disagree: 60-90 s, 1-2 min, at least 5
    min."""
    cold_start: Stage = written({"uniform": {"low": "2 min", "high": "5 min"}})
    """Start of a desktop that cannot hibernate. Source: assumed; no figure is published."""
    slowdown: Share = 0.0
    """By how much a start takes longer for each other desktop of the fleet that is starting then.
    Source: AWS admin guide, "Manage the running mode": many simultaneous logons can lengthen the
    wait of BYOL desktops; no figure."""
    streaming: Stage = written("5 s")
    """Streaming connection through the gateway. Source: assumed; no figure is published."""
    os_logon: Stage = written({"lognormal": {"mean": "28 s", "cv": 0.6}})
    """Operating-system logon after a logoff or a cold start. Source: ControlUp, 21 M logons of 239
    organisations: median 24 s; the spread is assumed."""


ZoneChoice = TypeAliasType(
    "ZoneChoice",
    Annotated[
        Annotated[list[str], Tag("list")]
        | Annotated[dict[str, Annotated[Number, Field(gt=0)]], Tag("mapping")],
        by_shape("a list of zones or weights such as {a: 2, b: 1}"),
    ],
)
"""Zones, or zones with weights."""


class KeyRequests(Specification):
    """Requests to the key of a fleet for each of a desktop's encrypted volumes.

    No number is published. The defaults count the calls that AWS's KMS Developer Guide names in
    "How WorkSpaces uses AWS KMS": a data key is made for each volume under a grant of its own, is
    decrypted whenever the volume is attached, and is kept for reboots and rebuilds.
    """

    creation: Count = 3
    """Of a creation: a grant, a data key, and its decryption. Source: assumed from the calls that
    the AWS KMS Developer Guide names; no number is published."""
    start: Count = 1
    """Of a start, a resume or a reboot: a decryption. Source: assumed from the calls that the AWS
    KMS Developer Guide names; no number is published."""
    rebuild: Count = 1
    """Of a rebuild or a restore: a decryption. Source: assumed from the calls that the AWS KMS
    Developer Guide names; no number is published."""


class Encryption(Specification):
    """Volumes that are encrypted at rest, with a key of your own.

    Source: WorkSpaces Administration Guide 2023, "Encrypted WorkSpaces": creation takes up to 40
    min (a tutorial), or up to 1 h with the root volume encrypted.
    """

    volumes: Literal["user", "root", "both"] = "both"
    """Which."""
    extra_time: Distribution = written("20 min")
    """Time by which it lengthens a creation, and a rebuilding in another zone. Source: WorkSpaces
    Administration Guide 2023, "Encrypted WorkSpaces": a creation takes up to 40 min, or up to 1 h
    with the root volume."""
    key_billed: Switch = True
    """Whether the key is on the bill, one of its own for the fleet, and requests to it."""
    requests: KeyRequests = KeyRequests()
    """Requests to the key."""

    @property
    def encrypted(self) -> int:
        """Number of volumes of a desktop that are encrypted."""
        return 2 if self.volumes == "both" else 1


class Fleet(Specification):
    """Persistent desktops of one kind, one for each user of the populations that name it."""

    bundle: Bundle
    """Compute type."""
    os: OperatingSystem = "windows"
    """Operating system."""
    license: License | None = None
    """`included`, `byol` or `none`; by default `included` for Windows, RHEL and Rocky, `none` for
    other Linux."""
    root_volume: Gigabytes = written("80 GB")
    """Root volume: 80 GB, or 175-2000 GB."""
    user_volume: Gigabytes = written("10 GB")
    """User volume: 10, 50 or 100 GB with an 80 GB root, else 100-2000 GB."""
    volume_step: Annotated[Gigabytes, Field(gt=0)] = written("100 GB")
    """By how much a user volume of 100 GB or more grows to its next size. Source: assumed; no
    figure is published."""
    volume_limit: Annotated[Gigabytes, Field(gt=0, le=LARGEST_GB)] = written("2000 GB")
    """Size beyond which a user volume has no next size, at most 2000 GB. Source: WorkSpaces
    Administration Guide, "Modify a WorkSpace", 2025-26."""
    volume_growth: VolumeGrowth | None = None
    """User volumes that fill; none when absent."""
    running_mode: RunningMode
    """`AlwaysOn` (flat month) or `AutoStop` (base fee plus hours)."""
    running_mode_policy: RunningModePolicy = written("stay")
    """Who changes running modes by rule: nobody (`stay`), or AWS's released Cost Optimizer."""
    autostop_timeout: AutoStopTimeout = written("1 h")
    """Whole hours from disconnection to stop. Source: WorkSpaces Administration Guide, "Manage the
    running mode", 2025-26: 1 h unless it is set."""
    region: Region | None = None
    """Region; by default the scenario's."""
    zones: ZoneChoice | None = None
    """Zones to place desktops in, balanced by each zone's weight, or weights of its own; by default
    all zones of the region."""
    hosts: list[str] = []
    """Host groups whose slots running desktops take; none means compute without limit."""
    applications: list[str] = []
    """Billed application bundles on each desktop, e.g. `office-2021-pro`."""
    logon: Logon = Logon()
    """Stage durations."""
    uses_directory: Switch = True
    """Whether logons pass the scenario's directory."""
    hibernates: Switch | None = None
    """Whether a stopped desktop resumes from memory; by default by bundle."""
    provisioning: Distribution = written("20 min")
    """Time to create a desktop. Source: WorkSpaces Administration Guide 2023: up to 20 min."""
    encryption: Encryption | None = None
    """Encryption at rest; none when absent."""
    change_time: Duration = written("1 h")
    """Time that a migration, a change of compute or a resize of a stopped desktop takes. Source:
    WorkSpaces Administration Guide, "Modify a WorkSpace", 2025-26: up to 1 h for compute, up to 2 h
    for volumes; WorkSpaces Administration Guide 2023: up to 1 h for a migration. The client guide
    disagrees: up to 1 h for volumes."""
    reboot_time: Duration = written("5 min")
    """Time that a reboot takes. Source: WorkSpaces User Guide 2023: "several minutes"; the number
    is assumed."""
    rebuild_time: Duration = written("1 h")
    """Time that a rebuild or a restore takes. Source: assumed; no figure is published."""
    protocol: Literal["dcv", "pcoip"] = "dcv"
    """Streaming protocol of clients that do not name their own."""
    initial_age: Duration = written("30 d")
    """Age of the desktops that exist at the start; maintenance skips those younger than 7 days.
    Source: assumed."""
    network_loss_detection: Duration = written("20 min")
    """A lost connection counts as a disconnection after this time. Source: WorkSpaces
    Administration Guide, "Manage the running mode", 2025-26: more than 20 min without a
    connection."""
    reconnect_window: Duration = written("20 min")
    """How long the client of somebody whom lost streaming cut off tries to reconnect by itself; 0 s
    is off. Source: the client guides and the Group Policy of the AWS admin guide 2023, "Set the
    session resume timeout": 20 min, for both protocols."""
    idle_disconnect_timeout: Duration | None = None
    """Disconnect users without keyboard or mouse for this long (DCV setting); off when absent.
    Source: AWS Well-Architected, End User Computing Lens, EUCSUS03-BP02: off unless it is set."""
    stop_delay: Duration = written("0 s")
    """Time from the timeout's expiry to the stop; not billed, and a logon in it waits. Source:
    assumed: none; WorkSpaces Administration Guide, "Manage the running mode", 2025-26, speaks of
    some minutes and gives no number."""
    recovery: Recovery = Recovery()
    """What is done when a zone is lost."""
    self_service: SelfService = SelfService()
    """What users do to their own desktops; nothing unless it is said."""

    @model_validator(mode="after")
    def _coherent(self) -> "Fleet":
        check_volumes(self.root_volume, self.user_volume, "root_volume", self.bundle)
        if self.licensed not in LICENSES[self.os]:
            allowed = " or ".join(LICENSES[self.os])
            raise incoherent("license", f"expected {allowed} for {self.os}, got {self.license}")
        return self

    @property
    def idle_limit(self) -> Millis | None:
        """Time without keyboard or mouse after which a user is disconnected [ms]; None: never."""
        return self.idle_disconnect_timeout

    @property
    def optimizer(self) -> CostOptimizer | None:
        """What the Cost Optimizer does to the fleet; None: nothing."""
        policy = self.running_mode_policy
        return policy if isinstance(policy, CostOptimizer) else None

    @property
    def licensed(self) -> str:
        """The licence in words the price book uses."""
        return self.license or ("none" if self.os in ("linux", "ubuntu") else "included")

    @property
    def cold(self) -> bool:
        """Whether a stopped desktop of the fleet's own bundle starts cold."""
        return self.starts_cold(self.bundle)

    def starts_cold(self, bundle: str) -> bool:
        """Whether a stopped desktop of the fleet starts cold once it has this bundle."""
        return bundle in COLD_BUNDLES if self.hibernates is None else not self.hibernates

    def larger_volumes(self, bundle: str, root: int, user: int) -> Volumes | None:
        """The next size after a user volume [GB], with the root volume that it needs."""
        step, limit = self.volume_step, self.volume_limit
        return larger_volumes(bundle, root, user, step=step, limit=limit)

    def start_law(self, bundle: str) -> Distribution:
        """How long such a desktop takes to start."""
        return self.logon.cold_start if self.starts_cold(bundle) else self.logon.resume


Target = TypeAliasType(
    "Target",
    Annotated[
        Annotated[Literal[RunningMode, Bundle], Tag("text")] | Annotated[Volumes, Tag("mapping")],
        by_shape("a running mode, a bundle or {root: 175 GB, user: 100 GB}"),
    ],
)
"""What an operation changes a desktop to."""


class Waves(Specification):
    """A roll-out in equal parts."""

    count: Annotated[int, Field(ge=2, le=1_000), BeforeValidator(whole_number)]
    """Number of waves."""
    every: PositiveDuration
    """Time from one wave to the next."""


class Operation(Specification):
    """Something an administrator does to desktops at an instant."""

    at: Instant
    """When."""
    fleet: str
    """Fleet it concerns."""
    user: str | None = None
    """One user, by name (`office-00007`)."""
    share: Share | None = None
    """Or a share of the fleet's desktops, drawn at random."""
    operation: Literal[
        "create",
        "delete",
        "switch-mode",
        "resize",
        "change-compute",
        "migrate",
        "reboot",
        "rebuild",
        "restore",
    ]
    """What is done."""
    waves: Waves | None = None
    """Do it to the share in several waves, not at once."""
    to: Target | None = None
    """Running mode of `switch-mode`, volumes of `resize`, bundle of `change-compute` and
    `migrate`."""

    @model_validator(mode="after")
    def _coherent(self) -> "Operation":
        if (self.user is None) == (self.share is None):
            got = "none" if self.user is None else "both"
            raise ValueError(f"expected exactly one of 'user' and 'share', got {got}")
        if self.waves is not None and self.share is None:
            raise incoherent("waves", "expected nothing here for one user")
        is_mode = self.to in ("AlwaysOn", "AutoStop")
        is_bundle = isinstance(self.to, str) and not is_mode
        fits, expected = {
            "create": (self.to is None, "nothing"),
            "delete": (self.to is None, "nothing"),
            "switch-mode": (is_mode, "AlwaysOn or AutoStop"),
            "resize": (
                isinstance(self.to, Volumes),
                "volumes such as {root: 175 GB, user: 100 GB}",
            ),
            "change-compute": (is_bundle, "a bundle"),
            "migrate": (self.to is None or is_bundle, "a bundle or nothing"),
            "reboot": (self.to is None, "nothing"),
            "rebuild": (self.to is None, "nothing"),
            "restore": (self.to is None, "nothing"),
        }[self.operation]
        if not fits:
            got = self.to if isinstance(self.to, str) else "volumes" if self.to else "nothing"
            raise incoherent("to", f"expected {expected} for {self.operation}, got {got}")
        return self


Operations = Annotated[list[Operation], OrFile("A CSV file with the columns of an operation.")]
"""Operations, in the file or in a table beside it, which the loader reads."""

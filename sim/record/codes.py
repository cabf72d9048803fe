"""Small closed vocabularies, stored as int8 and shown by name."""

from enum import IntEnum


class Code(IntEnum):
    """A code shown as its name in lower case with hyphens."""

    @property
    def label(self) -> str:
        """`network-loss` for `NETWORK_LOSS`."""
        return self.name.lower().replace("_", "-")

    @classmethod
    def labels(cls) -> list[str]:
        """Labels in the order of their codes, which count from 0."""
        return [code.label for code in cls]


class Ending(Code):
    """How the user means to leave, or how the session really ended."""

    LOGOFF = 0
    DISCONNECT = 1
    NETWORK_LOSS = 2
    LEFT_CONNECTED = 3


class Outcome(Code):
    """What became of one logon attempt."""

    CONNECTED = 0
    REFUSED = 1
    """No slot, or the desktop is not there or not ready; the user may try again."""
    ABANDONED = 2
    """The user left before the desktop was ready (fixed departure, or the desktop was taken away).
    """
    OPEN = 3
    """Still under way at the end of the horizon."""


class SessionOutcome(Code):
    """What became of one intended session."""

    ENDED = 0
    """Ran to its intended end."""
    CUT = 1
    """Ended early by something else than the user."""
    ABANDONED = 2
    """Never started: patience or the departure time ran out."""
    OPEN = 3
    """Connected, or still logging on, at the end of the horizon."""


class Cause(Code):
    """Why something did not go as intended."""

    NONE = 0
    NO_HOST_CAPACITY = 1
    DESKTOP_MISSING = 2
    """Not created yet, or deleted."""
    DESKTOP_BUSY = 3
    """Being created, changed or migrated."""
    DEPARTURE = 4
    """The fixed departure came before the desktop was ready."""
    PATIENCE = 5
    IDLE_DISCONNECT = 6
    OPERATION = 7
    MAINTENANCE = 8
    USER_CONNECTED = 9
    """An operation that needs the user out found them in."""
    WRONG_STATE = 10
    """An operation that the state of the desktop does not allow."""
    NO_ADDRESS = 11
    """The subnet of the zone has no free IP address."""
    HORIZON = 12
    NOT_SOLD = 13
    """An operation that would make a bundle with volumes that the provider does not sell."""
    NO_POOL_CAPACITY = 14
    """A pool had no free user session (CloudWatch: InsufficientCapacityError), or a full line."""
    SESSION_LIMIT = 15
    """The maximum duration of a user session was over."""
    DISCONNECT_TIMEOUT = 16
    """Nobody came back to a disconnected user session in time."""
    SESSION_OVER = 17
    """An instance had served its session."""
    SCALE_IN = 18
    """The pool was asked for fewer instances."""
    ZONE_OUTAGE = 19
    REGION_OUTAGE = 20
    HOST_FAILURE = 21
    STREAMING_OUTAGE = 22
    """No streaming gateway."""
    CONTROL_PLANE_OUTAGE = 23
    """Nothing can be started, created or changed."""
    NETWORK_CHECK = 24
    """The client's network failed its check."""
    UNTRUSTED_DEVICE = 25
    CERTIFICATE_EXPIRED = 26
    """The certificates of trusted devices had expired."""
    IP_NOT_ALLOWED = 27
    MFA_FAILED = 28
    """The second factor was wrong."""
    MFA_OUTAGE = 29
    """No RADIUS server answered."""
    QUOTA = 30
    """The account may not have more desktops."""
    ROUND_TRIP = 31
    """The client is too far away for the streaming protocol."""
    FIPS_REQUIRED = 32
    """The client cannot do the endpoint encryption that the directory asks for."""


class StartKind(Code):
    """How the desktop came up for a logon."""

    NONE = 0
    """It was running."""
    RESUME = 1
    COLD = 2


class DesktopState(Code):
    """The provider's states of a desktop, and ABSENT for before and after its life.

    Source: WorkSpaces API, WorkspaceState (botocore 1.44.5 service model).
    """

    ABSENT = 0
    PENDING = 1
    AVAILABLE = 2
    STOPPED = 3
    STARTING = 4
    STOPPING = 5
    MAINTENANCE = 6
    UPDATING = 7
    TERMINATED = 8
    UNHEALTHY = 9
    """Lost with its zone or host, until that is back."""
    REBOOTING = 10
    REBUILDING = 11
    RESTORING = 12


class RunningMode(Code):
    """How a desktop runs and is charged."""

    ALWAYS_ON = 0
    AUTO_STOP = 1

    @property
    def label(self) -> str:
        """The provider's spelling."""
        return "AlwaysOn" if self is RunningMode.ALWAYS_ON else "AutoStop"


class RunKind(Code):
    """Why a desktop was powered on."""

    LOGON = 0
    MAINTENANCE = 1
    STANDBY = 2
    """A logon to the standby desktop in another Region."""


class RecoveryKind(Code):
    """What took the place of a desktop, or of its data."""

    REBUILT = 0
    """Another desktop in another zone."""
    REMADE = 1
    """Itself, rebuilt or restored by an operation."""
    STANDBY = 2
    """Its standby in another Region."""


class OutageKind(Code):
    """What broke."""

    ZONE = 0
    REGION = 1
    HOST = 2
    DIRECTORY = 3
    LINK = 4
    STREAMING = 5
    CONTROL_PLANE = 6
    MFA = 7
    CERTIFICATE = 8


class ScalingSource(Code):
    """What asked a pool for another capacity."""

    EDIT = 0
    """An administrator."""
    SCHEDULE = 1
    """A scheduled action."""
    STEP = 2
    """A step-scaling policy."""
    TARGET_TRACKING = 3
    RAMP = 4
    """A plan of ramp-up, peak, ramp-down and off-peak."""
    PREDICTIVE = 5
    SPARE = 6
    """A number of user sessions kept free."""
    POLICY = 7
    """The scenario's own function."""


class Actor(Code):
    """Who asked for an operation."""

    ADMINISTRATOR = 0
    USER = 1
    """The user, whose desktop it is."""
    RULE = 2
    """A rule of the scenario: AWS's Cost Optimizer, or volumes that grow."""


class OperationKind(Code):
    """What was done to a desktop."""

    CREATE = 0
    DELETE = 1
    SWITCH_MODE = 2
    RESIZE = 3
    CHANGE_COMPUTE = 4
    MIGRATE = 5
    REBOOT = 6
    REBUILD = 7
    RESTORE = 8
